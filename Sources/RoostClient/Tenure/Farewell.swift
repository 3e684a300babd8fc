/// How a command ended by itself or by a signal.
package enum CommandEnding: Hashable, Sendable {
    case exited(Int32)
    case killed(signal: Int32)
}

/// Why `lock` or `elect` is over, and the exit code that says so.
package enum Farewell: Hashable, Sendable {
    case commandEnded(CommandEnding)
    /// Not won in time.
    case notWon
    /// Nothing could be had from the service.
    case failed(exitCode: Int32)
    /// A signal came while waiting.
    case signalled(Int32)
    /// CMD was ended because the lock or leadership could no longer be proven.
    case unproven

    /// - Parameter conflictCode: what replaces 6, the code of a lock that was not won in time.
    package func exitCode(conflictCode: Int32) -> Int32 {
        switch self {
        case .commandEnded(.exited(let code)): code
        case .commandEnded(.killed(let signal)): 128 + signal
        case .notWon: conflictCode
        case .failed(let exitCode): exitCode
        case .signalled(let number): 128 + number
        case .unproven: 75
        }
    }
}
