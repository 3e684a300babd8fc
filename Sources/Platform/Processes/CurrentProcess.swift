internal import CPlatform
internal import Glibc

/// This process: its numbers, its limits and its end.
package enum CurrentProcess {
    package static var id: Int32 { getpid() }
    package static var groupID: Int32 { getpgrp() }

    /// The file that this process runs, also when it was found in PATH.
    package static let executablePath = "/proc/self/exe"

    /// Lets the system send a signal when the parent's thread that started us ends.
    package static func setParentDeathSignal(_ signal: Signal) throws(SystemError) {
        try checked("prctl", result: roost_die_with_parent(signal.rawValue))
    }

    /// Whom a stop stops.
    package enum StopExtent: Hashable, Sendable { case process, group }

    /// How a stop ended.
    package enum StopOutcome: Hashable, Sendable {
        /// Somebody continued this process.
        case continued
        /// The system stopped nothing: no shell of the session watches this group.
        case refused
    }

    /// Stops this process, threads and all, as the signal does by default, until somebody
    /// continues it. A `SignalSource` of this thread takes both the signal and SIGCONT.
    package static func stop(
        by signal: Signal,
        extent: StopExtent
    ) throws(SystemError) -> StopOutcome {
        let result = roost_stop_by(signal.rawValue, extent == .group ? 1 : 0)
        return try checked("kill", result: result) == 1 ? .continued : .refused
    }

    /// However this process ends, its memory is not written out, and no other process of its user
    /// may read it.
    package static func leaveNoCore() { roost_leave_no_core() }

    /// Ends this process as the signal does by default, without a core; returns when that is not
    /// to end it.
    package static func die(by signal: Signal) { roost_die_by(signal.rawValue) }

    /// The name of this process in `ps -o comm`; 15 bytes of it are kept.
    package static func setName(_ name: String) { unsafe roost_name_thread(name) }

    /// Closes every descriptor above a number: for a process that has just started and holds open
    /// what its parents left, which others may wait to see closed.
    package static func closeDescriptors(above number: Int32) throws(SystemError) {
        try checked("close_range", result: roost_close_from(number + 1))
    }

    /// How late the system may end the calling thread's waits; 50 us by default.
    package static func setTimerSlack(nanoseconds: UInt64) throws(SystemError) {
        try checked("prctl", result: roost_set_timer_slack(nanoseconds))
    }

    /// Raises the soft limit of open descriptors to the hard one, and answers it.
    package static func raiseDescriptorLimit() throws(SystemError) -> Int {
        Int(try checked("getrlimit", result: roost_raise_descriptor_limit()))
    }

    /// Prints a line when a fault (SIGILL of a Swift trap, SIGSEGV, SIGBUS, SIGTRAP) ends the
    /// process, which a static optimised build would not.
    package static func installCrashHandler() { roost_install_crash_handler() }

    /// Ends the process in order: what the C library holds back is written.
    package static func exit(_ code: Int32) -> Never { Glibc.exit(code) }

    /// Ends the process from any thread, at once, after one line on standard error.
    package static func exitAtOnce(_ code: Int32, saying line: String) -> Never {
        StandardStream.error.print(line + "\n")
        Glibc._exit(code)
    }
}
