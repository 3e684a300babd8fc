/// How a command ended by itself or by a signal.
package enum CommandEnding: Hashable, Sendable {
    case exited(Int32)
    case killed(signal: Int32)
    /// Killed by a signal of the terminal that CMD had: its keys, or its loss.
    case interrupted(signal: Int32)
}

/// Why `lock` or `elect` is over, and the exit code that says so.
package enum ExitReason: Hashable, Sendable {
    case commandEnded(CommandEnding)
    /// CMD was killed by a signal that the terminal sent, or that came through roost.
    case commandSignalled(Int32)
    /// Not won in time.
    case notWon
    /// Nothing could be had from the service.
    case failed(exitCode: Int32)
    /// A signal came while waiting.
    case signalled(Int32)
    /// CMD was ended because the lock or leadership could no longer be proven.
    case unproven
    /// CMD was ended because a candidate of higher priority asked for leadership.
    case handedOver

    /// - Parameter conflictCode: what replaces 6, the code of a lock that was not won in time.
    package func exitCode(conflictCode: Int32) -> Int32 {
        switch self {
        case .commandEnded(.exited(let code)): code
        case .commandEnded(.killed(let signal)), .commandEnded(.interrupted(let signal)):
            128 + signal
        case .notWon: conflictCode
        case .failed(let exitCode): exitCode
        case .signalled(let number), .commandSignalled(let number): 128 + number
        case .unproven, .handedOver: 75
        }
    }

    /// The signal by which roost itself dies, nil when it exits: a shell then knows that the
    /// keyboard ended it, and a supervisor that the stop was asked for.
    package var dyingSignal: Int32? {
        switch self {
        case .signalled(let number), .commandSignalled(let number): number
        case .commandEnded, .notWon, .failed, .unproven, .handedOver: nil
        }
    }
}
