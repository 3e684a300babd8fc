#!/usr/bin/env bash
# What more of something costs Roost: keys, bytes a value, connections, watchers, leases, writes made
# before, members. Prints a Markdown table for each; with WRITE=1 puts them into Docs/benchmarks.md
# and draws them into Docs/Curves. BIG=1 goes as far as ten million keys, ONLY=NAME,... is for some.
#
# One member alone but where members are what grows: it has one processor and the generator the
# other, and what is counted is the member's own cost.
set -euo pipefail

roost=$(realpath "${1:?usage: curves.sh PATH-TO-ROOST}")
here=$(cd "$(dirname "$0")" && pwd)
seconds=${SECONDS_EACH:-2}
big=${BIG:-0}
curves=(keys values connections watchers leases history members)
if [ -n "${ONLY:-}" ]; then IFS=', ' read -ra curves <<<"$ONLY"; fi
# shellcheck source=Tests/Benchmarks/systems.sh
source "$here/systems.sh"
members=1

say() { echo "bench-curves: $*" >&2; }

# fresh: one empty member; $process and $address are its own, $before its memory in bytes
fresh() {
    start_system roost
    find_leader roost
    before=$(resident VmRSS)
}

resident() { awk -v name="$1:" '$1 == name {printf "%.0f", $2 * 1024}' "/proc/$process/status"; }

# status NAME: a number of the member's own
status() { curl -fsS "http://$address/v1/status" | jq -r ".$1"; }

# settle: waits until the member has nothing left to do
settle() {
    local used
    until used=$(awk '{print $14 + $15}' "/proc/$process/stat") && sleep 0.5 &&
        [ $(($(awk '{print $14 + $15}' "/proc/$process/stat") - used)) -lt 5 ]; do :; done
}

# restart: ends the member as by kill -9 and starts it again; prints the milliseconds until it is ready
restart() {
    local begin
    kill_member roost 1
    begin=${EPOCHREALTIME/[.,]/}
    start_member roost 1
    wait_ready roost 1
    milliseconds_since "$begin" >"$work/restart"
    find_leader roost
}

# load WORK FLAG...: sets $rate, $p50 and $p99, these in milliseconds, from a slice of $slice seconds
load() {
    local failed
    # shellcheck disable=SC2034
    read -r rate p50 p99 failed < <(roost_bench "$@" --duration "${slice:-$seconds}s" --warmup 300ms)
    [ "$failed" = 0 ] || say "$*: $failed failed"
}

# fill KEYS FLAG...: makes so many keys; sets $rate
fill() {
    local count=$1
    shift
    rate=$(roost_bench write --connections 64 --pipeline 16 --keys "$count" \
        --distribution sequential --requests "$count" --timeout 60s "$@" | cut -f1)
}

# columns NAME TITLE...: begins a table. A title ends with @PANEL where its numbers are drawn
columns() {
    table=$work/$1.tsv
    shift
    (IFS=$'\t' && echo "$*") >"$table"
}

row() {
    (IFS=$'\t' && echo "$*") >>"$table"
    say "$*"
}

# each BYTES COUNT: bytes for each of them; a dash where there are too few to tell
each() { awk -v bytes="$1" -v count="$2" 'BEGIN { if (count < 1000) print "-"; else printf "%.0f", bytes / count }'; }

megabytes() { awk -v bytes="$1" 'BEGIN { printf "%.2f", bytes / 1e6 }'; }

curve_keys() {
    local count counts="1000 10000 100000 1000000" created read_rate read_p99
    [ "$big" != 1 ] || counts+=" 10000000"
    columns keys "keys" "creates /s@a second" "reads /s@a second" "writes /s@a second" \
        "read p99 ms@ms" "write p99 ms@ms" "memory MB" "bytes a key@bytes" "disk MB" "restart ms@ms"
    for count in $counts; do
        fresh
        fill "$count"
        created=$rate
        settle
        local held=$(($(resident VmRSS) - before)) disk
        disk=$(disk_megabytes "$work/roost1")
        load read --connections 64 --pipeline 16 --keys "$count" --no-fill --timeout 60s
        read_rate=$rate read_p99=$p99
        load write --connections 64 --pipeline 16 --keys "$count"
        restart
        row "$count" "$created" "$read_rate" "$rate" "$read_p99" "$p99" "$(megabytes $held)" \
            "$(each $held "$count")" "$disk" "$(<"$work/restart")"
        stop_system roost
    done
}

