internal import Bytes
internal import Keyspace
internal import Replica
internal import Wire

/// What a member says of itself, never needing a quorum: status, cluster, version, metrics.
struct ReportCall {
    enum Kind {
        case version
        case metrics
        case status
        case cluster
    }

    let kind: Kind

    func resume(
        _ resumption: Resumption,
        in keyspace: Keyspace,
        member: MemberView
    ) throws(Problem) -> NativeStep {
        guard case .described(let report) = resumption else { return .finish }
        switch kind {
        case .version: return .respond(Self.version(report))
        case .metrics: return .respond(Metrics.response(report, in: keyspace, member: member))
        case .status: return .respond(Self.status(report, in: keyspace, member: member))
        case .cluster: return .respond(Self.cluster(report, member: member))
        }
    }

    private static func version(_ report: MemberReport) -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.member("name", string: "roost")
        json.member("version", string: report.build.version)
        json.name("revision")
        if report.build.revision.isEmpty { json.null() } else { json.string(report.build.revision) }
        json.member("protocol", number: UInt64(report.build.protocolVersion))
        json.member("format", number: UInt64(report.build.directoryFormat))
        json.member("swift", string: report.build.swift)
        json.endObject()
        return .json(json)
    }

    private static func status(
        _ report: MemberReport,
        in keyspace: Keyspace,
        member: MemberView
    ) -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.member("id", string: Hexadecimal.encode(report.id))
        json.text("name", bytes: member.name)
        json.member("version", string: report.build.version)
        json.member("cluster", string: Hexadecimal.encode(report.cluster))
        json.member("role", string: report.role.name)
        json.name("leader")
        if let leader = report.leader {
            json.string(Hexadecimal.encode(leader))
        } else {
            json.null()
        }
        json.member("leader_for", milliseconds: report.figures.leadershipMilliseconds)
        json.member("term", number: member.term)
        json.member("election_timeout", milliseconds: report.figures.electionTimeoutMilliseconds)
        json.name("hearing")
        json.hearing(report.hearing)
        json.member("commit_index", number: report.commitIndex)
        json.member("applied_index", number: report.appliedIndex)
        json.member("last_index", number: report.lastIndex)
        json.member("last_term", number: report.lastTerm)
        json.member("durable_index", number: report.durableIndex)
        json.member("snapshot_index", number: report.snapshotIndex)
        json.member("revision", number: keyspace.store.revision.rawValue)
        json.member("compact_revision", number: keyspace.store.compactRevision.rawValue)
        json.name("state_hash")
        json.beginObject()
        json.member("hash", string: keyspace.hash.text)
        json.member("index", number: keyspace.appliedIndex)
        json.endObject()
        json.member("keys", number: UInt64(keyspace.store.keyCount))
        json.member("key_bytes", number: UInt64(keyspace.store.byteCount))
        json.member("history_bytes", number: UInt64(keyspace.store.historyByteCount))
        json.name("history")
        json.history(of: keyspace)
        json.name("settings")
        json.settings(keyspace.settings, level: keyspace.featureLevel)
        json.member("leases", number: UInt64(keyspace.leaseCount))
        json.member("holders", number: UInt64(keyspace.contenderCounts.holders))
        json.member("waiters", number: UInt64(keyspace.contenderCounts.waiters))
        json.member("watches", number: UInt64(report.figures.watchCount))
        json.member("connections", number: UInt64(report.figures.connectionCount))
        json.member("data_bytes", number: report.figures.dataByteCount)
        json.member("log_bytes", number: report.logByteCount)
        json.member("disk_free_bytes", number: report.figures.diskFreeByteCount)
        json.member("resident_bytes", number: report.figures.residentByteCount)
        json.member("uptime", milliseconds: report.figures.uptimeMilliseconds)
        var time: [UInt8] = []
        time.append(unixMilliseconds: report.figures.wallMilliseconds)
        json.member("time", string: time)
        json.name("ready")
        json.bool(report.isReady)
        json.endObject()
        return .json(json)
    }

    private static func cluster(_ report: MemberReport, member: MemberView) -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.member("id", string: Hexadecimal.encode(report.cluster))
        json.name("members")
        json.beginArray()
        let rows = report.rows.sorted { $0.name.lexicographicallyPrecedes($1.name) }
        for row in rows { json.row(row) }
        json.endArray()
        json.name("leader")
        if let leader = report.leader {
            json.string(Hexadecimal.encode(leader))
        } else {
            json.null()
        }
        json.member("term", number: member.term)
        json.member("commit_index", number: report.commitIndex)
        json.member("applied_index", number: report.appliedIndex)
        json.endObject()
        return .json(json)
    }
}

extension JSONWriter {
    fileprivate mutating func hearing(_ hearing: Hearing) {
        beginObject()
        member("voters", number: UInt64(hearing.voterCount))
        name("silent")
        beginArray()
        for name in hearing.silent.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            string(name.span.isValidUTF8 ? name : Array(API.text(name).utf8))
        }
        endArray()
        endObject()
    }

    fileprivate mutating func row(_ row: MemberReport.Row) {
        beginObject()
        member("id", string: Hexadecimal.encode(row.id))
        text("name", bytes: row.name)
        text("peer", bytes: row.peerAddress)
        text("client", bytes: row.clientAddress)
        member("role", string: row.role.name)
        member("voter", bool: row.suffrage == .voter)
        member("healthy", bool: row.health == .heard)
        name("match_index")
        if let matchIndex = row.matchIndex { number(matchIndex) } else { null() }
        endObject()
    }
}

extension StateHash {
    /// Thirty-two hexadecimal digits.
    fileprivate var text: [UInt8] {
        Hexadecimal.encode(UInt64(truncatingIfNeeded: rawValue >> 64))
            + Hexadecimal.encode(UInt64(truncatingIfNeeded: rawValue))
    }
}

extension MemberStatus.Role {
    var name: StaticString {
        switch self {
        case .forming: "forming"
        case .follower: "follower"
        case .candidate: "candidate"
        case .leader: "leader"
        case .learner: "learner"
        }
    }
}
