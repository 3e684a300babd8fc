#!/usr/bin/env bash
# The same work for three members each of Roost, etcd and ZooKeeper on this machine, in turn, several
# rounds; prints Markdown tables of medians, and with WRITE=1 puts them into Docs/benchmarks.md.
set -euo pipefail

roost=$(realpath "${1:?usage: peers.sh PATH-TO-ROOST}")
here=$(cd "$(dirname "$0")" && pwd)
rounds=${ROUNDS:-5}
seconds=${SECONDS_EACH:-3}
keys=${KEYS:-1000000}
watchers=${WATCHERS:-10000}
systems=(roost etcd zookeeper)
# shellcheck source=Tests/Benchmarks/systems.sh
source "$here/systems.sh"

say() { echo "bench-peers: $*" >&2; }

note() { # note ROW SYSTEM RATE P50 P99 FAILURES
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$@" >>"$work/figures"
    say "$*"
}

fact() { # fact ROW SYSTEM NUMBER
    printf '%s\t%s\t%s\n' "$@" >>"$work/facts"
    say "$*"
}

# load SYSTEM REQUEST CONNECTIONS DEPTH: one slice through each system's own interface
load() {
    local figures
    case $1 in
    roost)
        figures=$(roost_bench "$2" --connections "$3" --pipeline "$4" --duration "${seconds}s" \
            --warmup 500ms --no-fill)
        ;;
    *)
        figures=$("$peer_load" load "$1" "$2" "$address" --connections "$3" --depth "$4" \
            --seconds "$seconds")
        ;;
    esac
    # shellcheck disable=SC2086
    note "$2 $3 x $4" "$1" $figures
}

# json SYSTEM REQUEST CONNECTIONS: one slice through HTTP/1.1 and JSON
json() {
    local figures
    figures=$(wrk -t1 "-c$3" "-d${seconds}s" -s "$here/wrk.lua" "http://$address" -- "$1" "$2" |
        awk -F '\t' '$1 == "figures" {print $2, $3, $4, $5}')
    # shellcheck disable=SC2086
    note "json-$2 $3 x 1" "$1" $figures
}

# fill SYSTEM KEYS PREFIX [BATCH]: creates the keys; prints how many a second
fill() {
    if [ "$1" = roost ]; then
        roost_bench write --connections 64 --pipeline 16 --keys "$2" --distribution sequential \
            --requests "$2" --prefix "$3" --timeout 60s | cut -f1
        return
    fi
    local depth=16 batch=${4:-1}
    [ "$batch" -eq 1 ] || depth=1
    "$peer_load" load "$1" create "$address" --connections 64 --depth "$depth" --batch "$batch" \
        --keys "$2" --prefix "$3" | awk '$4 > 0 { exit 1 } { print $1 }'
}

work_of() { # work_of SYSTEM: all slices of one round
    local request shape
    for request in write read stale-read; do
        for shape in "1 1" "64 1" "64 16"; do
            # shellcheck disable=SC2086
            load "$1" "$request" $shape
        done
    done
    if [ "$1" = zookeeper ]; then return; fi
    for request in write read; do
        json "$1" "$request" 1
        json "$1" "$request" 64
    done
}

throughput() {
    local system round
    for system in "${systems[@]}"; do
        start_system "$system"
        find_leader "$system"
        fill "$system" 10000 /bench >/dev/null
        freeze "$system"
    done
    for round in $(seq "$rounds"); do
        for system in "${systems[@]}"; do
            say "round $round of $rounds: $system"
            wake "$system"
            find_leader "$system"
            work_of "$system"
            freeze "$system"
        done
    done
    for system in "${systems[@]}"; do
        wake "$system"
        find_leader "$system"
        fact memory-after "$system" "$(resident_megabytes "$process")"
        failover "$system"
        watch "$system"
        stop_system "$system"
    done
}

failover() { # failover SYSTEM: kill -9 of the leader to the first accepted write
    local dead protocol=$1 round
    if [ "$1" = roost ]; then protocol=http; fi
    for round in $(seq "$rounds"); do
        find_leader "$1"
        dead=$chief
        # shellcheck disable=SC2046
        fact failover "$1" "$("$peer_load" first-write "$protocol" "$process" \
            $(endpoints "$1" "$dead"))"
        wait "$process" 2>/dev/null || true
        start_member "$1" "$dead"
        wait_ready "$1" "$dead"
        sleep 1
    done
}

