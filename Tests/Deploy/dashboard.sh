#!/usr/bin/env bash
# Has a real Prometheus scrape live members, load the alert rules, and answer every query of the
# dashboard; one that has an answer in every cluster has to have it here.
#     Tests/Deploy/dashboard.sh PATH-TO-ROOST
# Members are ROOST_ENDPOINTS; its files lie in the working directory.
set -euo pipefail

roost=$(realpath "${1:?usage: Tests/Deploy/dashboard.sh PATH-TO-ROOST}")
deploy=$(realpath "$(dirname "$0")/../../deploy")
server=http://127.0.0.1:24490
fail() { echo "deploy: $1" >&2; exit 1; }

cat >prometheus.yaml <<END
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [$deploy/prometheus/roost.rules.yaml]
scrape_configs:
  - job_name: roost
    static_configs: [{targets: [${ROOST_ENDPOINTS}]}]
END
prometheus --config.file=prometheus.yaml --storage.tsdb.path=tsdb --web.listen-address="${server#http://}" \
    2>prometheus.log &
prometheus=$!
trap 'kill $prometheus; wait $prometheus || true' EXIT

"$roost" bench mixed --duration 20s --connections 8 --keys 100 >/dev/null &
load=$!
"$roost" watch /bench >/dev/null & watch=$!
wait $load
kill $watch

count=0
while read -r query; do
    expression=${query//\$member/.+}
    expression=${expression//\$__rate_interval/10s}
    answer=$(promtool query instant "$server" "$expression") || fail "no answer to: $expression"
    # What nobody fails, hands over, watches or snapshots has no answer.
    case $query in
    *5..* | *hand_overs* | *lock_wait* | *watch_lag* | *snapshot*) ;;
    *) [ -n "$answer" ] || fail "an empty answer to: $expression" ;;
    esac
    count=$((count + 1))
done < <(/usr/bin/python3 -c 'import json, sys
for panel in json.load(open(sys.argv[1]))["panels"]:
    for target in panel.get("targets", []): print(target["expr"])' "$deploy/grafana/roost.json")

rules=$(curl -sf "$server/api/v1/rules" | grep -o '"health":"[a-z]*"' | sort | uniq -c)
grep -q err <<<"$rules" && fail "a rule cannot be evaluated: $rules"
firing=$(promtool query instant "$server" 'ALERTS{alertstate="firing"}')
[ -z "$firing" ] || fail "an alert fires for a healthy cluster: $firing"
echo "dashboard: $count queries answered by Prometheus, no alert fires"
