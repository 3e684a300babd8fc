package import Bytes
package import Keyspace

/// Who must have got which lock or leadership by each entry, found from the commands that members
/// committed, in their order, and nothing else: not one whose lease has ended, never more than there
/// are permits, and of those who wait the one who was chosen, the one of the highest priority, the
/// one who came first.
///
/// Where an entry is missing, or nobody showed a grant whose token is needed, it judges nothing any
/// more; nor where access is controlled.
package struct ContestReplay: Sendable {
    private struct Committed: Sendable {
        let index: UInt64
        let time: ClusterTime
        /// Its place among the requests that matter.
        let request: Int?
    }

    /// How many grants were held against the log.
    package private(set) var grantCount = 0
    private var committed: [Committed] = []
    private var requests: [Request] = []
    private var shown: [UInt64: [Grant]] = [:]

    /// Nothing was committed.
    package init() {}

    /// An entry is committed; any order will do.
    package mutating func committed(index: UInt64, time: ClusterTime, request: Request?) {
        var place: Int?
        if let request, Self.matters(request.command) {
            place = requests.count
            requests.append(request)
        }
        committed.append(Committed(index: index, time: time, request: place))
    }

    private static func matters(_ command: Command) -> Bool {
        switch command {
        case .grantLease, .keepAlive, .revokeLease, .acquire, .abandon, .release, .handOver,
            .changeAccess:
            true
        default: false
        }
    }

    /// A member granted those by that entry, in that order.
    package mutating func granted(_ grants: [Grant], at index: UInt64) {
        if shown[index] == nil { shown[index] = grants }
    }

    /// What is wrong first, where the cluster began with nothing.
    ///
    /// - Complexity: O(*n* log *n*), and for each request O(leases and places)
    package mutating func check() -> Finding? {
        var book = ContestBook()
        var last: UInt64 = 0
        for entry in committed.sorted(by: { $0.index < $1.index }) where entry.index > last {
            guard entry.index == last + 1 else { return nil }
            last = entry.index
            let request = entry.request.map { requests[$0] }
            if case .changeAccess = request?.command { return nil }
            var awards = book.pass(to: entry.time)
            if let request { awards += book.carryOut(request, at: entry.index) }
            let grants = shown[entry.index] ?? []
            guard !grants.isEmpty || awards.isEmpty else { return nil }
            grantCount += grants.count
            let shown = grants.map { ContestBook.Award(contest: $0.contest, lease: $0.lease) }
            guard shown == awards else { return wrong(shown, insteadOf: awards, at: entry) }
            for (award, grant) in zip(awards, grants) { book.note(grant.token, of: award) }
        }
        return nil
    }

    /// What is wrong with what was granted by that entry.
    private func wrong(
        _ shown: [ContestBook.Award],
        insteadOf awards: [ContestBook.Award],
        at entry: Committed
    ) -> Finding {
        var book = book(before: entry.index)
        _ = book.pass(to: entry.time)
        for award in shown where !awards.contains(award) {
            // The entry's own index is that of a lease that it makes.
            if award.lease.rawValue != entry.index, !book.lives(award.lease) {
                return .grantedToEndedLease(index: entry.index)
            }
            if book.isFull(award.contest) { return .grantedBeyondPermits(index: entry.index) }
        }
        return .grantedOutOfTurn(index: entry.index)
    }

    /// What came of all entries before that one, which were as they should be.
    private func book(before index: UInt64) -> ContestBook {
        var book = ContestBook()
        var last: UInt64 = 0
        for entry in committed.sorted(by: { $0.index < $1.index })
        where entry.index > last && entry.index < index {
            last = entry.index
            var awards = book.pass(to: entry.time)
            if let place = entry.request {
                awards += book.carryOut(requests[place], at: entry.index)
            }
            for (award, grant) in zip(awards, shown[entry.index] ?? []) {
                book.note(grant.token, of: award)
            }
        }
        return book
    }
}
