#!/usr/bin/env bash
# Holds /metrics of three live members, which have done some of everything, against promtool; then
# the alert rules and the dashboard.
#     Tests/Deploy/metrics.sh PATH-TO-ROOST
set -euo pipefail

here=$(realpath "$(dirname "$0")")
roost=$(realpath "${1:?usage: Tests/Deploy/metrics.sh PATH-TO-ROOST}")
root=$(mktemp -d)
members=()
end() {
    [ ${#members[@]} -eq 0 ] || kill "${members[@]}" 2>/dev/null || true
    wait
    rm -rf "$root"
}
trap end EXIT
cd "$root"

list=n1=127.0.0.1:24480,n2=127.0.0.1:24482,n3=127.0.0.1:24484
export ROOST_ENDPOINTS=127.0.0.1:24479,127.0.0.1:24481,127.0.0.1:24483
"$roost" certs init certs --quiet
for number in 1 2 3; do
    "$roost" certs issue member "n$number" --host 127.0.0.1 --dir certs --quiet
done
for number in 1 2 3; do
    client=$((24477 + 2 * number))
    "$roost" serve --name "n$number" --data-dir "n$number" --listen "127.0.0.1:$client" \
        --peer-listen "127.0.0.1:$((client + 1))" --cluster "$list" \
        --peer-tls-cert "certs/n$number.crt" --peer-tls-key "certs/n$number.key" --peer-tls-ca certs/ca.crt \
        --backup-dir "b$number" --backup-every 1h 2>"n$number.log" &
    members+=($!)
done
"$roost" ready --all --wait 30s >/dev/null || { cat n?.log >&2; exit 1; }
for number in {1..20}; do "$roost" put "/metrics/$number" "$number" >/dev/null; done
"$roost" get /metrics/1 >/dev/null
"$roost" lock metrics -- true

deadline=$((SECONDS + 30))
until for endpoint in ${ROOST_ENDPOINTS//,/ }; do curl -s "http://$endpoint/metrics"; done |
    grep '^roost_backup_age_seconds ' >age; do
    [ $SECONDS -lt $deadline ] || { echo "deploy: no backup was made" >&2; cat n?.log >&2; exit 1; }
done

for endpoint in ${ROOST_ENDPOINTS//,/ }; do
    curl -sf "http://$endpoint/metrics" >page
    cat page >>pages
    promtool check metrics <page >complaints 2>&1 || true
    [ ! -s complaints ] || { echo "deploy: /metrics of $endpoint:" >&2; cat complaints >&2; exit 1; }
done
echo "metrics: $(grep -c '^# TYPE' page) families without a complaint of promtool"
"$here/rules.sh" pages
if command -v prometheus >/dev/null; then
    "$here/dashboard.sh" "$roost"
else
    echo "deploy: not checked: there is no prometheus"
fi
