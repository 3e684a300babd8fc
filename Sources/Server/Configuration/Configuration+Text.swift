extension Configuration {
    /// A setting as it is in force, in the form in which it may be written; nil where there is none.
    ///
    /// - Parameter name: a flag's, without dashes.
    package func text(of name: String) -> String? {
        switch name {
        case "name": self.name
        case "data-dir": dataDirectory ?? "./\(self.name).roost"
        case "listen": listen.joined(separator: ",")
        case "peer-listen": peerListen
        case "health-listen": healthListen
        case "cluster": Self.list(cluster.map { "\($0.name)=\($0.peerAddress)" })
        case "join": Self.list(join)
        case "cluster-token": clusterToken.isEmpty ? nil : clusterToken
        case "feature-level-max": "\(featureLevelMax)"
        case "advertise": advertise
        case "heartbeat": "\(heartbeatMilliseconds)ms"
        case "election-timeout": "\(electionTimeoutMilliseconds)ms"
        case "disk-reserve": Self.size(diskReserveByteCount)
        case "audit-log": auditLog
        case "audit": Self.list(audit)
        case "audit-keep": "\(auditKeepCount)"
        case "backup-dir": backupDirectory
        case "backup-every": Self.time(backupEveryMilliseconds)
        case "backup-keep": "\(backupKeepCount)"
        case "backup-from": backupSource
        case "max-value": Self.size(valueByteCountMax)
        case "quota": Self.size(quotaByteCount)
        case "max-txn-ops": "\(transactionOperationCountMax)"
        case "log-format": logFormat.rawValue
        case "log-level": "\((logLevel ?? logFormat.usualLevel).name)"
        case "log-file": logFile
        case "slow": slowMilliseconds.map { "\($0)ms" }
        case "allow-host": Self.list(allowedHosts)
        case "cors-origin": Self.list(allowedOrigins)
        case "trusted-proxy": Self.list(trustedProxies)
        case "jwt-keys": outsideKeysFile
        case "jwt-issuer": outsideIssuer
        case "jwt-audience": outsideAudience
        case "jwt-user-claim": outsideUserClaim
        case "jwt-roles-claim": outsideRolesClaim
        case "limit-connections": "\(limits.connectionCount)"
        case "limit-under-way": "\(limits.underWayCount)"
        case "limit-requests": "\(limits.requestsPerSecond)"
        case "limit-bytes": Self.size(limits.bytesPerSecond)
        default: tls.text(of: name)
        }
    }

    private static func list(_ items: [String]) -> String? {
        items.isEmpty ? nil : items.joined(separator: ",")
    }

    private static func time(_ milliseconds: UInt64) -> String {
        for (length, unit) in [(3_600_000, "h"), (60_000, "m"), (1_000, "s")] as [(UInt64, String)]
        where milliseconds > 0 && milliseconds % length == 0 {
            return "\(milliseconds / length)\(unit)"
        }
        return "\(milliseconds)ms"
    }

    private static func size(_ byteCount: UInt64) -> String {
        for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")]
        where byteCount > 0 && byteCount % (1 << UInt64(shift)) == 0 {
            return "\(byteCount >> UInt64(shift))\(unit)"
        }
        return "\(byteCount)"
    }
}
