/// Where it is written, and for how long that is kept.
struct AuditPlan: Hashable, Sendable {
    enum Place: Hashable, Sendable {
        case file(String)
        /// Standard error, of which the journal of systemd keeps what it reads there.
        case journal

        var text: String {
            switch self {
            case .file(let path): path
            case .journal: "journal"
            }
        }
    }

    /// How many days or full files may be kept.
    static let keptCountRange = 1...10_000

    let place: Place
    let policy: AuditPolicy
    let keptCount: Int

    init(place: Place, policy: AuditPolicy, keptCount: Int) {
        self.place = place
        self.policy = policy
        self.keptCount = keptCount
    }

    /// - Throws: for what cannot be, and for what says nothing without a file.
    init?(_ configuration: Configuration) throws(ConfigurationError) {
        guard let policy = AuditPolicy(words: configuration.audit) else {
            throw ConfigurationError("--audit", reason: "is a list of 'reads' and 'required'")
        }
        guard Self.keptCountRange.contains(configuration.auditKeepCount) else {
            throw ConfigurationError("--audit-keep", reason: "is between 1 and 10000")
        }
        guard let path = configuration.auditLog else {
            guard policy.isEmpty else {
                throw ConfigurationError("--audit", reason: "needs --audit-log FILE")
            }
            return nil
        }
        guard !path.isEmpty, !path.utf8.contains(0), !path.hasSuffix("/") else {
            throw ConfigurationError("--audit-log", reason: "is no path of a file")
        }
        place = path == "journal" ? .journal : .file(path)
        self.policy = policy
        keptCount = configuration.auditKeepCount
    }
}
