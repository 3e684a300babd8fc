internal import Bytes
internal import Consensus
internal import Journal

extension FormedMember {
    /// Handing over and settling each get at most this many election timeouts, the former also
    /// what a slow disk of the successor takes.
    fileprivate static let patienceElectionTimeoutCount: UInt64 = 2

    /// The operator ends this member: leadership first goes to the voter that has most of the log.
    mutating func beginShutdown(in context: inout TurnContext) {
        guard shutdown == .none else { return }
        refuseReads(&context.effects)
        if isLeading, let target = successor(&context.links) {
            raft.step(.transferLeadership(to: target), now: context.now)
            // Consensus gives the transfer one timeout beside what the disk takes; with one more a
            // successor that was told at the last moment is heard of.
            let given = raft.transferDeadline ?? context.now
            shutdown = .handingOver(until: given.advanced(byMilliseconds: electionTimeout))
        } else {
            shutdown = .settling(until: patience(context.now))
        }
    }

    /// The voter within reach that has most of the log.
    mutating func successor(_ links: inout Links) -> MemberID? {
        let status = raft.status
        var best: Raft.PeerStatus?
        for peer in status.peers where status.membership.voters.contains(peer.id) {
            guard links.canSend(to: peer.id), peer.match > best?.match ?? .zero else { continue }
            best = peer
        }
        return best?.id
    }

    mutating func shutDown(in context: inout TurnContext) {
        switch shutdown {
        case .none: return
        case .handingOver(let until):
            if isLeading && context.now < until { return }
            shutdown = .settling(until: patience(context.now))
        case .settling(let until):
            journal.settle()
            if journal.isIdle || context.now >= until { context.effects.stop = .orderly }
        }
    }

    /// When the step of a shutdown that begins now is over at the latest.
    mutating func patience(_ now: MonotonicTime) -> MonotonicTime {
        now.advanced(byMilliseconds: Self.patienceElectionTimeoutCount * electionTimeout)
    }

    /// When a handing over that begins now is over at the latest.
    mutating func handoverEnd(_ now: MonotonicTime) -> MonotonicTime {
        now.advanced(byMilliseconds: (Raft.transferTimeoutCountMax + 1) * electionTimeout)
    }

    /// In milliseconds.
    private var electionTimeout: UInt64 { configuration.electionTimeoutMilliseconds }
}

extension Replica {
    /// What an orderly end takes at most, in milliseconds: handing over and settling.
    package var shutdownMillisecondsMax: UInt64 {
        let timeouts =
            Raft.transferTimeoutCountMax + 1 + FormedMember.patienceElectionTimeoutCount
        return timeouts * configuration.electionTimeoutMilliseconds
    }
}
