internal import API
internal import Bytes
internal import Consensus
internal import Journal
internal import Platform
internal import Replica
internal import Transport

extension Reactor {
    /// What this member says of itself, made when somebody asks.
    func report(now: MonotonicTime) -> MemberReport {
        let status = replica.status
        var report = MemberReport(
            build: Self.build,
            id: status.id.rawValue,
            role: status.role,
            checks: status.healthChecks
        )
        report.cluster = status.cluster.rawValue
        report.leader = status.leader?.rawValue
        report.commitIndex = status.commitIndex.rawValue
        report.appliedIndex = status.appliedIndex.rawValue
        report.lastIndex = status.lastIndex.rawValue
        report.durableIndex = status.durableIndex.rawValue
        report.snapshotIndex = status.snapshotIndex.rawValue
        report.logByteCount = UInt64(status.logByteCount)
        report.diskSpace = status.diskSpace
        report.rows = replica.members(now: now).map(MemberReport.Row.init)
        report.figures.uptimeMilliseconds = now.nanoseconds(since: startedAt) / 1_000_000
        report.figures.connectionCount = frontend.connections.count
        report.figures.watchCount = frontend.wakes.watchCount
        report.figures.dataByteCount = UInt64(status.storedByteCount)
        report.figures.residentByteCount = CurrentProcess.residentByteCount ?? 0
        report.metrics = frontend.counters.text(
            transport.counts,
            logWrites: status.logWrites,
            linkCount: transport.linkCount,
            keptLeaseCount: frontend.keepalives.count
        )
        return report
    }

    private static let build: MemberReport.Build = {
        var build = MemberReport.Build(version: Array(BuildVersion.version.utf8))
        build.protocolVersion = ProtocolVersion.current.rawValue
        build.directoryFormat = Identity.formatVersion
        build.swift = Array("\(_SwiftStdlibVersion.current)".utf8)
        return build
    }()
}

extension MemberReport.Row {
    fileprivate init(_ entry: ClusterMember) {
        self.init(
            id: entry.id.rawValue,
            name: entry.name,
            peerAddress: entry.peerAddress.text,
            clientAddress: entry.clientAddress,
            role: entry.role,
            suffrage: entry.suffrage,
            health: entry.health,
            matchIndex: entry.matchIndex?.rawValue
        )
        lag = entry.lag
        silenceMilliseconds = entry.silenceMilliseconds
        version = entry.version
    }
}
