#!/usr/bin/env bash
# kill -9 of the leader, again and again, of three members each of Roost, etcd and ZooKeeper with
# their default settings, in turn; prints how long it takes until the first write is accepted.
# KILLS= how many of each (40), SYSTEMS= which of them.
set -euo pipefail

roost=$(realpath "${1:?usage: failover.sh PATH-TO-ROOST}")
here=$(cd "$(dirname "$0")" && pwd)
kills=${KILLS:-40}
read -ra systems <<<"${SYSTEMS:-roost etcd zookeeper}"
# shellcheck source=Tests/Benchmarks/systems.sh
source "$here/systems.sh"

begin_work
build_generator

kill_leader() { # kill_leader SYSTEM: milliseconds until the others accept a write
    local protocol=$1
    [ "$1" != roost ] || protocol=http
    find_leader "$1"
    # shellcheck disable=SC2046
    "$peer_load" first-write "$protocol" "$process" $(endpoints "$1" "$chief") >>"$work/$1.times"
    wait "$process" 2>/dev/null || true
    start_member "$1" "$chief"
    wait_ready "$1" "$chief"
    sleep 1
}

summary() { # summary SYSTEM: p50, p99 and the longest, of the sorted times
    sort -n "$work/$1.times" | awk -v name="$1" '
        { time[NR] = $1 }
        END {
            printf "%-10s %4d kills  p50 %5.0f ms  p99 %5.0f ms  longest %5.0f ms\n", name, NR,
                time[int((NR + 1) / 2)], time[int(NR * 0.99 + 0.999)], time[NR]
        }'
}

for system in "${systems[@]}"; do
    start_system "$system"
    find_leader "$system"
    # ZooKeeper overwrites what is there alone.
    [ "$system" != zookeeper ] || "$peer_load" load zookeeper create "$address" --keys 10 >/dev/null
    freeze "$system"
done
for ((round = 1; round <= kills; round += 5)); do
    for system in "${systems[@]}"; do
        wake "$system"
        for ((kill = round; kill < round + 5 && kill <= kills; kill++)); do kill_leader "$system"; done
        echo "bench-failover: $((kill - 1)) of $kills: $system" >&2
        freeze "$system"
    done
done
for system in "${systems[@]}"; do summary "$system"; done
