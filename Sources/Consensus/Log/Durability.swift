internal import Bytes

/// What is durable here, as the host reports it in the order of the writes.
///
/// The trap is an acknowledgement that arrives late: entries were written, truncated, and entries
/// of the same ids appended again (ABA). Within one term a follower truncates an index at most once
/// and never gets the old entry back, so a report is ambiguous only while the hard state of the
/// current term is not durable itself: it may stem from a write before the truncation, and
/// counts only up to it.
struct Durability: Hashable, Sendable {
    private(set) var hardState: HardState
    /// Entries through here are durable.
    private(set) var index: LogIndex
    /// The lowest index truncated since the last time that no hard state was on its way.
    private var unsettledCut: LogIndex?

    init(hardState: HardState, index: LogIndex) {
        self.hardState = hardState
        self.index = index
    }

    /// Whether that hard state, or a later one, is durable.
    func covers(_ state: HardState) -> Bool {
        if hardState.term != state.term { return hardState.term > state.term }
        return state.votedFor == nil || state.votedFor == hardState.votedFor
    }

    /// A hard state is durable, and so is everything handed out before it.
    mutating func persisted(_ state: HardState, current: HardState) {
        guard state.term > hardState.term || covers(hardState, by: state) else { return }
        assert(state.term <= current.term, "term \(state.term) is durable before it is in force")
        hardState = state
        if state.term == current.term { unsettledCut = nil }
    }

    /// Everything through `last`, which the log holds, is durable.
    mutating func persisted(_ last: EntryID) {
        if planted(.lateDiskReport) { return index = max(index, last.index) }
        let limit = unsettledCut.map { min($0.previous, last.index) } ?? last.index
        index = max(index, limit)
    }

    /// Entries after `last` were truncated in `term`.
    mutating func truncated(after last: LogIndex, in term: Term) {
        index = min(index, last)
        guard hardState.term < term else { return }
        unsettledCut = min(unsettledCut ?? last.next, last.next)
    }

    /// The log was replaced by a durable snapshot.
    mutating func restarted(after last: LogIndex, in term: Term) {
        index = last
        unsettledCut = hardState.term < term ? last.next : nil
    }

    /// The first broken rule, where `current` is the hard state in force.
    func brokenRule(current: HardState) -> RaftRule? {
        guard covers(hardState, by: current) || hardState.term < current.term else {
            return .durableStateIsPast
        }
        return unsettledCut == nil || hardState.term < current.term ? nil : .cutIsUnsettled
    }

    private func covers(_ old: HardState, by new: HardState) -> Bool {
        new.term == old.term && (old.votedFor == nil || old.votedFor == new.votedFor)
    }
}
