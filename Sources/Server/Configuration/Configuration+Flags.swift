internal import Wire

extension Configuration {
    /// Makes a configuration of the flags of `roost serve`, in the order given; each but
    /// `--listen`, `--allow-host` and `--cors-origin` at most once, names without dashes.
    package init(flags: [(name: String, value: String)]) throws(ConfigurationError) {
        try self.init(items: flags.map { ConfigurationItem($0.name, value: $0.value) })
    }

    /// Makes a configuration of settings, wherever each was written.
    init(items: [ConfigurationItem]) throws(ConfigurationError) {
        self.init()
        var listen: [String] = []
        for item in items {
            switch item.name {
            case "listen": listen += Self.items(of: item.value)
            default:
                do { try set(item.name, value: item.value) } catch {
                    throw ConfigurationError(error.flag, reason: error.reason, place: item.place)
                }
            }
        }
        if !listen.isEmpty { self.listen = listen }
    }

    private mutating func set(_ name: String, value: String) throws(ConfigurationError) {
        switch name {
        case "name": self.name = value
        case "peer-listen": peerListen = value
        case "health-listen": healthListen = value
        case "data-dir": dataDirectory = value
        case "advertise": advertise = value
        case "cluster": cluster = try Self.founders(value)
        case "join": join = Self.items(of: value)
        case "cluster-token": clusterToken = value
        case "feature-level-max":
            featureLevelMax = try Self.count("--feature-level-max", text: value)
        case "heartbeat": heartbeatMilliseconds = try Self.milliseconds("--heartbeat", text: value)
        case "election-timeout":
            electionTimeoutMilliseconds = try Self.milliseconds("--election-timeout", text: value)
        case "max-value": valueByteCountMax = try Self.byteCount("--max-value", text: value)
        case "max-txn-ops":
            transactionOperationCountMax = try Self.count("--max-txn-ops", text: value)
        case "quota": quotaByteCount = try Self.byteCount("--quota", text: value)
        case "disk-reserve":
            diskReserveByteCount = try Self.byteCount("--disk-reserve", text: value)
        case "log-format":
            guard let format = LogFormat(rawValue: value) else {
                throw ConfigurationError(
                    "--log-format",
                    reason: "\"\(value)\" is none of text, logfmt and json"
                )
            }
            logFormat = format
        case "log-level":
            guard let level = LogLevel.allCases.first(where: { "\($0.name)" == value }) else {
                throw ConfigurationError(
                    "--log-level",
                    reason: "\"\(value)\" is none of debug, info, notice, warning and error"
                )
            }
            logLevel = level
        case "log-file": logFile = value
        case "slow": slowMilliseconds = try Self.milliseconds("--slow", text: value)
        case "audit-log": auditLog = value
        case "audit": audit += Self.items(of: value)
        case "audit-keep":
            auditKeepCount = Int(clamping: try Self.count("--audit-keep", text: value))
        case "backup-dir": backupDirectory = value
        case "backup-every":
            backupEveryMilliseconds = try Self.milliseconds("--backup-every", text: value)
        case "backup-keep":
            backupKeepCount = Int(clamping: try Self.count("--backup-keep", text: value))
        case "backup-from": backupSource = value
        case "allow-host": allowedHosts += Self.items(of: value)
        case "limit-connections":
            limits.connectionCount = try Self.count("--limit-connections", text: value)
        case "limit-under-way":
            limits.underWayCount = try Self.count("--limit-under-way", text: value)
        case "limit-requests":
            limits.requestsPerSecond = try Self.count("--limit-requests", text: value)
        case "limit-bytes":
            limits.bytesPerSecond = try Self.byteCount("--limit-bytes", text: value)
        case "jwt-keys": outsideKeysFile = value
        case "jwt-issuer": outsideIssuer = value
        case "jwt-audience": outsideAudience = value
        case "jwt-user-claim": outsideUserClaim = value
        case "jwt-roles-claim": outsideRolesClaim = value
        case "trusted-proxy": trustedProxies += Self.items(of: value)
        case "cors-origin": allowedOrigins += Self.items(of: value)
        case _ where TLSOptions.names.contains(name): try tls.set(name, value: value)
        default: throw ConfigurationError("--\(name)", reason: "serve has no such flag")
        }
    }

    /// `n1=HOST:PORT,n2=HOST:PORT`.
    private static func founders(_ text: String) throws(ConfigurationError) -> [FoundingMember] {
        var founders: [FoundingMember] = []
        for item in items(of: text) {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw ConfigurationError("--cluster", reason: "\"\(item)\" is not NAME=HOST:PORT")
            }
            founders.append(
                FoundingMember(name: String(parts[0]), peerAddress: String(parts[1]))
            )
        }
        return founders
    }

    /// What stands between commas; an empty item stays, and is refused where it is looked at.
    private static func items(of text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    private static func count(
        _ flag: String,
        text: String
    ) throws(ConfigurationError) -> UInt64 {
        guard let count = UInt64(text) else {
            throw ConfigurationError(flag, reason: "\"\(text)\" is no number")
        }
        return count
    }

    private static func milliseconds(
        _ flag: String,
        text: String
    ) throws(ConfigurationError) -> UInt64 {
        guard let span = TimeSpan(parsing: Array(text.utf8)) else {
            throw ConfigurationError(flag, reason: "\"\(text)\" is no duration: write 50ms or 1s")
        }
        return span.milliseconds
    }

    /// A number of bytes, or one with `KiB`, `MiB` or `GiB`.
    private static func byteCount(
        _ flag: String,
        text: String
    ) throws(ConfigurationError) -> UInt64 {
        guard let size = ByteSize(parsing: Array(text.utf8)) else {
            throw ConfigurationError(
                flag,
                reason: "\"\(text)\" is no size: write 268435456 or 256MiB"
            )
        }
        return size.byteCount
    }
}
