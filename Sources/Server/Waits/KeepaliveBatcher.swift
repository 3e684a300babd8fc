internal import API
internal import Bytes
internal import Keyspace

/// Keeps the leases alive that this member made for its clients, many in one entry, but those of
/// each caller in entries of their own: who may not any more holds up nobody else.
///
/// Each is renewed after a third of its time, so that two tries may fail.
struct KeepaliveBatcher {
    /// Leases whose turn comes within this time go along with the first.
    private static let slackMilliseconds: UInt64 = 100
    /// One entry renews at most so many.
    private static let leaseCountMax = 1000

    private struct Entry {
        var lease: KeptLease
        /// Calls that name the lease.
        var count: Int
        var turn: IndexedHeap<LeaseID>.Handle
    }

    private var entries: [LeaseID: Entry] = [:]
    private var turns = IndexedHeap<LeaseID>()

    /// How many leases are kept alive.
    var count: Int { entries.count }

    /// When `takeDue` has something.
    var nextDeadline: MonotonicTime? { turns.firstKey.map(MonotonicTime.init(rawValue:)) }

    /// Keeps alive what the call's exchange names now, and nothing that it named before.
    mutating func follow(_ call: InFlightRequest<some Conversation>, now: MonotonicTime) {
        let lease = call.exchange?.keepsAlive
        guard lease != call.keptLease else { return }
        forget(call)
        call.keptLease = lease
        if let lease { add(lease, now: now) }
    }

    mutating func forget(_ call: InFlightRequest<some Conversation>) {
        guard let lease = call.keptLease else { return }
        call.keptLease = nil
        remove(lease.id)
    }

    mutating func add(_ lease: KeptLease, now: MonotonicTime) {
        if entries[lease.id] != nil {
            entries[lease.id]?.count += 1
            // It was proven later, and so counts for longer.
            entries[lease.id]?.lease = lease
            return
        }
        entries[lease.id] = Entry(
            lease: lease,
            count: 1,
            turn: turns.insert(lease.id, key: Self.turn(lease.timeToLiveMilliseconds, now: now))
        )
    }

    mutating func remove(_ lease: LeaseID) {
        guard var entry = entries[lease] else { return }
        entry.count -= 1
        if entry.count > 0 {
            entries[lease] = entry
        } else {
            turns.remove(entry.turn)
            entries.removeValue(forKey: lease)
        }
    }

    /// Commands that renew leases whose turn has come, one for each caller; none when none has.
    ///
    /// - Complexity: O(*n* log *n*) for *n* leases, a thousand at most
    mutating func takeDue(now: MonotonicTime) -> [Request] {
        guard let first = nextDeadline, first <= now else { return [] }
        let limit = now.advanced(byMilliseconds: Self.slackMilliseconds).rawValue
        var due: [Caller: [LeaseID]] = [:]
        var callers: [Caller] = []
        var count = 0
        while count < Self.leaseCountMax, let lease = turns.popFirst(through: limit) {
            guard let kept = entries[lease]?.lease else { continue }
            let turn = Self.turn(kept.timeToLiveMilliseconds, now: now)
            entries[lease]?.turn = turns.insert(lease, key: turn)
            if due[kept.caller] == nil { callers.append(kept.caller) }
            due[kept.caller, default: []].append(lease)
            count += 1
        }
        return callers.map { Request(.keepAlive(due[$0] ?? []), caller: $0) }
    }

    private static func turn(_ timeToLiveMilliseconds: UInt64, now: MonotonicTime) -> UInt64 {
        now.advanced(byMilliseconds: max(timeToLiveMilliseconds / 3, slackMilliseconds + 1))
            .rawValue
    }
}
