internal import Bytes

/// Who waits for a lock or leadership, or has it.
struct Participant: Hashable, Sendable {
    let lease: LeaseID
    let mode: LockRequest.Mode
    let owner: [UInt8]
    /// An election's proclaimed value; empty for locks.
    var value: [UInt8]
    let info: [UInt8]
    var terms = LockTerms.none
    /// How often it is held: it is released as often.
    var holdCount: UInt32 = 1
    /// The last millisecond of the cluster clock in which it may hold; nil where that is its lease's.
    var holdEnd: ClusterTime?
    /// When it came, and once it holds, when it was granted.
    var since: WallTime
    /// Who asked, while it waits: its right is looked at when it would be granted.
    var caller = Caller.nobody
}

/// One lock's or election's holders and queue.
struct ContestQueue: Sendable {
    /// By token, which is the order of grants: one exclusive holder or any number of shared ones.
    var holders = SortedMap<FencingToken, Participant>()
    /// Who waits, by turn.
    var waiters = SortedMap<Turn, Participant>()
    /// How many share it, or wait to.
    private(set) var sharerCount = 0
    /// How many of them may hold at a time, which is the same for all; 0 for any number.
    private(set) var permitCount: UInt32 = 0

    /// The last millisecond of the cluster clock in which nobody gets it, whoever waits; nil where it
    /// is not shut.
    var shutUntil: ClusterTime?

    /// Whether nobody holds or waits, and nothing keeps it shut.
    var isEmpty: Bool { holders.isEmpty && waiters.isEmpty && shutUntil == nil }

    /// Whether the first waiter can be granted at once.
    var isGrantable: Bool {
        guard let first = waiters.first else { return false }
        return isOpen(to: first.value.mode)
    }

    /// Whether a request in that mode may join: as long as anybody shares it, or waits to, all agree
    /// on how many may.
    func agrees(with terms: LockTerms, mode: LockRequest.Mode) -> Bool {
        mode == .exclusive || sharerCount == 0 || permitCount == terms.permitCount
    }

    mutating func insert(waiter: Participant, turn: Turn) {
        note(arrived: waiter)
        waiters.insert(waiter, for: turn)
    }

    mutating func insert(holder: Participant, token: FencingToken) {
        note(arrived: holder)
        holders.insert(holder, for: token)
    }

    /// Changes what a holder says.
    mutating func replace(holder: Participant, token: FencingToken) {
        holders.insert(holder, for: token)
    }

    mutating func removeWaiter(_ turn: Turn) -> Participant? {
        let waiter = waiters.remove(turn)
        if let waiter { note(gone: waiter) }
        return waiter
    }

    mutating func removeHolder(_ token: FencingToken) -> Participant? {
        let holder = holders.remove(token)
        if let holder { note(gone: holder) }
        return holder
    }

    private mutating func note(arrived contender: Participant) {
        guard contender.mode == .shared else { return }
        sharerCount += 1
        permitCount = contender.terms.permitCount
    }

    private mutating func note(gone contender: Participant) {
        guard contender.mode == .shared else { return }
        sharerCount -= 1
    }

    /// Whether a request of that mode that comes now need not wait. Nobody overtakes a waiter.
    func isFree(for mode: LockRequest.Mode) -> Bool { waiters.isEmpty && isOpen(to: mode) }

    func isOpen(to mode: LockRequest.Mode) -> Bool {
        if shutUntil != nil { return false }
        guard let holder = holders.first else { return true }
        if planted(.lockGrantedTwice) { return true }
        guard mode == .shared, holder.value.mode == .shared else { return false }
        if planted(.permitGivenTwice), permitCount > 0 { return holders.count <= Int(permitCount) }
        return permitCount == 0 || holders.count < Int(permitCount)
    }
}

/// Where a lease stands in one contest.
enum Participation: Hashable, Sendable {
    case holding(FencingToken)
    case waiting(Turn)
}

extension Participant {
    /// For how long it has stood where it stands, in milliseconds; nil where no wall clock was
    /// known when it came.
    func age(at now: WallTime) -> UInt64? {
        guard since != .unknown, now != .unknown else { return nil }
        return now.rawValue - min(since.rawValue, now.rawValue)
    }
}

extension Participant {
    /// Whether it may not hold any longer at `time`, whatever its lease. As of a lease, the last
    /// millisecond is whole.
    func isOver(at time: ClusterTime) -> Bool { holdEnd.map { Lease.end(at: $0) <= time } ?? false }

    /// What is left of the hold's own time, nil where it has none.
    func holdRemainingMilliseconds(at time: ClusterTime) -> UInt64? {
        holdEnd.map { $0 > time ? $0.rawValue - time.rawValue : 0 }
    }
}

extension Participant {
    /// Its turn, if it came with that entry.
    func turn(arrival: UInt64) -> Turn {
        Turn(priority: planted(.priorityIgnored) ? 0 : terms.priority, arrival: arrival)
    }
}
