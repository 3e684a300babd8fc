internal import API
internal import Bytes
internal import Consensus
internal import Journal
internal import Keyspace
internal import Platform
internal import Replica
internal import Transport
internal import Wire

extension Reactor {
    /// What this member says of itself, made when somebody asks.
    ///
    /// - Parameter isMeasured: whether somebody asks for the page of metrics too.
    func report(isMeasured: Bool, now: MonotonicTime) -> MemberReport {
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
        report.lastTerm = status.lastTerm.rawValue
        report.durableIndex = status.durableIndex.rawValue
        report.snapshotIndex = status.snapshotIndex.rawValue
        report.logByteCount = UInt64(status.logByteCount)
        report.diskSpace = status.diskSpace
        report.rows = replica.members(now: now).map(MemberReport.Row.init)
        report.clusterToken = view.clusterToken
        report.hearing = replica.hearing(now: now)
        let usage = ProcessUsage.now
        report.figures = figures(usage, status: status, now: now)
        if isMeasured { measure(usage, status: status, in: &report) }
        return report
    }

    private func figures(
        _ usage: ProcessUsage,
        status: MemberStatus,
        now: MonotonicTime
    ) -> MemberReport.Figures {
        var figures = MemberReport.Figures()
        figures.uptimeMilliseconds = now.nanoseconds(since: startedAt) / 1_000_000
        figures.connectionCount = frontend.connections.count
        figures.watchCount = frontend.wakes.watchCount
        figures.dataByteCount = UInt64(status.storedByteCount)
        figures.diskFreeByteCount = diskFreeByteCount
        figures.residentByteCount = usage.residentByteCount
        figures.wallMilliseconds = Clock.wallMilliseconds()
        figures.leadershipMilliseconds = now.nanoseconds(since: leadershipSince) / 1_000_000
        figures.electionTimeoutMilliseconds = status.electionTimeoutMilliseconds
        return figures
    }

    private func measure(
        _ usage: ProcessUsage,
        status: MemberStatus,
        in report: inout MemberReport
    ) {
        append(usage, to: &report.metrics)
        frontend.counters.append(to: &report.metrics, surroundings(status))
        frontend.audit?.append(to: &report.metrics)
        observations.append(
            to: &report.metrics,
            peers: report.rows.filter { $0.id != report.id }.map {
                (MemberID(rawValue: $0.id), $0.name)
            }
        )
        backups?.append(to: &report.metrics, seconds: UInt64(max(0, Clock.wallSeconds())))
        appendCertificates(to: &report.metrics)
    }

    private func surroundings(_ status: MemberStatus) -> Counters.Surroundings {
        Counters.Surroundings(
            peers: transport.counts,
            logWrites: status.logWrites,
            linkCount: transport.linkCount,
            keptLeaseCount: frontend.keepalives.count,
            watchLagMax: frontend.watchLagMax(at: replica.keyspace.store.revision),
            pendingWriteCount: status.pendingWriteCount,
            pendingReadCount: status.pendingReadCount
        )
    }

    /// The standard families of Prometheus' clients.
    private func append(_ usage: ProcessUsage, to page: inout MetricsPage) {
        page.counter(
            "process_cpu_seconds_total",
            help: "Processor time of all threads.",
            nanoseconds: usage.cpuNanoseconds
        )
        page.gauge(
            "process_resident_memory_bytes",
            help: "Memory in use.",
            value: usage.residentByteCount
        )
        page.gauge(
            "process_virtual_memory_bytes",
            help: "Memory mapped.",
            value: usage.virtualByteCount
        )
        if let count = usage.descriptorCount {
            page.gauge("process_open_fds", help: "Open file descriptors.", value: count)
        }
        page.gauge(
            "process_max_fds",
            help: "File descriptors that may be open.",
            value: usage.descriptorCountMax
        )
        page.gauge(
            "process_start_time_seconds",
            help: "When the process began, in seconds since 1970.",
            value: wallSecondsAtStart
        )
    }

    private static let build: MemberReport.Build = {
        var build = MemberReport.Build(version: Array(BuildVersion.version.utf8))
        build.revision = BuildRevision.text
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
        transfer = entry.transfer
        silenceMilliseconds = entry.silenceMilliseconds
        version = entry.version
    }
}
