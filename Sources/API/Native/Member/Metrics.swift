internal import Keyspace
internal import Replica
internal import Wire

/// `/metrics`: Prometheus' text exposition format, version 0.0.4.
enum Metrics {
    static func response(
        _ report: MemberReport,
        in keyspace: Keyspace,
        member: MemberView
    ) -> HTTPResponse {
        var page = MetricsPage()
        page.gauges(
            "roost_build_info",
            help: "Which Roost runs; always 1.",
            of: [(labels(of: report.build), 1)]
        )
        appendMember(report, term: member.term, to: &page)
        appendStore(keyspace, to: &page)
        appendSessions(keyspace, to: &page)
        appendFigures(report, to: &page)
        page.append(report.metrics)
        var headers = HeaderFields()
        headers.append("Content-Type", value: MetricsPage.contentType)
        return HTTPResponse(status: 200, headers: headers, body: .bytes(page.bytes))
    }

    private static func labels(of build: MemberReport.Build) -> [MetricsPage.Label] {
        let revision = build.revision.isEmpty ? Array("unknown".utf8) : build.revision
        return [("version", build.version), ("revision", revision), ("swift", build.swift)]
    }

    private static func appendMember(
        _ report: MemberReport,
        term: UInt64,
        to page: inout MetricsPage
    ) {
        page.gauge(
            "roost_ready",
            help: "Whether it has a quorum and is caught up.",
            value: report.isReady ? 1 : 0
        )
        page.gauge(
            "roost_has_leader",
            help: "Whether a leader is known.",
            value: report.leader == nil ? 0 : 1
        )
        page.gauge(
            "roost_is_leader",
            help: "Whether it is this one.",
            value: report.role == .leader ? 1 : 0
        )
        page.gauge("roost_term", help: "Raft's term.", value: term)
        page.gauge("roost_commit_index", help: "Last committed entry.", value: report.commitIndex)
        page.gauge("roost_applied_index", help: "Last applied entry.", value: report.appliedIndex)
        page.gauge("roost_last_index", help: "Last entry of the log.", value: report.lastIndex)
        page.gauge("roost_durable_index", help: "Last durable entry.", value: report.durableIndex)
        page.gauge(
            "roost_snapshot_index",
            help: "Last entry of the snapshot.",
            value: report.snapshotIndex
        )
        page.gauge("roost_log_bytes", help: "Log since the snapshot.", value: report.logByteCount)
    }

    private static func appendStore(_ keyspace: Keyspace, to page: inout MetricsPage) {
        let store = keyspace.store
        let limits = keyspace.settings
        page.gauge("roost_revision", help: "The store's revision.", value: store.revision.rawValue)
        page.gauge(
            "roost_compact_revision",
            help: "The oldest readable revision.",
            value: store.compactRevision.rawValue
        )
        page.gauge("roost_keys", help: "Keys that have a value.", value: UInt64(store.keyCount))
        page.gauge(
            "roost_key_bytes",
            help: "Their bytes, values included.",
            value: UInt64(store.byteCount)
        )
        page.gauge(
            "roost_quota_bytes",
            help: "What those may be at most; 0 for any.",
            value: limits.quotaByteCount
        )
        page.gauge(
            "roost_subtree_quotas",
            help: "Quotas of subtrees.",
            value: UInt64(keyspace.quotaCount)
        )
        page.gauge(
            "roost_history_bytes",
            help: "Bytes of kept history.",
            value: UInt64(store.historyByteCount)
        )
        page.gauge(
            "roost_history_revisions",
            help: "Revisions that can be read.",
            value: keyspace.historyRevisionCount
        )
        page.gauge(
            "roost_history_age_seconds",
            help: "Age of the oldest change kept.",
            value: keyspace.historyAgeMilliseconds / 1000
        )
        page.gauge(
            "roost_history_limit_bytes",
            help: "Bytes of history that are kept at most.",
            value: limits.historyByteCount
        )
        page.gauge(
            "roost_history_limit_revisions",
            help: "Revisions that are kept at most.",
            value: limits.historyRevisionCount
        )
        page.gauge(
            "roost_history_limit_seconds",
            help: "Age of history that is kept at most.",
            value: limits.historyMilliseconds / 1000
        )
    }

    private static func appendSessions(_ keyspace: Keyspace, to page: inout MetricsPage) {
        page.gauge("roost_leases", help: "Leases.", value: UInt64(keyspace.leaseCount))
        page.gauge(
            "roost_holders",
            help: "Holders of locks and leaderships.",
            value: UInt64(keyspace.contenderCounts.holders)
        )
        page.gauge(
            "roost_waiters",
            help: "Waiters in all queues.",
            value: UInt64(keyspace.contenderCounts.waiters)
        )
        page.gauge(
            "roost_barrier_groups",
            help: "Groups that come together, pass or leave at all barriers.",
            value: UInt64(keyspace.barrierTableSize.count)
        )
        page.gauge(
            "roost_barrier_bytes",
            help: "What those in them take; at most 32 MiB.",
            value: UInt64(keyspace.barrierTableSize.byteCount)
        )
        page.gauge(
            "roost_queue_items",
            help: "Items in all queues.",
            value: UInt64(keyspace.queueTableSize.count)
        )
        page.gauge(
            "roost_queue_bytes",
            help: "What they take; at most 64 MiB.",
            value: UInt64(keyspace.queueTableSize.byteCount)
        )
        page.gauge(
            "roost_idempotency_keys",
            help: "Idempotency keys remembered.",
            value: UInt64(keyspace.idempotencyTableSize.count)
        )
    }

    private static func appendFigures(_ report: MemberReport, to page: inout MetricsPage) {
        let figures = report.figures
        page.gauge("roost_watches", help: "Open watches.", value: UInt64(figures.watchCount))
        page.gauge(
            "roost_connections",
            help: "Open client connections.",
            value: UInt64(figures.connectionCount)
        )
        page.gauge(
            "roost_data_bytes",
            help: "Bytes of the data directory.",
            value: figures.dataByteCount
        )
        page.gauge(
            "roost_disk_free_bytes",
            help: "Free bytes of its disk.",
            value: figures.diskFreeByteCount
        )
        page.gauge(
            "roost_disk_reserve_used",
            help: "Whether writes are refused for want of disk.",
            value: report.diskSpace == .short ? 1 : 0
        )
        page.gauge(
            "roost_uptime_seconds",
            help: "Seconds since the start.",
            value: figures.uptimeMilliseconds / 1000
        )
    }
}
