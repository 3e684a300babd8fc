import Bytes
import Keyspace
import TestSupport
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
        let harness = ReplicaHarness(1)
        try harness.startAll()
        try #require(harness.settle())
        var shortest = UInt64.max
        var longest: UInt64 = 0
        for offset in stride(from: UInt64(0), to: 1_000_000, by: 70_000) {
            // The next requests come at another part of the millisecond.
            harness.round(nanoseconds: 1_000_000 + offset)
            let begun = try begin(beginning, harness: harness)
            harness.run(Int(Self.timeToLive) - 5) { !isThere(beginning, harness: harness) }
            while isThere(beginning, harness: harness) {
                harness.round(nanoseconds: Self.stepNanoseconds)
            }
            let lived = harness.now.nanoseconds(since: begun)
            shortest = min(shortest, lived)
            longest = max(longest, lived)
        }
        #expect(shortest >= Self.timeToLive * 1_000_000)
        // A millisecond for the clock's, and some steps until the entry is durable and applied.
        #expect(longest <= (Self.timeToLive + 1) * 1_000_000 + 8 * Self.stepNanoseconds)
        print("\(beginning): lived \(shortest) to \(longest) ns of \(Self.timeToLive) ms")
    }

    /// When the request was sent that the owner counts from.
    private func begin(_ beginning: Beginning, harness: ReplicaHarness) throws -> MonotonicTime {
        switch beginning {
        case .grant:
            let begun = harness.now
            let lease = try grant(harness)
            try put(lease: .lease(lease), harness: harness)
            return begun
        case .keepalive:
            let lease = try grant(harness)
            try put(lease: .lease(lease), harness: harness)
            harness.run(300)
            harness.round(nanoseconds: 1_370_000)
            let begun = harness.now
            _ = try propose(.keepAlive([lease]), harness: harness)
            return begun
        case .put:
            let begun = harness.now
            try put(lease: .own(timeToLiveMilliseconds: Self.timeToLive), harness: harness)
            return begun
        case .lock:
            let begun = harness.now
            let acquisition = LockRequest(
                contest: Self.lock,
                mode: .exclusive,
                ownership: .own(timeToLiveMilliseconds: Self.timeToLive),
                patience: .refuseWhenHeld,
                owner: [],
                value: []
            )
            _ = try propose(.acquire(acquisition), harness: harness)
            return begun
        }
    }

    private static let lock = Contest(kind: .lock, name: Array("l".utf8))

    private func grant(_ harness: ReplicaHarness) throws -> LeaseID {
        let outcome = try propose(
            .grantLease(nil, timeToLiveMilliseconds: Self.timeToLive),
            harness: harness
        )
        guard case .leaseGranted(let lease, _) = outcome else {
            Issue.record("\(outcome)")
            return LeaseID(rawValue: 0)
        }
        return lease
    }

    private func put(lease: LeaseAttachment, harness: ReplicaHarness) throws {
        let path = Key(unchecked: Array("/k".utf8))
        let put = Put(key: path, value: [], lease: lease, condition: .none)
        _ = try propose(.put(put), harness: harness)
    }

    /// The member takes it in at once, and its disk and all else answer in short rounds.
    private func propose(_ command: Command, harness: ReplicaHarness) throws -> Outcome {
        let ticket = harness.ticket()
        harness.tell(0, input: .propose(ticket, EncodedWrite(Request(command))))
        for _ in 0..<100 {
            harness.round(nanoseconds: 1)
            for case .applied(ticket, let answer) in harness.members[0].replies {
                return answer.outcome
            }
        }
        throw Unanswered()
    }

    private struct Unanswered: Error {}

    private func isThere(_ beginning: Beginning, harness: ReplicaHarness) -> Bool {
        guard beginning == .lock else { return harness.value("/k", at: 0) != nil }
        return harness.members[0].replica?.keyspace.holders(of: Self.lock).isEmpty == false
    }
}
