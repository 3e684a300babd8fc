/// What roost's exit says; the table is in Docs/cli.md.
package struct ExitCode: RawRepresentable, Hashable, Sendable {
    package static let done = ExitCode(rawValue: 0)
    package static let failed = ExitCode(rawValue: 1)
    package static let usage = ExitCode(rawValue: 2)
    package static let notFound = ExitCode(rawValue: 3)
    package static let preconditionFailed = ExitCode(rawValue: 4)
    /// Surely not applied.
    package static let unavailable = ExitCode(rawValue: 5)
    package static let notWon = ExitCode(rawValue: 6)
    package static let denied = ExitCode(rawValue: 7)
    /// It may be applied.
    package static let outcomeUnknown = ExitCode(rawValue: 8)
    /// A data directory is damaged.
    package static let damaged = ExitCode(rawValue: 65)
    /// What was had was lost.
    package static let lost = ExitCode(rawValue: 75)
    package static let notRunnable = ExitCode(rawValue: 126)

    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }
}
