internal import Bytes
internal import Consensus

/// A write that is in no log and on no link yet.
struct WaitingProposal: Sendable {
    let ticket: Ticket
    let write: EncodedWrite

    var payload: [UInt8] { write.payload }
}

/// Writes that a follower handed to one leader's link and that have not been answered with an
/// entry yet. A write leaves at most once, unless an idempotency stamp makes that harmless.
struct Forwarding: Sendable {
    struct Sent: Sendable {
        let number: UInt64
        let proposal: WaitingProposal
    }

    /// What is left when a link breaks.
    struct Orphans: Sendable {
        var again: [WaitingProposal] = []
        var unknown: [Ticket] = []

        fileprivate mutating func add(_ proposal: WaitingProposal) {
            if planted(.onceOnlyRepeated) { return again.append(proposal) }
            switch proposal.write.repeatability {
            case .repeatable: again.append(proposal)
            case .onceOnly: unknown.append(proposal.ticket)
            }
        }
    }

    /// What an answer of the leader is about.
    struct Answered: Sendable {
        struct Write: Sendable {
            /// Counted from the answer's first number.
            let offset: UInt64
            let proposal: WaitingProposal
        }

        var writes: [Write] = []
        /// Sent earlier and never answered: links keep order, so no answer will come.
        var passed = Orphans()
    }

    let leader: MemberID
    /// By rising number.
    var sent = Queue<Sent>()
    /// Whether `sent` may hold a write that may be repeated.
    var hasRepeatable = false

    init(to leader: MemberID) { self.leader = leader }

    var count: Int { sent.count }

    /// - Parameter next: the number that the next write gets.
    func brokenRule(nextNumber next: UInt64) -> ReplicaRule? {
        for offset in 0..<sent.count {
            let following = offset + 1 < sent.count ? sent[offset + 1].number : next
            if sent[offset].number >= following { return .sentInOrder }
            if !hasRepeatable, sent[offset].proposal.write.repeatability == .repeatable {
                return .repeatableIsNoted
            }
        }
        return nil
    }

    /// Notes the writes as sent and makes the message that carries them.
    mutating func forward(_ proposals: [WaitingProposal], numberedFrom first: UInt64) -> Forward {
        var number = first
        for proposal in proposals {
            sent.append(Sent(number: number, proposal: proposal))
            if proposal.write.repeatability == .repeatable { hasRepeatable = true }
            number += 1
        }
        return Forward(
            first: first,
            items: proposals.map {
                Forward.Item(growth: $0.write.growth, payload: $0.payload, trace: $0.write.trace)
            }
        )
    }

    /// Takes what the answer is about, and what lies before it.
    mutating func take(_ answer: Forwarded) -> Answered {
        var answered = Answered()
        while let front = sent.first, front.number < answer.first + answer.count {
            _ = sent.popFirst()
            if front.number >= answer.first {
                let offset = front.number - answer.first
                answered.writes.append(Answered.Write(offset: offset, proposal: front.proposal))
            } else {
                answered.passed.add(front.proposal)
            }
        }
        return answered
    }

    /// Takes back the writes that another leader may be given too; answers to them no longer count.
    mutating func takeBackRepeatable() -> [WaitingProposal] {
        guard hasRepeatable else { return [] }
        hasRepeatable = false
        var again: [WaitingProposal] = []
        for write in sent.takeAll() {
            switch write.proposal.write.repeatability {
            case .repeatable: again.append(write.proposal)
            case .onceOnly: sent.append(write)
            }
        }
        return again
    }

    /// No answer can come any more.
    mutating func takeOrphans() -> Orphans {
        var orphans = Orphans()
        for sent in sent.takeAll() { orphans.add(sent.proposal) }
        return orphans
    }

    /// Nobody waits for the ticket any more. Amortised O(1) for the oldest.
    mutating func forget(_ ticket: Ticket) -> PendingProposals.Found {
        sent.remove { $0.proposal.ticket == ticket } == nil ? .absent : .found
    }
}
