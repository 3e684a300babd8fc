internal import Bytes
internal import Keyspace
internal import Platform
internal import Replica

/// A configuration that holds together: every address parsed, every bound checked.
struct Settings {
    let name: [UInt8]
    let listen: [Endpoint]
    let peerListen: Endpoint
    let healthListen: Endpoint?
    let dataDirectory: String
    /// The founding members, or those that a newcomer asks.
    let founders: [Replica.Founder]
    let arrival: Replica.Arrival
    /// A digest of the cluster's token; 0 where there is none.
    let clusterToken: UInt64
    let clusterTokenText: [UInt8]
    /// The newest feature level that the member takes part in.
    let featureLevelMax: UInt64
    let advertise: Endpoint?
    let heartbeatMilliseconds: UInt64
    let electionTimeoutMilliseconds: UInt64
    let diskReserveByteCount: UInt64
    /// Nil where nothing is written down of what clients do.
    let audit: AuditPlan?
    /// Nil where no regular backups are wanted.
    let backups: BackupPlan?
    /// What the settings of a new cluster are to be, in the order of names.
    let firstSettings: [SettingsChange.Item]
    let logFormat: LogFormat
    let logLevel: LogLevel?
    let logFile: String?
    /// Requests that take so long are told of; the greatest number for none.
    let slowNanoseconds: UInt64
    let tls: TLSPlan
    /// In lower case.
    let allowedHosts: [[UInt8]]
    /// As browsers write them.
    let allowedOrigins: [[UInt8]]
    let limits: ClientLimits
    let proxies: TrustedProxies
    /// Whose tokens are believed besides the cluster's; nil for nobody's.
    let outsideTrust: OutsideTrust?

    init(_ configuration: Configuration) throws(ConfigurationError) {
        name = try Self.memberName("--name", text: configuration.name)
        listen = try Self.clientEndpoints(configuration.listen)
        peerListen = try Self.peerEndpoint(
            "--peer-listen",
            text: configuration.peerListen,
            for: .listening
        )
        healthListen =
            if let text = configuration.healthListen {
                try Self.endpoint("--health-listen", text: text, for: .listening)
            } else {
                nil
            }
        dataDirectory = configuration.dataDirectory ?? "./\(configuration.name).roost"
        guard !dataDirectory.isEmpty, !dataDirectory.utf8.contains(0) else {
            throw ConfigurationError("--data-dir", reason: "is no path")
        }
        if configuration.join.isEmpty {
            founders = try Self.founders(configuration.cluster)
            arrival = .founding
        } else {
            guard configuration.cluster.isEmpty else {
                throw ConfigurationError(
                    "--join",
                    reason: "excludes --cluster: a newcomer is no founding member"
                )
            }
            founders = try Self.hosts(toJoin: configuration.join)
            arrival = .joining
        }
        clusterToken = Self.digest(ofToken: configuration.clusterToken)
        clusterTokenText = Array(configuration.clusterToken.utf8)
        featureLevelMax = configuration.featureLevelMax
        guard (1...FeatureLevel.newest).contains(featureLevelMax) else {
            throw ConfigurationError(
                "--feature-level-max",
                reason: "this roost knows the levels 1 to \(FeatureLevel.newest)"
            )
        }
        advertise =
            if let text = configuration.advertise {
                try Self.endpoint("--advertise", text: text, for: .dialling)
            } else {
                nil
            }
        heartbeatMilliseconds = configuration.heartbeatMilliseconds
        electionTimeoutMilliseconds = configuration.electionTimeoutMilliseconds
        try Self.checkTimings(heartbeatMilliseconds, electionTimeout: electionTimeoutMilliseconds)
        diskReserveByteCount = configuration.diskReserveByteCount
        audit = try AuditPlan(configuration)
        backups = try BackupPlan(configuration)
        firstSettings = try Self.firstSettings(configuration)
        logFormat = configuration.logFormat
        logLevel = configuration.logLevel
        logFile = configuration.logFile
        guard logFile.map({ !$0.isEmpty && !$0.utf8.contains(0) && !$0.hasSuffix("/") }) ?? true
        else { throw ConfigurationError("--log-file", reason: "is no path of a file") }
        slowNanoseconds = try Self.slowNanoseconds(configuration.slowMilliseconds)
        tls = try TLSPlan(configuration.tls)
        try tls.checkReach(clients: listen, peers: peerListen)
        allowedHosts = try Self.hosts(configuration.allowedHosts)
        allowedOrigins = try configuration.allowedOrigins.map(PageOrigin.parse)
        limits = configuration.limits
        proxies = try TrustedProxies(configuration.trustedProxies)
        outsideTrust = try OutsideTrust(configuration)
    }

