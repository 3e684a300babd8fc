internal import API
internal import Bytes
internal import Consensus
internal import Platform
internal import Replica
internal import Transport

extension Reactor {
    /// What this member says of itself, made when somebody asks.
    func report(now: MonotonicTime) -> MemberReport {
        let status = replica.status
        var report = MemberReport(
            version: Array(BuildVersion.version.utf8),
            id: status.id.rawValue,
            role: MemberReport.Role(status.role),
            unreadiness: status.unreadyReasons
        )
        report.cluster = status.cluster.rawValue
        report.leader = status.leader?.rawValue
        report.commitIndex = status.commitIndex.rawValue
        report.appliedIndex = status.appliedIndex.rawValue
        report.lastIndex = status.lastIndex.rawValue
        report.durableIndex = status.durableIndex.rawValue
        report.snapshotIndex = status.snapshotIndex.rawValue
        report.logByteCount = UInt64(status.logByteCount)
        report.diskSpace = status.diskSpace == .ample ? .ample : .short
        report.rows = replica.roster(now: now).map(MemberReport.Row.init)
        report.figures.uptimeMilliseconds = now.nanoseconds(since: startedAt) / 1_000_000
        report.figures.connectionCount = frontend.connections.count
        report.figures.watchCount = frontend.wakes.watchCount
        report.figures.dataByteCount = UInt64(status.storedByteCount)
        report.figures.residentByteCount = CurrentProcess.residentByteCount ?? 0
        report.metrics = frontend.counters.text(
            transport.counts,
            linkCount: transport.linkCount,
            keptLeaseCount: frontend.keepalives.count
        )
        return report
    }
}

extension MemberReport.Role {
    fileprivate init(_ role: MemberStatus.Role) {
        self =
            switch role {
            case .forming: .forming
            case .follower: .follower
            case .candidate: .candidate
            case .leader: .leader
            case .learner: .learner
            }
    }
}

extension MemberReport.Row {
    fileprivate init(_ entry: RosterEntry) {
        self.init(
            id: entry.id.rawValue,
            name: entry.name,
            peerAddress: entry.peerAddress.text,
            clientAddress: entry.clientAddress,
            role: MemberReport.Role(entry.role),
            suffrage: entry.suffrage == .voter ? .voter : .learner,
            health: entry.health == .heard ? .heard : .silent,
            matchIndex: entry.matchIndex?.rawValue
        )
    }
}