watch() { # watch SYSTEM: ten events, each to every watcher, half a second apart
    local figures
    find_leader "$1"
    if [ "$1" = roost ]; then
        figures=$(roost_bench watch --connections "$watchers" --rate 2 --duration 5s --warmup 0s \
            --timeout 60s)
    else
        figures=$("$peer_load" watch "$1" "$address" --watchers "$watchers" --writes 10)
    fi
    fact watch-p50 "$1" "$(cut -f2 <<<"$figures")"
    fact watch-p99 "$1" "$(cut -f3 <<<"$figures")"
    fact watch-memory "$1" "$(resident_megabytes "$process")"
}

many_keys() { # many_keys SYSTEM: so many keys of 40 bytes, values of 256
    local other batch=1 begin prefix=/bench/all-keys-have-40-bytes
    # What ZooKeeper needs for them: about three kilobytes a key.
    heap=$((keys * 3 / 1000 > 1000 ? keys * 3 / 1000 : 1000))
    if [ "$1" = etcd ]; then batch=125; fi
    start_system "$1"
    find_leader "$1"
    fact keys-rate "$1" "$(fill "$1" "$keys" "$prefix" "$batch")"
    sleep 2
    fact keys-memory "$1" "$(resident_megabytes "$process")"
    fact keys-disk "$1" "$(disk_megabytes "$work/$1$chief")"
    other=$((chief % members + 1))
    kill_member "$1" "$other"
    begin=${EPOCHREALTIME/[.,]/}
    start_member "$1" "$other"
    wait_ready "$1" "$other"
    fact keys-restart "$1" "$(milliseconds_since "$begin")"
    stop_system "$1"
}

alone() { # alone SYSTEM: one empty member, from start to ready, and its memory when idle
    local begin round members=1
    for round in $(seq "$rounds"); do
        mkdir "$work/${1}1"
        begin=${EPOCHREALTIME/[.,]/}
        start_member "$1" 1
        if [ "$1" = roost ]; then says_ready; else wait_ready "$1" 1; fi
        fact startup "$1" "$(milliseconds_since "$begin")"
        sleep 1
        fact idle-memory "$1" "$(resident_megabytes "${pids[${1}1]}")"
        stop_system "$1"
    done
}

says_ready() { # waits for the line that Roost writes then, closer than any question could
    local log deadline=$((SECONDS + 60))
    until log=$(<"$work/roost1.log") && [[ $'\n'$log == *$'\nready member='* ]]; do
        [ "$SECONDS" -lt "$deadline" ] || give_up "roost: not ready"
    done
}

sizes() {
    cp "$roost" "$work/stripped"
    strip "$work/stripped"
    fact binary roost "$(stat -c %s "$work/stripped" | awk '{printf "%.1f", $1 / 1e6}')"
    cp "$(command -v etcd)" "$work/stripped"
    strip "$work/stripped"
    fact binary etcd "$(stat -c %s "$work/stripped" | awk '{printf "%.1f", $1 / 1e6}')"
}

tables() {
    echo "$(describe_machine). $("$roost" version), etcd $(etcd --version | awk 'NR == 1 {print $3}')," \
        "ZooKeeper $(dpkg-query -f '${Version}' -W zookeeper 2>/dev/null || echo unknown) on" \
        "Java $(java -version 2>&1 | awk -F '"' 'NR == 1 {print $2}'). $(date +%F), rounds: $rounds of" \
        "$seconds s each, medians."
    echo
    awk -F '\t' -f "$here/median.awk" -f "$here/rates.awk" "$work/figures"
    echo
    awk -F '\t' -v keys="$keys" -v watchers="$watchers" -f "$here/median.awk" -f "$here/facts.awk" "$work/facts"
}

begin_work
say "data below $work; compiling the generator for the peers' protocols"
build_generator
: >"$work/facts"
sizes
for system in "${systems[@]}"; do alone "$system"; done
throughput
for system in "${systems[@]}"; do many_keys "$system"; done
tables >"$work/tables.md"
cat "$work/tables.md"
[ "${WRITE:-0}" != 1 ] || write_between bench-peers "$work/tables.md"
