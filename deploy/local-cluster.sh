#!/usr/bin/env bash
# Three members on loopback. One that ends leaves the others alone and can be started again by hand;
# Ctrl-C stops those that run from here. Data stays in ./cluster.roost.
set -euo pipefail

roost=${1:?usage: deploy/local-cluster.sh PATH-TO-ROOST}
data=${ROOST_CLUSTER_DATA:-cluster.roost}
first=${ROOST_CLUSTER_PORT:-2379}
cluster=
endpoints=
for number in 1 2 3; do
    client=$((first + 100 * (number - 1)))
    cluster+=${cluster:+,}n$number=127.0.0.1:$((client + 1))
    endpoints+=${endpoints:+,}127.0.0.1:$client
done
declare -A names=() # by process id

arguments() { # arguments NUMBER: what follows `roost` for this member, one a line
    local client=$((first + 100 * ($1 - 1)))
    printf '%s\n' serve --name "n$1" --data-dir "$data/n$1" --listen "127.0.0.1:$client" \
        --peer-listen "127.0.0.1:$((client + 1))" --cluster "$cluster"
}

stop() {
    trap - EXIT
    trap '' INT TERM
    [ ${#names[@]} -eq 0 ] || kill -TERM "${!names[@]}" 2>/dev/null || true
    wait
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir -p "$data"
for number in 1 2 3; do
    mapfile -t line < <(arguments "$number")
    "$roost" "${line[@]}" &
    names[$!]=n$number
    echo "cluster: n$number is process $!" >&2
done
echo "cluster: try: export ROOST_ENDPOINTS=$endpoints" >&2
echo "cluster: Ctrl-C stops all three; kill -9 one of them, and the others go on" >&2

while [ ${#names[@]} -gt 0 ]; do
    status=0
    wait -n -p ended "${!names[@]}" || status=$?
    [ -n "${ended:-}" ] || continue
    name=${names[$ended]}
    unset "names[$ended]"
    mapfile -t line < <(arguments "${name#n}")
    echo "cluster: $name ended with status $status; $((${#names[@]})) of three run on. Start it again, from $PWD:" >&2
    printf '    %s\n' "$(printf '%q ' "$roost" "${line[@]}")" >&2
done
exit "$status"
