/// Which regular backups are wanted.
struct BackupPlan: Hashable, Sendable {
    /// Whose state they are of.
    package enum Source: String, Hashable, Sendable {
        case leader
        case observer
    }

    let directory: String
    let everyMilliseconds: UInt64
    let keepCount: Int
    let source: Source

    /// Nil where none are wanted.
    init?(_ configuration: Configuration) throws(ConfigurationError) {
        guard configuration.backupEveryMilliseconds >= 1_000 else {
            throw ConfigurationError("--backup-every", reason: "is a second or more")
        }
        guard (1...10_000).contains(configuration.backupKeepCount) else {
            throw ConfigurationError("--backup-keep", reason: "is between 1 and 10000")
        }
        guard let source = Source(rawValue: configuration.backupSource) else {
            throw ConfigurationError(
                "--backup-from",
                reason: "\"\(configuration.backupSource)\" is neither leader nor observer"
            )
        }
        guard let directory = configuration.backupDirectory else { return nil }
        guard !directory.isEmpty, !directory.utf8.contains(0) else {
            throw ConfigurationError("--backup-dir", reason: "is no path")
        }
        self.directory = directory
        everyMilliseconds = configuration.backupEveryMilliseconds
        keepCount = configuration.backupKeepCount
        self.source = source
    }
}
