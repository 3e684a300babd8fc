internal import Bytes

/// The memberships of the log: the one in force is the latest, committed or not; truncation brings
/// an earlier one back (dissertation 4.1).
struct MembershipHistory: Sendable {
    /// In order of index; never empty. The first one is committed.
    private var records: [MembershipRecord]

    init(base: MembershipRecord, later: [MembershipRecord]) {
        records = [base] + later
        for (record, next) in zip(records, records.dropFirst()) {
            invariant(record.index < next.index, "memberships out of order")
        }
    }

    var inForce: MembershipRecord { records[records.count - 1] }

    /// Whether that member votes in the latest committed membership or in any after it. One that
    /// a membership removes may still be needed until that is committed (4.2.2, figure 4.6).
    func isVoterUntilSettled(_ id: MemberID) -> Bool {
        records.contains { $0.membership.isVoter(id) }
    }

    mutating func append(_ record: MembershipRecord) {
        invariant(record.index > inForce.index, "a membership at \(record.index) out of order")
        records.append(record)
    }

    /// Takes back what was appended after `index`; says whether anything was.
    mutating func truncate(after index: LogIndex) -> Bool {
        if planted(.truncatedMembershipStays) { return false }
        let before = records.count
        while records.count > 1, inForce.index > index { records.removeLast() }
        return records.count < before
    }

    /// The first broken rule, in a log that ends at `last` and is committed through `commitIndex`.
    func brokenRule(last: LogIndex, commitIndex: LogIndex) -> RaftRule? {
        guard inForce.index <= last else { return .membershipIsInLog }
        let isSettled = records.count == 1 || records[1].index > commitIndex
        return isSettled && records[0].index <= commitIndex ? nil : .firstMembershipAlone
    }

    /// Nothing before `index` is ever truncated any more.
    mutating func settle(through index: LogIndex) {
        while records.count > 1, records[1].index <= index { records.removeFirst() }
    }
}
