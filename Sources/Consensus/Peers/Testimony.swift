internal import Bytes

/// What one member remembers that another has shown to be durable there, for the moment at which
/// that one comes back: a correct member never comes back with less.
package struct Testimony: Hashable, Sendable {
    package let peer: MemberID
    /// The latest term that it has shown.
    package let shown: Term
    /// Its log holds the entry of this index, which is committed, so that no leader cuts it off.
    let committed: LogIndex
    /// What it has acknowledged to the leader of `term`; nobody cuts that off within this term.
    let acknowledged: EntryID
    let term: Term

    /// Whether a member of that term, with a log that ends there, has lost what it had shown.
    ///
    /// A log that holds an entry ends at that entry or after it, in the order of term and index
    /// by which logs are compared (3.6.1).
    package func isContradicted(by term: Term, last: EntryID) -> Bool {
        if term < shown || last.index < committed { return true }
        return term == self.term && last < acknowledged
    }
}

extension Raft {
    /// What this member remembers of every other, since its process began.
    package var testimonies: [Testimony] {
        tracker.progress.filter { $0.id != id }.map { peer in
            // Only in the term that this member led last: no other leader can have cut the log there.
            let isOfTerm = tracker.ledTerm == term
            let acknowledged = isOfTerm ? log.term(at: peer.acknowledged) : nil
            return Testimony(
                peer: peer.id,
                shown: peer.shownTerm,
                committed: min(peer.acknowledged, commitIndex),
                acknowledged: acknowledged.map { EntryID(term: $0, index: peer.acknowledged) }
                    ?? .zero,
                term: term
            )
        }
    }

    /// A message of the current term came from the member, which keeps back what it says until its
    /// term is durable.
    mutating func noteShownTerm(of peer: MemberID) {
        guard let position = tracker.position(of: peer) else { return }
        tracker[position].shownTerm = term
    }

    /// A peer remembers more of this member than it holds: what it acknowledged and whom it voted
    /// for may be forgotten. It is in the term that it was in, and its log counts as lost until it
    /// matches a leader of that term or a later one.
    mutating func doubtLog(shown: Term) {
        if shown > term || isLeader || campaign != nil { stepDown(to: max(shown, term)) }
        // A refill that has begun aims at what an earlier contact named, of an earlier term perhaps.
        recovery = .awaitingContact
    }
}
