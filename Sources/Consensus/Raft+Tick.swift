package import Bytes

extension Raft {
    /// When `Input.tick` is due at the latest.
    package var nextDeadline: MonotonicTime {
        guard let leading = leadership else {
            var deadline = election.deadline
            if let fast = election.fast?.deadline { deadline = min(deadline, fast) }
            if let retry = reads.retryDeadline { deadline = min(deadline, retry) }
            return deadline
        }
        var deadline = min(leading.heartbeatDeadline, leading.quorumDeadline)
        if let transfer = leading.transfer { deadline = min(deadline, transfer.deadline) }
        if let tick = clockTickDeadline { deadline = min(deadline, tick) }
        return deadline
    }

    /// What the cluster clock shows at `now` here, where this member leads; nil where it does not.
    package func clusterTime(at now: MonotonicTime) -> ClusterTime? {
        leadership?.clock.time(at: now)
    }

    /// Does what time has made due.
    mutating func tick() {
        guard let leading = leadership else {
            return campaignIfDue()
        }
        if leading.quorumDeadline <= now { checkQuorum() }
        guard isLeader else { return }
        abortTransferIfDue()
        if leading.heartbeatDeadline <= now { beat() }
        if let tick = clockTickDeadline, tick <= now {
            appendAsLeader([.empty])
        }
    }

    /// When the cluster clock needs an entry that only carries the time. Entries on their way
    /// carry it too, so none is due before they are committed.
    private var clockTickDeadline: MonotonicTime? {
        guard let leading = leadership, log.last.index == commitIndex else { return nil }
        switch clockDemand {
        case .none: return nil
        case .expiredRemaining: return now
        case .leases(let earliest):
            let regular = leading.appendedAt.advanced(
                byMilliseconds: ClusterClock.tickMilliseconds
            )
            return min(regular, leading.clock.moment(of: earliest))
        }
    }
}
