import Bytes
import Keyspace
import Testing

@testable import Replica

@Suite("A lease never ends early as its owner sees it")
struct LeaseEndTests {
    /// What gives a lease its time.
    enum Beginning: CaseIterable {
        case grant
        case keepalive
        case put
        case lock
    }

    private static let timeToLive: UInt64 = 1_000
    private static let stepNanoseconds: UInt64 = 20_000

    @Test(
        "whatever part of the clock's millisecond is gone when it begins",
        arguments: Beginning.allCases
    )
    func neverEarly(_ beginning: Beginning) throws {
        let town = ReplicaHarness(1)
        try town.startAll()
        try #require(town.settle())
        var shortest = UInt64.max
        var longest: UInt64 = 0
        for offset in stride(from: UInt64(0), to: 1_000_000, by: 70_000) {
            // The next requests come at another part of the millisecond.
            town.round(nanoseconds: 1_000_000 + offset)
            let begun = try begin(beginning, town: town)
            town.run(Int(Self.timeToLive) - 5) { !isThere(beginning, town: town) }
            while isThere(beginning, town: town) { town.round(nanoseconds: Self.stepNanoseconds) }
            let lived = town.now.nanoseconds(since: begun)
            shortest = min(shortest, lived)
            longest = max(longest, lived)
        }
        #expect(shortest >= Self.timeToLive * 1_000_000)
        // A millisecond for the clock's, and some steps until the entry is durable and applied.
        #expect(longest <= (Self.timeToLive + 1) * 1_000_000 + 8 * Self.stepNanoseconds)
        print("\(beginning): lived \(shortest) to \(longest) ns of \(Self.timeToLive) ms")
    }

    /// When the request was sent that the owner counts from.
    private func begin(_ beginning: Beginning, town: ReplicaHarness) throws -> MonotonicTime {
        switch beginning {
        case .grant:
            let begun = town.now
            let lease = try grant(town)
            try put(lease: .lease(lease), town: town)
            return begun
        case .keepalive:
            let lease = try grant(town)
            try put(lease: .lease(lease), town: town)
            town.run(300)
            town.round(nanoseconds: 1_370_000)
            let begun = town.now
            _ = try propose(.keepAlive([lease]), town: town)
            return begun
        case .put:
            let begun = town.now
            try put(lease: .own(timeToLiveMilliseconds: Self.timeToLive), town: town)
            return begun
        case .lock:
            let begun = town.now
            let acquisition = LockRequest(
                contest: Self.lock,
                mode: .exclusive,
                ownership: .own(timeToLiveMilliseconds: Self.timeToLive),
                patience: .refuseWhenHeld,
                owner: [],
                value: []
            )
            _ = try propose(.acquire(acquisition), town: town)
            return begun
        }
    }

    private static let lock = Contest(kind: .lock, name: Array("l".utf8))

    private func grant(_ town: ReplicaHarness) throws -> LeaseID {
        let outcome = try propose(
            .grantLease(timeToLiveMilliseconds: Self.timeToLive),
            town: town
        )
        guard case .leaseGranted(let lease, _) = outcome else {
            Issue.record("\(outcome)")
            return LeaseID(rawValue: 0)
        }
        return lease
    }

    private func put(lease: LeaseAttachment, town: ReplicaHarness) throws {
        let path = Path(unchecked: Array("/k".utf8))
        let put = Put(key: path, value: [], lease: lease, condition: .none)
        _ = try propose(.put(put), town: town)
    }

    /// The member takes it in at once, and its disk and all else answer in short rounds.
    private func propose(_ command: Command, town: ReplicaHarness) throws -> Outcome {
        let ticket = town.ticket()
        town.tell(0, input: .propose(ticket, Request(command)))
        for _ in 0..<100 {
            town.round(nanoseconds: 1)
            for case .applied(ticket, let answer) in town.houses[0].replies {
                return answer.outcome
            }
        }
        throw Unanswered()
    }

    private struct Unanswered: Error {}

    private func isThere(_ beginning: Beginning, town: ReplicaHarness) -> Bool {
        guard beginning == .lock else { return town.value("/k", at: 0) != nil }
        return town.houses[0].replica?.keyspace.holders(of: Self.lock).isEmpty == false
    }
}
