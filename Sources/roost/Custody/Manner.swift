internal import Platform

/// How `lock` and `elect` speak.
struct Manner: Hashable, Sendable {
    /// How much is said.
    enum Volume: Hashable, Sendable { case quiet, usual, verbose }

    let volume: Volume
    /// The exit code where it is not won in time.
    let conflictCode: Int32

    /// Whether somebody reads what is waited for.
    var tellsOfWaiting: Bool {
        switch volume {
        case .quiet: false
        case .usual: StandardStream.error.isTerminal
        case .verbose: true
        }
    }

    /// Whether it is nobody's concern that it was not won: asked for, or no failure.
    var isRefusalSilent: Bool { volume == .quiet || conflictCode == 0 }
}