    private static func slowNanoseconds(
        _ milliseconds: UInt64?
    ) throws(ConfigurationError) -> UInt64 {
        guard let milliseconds else { return .max }
        let (nanoseconds, overflowed) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        guard milliseconds > 0, !overflowed else {
            throw ConfigurationError("--slow", reason: "has to be a millisecond or more")
        }
        return nanoseconds
    }

    /// The names under which clients may look for this member, by its own configuration.
    var ownHosts: [[UInt8]] {
        (listen + [healthListen, advertise].compactMap { $0 }).compactMap { endpoint in
            guard case .internet(let host, _) = endpoint else { return nil }
            let name = host.hasSuffix(".") ? String(host.dropLast()) : host
            return Array(name.lowercased().utf8)
        }
    }

    /// The address under which the peers know this member, when the list names it.
    var ownPeerAddress: PeerAddress? { founders.first { $0.name == name }?.address }

    private static func memberName(
        _ flag: String,
        text: String
    ) throws(ConfigurationError) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard (1...255).contains(bytes.count) else {
            throw ConfigurationError(flag, reason: "a member's name has 1 to 255 bytes")
        }
        let isPlain = bytes.allSatisfy { byte in
            byte > 0x20 && byte != 0x7F && byte != UInt8(ascii: "=") && byte != UInt8(ascii: ",")
                && byte != UInt8(ascii: "/")
        }
        guard isPlain, text != ".", text != ".." else {
            throw ConfigurationError(
                flag,
                reason: "\"\(text)\" is no member's name: no blanks, '=', ',' or '/'"
            )
        }
        return bytes
    }

    /// What an address is for.
    private enum Use {
        case listening
        /// Others are told to find the member there.
        case dialling
    }

    private static func endpoint(
        _ flag: String,
        text: String,
        for use: Use
    ) throws(ConfigurationError) -> Endpoint {
        do {
            switch use {
            case .listening: return try Endpoint(parsingListening: text)
            case .dialling:
                let endpoint = try Endpoint(parsing: text)
                guard !text.hasPrefix("*:") else { throw EndpointError.invalidHost("*") }
                return endpoint
            }
        } catch {
            throw ConfigurationError(flag, reason: "\"\(text)\": \(error)")
        }
    }

    private static func peerEndpoint(
        _ flag: String,
        text: String,
        for use: Use
    ) throws(ConfigurationError) -> Endpoint {
        let endpoint = try endpoint(flag, text: text, for: use)
        guard case .internet = endpoint else {
            throw ConfigurationError(
                flag,
                reason: "members reach each other over TCP: write HOST:PORT"
            )
        }
        guard text.utf8.count <= PeerAddress.byteCountMax else {
            throw ConfigurationError(
                flag,
                reason: "is longer than \(PeerAddress.byteCountMax) bytes"
            )
        }
        return endpoint
    }

    private static func clientEndpoints(
        _ texts: [String]
    ) throws(ConfigurationError) -> [Endpoint] {
        var endpoints: [Endpoint] = []
        for text in texts {
            let endpoint = try endpoint("--listen", text: text, for: .listening)
            guard endpoint.isAnyPort || !endpoints.contains(endpoint) else {
                throw ConfigurationError("--listen", reason: "\(text) is given twice")
            }
            endpoints.append(endpoint)
        }
        guard !endpoints.isEmpty else { throw ConfigurationError("--listen", reason: "is missing") }
        return endpoints
    }

    private static func founders(
        _ members: [Configuration.FoundingMember]
    ) throws(ConfigurationError) -> [Replica.Founder] {
        var founders: [Replica.Founder] = []
        for member in members {
            let name = try memberName("--cluster", text: member.name)
            let endpoint = try peerEndpoint("--cluster", text: member.peerAddress, for: .dialling)
            guard !endpoint.isAnyPort else {
                throw ConfigurationError(
                    "--cluster",
                    reason: "\(member.name) needs a port to be found at"
                )
            }
            let address = PeerAddress(text: Array(endpoint.description.utf8))
            guard !founders.contains(where: { $0.name == name }) else {
                throw ConfigurationError(
                    "--cluster",
                    reason: "two members are named \(member.name)"
                )
            }
            guard !founders.contains(where: { $0.address == address }) else {
                throw ConfigurationError(
                    "--cluster",
                    reason: "two members have the address \(endpoint)"
                )
            }
            founders.append(Replica.Founder(name: name, address: address))
        }
        return founders
    }

    private static func joinEndpoint(_ text: String) throws(ConfigurationError) -> Endpoint {
        guard text.hasPrefix("srv:") else {
            return try peerEndpoint("--join", text: text, for: .dialling)
        }
        do throws(EndpointError) { return try Endpoint(parsing: text, orServiceFor: .peers) } catch
        {
            throw ConfigurationError("--join", reason: "\(error)")
        }
    }

    /// Members of a cluster by their addresses alone.
    private static func hosts(
        toJoin addresses: [String]
    ) throws(ConfigurationError) -> [Replica.Founder] {
        var hosts: [Replica.Founder] = []
        for text in addresses {
            let endpoint = try joinEndpoint(text)
            guard !endpoint.isAnyPort else {
                throw ConfigurationError("--join", reason: "\(text) needs a port")
            }
            let address = PeerAddress(text: Array(endpoint.description.utf8))
            guard !hosts.contains(where: { $0.address == address }) else {
                throw ConfigurationError("--join", reason: "\(endpoint) is given twice")
            }
            hosts.append(Replica.Founder(name: [], address: address))
        }
        return hosts
    }

    private static func digest(ofToken token: String) -> UInt64 {
        guard !token.isEmpty else { return 0 }
        var hash = StableHash(seed: 0)
        hash.combine(Array(token.utf8).span)
        return UInt64(truncatingIfNeeded: hash.value) | 1
    }

    /// An election must not begin because one or two signs of life were late.
    private static func checkTimings(
        _ heartbeat: UInt64,
        electionTimeout: UInt64
    ) throws(ConfigurationError) {
        guard (5...10_000).contains(heartbeat) else {
            throw ConfigurationError("--heartbeat", reason: "is between 5ms and 10s")
        }
        guard (heartbeat * 3...60_000).contains(electionTimeout) else {
            throw ConfigurationError(
                "--election-timeout",
                reason: "is between three heartbeats (\(heartbeat * 3)ms) and 60s"
            )
        }
    }

    private static func firstSettings(
        _ configuration: Configuration
    ) throws(ConfigurationError) -> [SettingsChange.Item] {
        let value = SettingsChange.Name.valueByteCountMax
        guard value.range.contains(configuration.valueByteCountMax) else {
            throw ConfigurationError("--max-value", reason: "is between 1KiB and 16MiB")
        }
        let operations = SettingsChange.Name.transactionOperationCountMax
        guard operations.range.contains(configuration.transactionOperationCountMax) else {
            throw ConfigurationError("--max-txn-ops", reason: "is between 1 and 10000")
        }
        let quota = configuration.quotaByteCount
        guard SettingsChange.Name.quotaByteCount.range.contains(quota) else {
            throw ConfigurationError("--quota", reason: "is at most 4 PiB (2^52 bytes)")
        }
        return SettingsChange.Name.allCases.compactMap { name in
            let number =
                switch name {
                case .valueByteCountMax: configuration.valueByteCountMax
                case .transactionOperationCountMax: configuration.transactionOperationCountMax
                case .quotaByteCount: quota
                default: ClusterSettings()[name]
                }
            // A log without a quota has the bytes from before there were any.
            if name == .quotaByteCount, quota == 0 { return nil }
            return SettingsChange.Item(name, value: number)
        }
    }

    private static func hosts(_ texts: [String]) throws(ConfigurationError) -> [[UInt8]] {
        var hosts: [[UInt8]] = []
        for absolute in texts {
            // `example.org.` and `example.org` are one name; what a request says is compared
            // without the dot.
            let text = absolute.hasSuffix(".") ? String(absolute.dropLast()) : absolute
            let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
            guard !text.isEmpty, isPlain else {
                throw ConfigurationError("--allow-host", reason: "\"\(absolute)\" is no host name")
            }
            hosts.append(Array(text.lowercased().utf8))
        }
        return hosts
    }
}

extension Endpoint {
    /// Whether the system chooses the port.
    fileprivate var isAnyPort: Bool {
        if case .internet(_, 0) = self { true } else { false }
    }
}
