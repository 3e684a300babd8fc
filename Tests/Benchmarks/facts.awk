# Facts (row, system, number) to a table of medians.
function cell(who, row, unit,    number) {
    if (!((who, row) in counts)) return "-"
    number = median(who, row, 3)
    if (unit == "/s") return grouped(number) unit
    if (unit == "ms" && number >= 1000) return sprintf("%.1f s", number / 1000)
    if (unit == "MB" && number >= 1000) return sprintf("%.2f GB", number / 1000)
    return (number >= 100 ? sprintf("%d", number + 0.5) : sprintf("%.1f", number)) " " unit
}
function show(row, unit, title) {
    printf "| %s | %s | %s | %s |\n", title, cell("roost", row, unit), cell("etcd", row, unit),
        cell("zookeeper", row, unit)
}
{ values[$2, $1, 3, ++counts[$2, $1]] = $3 + 0 }
END {
    print "| what | Roost | etcd | ZooKeeper |"
    print "|---|---|---|---|"
    show("failover", "ms", "`kill -9` of the leader to the first accepted write")
    show("memory-after", "MB", "leader's memory after the work above")
    show("keys-rate", "/s", "creating " grouped(keys) " keys of 40 + 256 bytes")
    show("keys-memory", "MB", "leader's memory with them")
    show("keys-disk", "MB", "leader's disk with them")
    show("keys-restart", "ms", "restart of a killed member with them, until healthy")
    show("watch-p50", "ms", "one event to " grouped(watchers) " watchers, p50")
    show("watch-p99", "ms", "the same, p99")
    show("watch-memory", "MB", "leader's memory with the watchers")
    show("startup", "ms", "one empty member, from start to ready")
    show("idle-memory", "MB", "its memory when idle")
    show("binary", "MB", "its stripped binary")
}
