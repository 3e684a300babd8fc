internal import Consensus
internal import Keyspace
internal import Replica

/// Everything an operator may set, as it was written; `Settings` is what it comes to.
package struct Configuration: Hashable, Sendable {
    /// This member's name in `--cluster`.
    package var name = "default"
    /// `HOST:PORT` or `unix:PATH`, at least one.
    package var listen = ["127.0.0.1:2379"]
    /// `HOST:PORT`.
    package var peerListen = "127.0.0.1:2380"
    /// `HOST:PORT` or `unix:PATH`; nil for none.
    package var healthListen: String?
    /// Nil means `./NAME.roost`.
    package var dataDirectory: String?
    /// Names and peer addresses of the founding members; used on the first start only. Empty for a
    /// member alone.
    package var cluster: [FoundingMember] = []
    /// Peer addresses (`HOST:PORT`) of members of a cluster that this one is to join; used until it
    /// has. Empty for a founding member.
    package var join: [String] = []
    /// What all members of one cluster are given alike; empty for none. No secret.
    package var clusterToken = ""
    /// The newest feature level that this member takes part in, 1 to that of this version.
    package var featureLevelMax = FeatureLevel.newest
    /// What `/v1/cluster` shows as `client`; nil means the first address listened on.
    package var advertise: String?
    /// Between two signs of life of a leader.
    package var heartbeatMilliseconds = Timing.heartbeatMillisecondsDefault
    /// The lower bound of the random election timeout; the upper is twice that.
    package var electionTimeoutMilliseconds = Timing.electionTimeoutMillisecondsDefault
    /// The longest value that a new cluster takes, in bytes: 1 KiB to 16 MiB.
    package var valueByteCountMax = ClusterSettings()[.valueByteCountMax]
    /// The most operations of a transaction in a new cluster: 1 to 10,000.
    package var transactionOperationCountMax = ClusterSettings()[.transactionOperationCountMax]
    /// What keys and values of a new cluster may have together, in bytes: up to 2^52, 0 for any.
    package var quotaByteCount = ClusterSettings()[.quotaByteCount]
    /// Writes are refused while less than this is free on the disk.
    package var diskReserveByteCount = Replica.Configuration.diskReserveByteCountDefault
    /// How events are written.
    package var logFormat = LogFormat.text
    /// The lowest level that is written; nil for what the format usually has.
    package var logLevel: LogLevel?
    /// A file in place of standard error; nil for none.
    package var logFile: String?
    /// Requests that take so long are told of; nil for none.
    package var slowMilliseconds: UInt64?
    /// A file of what clients do, or `journal`; nil for none.
    package var auditLog: String?
    /// `reads` and `required`.
    package var audit: [String] = []
    /// How many files of it are kept beside the one that is written: 1 to 10,000.
    package var auditKeepCount = 30
    /// Where regular backups are written; nil for none.
    package var backupDirectory: String?
    /// From one regular backup to the next: a second or more.
    package var backupEveryMilliseconds: UInt64 = 6 * 3_600_000
    /// How many regular backups are kept: 1 to 10,000.
    package var backupKeepCount = 28
    /// Who makes them: `leader` or `observer`.
    package var backupSource = BackupPlan.Source.leader.rawValue
    /// What is said of TLS.
    package var tls = TLSOptions()
    /// Hosts answered besides IP addresses and `localhost`; empty means every host, but none at a
    /// loopback address.
    package var allowedHosts: [String] = []
    /// Origins (`SCHEME://HOST[:PORT]`) whose pages may read and write, besides the member's own.
    package var allowedOrigins: [String] = []
    /// The file with the public keys of the issuer of outside tokens; nil where none is believed.
    package var outsideKeysFile: String?
    /// What `iss` of its tokens is.
    package var outsideIssuer: String?
    /// What `aud` of its tokens is or holds.
    package var outsideAudience: String?
    /// The claim with the subject's name.
    package var outsideUserClaim = "sub"
    /// The claim with the names of roles.
    package var outsideRolesClaim = "roles"
    /// What one client may take.
    package var limits = ClientLimits.none
    /// Addresses, blocks of them, and `unix`: of proxies that are believed whom they pass requests on
    /// for.
    package var trustedProxies: [String] = []

    package init() {}

    /// One `NAME=HOST:PORT` of `--cluster`.
    package struct FoundingMember: Hashable, Sendable {
        package let name: String
        package let peerAddress: String

        package init(name: String, peerAddress: String) {
            self.name = name
            self.peerAddress = peerAddress
        }
    }
}

/// A setting that can't be used, and why.
package struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The flag as it is written on a command line, with its dashes.
    package let flag: String
    package let reason: String
    /// Where it was written, if that is known.
    package let place: ConfigurationItem.Place?

    package var description: String {
        switch place {
        case nil, .commandLine: "\(flag): \(reason)"
        case .environment(let variable): "\(variable): \(reason)"
        case .file(let path, let line):
            "\(path):\(line): \(flag.drop { $0 == "-" }): \(reason)"
        }
    }

    package init(_ flag: String, reason: String, place: ConfigurationItem.Place? = nil) {
        self.flag = flag
        self.reason = reason
        self.place = place
    }
}
