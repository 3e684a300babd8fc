#!/usr/bin/env bash
# First figures: three members and the load generator on this machine, 256-byte values, durable
# writes and linearizable reads over HTTP/1.1. Prints each figure beside its target.
set -euo pipefail

roost=${1:?usage: quick.sh PATH-TO-ROOST}
here=$(cd "$(dirname "$0")" && pwd)
seconds=${SECONDS_EACH:-5}
work=$(mktemp -d)
members=()
stop() {
    [ ${#members[@]} -eq 0 ] || kill -KILL "${members[@]}" 2>/dev/null || true
    rm -rf "$work"
}
trap stop EXIT

base=${ROOST_BENCH_PORT:-23790}
cluster=n1=127.0.0.1:$((base + 1)),n2=127.0.0.1:$((base + 3)),n3=127.0.0.1:$((base + 5))
started=$(date +%s%N)
for number in 1 2 3; do
    "$roost" serve --name "n$number" --data-dir "$work/n$number" \
        --listen "127.0.0.1:$((base + 2 * number - 2))" \
        --peer-listen "127.0.0.1:$((base + 2 * number - 1))" \
        --cluster "$cluster" 2>"$work/n$number.log" &
    members+=($!)
done
for number in 1 2 3; do
    until curl -fsS -o /dev/null "http://127.0.0.1:$((base + 2 * number - 2))/readyz" 2>/dev/null; do
        kill -0 "${members[$((number - 1))]}" || { cat "$work/n$number.log" >&2; exit 1; }
    done
done
formed=$((($(date +%s%N) - started) / 1000000))

leader=
for number in 1 2 3; do
    address=127.0.0.1:$((base + 2 * number - 2))
    if [ "$(curl -fsS "http://$address/v1/status" | jq -r .role)" = leader ]; then
        leader=$address
        leader_pid=${members[$((number - 1))]}
    fi
done
[ -n "$leader" ] || { echo "no leader" >&2; exit 1; }

row() { printf '%-34s %12s %10s %10s   %s\n' "$@"; }
# measure WORK CONNECTIONS TARGET
measure() {
    local output
    output=$(wrk -t1 -c"$2" -d"${seconds}s" --latency -s "$here/wrk.lua" "http://$leader" -- \
        roost "$1")
    if grep -q 'Non-2xx' <<<"$output"; then grep 'Non-2xx' <<<"$output" >&2; fi
    row "$1, $2 connections" \
        "$(awk '/Requests\/sec/ {print $2}' <<<"$output")/s" \
        "$(awk '$1 == "50%" {print $2}' <<<"$output")" \
        "$(awk '$1 == "99%" {print $2}' <<<"$output")" "$3"
}

"$roost" bench write --endpoints "$leader" --keys 10000 --distribution sequential \
    --requests 10000 --pipeline 16 >/dev/null
row work figure p50 p99 target
measure write 1 "p50 <= 0.30 ms"
measure write 64 ">= 16,804/s (twice etcd's JSON), aim 40,000/s"
measure write 256 ">= 11,962/s (twice etcd's JSON)"
measure read 1 ">= 4,554/s (twice etcd's JSON)"
measure read 64 ">= 17,056/s (twice etcd's JSON), aim 80,000/s"
measure read 256 ">= 11,434/s (twice etcd's JSON)"
row "leader's memory after it" "$(awk '/VmRSS/ {print $2 / 1024 " MiB"}' "/proc/$leader_pid/status")" "" "" "<= 135 MB (etcd)"

kill -KILL "${members[@]}"
wait "${members[@]}" 2>/dev/null || true
members=()
row "three members from start to ready" "$formed ms" "" "" ""
alone=()
for round in 1 2 3 4 5; do
    begin=$(date +%s%N)
    "$roost" serve --data-dir "$work/alone$round" --listen 127.0.0.1:0 --peer-listen 127.0.0.1:0 \
        2>"$work/alone.log" &
    members=($!)
    until grep -q '^ready ' "$work/alone.log" 2>/dev/null; do :; done
    alone+=($((($(date +%s%N) - begin) / 1000)))
    kill -KILL "${members[@]}"
    wait "${members[@]}" 2>/dev/null || true
    : >"$work/alone.log"
done
members=()
median=$(printf '%s\n' "${alone[@]}" | sort -n | sed -n 3p)
row "one empty member, start to ready" "$(awk "BEGIN {print $median / 1000}") ms" "" "" "<= 10 ms"
cp "$roost" "$work/stripped"
strip "$work/stripped"
row "stripped binary" "$(stat -c %s "$work/stripped" | awk '{printf "%.1f MB", $1 / 1e6}')" "" "" "<= 10 MB"
