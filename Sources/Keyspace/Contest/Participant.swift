internal import Bytes

/// Who waits for a lock or leadership, or has it.
struct Participant: Hashable, Sendable {
    let lease: LeaseID
    let mode: LockRequest.Mode
    let owner: [UInt8]
    /// An election's proclaimed value; empty for locks.
    var value: [UInt8]
    let info: [UInt8]
    /// When it came, and once it holds, when it was granted.
    var since: WallTime
    /// Who asked, while it waits: its right is looked at when it would be granted.
    var caller = Caller.nobody
}

/// One lock's or election's holders and queue.
struct ContestQueue: Sendable {
    /// By token, which is the order of grants: one exclusive holder or any number of shared ones.
    var holders = SortedMap<FencingToken, Participant>()
    /// By arrival: the log index of the request.
    var waiters = SortedMap<UInt64, Participant>()

    var isEmpty: Bool { holders.isEmpty && waiters.isEmpty }

    /// Whether the first waiter can be granted at once.
    var isGrantable: Bool {
        guard let first = waiters.first else { return false }
        return isOpen(to: first.value.mode)
    }

    /// Whether a request of that mode that comes now need not wait. Nobody overtakes a waiter.
    func isFree(for mode: LockRequest.Mode) -> Bool { waiters.isEmpty && isOpen(to: mode) }

    private func isOpen(to mode: LockRequest.Mode) -> Bool {
        guard let holder = holders.first else { return true }
        if planted(.lockGrantedTwice) { return true }
        return mode == .shared && holder.value.mode == .shared
    }
}

/// Where a lease stands in one contest.
enum Participation: Hashable, Sendable {
    case holding(FencingToken)
    case waiting(arrival: UInt64)
}

extension Participant {
    /// For how long it has stood where it stands, in milliseconds; nil where no wall clock was
    /// known when it came.
    func age(at now: WallTime) -> UInt64? {
        guard since != .unknown, now != .unknown else { return nil }
        return now.rawValue - min(since.rawValue, now.rawValue)
    }
}
