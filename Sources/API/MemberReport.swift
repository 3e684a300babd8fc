package import Replica
package import Wire

/// What a member says of itself and of its cluster when it is asked: status, cluster, readiness and
/// metrics. Made on demand.
package struct MemberReport: Sendable {
    /// One member of the cluster as this one sees it.
    package struct Row: Hashable, Sendable {
        package let id: UInt64
        package let name: [UInt8]
        package let peerAddress: [UInt8]
        /// Empty while the member has not been met.
        package let clientAddress: [UInt8]
        /// What this member says of itself, or what the leader and the votes say of another one.
        package let role: MemberStatus.Role
        package let suffrage: ClusterMember.Suffrage
        package let health: ClusterMember.Health
        /// How far its log is known to match; nil when that is not known here.
        package let matchIndex: UInt64?
        /// Only the leader knows it.
        package var lag: ClusterMember.Lag?
        /// The snapshot that it gets; only the leader knows.
        package var transfer: ClusterMember.Transfer?
        /// How long ago it was heard last; nil for the member itself, and where it never was.
        package var silenceMilliseconds: UInt64?
        /// The build that it runs; empty while it has not said hello.
        package var version: [UInt8] = []

        package init(
            id: UInt64,
            name: [UInt8],
            peerAddress: [UInt8],
            clientAddress: [UInt8],
            role: MemberStatus.Role,
            suffrage: ClusterMember.Suffrage,
            health: ClusterMember.Health,
            matchIndex: UInt64?
        ) {
            self.id = id
            self.name = name
            self.peerAddress = peerAddress
            self.clientAddress = clientAddress
            self.role = role
            self.suffrage = suffrage
            self.health = health
            self.matchIndex = matchIndex
        }
    }

    /// Counts of this process.
    package struct Figures: Hashable, Sendable {
        package var uptimeMilliseconds: UInt64 = 0
        package var connectionCount = 0
        package var watchCount = 0
        /// Streams that keep a state of the store as it was.
        package var keptStateCount = 0
        /// Bytes of the data directory's files.
        package var dataByteCount: UInt64 = 0
        /// Bytes that the disk of the data directory has free, when last looked at.
        package var diskFreeByteCount: UInt64 = 0
        /// Bytes of memory in use.
        package var residentByteCount: UInt64 = 0
        /// The time of day here, since 1970.
        package var wallMilliseconds: UInt64 = 0
        /// How long the leader is known, or that there is none.
        package var leadershipMilliseconds: UInt64 = 0
        /// After so long without a leader a member may campaign.
        package var electionTimeoutMilliseconds: UInt64 = 0

        package init() {}
    }

    /// Which Roost runs.
    package struct Build: Hashable, Sendable {
        /// As Semantic Versioning writes it.
        package let version: [UInt8]
        /// The commit that it was built of; empty where the build was not told.
        package var revision: [UInt8] = []
        /// Of the peer protocol.
        package var protocolVersion: UInt32 = 0
        /// Of the data directory.
        package var directoryFormat: UInt32 = 0
        /// Of Swift's standard library.
        package var swift: [UInt8] = []

        package init(version: [UInt8]) { self.version = version }
    }

    package var build: Build
    package var id: UInt64
    /// 0 while no cluster has formed.
    package var cluster: UInt64
    package var role: MemberStatus.Role
    /// Nil while none is known.
    package var leader: UInt64?
    package var commitIndex: UInt64
    package var appliedIndex: UInt64
    package var lastIndex: UInt64
    /// Of the entry at `lastIndex`.
    package var lastTerm: UInt64
    package var durableIndex: UInt64
    package var snapshotIndex: UInt64
    package var logByteCount: UInt64
    package var diskSpace: MemberStatus.DiskSpace
    /// What has to hold for it to serve linearizable requests.
    package var checks: [HealthCheck]
    package var rows: [Row]
    /// What a newcomer has to be started with; empty where there is none.
    package var clusterToken: [UInt8] = []
    /// Which of those that decide are heard here.
    package var hearing: Hearing
    package var figures: Figures
    /// Further families of `/metrics`.
    package var metrics: MetricsPage

    package init(build: Build, id: UInt64, role: MemberStatus.Role, checks: [HealthCheck]) {
        self.build = build
        self.id = id
        self.role = role
        self.checks = checks
        cluster = 0
        leader = nil
        commitIndex = 0
        appliedIndex = 0
        lastIndex = 0
        lastTerm = 0
        durableIndex = 0
        snapshotIndex = 0
        logByteCount = 0
        diskSpace = .ample
        rows = []
        hearing = Hearing(voterCount: 0, silent: [])
        figures = Figures()
        metrics = MetricsPage()
    }

    /// Whether it serves linearizable requests.
    package var isReady: Bool { checks.allSatisfy(\.holds) }
}
