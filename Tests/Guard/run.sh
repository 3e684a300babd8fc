#!/usr/bin/env bash
# Counts the instructions of each piece of fixed work and holds them against Tests/Guard/thresholds.
# Usage: run.sh BINARY [--accept | NAME…]; --accept writes the figures down as the new thresholds.
set -eu -o pipefail

binary=$1
shift
here=$(dirname "$0")
thresholds=$here/thresholds
# A figure may rise by so much (per cent) before that is an error, and fall before it is to be noted.
export rise=5 fall=5

accept=no
if [ "${1:-}" = --accept ]; then
    accept=yes
    shift
fi
profiles=$(mktemp -d)
trap 'rm -rf "$profiles"' EXIT

# Nothing differs from run to run: hashes are fixed, and valgrind lays out memory always alike.
count() { # count NAME COUNT
    local times
    for times in 1 2; do
        env -i SWIFT_DETERMINISTIC_HASHING=1 valgrind --tool=callgrind \
            --callgrind-out-file=/dev/null "$binary" "$1" $times 2>"$profiles/$1.$times" \
            >"$profiles/$1.out" || { cat "$profiles/$1.$times" >&2; return 1; }
    done
    awk -v name="$1" -v count="$2" '/Collected/ { sum = $NF - sum }
        END { printf "%s %.0f\n", name, sum / count }' "$profiles/$1.1" "$profiles/$1.2" \
        >"$profiles/$1.figure"
}
export -f count
export binary profiles

"$binary" | { if [ $# -gt 0 ]; then grep -wF "$(printf '%s\n' "$@")"; else cat; fi; } |
    xargs -P "$(nproc)" -L 1 bash -c 'count "$0" "$1"'

figures=$("$binary" | cut -d ' ' -f 1 | while read -r name; do
    [ ! -e "$profiles/$name.figure" ] || cat "$profiles/$name.figure"
done)
if [ $accept = yes ]; then
    printf '%s\n' "$figures" >"$thresholds"
fi
printf '%s\n' "$figures" | awk -v rise=$rise -v fall=$fall '
    FILENAME != "-" { limit[$1] = $2; next }
    FNR == 1 { printf "%-20s %12s %12s %8s\n", "work", "instructions", "threshold", "" }
    !($1 in limit) { verdict = "NO THRESHOLD"; failed = 1 }
    $1 in limit {
        change = 100 * ($2 - limit[$1]) / limit[$1]
        verdict = sprintf("%+.1f %%", change)
        if (change > rise) { verdict = verdict "  TOO MANY"; failed = 1 }
        if (change < -fall) verdict = verdict "  fewer: lower the threshold"
    }
    { printf "%-20s %12d %12s %8s\n", $1, $2, $1 in limit ? limit[$1] : "-", verdict }
    END {
        if (failed) print "guard: make bench-guard ACCEPT=yes writes the figures down, if that is meant"
        exit failed
    }' "$thresholds" -
