/// Who else is sure to hold what this member has acknowledged.
package enum LogRedundancy: UInt8, Hashable, Sendable {
    /// Perhaps nobody: its own log may be the only one.
    case sole = 0
    /// Other voters hold all that was ever committed.
    case replicated = 1
}

extension Raft {
    /// Who else is sure to hold what is committed here; nil when that is not known any better than
    /// before, because the membership in force may still be uncommitted or the log is not whole.
    ///
    /// A member has only its own log from the moment at which a membership is in it that lets the
    /// member decide alone, committed or not, through to the commit of one that does not: that
    /// took another voter, who holds everything before it too (dissertation 3.4, 4.3).
    package var logRedundancy: LogRedundancy? {
        guard recovery == .complete else { return nil }
        let inForce = memberships.inForce
        if inForce.membership.isDecided(by: id) { return .sole }
        return inForce.index <= commitIndex ? .replicated : nil
    }
}