curve_values() {
    local size count written write_p99
    columns values "bytes a value" "writes /s@a second" "writes MB/s@MB/s" "write p99 ms@ms" \
        "reads /s@a second" "reads MB/s@MB/s" "read p99 ms@ms"
    for size in 16 256 4096 65536 1048576; do
        fresh
        count=$((size > 65536 ? 64 : 1000))
        load write --connections 16 --keys "$count" --value-size "$size"
        written=$rate write_p99=$p99
        load read --connections 16 --keys "$count" --value-size "$size"
        row "$size" "$written" "$(megabytes $((written * size)))" "$write_p99" \
            "$rate" "$(megabytes $((rate * size)))" "$p99"
        stop_system roost
    done
}

curve_connections() {
    local count read_rate read_p99 held
    columns connections "connections" "reads /s@a second" "writes /s@a second" "read p99 ms@ms" \
        "write p99 ms@ms" "bytes a connection@bytes"
    for count in 1 10 100 1000 10000; do
        fresh
        load write --connections 64 --keys 1000
        settle
        # The peak of its memory from here on: connections are gone when the load has ended.
        echo 5 >"/proc/$process/clear_refs"
        before=$(resident VmHWM)
        load read --connections "$count" --keys 1000
        read_rate=$rate read_p99=$p99
        held=$(($(resident VmHWM) - before))
        load write --connections "$count" --keys 1000
        row "$count" "$read_rate" "$rate" "$read_p99" "$p99" "$(each "$held" "$count")"
        stop_system roost
    done
}

# Loopback has 28,000 ports an address of the listener: many watchers need several.
many_endpoints() { for host in 1 2 3 4 5; do echo "127.0.0.$host:${address##*:}"; done | paste -sd,; }

curve_watchers() {
    local count watching figures held limit
    limit=$(($(ulimit -Hn) - 100))
    columns watchers "watchers" "event p50 ms@ms" "event p99 ms@ms" "events /s@a second" \
        "writes elsewhere /s@a second" "their p99 ms@ms" "bytes a watcher@bytes"
    for count in 0 10 100 1000 10000 100000; do
        if [ "$count" -gt "$limit" ]; then
            say "$count watchers need more open files than $limit"
            continue
        fi
        listen=0.0.0.0 fresh
        load write --connections 64 --keys 1000 --prefix /elsewhere
        if [ "$count" -eq 0 ]; then
            row 0 - - - "$rate" "$p99" -
            stop_system roost
            continue
        fi
        settle
        before=$(resident VmRSS)
        figures=$("$roost" bench watch --connections "$count" --requests 5 --timeout 120s \
            --endpoints "$(many_endpoints)" --all-endpoints --output json | watch_figures)
        "$roost" bench watch --connections "$count" --rate 1 --duration 10m --timeout 120s \
            --endpoints "$(many_endpoints)" --all-endpoints --output json >/dev/null &
        watching=$!
        pids[watching]=$watching
        until [ "$(status watches)" -ge "$count" ]; do sleep 0.1; done
        sleep 1.5
        # From here on they only watch, and nobody writes what they watch.
        kill -STOP "$watching"
        settle
        held=$(($(resident VmRSS) - before))
        # Longer than the fifteen seconds after which a watcher is told that nothing happened.
        slice=16 load write --connections 64 --keys 1000 --prefix /elsewhere
        kill -KILL "$watching"
        wait "$watching" 2>/dev/null || true
        unset 'pids[watching]'
        # shellcheck disable=SC2086
        row "$count" $figures "$rate" "$p99" "$(each "$held" "$count")"
        stop_system roost
    done
}

# watch_figures: p50, p99 and events a second while one write after the other reaches everybody
watch_figures() {
    jq -r '.operations[-1] | [.latency_nanoseconds.p50 / 1e6, .latency_nanoseconds.p99 / 1e6,
        .per_second] | map(tostring) | join(" ")'
}

