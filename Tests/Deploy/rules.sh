#!/usr/bin/env bash
# Holds the alert rules against promtool, their tests, the runbooks and the metrics that exist.
#     Tests/Deploy/rules.sh FILE-WITH-A-PAGE-OF-METRICS
set -euo pipefail

page=$(realpath "${1:?usage: Tests/Deploy/rules.sh FILE-WITH-A-PAGE-OF-METRICS}")
here=$(realpath "$(dirname "$0")")
rules=$here/../../deploy/prometheus/roost.rules.yaml
dashboard=$here/../../deploy/grafana/roost.json
runbooks=$here/../../Docs/runbooks.md
fail() { echo "deploy: $1" >&2; exit 1; }

promtool check rules "$rules" >/dev/null || { promtool check rules "$rules" >&2; exit 1; }
cd "$here"
promtool test rules rules.yaml >output 2>&1 || { cat output >&2; rm output; exit 1; }
rm output

count=0
while read -r alert; do
    grep -qx "  - name: $alert" rules.yaml || fail "no test of the alert $alert"
    grep -q "\`$alert\`" "$runbooks" || fail "Docs/runbooks.md does not name the alert $alert"
    count=$((count + 1))
done < <(sed -n 's/^ *- alert: //p' "$rules")

headings=$(sed -n 's/^## //p' "$runbooks" | tr '[:upper:] ' '[:lower:]-' | tr -cd 'a-z0-9\n-')
while read -r anchor; do
    grep -qx "$anchor" <<<"$headings" || fail "Docs/runbooks.md has no part #$anchor"
done < <(sed -n "s/^ *runbook: .*#\([a-z-]*\).*/\1/p" "$rules" | sort -u)

while read -r name; do
    family=$(sed -E 's/_(bucket|sum|count)$//' <<<"$name")
    grep -qE "^# TYPE ($name|$family) " "$page" || fail "no member has the metric $name"
done < <(grep -ohE '\b(roost|process)_[a-z_]+\b' "$rules" "$dashboard" | grep -v '^roost_rules' | sort -u)
echo "alerts: $count, each with a test, a runbook and metrics that exist"
