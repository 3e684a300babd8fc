internal import Bytes
internal import Consensus
internal import Journal

extension FormedMember {
    /// Handing over and settling each get at most this many election timeouts.
    private static let patienceElectionTimeoutCount: UInt64 = 2

    /// The operator ends this member: leadership first goes to the voter that has most of the log.
    mutating func leave(_ now: MonotonicTime, links: inout Links, into effects: inout Effects) {
        guard departure == .none else { return }
        refuseReads(&effects)
        if isLeading, let target = successor(&links) {
            raft.step(.transferLeadership(to: target), now: now)
            departure = .handingOver(until: patience(now))
        } else {
            departure = .settling(until: patience(now))
        }
    }

    /// Who of the voters within reach has most of the log.
    func successor(_ links: inout Links) -> MemberID? {
        let status = raft.status
        var best: Raft.PeerStatus?
        for peer in status.peers where status.membership.voters.contains(peer.id) {
            guard links.isOpen(to: peer.id), peer.match > best?.match ?? .zero else { continue }
            best = peer
        }
        return best?.id
    }

    mutating func depart(_ now: MonotonicTime, into effects: inout Effects) {
        switch departure {
        case .none: return
        case .handingOver(let until):
            if isLeading && now < until { return }
            departure = .settling(until: patience(now))
        case .settling(let until):
            journal.settle()
            if journal.isIdle || now >= until { effects.stop = .orderly }
        }
    }

    private func patience(_ now: MonotonicTime) -> MonotonicTime {
        let limit = configuration.electionTimeoutMilliseconds
        return now.advanced(byMilliseconds: Self.patienceElectionTimeoutCount * limit)
    }
}
