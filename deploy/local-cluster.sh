#!/usr/bin/env bash
# Three members on loopback, started and stopped together. Data stays in ./cluster.roost.
set -euo pipefail

roost=${1:?usage: deploy/local-cluster.sh PATH-TO-ROOST}
data=${ROOST_CLUSTER_DATA:-cluster.roost}
cluster=n1=127.0.0.1:2380,n2=127.0.0.1:2480,n3=127.0.0.1:2580
members=()

stop() {
    trap - EXIT
    trap '' INT TERM
    [ ${#members[@]} -eq 0 ] || kill -TERM "${members[@]}" 2>/dev/null || true
    wait
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir -p "$data"
for number in 1 2 3; do
    client=$((2279 + 100 * number))
    "$roost" serve --name "n$number" --data-dir "$data/n$number" \
        --listen "127.0.0.1:$client" --peer-listen "127.0.0.1:$((client + 1))" \
        --cluster "$cluster" &
    members+=($!)
done
echo "three members; try: export ROOST_ENDPOINTS=127.0.0.1:2379,127.0.0.1:2479,127.0.0.1:2579" >&2
wait -n "${members[@]}" && status=0 || status=$?
echo "a member ended with status $status; stopping the others" >&2
exit "$status"
