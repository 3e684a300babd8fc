#!/usr/bin/env bash
# Lets systemd judge the units of a tree in which the package's files lie: what it warns of, and how
# exposed each service is (0 is best, 10 is worst).
#     Tests/Deploy/units.sh ROOT
set -euo pipefail

root=${1:?usage: Tests/Deploy/units.sh ROOT}
exposed=25 # tenths
units=$(mktemp -d)
trap 'rm -rf "$units"' EXIT

for unit in roost.service roost-lock@.service roost-elect@.service; do
    # The program is in the tree, not where the unit will find it; a template is judged by an instance.
    sed "s|^ExecStart=/|&${root#/}/|" "$root/lib/systemd/system/$unit" >"$units/${unit/@/@name}"
done
complaints=$(systemd-analyze verify --man=no "$units"/*.service 2>&1)
[ -z "$complaints" ] || {
    echo "units: $complaints" >&2
    exit 1
}
for unit in "$units"/*.service; do
    systemd-analyze security --offline=true --threshold="$exposed" --no-pager "$unit" >"$units/exposure" || {
        cat "$units/exposure" >&2
        exit 1
    }
    echo "units: $(sed -n 's/^→ //p' "$units/exposure")"
done
systemd-sysusers --dry-run "$root/usr/lib/sysusers.d/roost.conf" >/dev/null 2>&1
echo "units: sysusers.d is understood"
