package import Replica
internal import Wire

/// What every answer says of the member that gives it; the shell keeps one and renews it when a
/// turn changes it.
package struct MemberView: Sendable {
    /// Whether somebody leads as far as the member knows.
    package enum Leadership: UInt8, Sendable {
        case led = 0
        /// There has been no leader for an election timeout.
        case leaderless = 1
    }

    /// As configured; shown as `Roost-Member`.
    package let name: [UInt8]
    package var term: UInt64 {
        didSet { if term != oldValue { fields = makeFields() } }
    }
    package var leadership = Leadership.led
    /// Hosts answered besides IP addresses and `localhost`, in lower case; empty means every host,
    /// but none at a loopback address.
    package var allowedHosts: [[UInt8]]
    /// Names that the member listens at or tells others, answered in any case; in lower case,
    /// without a dot at the end.
    package let ownHosts: [[UInt8]]
    /// Origins whose pages may read and write, as browsers write them; beside the member's own.
    package let allowedOrigins: [[UInt8]]

    /// The header fields of every answer that stay the same through a term.
    private(set) var fields = HeaderFields()

    package init(
        name: [UInt8],
        term: UInt64,
        allowedHosts: [[UInt8]] = [],
        ownHosts: [[UInt8]] = [],
        allowedOrigins: [[UInt8]] = []
    ) {
        self.name = name
        self.term = term
        self.allowedHosts = allowedHosts
        self.ownHosts = ownHosts
        self.allowedOrigins = allowedOrigins
        fields = makeFields()
    }

    private func makeFields() -> HeaderFields {
        var fields = HeaderFields()
        fields.append("Roost-Term", number: term)
        fields.append("Roost-Member", value: name)
        fields.append("X-Content-Type-Options", value: "nosniff")
        // Where one page may read what another may not, a cache has to keep them apart.
        if !allowedOrigins.isEmpty { fields.append("Vary", value: "Origin") }
        return fields
    }
}

/// Which listener a request came through.
package struct ListenerKind: Hashable, Sendable {
    /// What is served there.
    package enum Calls: UInt8, Hashable, Sendable {
        case every = 0
        /// `/livez`, `/readyz`, `/version` and `/metrics` alone.
        case health = 1
    }

    /// From where it can be reached.
    package enum Reach: UInt8, Hashable, Sendable {
        case network = 0
        /// From programs of this machine, any page in a browser among them.
        case loopback = 1
        /// A Unix socket: from programs that the file system lets, and from no page.
        case file = 2
    }

    package let calls: Calls
    package let reach: Reach

    /// A listener for those calls.
    package init(_ calls: Calls, reach: Reach) {
        self.calls = calls
        self.reach = reach
    }

    /// Every call, from anywhere.
    package static let client = ListenerKind(.every, reach: .network)
    /// The health calls, from anywhere.
    package static let health = ListenerKind(.health, reach: .network)
}

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
        /// Of this member what its status says; of another one what its leader and its vote tell.
        package let role: MemberStatus.Role
        package let suffrage: ClusterMember.Suffrage
        package let health: ClusterMember.Health
        /// How far its log is known to match; nil when that is not known here.
        package let matchIndex: UInt64?

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
        /// Bytes of the data directory's files.
        package var dataByteCount: UInt64 = 0
        /// Bytes of memory in use.
        package var residentByteCount: UInt64 = 0

        package init() {}
    }

    package var version: [UInt8]
    package var id: UInt64
    /// 0 while no cluster has formed.
    package var cluster: UInt64
    package var role: MemberStatus.Role
    /// Nil while none is known.
    package var leader: UInt64?
    package var commitIndex: UInt64
    package var appliedIndex: UInt64
    package var lastIndex: UInt64
    package var durableIndex: UInt64
    package var snapshotIndex: UInt64
    package var logByteCount: UInt64
    package var diskSpace: MemberStatus.DiskSpace
    /// Why it does not serve linearizable requests now, in words; empty means ready.
    package var unreadiness: [[UInt8]]
    package var rows: [Row]
    package var figures: Figures
    /// Further samples in Prometheus' text format, whole lines.
    package var metrics: [UInt8]

    package init(version: [UInt8], id: UInt64, role: MemberStatus.Role, unreadiness: [[UInt8]]) {
        self.version = version
        self.id = id
        self.role = role
        self.unreadiness = unreadiness
        cluster = 0
        leader = nil
        commitIndex = 0
        appliedIndex = 0
        lastIndex = 0
        durableIndex = 0
        snapshotIndex = 0
        logByteCount = 0
        diskSpace = .ample
        rows = []
        figures = Figures()
        metrics = []
    }
}
