/// What a running member does when it is told to read its configuration anew.
package struct ConfigurationReload {
    /// Settings that take effect at once; all others wait for the next start.
    static let reloadable = [
        "allow-host", "cors-origin", "disk-reserve", "limit-bytes", "limit-connections",
        "limit-requests", "limit-under-way", "log-level", "slow", "trusted-proxy",
    ]

    /// What a reload came to.
    struct Changes {
        let configuration: Configuration
        /// Names of what is in force from now on.
        let taken: [String]
        /// Names of what the next start will take.
        let waiting: [String]
    }

    private let names: [ConfigurationName]
    private let read: () throws(ConfigurationMistakes) -> Configuration
    /// What is in force.
    private var current: Configuration

    /// - Parameter read: reads everything anew, the file included.
    package init(
        of current: Configuration,
        names: [ConfigurationName],
        read: @escaping () throws(ConfigurationMistakes) -> Configuration
    ) {
        self.current = current
        self.names = names
        self.read = read
    }

    /// Reads the configuration; what may change is changed in the one that is in force.
    ///
    /// - Throws: every mistake; then nothing changes.
    mutating func carryOut() throws(ConfigurationMistakes) -> Changes {
        let new = try read()
        let differing = names.map(\.name).filter { new.text(of: $0) != current.text(of: $0) }
        current.allowedHosts = new.allowedHosts
        current.allowedOrigins = new.allowedOrigins
        current.diskReserveByteCount = new.diskReserveByteCount
        current.limits = new.limits
        current.logLevel = new.logLevel
        current.slowMilliseconds = new.slowMilliseconds
        current.trustedProxies = new.trustedProxies
        return Changes(
            configuration: current,
            taken: differing.filter(Self.reloadable.contains),
            waiting: differing.filter { !Self.reloadable.contains($0) }
        )
    }
}
