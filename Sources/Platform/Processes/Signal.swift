internal import CPlatform
internal import Glibc

/// A signal's number.
package struct Signal: RawRepresentable, Hashable, Sendable {
    package static let hangUp = Signal(rawValue: SIGHUP)
    package static let interrupt = Signal(rawValue: SIGINT)
    package static let quit = Signal(rawValue: SIGQUIT)
    package static let kill = Signal(rawValue: SIGKILL)
    package static let brokenPipe = Signal(rawValue: SIGPIPE)
    package static let terminate = Signal(rawValue: SIGTERM)
    package static let childEnded = Signal(rawValue: SIGCHLD)
    package static let goOn = Signal(rawValue: SIGCONT)
    package static let stop = Signal(rawValue: SIGSTOP)
    package static let terminalStop = Signal(rawValue: SIGTSTP)
    /// A background process reads its terminal.
    package static let terminalInput = Signal(rawValue: SIGTTIN)
    /// A background process sets its terminal up, or writes where that is refused too.
    package static let terminalOutput = Signal(rawValue: SIGTTOU)
    package static let windowChange = Signal(rawValue: SIGWINCH)
    package static let user1 = Signal(rawValue: SIGUSR1)
    package static let user2 = Signal(rawValue: SIGUSR2)

    /// A write beyond `RLIMIT_FSIZE`; ignored, the write fails with `EFBIG` instead.
    package static let fileSizeExceeded = Signal(rawValue: SIGXFSZ)

    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// Whether whoever started this process let it ignore the signal, as `nohup` does.
    package var wasIgnoredAtStart: Bool {
        (1..<32).contains(rawValue)
            && roost_signals_ignored_at_start() & roost_signal_bit(rawValue) != 0
    }

    /// Lets the whole process ignore it. Children started by `ChildProcess` do not inherit that.
    package func ignore() { _ = roost_ignore_signal(rawValue) }

    /// Puts the system's default action back and lets it through.
    package func restoreDefault() {
        _ = roost_default_signal(rawValue)
        _ = roost_unblock_signals(roost_signal_bit(rawValue))
    }

    /// Lets every signal through that whoever started this process had blocked.
    package static func unblockAll() { _ = roost_unblock_signals(.max) }

    /// Sends it to the calling thread.
    package func raise() { _ = Glibc.raise(rawValue) }

    /// Sends it to one process.
    package func send(toProcess process: Int32) throws(SystemError) {
        try checked("kill", result: roost_kill(process, rawValue))
    }

    /// Sends it to every process of a group.
    package func send(toGroup group: Int32) throws(SystemError) {
        try checked("kill", result: roost_kill_group(group, rawValue))
    }
}