curve_leases() {
    local count begin took held counts="100 1000 10000 100000"
    [ "$big" != 1 ] || counts+=" 1000000"
    columns leases "leases" "grants /s@a second" "keepalives /s@a second" "keepalive p99 ms@ms" \
        "writes /s@a second" "bytes a lease@bytes"
    for count in $counts; do
        fresh
        load write --connections 64 --keys 1000
        settle
        before=$(resident VmRSS)
        begin=${EPOCHREALTIME/[.,]/}
        roost_bench lease --connections 256 --keys "$count" --requests 1 --timeout 60s >/dev/null
        took=$(milliseconds_since "$begin")
        settle
        held=$(($(resident VmRSS) - before))
        load write --connections 64 --keys 1000
        local write_rate=$rate
        load lease --connections 256 --keys "$count" --timeout 60s
        row "$count" "$(awk "BEGIN {printf \"%d\", $count * 1000 / $took}")" "$rate" "$p99" \
            "$write_rate" "$(each "$held" "$count")"
        stop_system roost
    done
}

curve_history() {
    local count made=0 written write_p99 counts="10000 100000 1000000"
    [ "$big" != 1 ] || counts+=" 10000000"
    columns history "writes made of 1,000 keys" "writes /s@a second" "reads /s@a second" \
        "write p99 ms@ms" "read p99 ms@ms" "memory MB@MB" "history MB@MB" "disk MB@MB" "restart ms@ms"
    fresh
    for count in $counts; do
        IFS=$'\t' read -r written _ write_p99 _ < <(roost_bench write --connections 64 \
            --pipeline 16 --keys 1000 --requests $((count - made)) --timeout 60s)
        made=$count
        load read --connections 64 --pipeline 16 --keys 1000 --no-fill
        settle
        local memory history disk
        memory=$(megabytes "$(resident VmRSS)")
        history=$(megabytes "$(status history_bytes)")
        disk=$(disk_megabytes "$work/roost1")
        restart
        row "$count" "$written" "$rate" "$write_p99" "$p99" "$memory" "$history" "$disk" \
            "$(<"$work/restart")"
    done
    stop_system roost
}

curve_members() {
    local count one one_p99 written
    columns members "members" "one client's write p50 ms@ms" "its p99 ms@ms" \
        "writes 64 x 16 /s@a second" "reads 64 x 16 /s@a second"
    for count in 1 3 5 7; do
        members=$count
        start_system roost
        load write --connections 1 --keys 1000
        one=$p50 one_p99=$p99
        load write --connections 64 --pipeline 16 --keys 1000
        written=$rate
        load read --connections 64 --pipeline 16 --keys 1000
        row "$count" "$one" "$one_p99" "$written" "$rate"
        stop_system roost
    done
    members=1
}

# table NAME: its columns as Markdown
table() {
    awk -F '\t' '
        function shown(text,    number, sign, out) {
            if (text !~ /^[0-9.]+$/) return text
            if (text + 0 >= 1000) {
                number = sprintf("%d", text + 0.5)
                while (length(number) > 3) {
                    out = "," substr(number, length(number) - 2) out
                    number = substr(number, 1, length(number) - 3)
                }
                return number out
            }
            if (text !~ /\./) return text
            return text + 0 < 10 ? sprintf("%.2f", text) : sprintf("%.1f", text)
        }
        {
            printf "|"
            for (field = 1; field <= NF; field++) {
                cell = $field
                if (NR == 1) sub(/@.*/, "", cell)
                printf " %s |", shown(cell)
            }
            print ""
            if (NR == 1) { printf "|"; for (field = 1; field <= NF; field++) printf "---|"; print "" }
        }' "$work/$1.tsv"
}

begin_work
# As many open files as this user may have; more than the usual limit where that may be raised.
ulimit -Hn 262144 2>/dev/null || true
ulimit -Sn "$(ulimit -Hn)"
page=$work/curves.md
for name in "${curves[@]}"; do
    "curve_$name"
    {
        echo "### By $(head -1 "$work/$name.tsv" | cut -f1)"
        echo
        table "$name"
        echo
        if [ "${WRITE:-0}" = 1 ]; then
            mkdir -p "$here/../../Docs/Curves"
            awk -F '\t' -f "$here/chart.awk" "$work/$name.tsv" >"$here/../../Docs/Curves/$name.svg"
            echo "![Curves by $(head -1 "$work/$name.tsv" | cut -f1)](Curves/$name.svg)"
            echo
        fi
    } >>"$page"
done
{ cat "$page"; } | sed '$ d' >"$work/page"
cat "$work/page"
[ "${WRITE:-0}" != 1 ] || write_between bench-curves "$work/page"
