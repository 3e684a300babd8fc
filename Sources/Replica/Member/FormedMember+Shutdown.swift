internal import Bytes
internal import Consensus
internal import Journal

extension FormedMember {
    /// Handing over and settling each get at most this many election timeouts.
    private static let patienceElectionTimeoutCount: UInt64 = 2

    /// The operator ends this member: leadership first goes to the voter that has most of the log.
    mutating func beginShutdown(in context: inout TurnContext) {
        guard shutdown == .none else { return }
        refuseReads(&context.effects)
        if isLeading, let target = successor(&context.links) {
            raft.step(.transferLeadership(to: target), now: context.now)
            shutdown = .handingOver(until: patience(context.now))
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
        let limit = configuration.electionTimeoutMilliseconds
        return now.advanced(byMilliseconds: Self.patienceElectionTimeoutCount * limit)
    }
}
