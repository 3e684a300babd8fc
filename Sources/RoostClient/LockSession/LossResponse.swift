/// What becomes of CMD when what it runs under can no longer be proven.
package enum LossResponse: Hashable, Sendable {
    /// It is asked to end at three quarters of the time to live, and killed at nine tenths.
    case terminate
    /// It is killed at three quarters of the time to live.
    case kill
    /// It goes on, and its end is that of `lock`.
    case goOn
    /// It goes on while somebody else is told, who sees to it; its end is that of a loss.
    case tell

    /// What the guardian is to do by itself, should roost not do its part; nil where CMD goes on.
    func guardianDeadlines(
        _ validity: LeaseValidity
    ) -> (terminateAt: BootTime, killAt: BootTime)? {
        switch self {
        case .terminate: (validity.guardianAsksAt, validity.killAt)
        case .kill: (validity.guardianAsksAt, min(validity.guardianAsksAt, validity.killAt))
        case .goOn, .tell: nil
        }
    }
}

/// What `lock` and `elect` do after CMD was ended because what it ran under was lost.
package enum LossSequel: Hashable, Sendable {
    case leave
    /// Queues anew, and runs CMD again.
    case again
}
