internal import Keyspace
internal import Replica
internal import Wire

/// `/metrics`: Prometheus' text exposition format, version 0.0.4.
enum Metrics {
    private enum Kind {
        case gauge
        case counter
    }

    static func response(
        _ report: MemberReport,
        in keyspace: Keyspace,
        member: MemberView
    ) -> HTTPResponse {
        var output: [UInt8] = []
        output.reserveCapacity(4096 + report.metrics.count)
        for (name, help, kind, value) in samples(report, in: keyspace, member: member) {
            append(name, help: help, kind: kind, value, to: &output)
        }
        output.append(contentsOf: report.metrics)
        var headers = HeaderFields()
        headers.append("Content-Type", value: "text/plain; version=0.0.4; charset=utf-8")
        return HTTPResponse(status: 200, headers: headers, body: .bytes(output))
    }

    private static func samples(
        _ report: MemberReport,
        in keyspace: Keyspace,
        member: MemberView
    ) -> [(StaticString, StaticString, Kind, UInt64)] {
        let store = keyspace.store
        return [
            (
                "roost_ready", "Whether it has a quorum and is caught up.", .gauge,
                report.isReady ? 1 : 0
            ),
            (
                "roost_has_leader", "Whether a leader is known.", .gauge,
                report.leader == nil ? 0 : 1
            ),
            ("roost_is_leader", "Whether it is this one.", .gauge, report.role == .leader ? 1 : 0),
            ("roost_term", "Raft's term.", .gauge, member.term),
            ("roost_commit_index", "Last committed entry.", .gauge, report.commitIndex),
            ("roost_applied_index", "Last applied entry.", .gauge, report.appliedIndex),
            ("roost_last_index", "Last entry of the log.", .gauge, report.lastIndex),
            ("roost_durable_index", "Last durable entry.", .gauge, report.durableIndex),
            ("roost_snapshot_index", "Last entry of the snapshot.", .gauge, report.snapshotIndex),
            ("roost_log_bytes", "Log since the snapshot.", .gauge, report.logByteCount),
            ("roost_revision", "The store's revision.", .counter, store.revision.rawValue),
            (
                "roost_compact_revision", "The oldest readable revision.", .gauge,
                store.compactRevision.rawValue
            ),
            ("roost_keys", "Keys that have a value.", .gauge, UInt64(store.keyCount)),
            ("roost_key_bytes", "Their bytes, values included.", .gauge, UInt64(store.byteCount)),
            (
                "roost_history_bytes", "Bytes of kept history.", .gauge,
                UInt64(store.historyByteCount)
            ),
            (
                "roost_history_revisions", "Revisions that can be read.", .gauge,
                keyspace.historyRevisionCount
            ),
            (
                "roost_history_age_seconds", "Age of the oldest change kept.", .gauge,
                keyspace.historyAgeMilliseconds / 1000
            ),
            (
                "roost_history_limit_bytes", "Bytes of history that are kept at most.", .gauge,
                keyspace.settings.historyByteCount
            ),
            (
                "roost_history_limit_revisions", "Revisions that are kept at most.", .gauge,
                keyspace.settings.historyRevisionCount
            ),
            (
                "roost_history_limit_seconds", "Age of history that is kept at most.", .gauge,
                keyspace.settings.historyMilliseconds / 1000
            ),
            ("roost_leases", "Leases.", .gauge, UInt64(keyspace.leaseCount)),
            (
                "roost_holders", "Holders of locks and leaderships.", .gauge,
                UInt64(keyspace.contenderCounts.holders)
            ),
            (
                "roost_waiters", "Waiters in all queues.", .gauge,
                UInt64(keyspace.contenderCounts.waiters)
            ),
            (
                "roost_idempotency_keys", "Idempotency keys remembered.", .gauge,
                UInt64(keyspace.idempotencyTableSize.count)
            ),
            ("roost_watches", "Open watches.", .gauge, UInt64(report.figures.watchCount)),
            (
                "roost_connections", "Open client connections.", .gauge,
                UInt64(report.figures.connectionCount)
            ),
            (
                "roost_data_bytes", "Bytes of the data directory.", .gauge,
                report.figures.dataByteCount
            ),
            (
                "roost_disk_reserve_used", "Whether writes are refused for want of disk.", .gauge,
                report.diskSpace == .short ? 1 : 0
            ),
            (
                "process_resident_memory_bytes", "Memory in use.", .gauge,
                report.figures.residentByteCount
            ),
            (
                "roost_uptime_seconds", "Seconds since the start.", .counter,
                report.figures.uptimeMilliseconds / 1000
            ),
        ]
    }

    private static func append(
        _ name: StaticString,
        help: StaticString,
        kind: Kind,
        _ value: UInt64,
        to output: inout [UInt8]
    ) {
        output.append("# HELP ")
        output.append(name)
        output.append(" ")
        output.append(help)
        output.append("\n# TYPE ")
        output.append(name)
        switch kind {
        case .gauge: output.append(" gauge\n")
        case .counter: output.append(" counter\n")
        }
        output.append(name)
        output.append(" ")
        output.append(decimal: value)
        output.append("\n")
    }
}
