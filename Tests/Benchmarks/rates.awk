# Figures (row, system, rate, p50, p99, failures) to a table of medians with ratios.
function brief(number) { return number < 10 ? sprintf("%.2f", number) : sprintf("%.1f", number) }
function cell(who, row) {
    if (!((who, row) in counts)) return "-"
    return grouped(median(who, row, 3)) "/s, " brief(median(who, row, 4)) " / " brief(median(who, row, 5)) " ms" \
        (failures[who, row] ? ", " failures[who, row] " failed" : "")
}
function ratio(other, row) {
    if (!((other, row) in counts) || !(("roost", row) in counts)) return "-"
    return sprintf("%.1f", median("roost", row, 3) / median(other, row, 3))
}
function title(row,    name) {
    name = row
    sub(/^json-write/, "durable write, HTTP/JSON, `wrk`,", name)
    sub(/^json-read/, "linearizable read, HTTP/JSON, `wrk`,", name)
    sub(/^write/, "durable write,", name)
    sub(/^read/, "linearizable read,", name)
    sub(/^stale-read/, "read of what the member has,", name)
    return name
}
{
    if (!($1 in known)) { known[$1] = 1; rows[++rowCount] = $1 }
    place = ++counts[$2, $1]
    for (field = 3; field <= 5; field++) values[$2, $1, field, place] = $field + 0
    failures[$2, $1] += $6
}
END {
    print "| work, connections x requests under way | Roost: rate, p50 / p99 | etcd | ZooKeeper | Roost : etcd | Roost : ZooKeeper |"
    print "|---|---|---|---|---|---|"
    for (place = 1; place <= rowCount; place++) {
        row = rows[place]
        printf "| %s | %s | %s | %s | %s | %s |\n", title(row), cell("roost", row), cell("etcd", row),
            cell("zookeeper", row), ratio("etcd", row), ratio("zookeeper", row)
    }
}
