#!/usr/bin/env bash
# Plants every bug of Sources/Bytes/Mutant.swift in turn and counts the seeds until one catches it.
# Usage: run.sh BINARY [NAME…]; SEEDS, MINUTES (virtual, a seed) and JOBS bound the search.
set -eu -o pipefail

binary=$1
shift
seeds=${SEEDS:-1000}
minutes=${MINUTES:-2}
jobs=${JOBS:-2}
# A bug that lets the simulation stand still is found by nobody.
limit=${LIMIT:-900}
output=$(mktemp)
trap 'rm -f "$output"' EXIT

simulate() {
    timeout "$limit" "$binary" simulate --seeds "1..$seeds" --minutes "$minutes" --jobs "$jobs" \
        --stop-early "$@" >"$output" 2>&1
}

if [ $# -eq 0 ]; then
    mapfile -t names < <("$binary" simulate --list-mutants)
    # What the seeds find without any bug would catch every bug.
    simulate || true
    if ! grep -q ' 0 violations' "$output"; then
        echo 'the seeds find fault without any bug planted:'
        cat "$output"
        exit 1
    fi
    echo "no bug: $(tail -n 1 "$output")"
else
    names=("$@")
fi

caught=0
for name in "${names[@]}"; do
    simulate --mutant "$name" || true
    violation=$(grep -m 1 -E '^seed [0-9]+: ' "$output" || true)
    if [ -z "$violation" ]; then
        printf '%-28s NOT CAUGHT: %s\n' "$name" "$(tail -n 1 "$output")"
        continue
    fi
    caught=$((caught + 1))
    seed=${violation#seed }
    what=${violation#*: }
    count=$(grep -o -m 1 -E '^[0-9]+ seeds' "$output" || true)
    printf '%-28s caught by seed %s after %s (%s)\n' \
        "$name" "${seed%%:*}" "${count:-1 seed}" "${what:0:120}"
done
echo "$caught of ${#names[@]} mutants caught"
[ "$caught" -eq "${#names[@]}" ]
