internal import Bytes

/// A Raft election epoch; never decreases on one member. Zero means "before the first election".
package struct Term: OrderedInteger {
    /// The term before the first election.
    package static let zero = Term(rawValue: 0)

    /// No cluster lives long enough to pass it, so adding one to a valid term can't overflow.
    package static let highest = Term(rawValue: 1 << 62)

    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// The 1-based position of an entry in the replicated log. Zero means "before the first entry".
package struct LogIndex: OrderedInteger {
    /// The position before the first entry.
    package static let zero = LogIndex(rawValue: 0)

    /// Positions beyond it are refused when they arrive, so arithmetic on valid ones can't overflow.
    package static let highest = LogIndex(rawValue: 1 << 62)

    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// One incarnation of a member: random, kept in its data directory and in the replicated
/// membership, never reused. A wiped member comes back only under another one.
package struct MemberID: OrderedInteger {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// The cluster's random identity, drawn once at formation. Zero means "not formed yet".
package struct ClusterID: RawRepresentable, Hashable, Sendable {
    /// What a member that belongs to no cluster yet says.
    package static let unformed = ClusterID(rawValue: 0)

    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// The identity of a log entry: two logs that share it agree on every entry before it (Log
/// Matching, dissertation 3.5). Ordered by term, then index, as votes compare logs (3.6.1).
package struct EntryID: Hashable, Comparable, Sendable {
    /// The position before the first entry of the first term.
    package static let zero = EntryID(term: .zero, index: .zero)

    package let term: Term
    package let index: LogIndex

    package init(term: Term, index: LogIndex) {
        self.term = term
        self.index = index
    }

    package static func < (left: EntryID, right: EntryID) -> Bool {
        (left.term, left.index) < (right.term, right.index)
    }
}

/// What a member must never forget: losing it can elect two leaders in one term.
package struct HardState: Hashable, Sendable {
    /// The state of a member that has seen no election.
    package static let initial = HardState(term: .zero, votedFor: nil)

    package var term: Term
    package var votedFor: MemberID?

    package init(term: Term, votedFor: MemberID?) {
        self.term = term
        self.votedFor = votedFor
    }
}
