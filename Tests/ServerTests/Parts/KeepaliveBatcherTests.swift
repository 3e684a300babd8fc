import API
import Bytes
import Keyspace
import Testing

@testable import Server

@Suite("Leases are kept alive a third of their time after the last renewal, many in one entry")
struct KeepaliveBatcherTests {
    private static func time(_ milliseconds: UInt64) -> MonotonicTime {
        MonotonicTime(rawValue: 1_000_000_000).advanced(byMilliseconds: milliseconds)
    }

    private static func lease(
        _ id: UInt64,
        timeToLive: UInt64 = 3_000,
        of caller: Caller = .nobody
    ) -> KeptLease {
        KeptLease(
            id: LeaseID(rawValue: id),
            timeToLiveMilliseconds: timeToLive,
            caller: caller
        )
    }

    private static func renewed(_ requests: [Request]) -> [UInt64] {
        requests.flatMap { request -> [UInt64] in
            guard case .keepAlive(let leases) = request.command else { return [] }
            return leases.map(\.rawValue)
        }
    }

    @Test("each caller's are renewed by entries of its own, as it was proven last")
    func callers() {
        var batcher = KeepaliveBatcher()
        let ann = Caller.outside(subject: [1], roles: [])
        let bob = Caller.outside(subject: [2], roles: [])
        for (id, caller) in [(1, ann), (2, bob), (3, ann), (4, .nobody)] as [(UInt64, Caller)] {
            batcher.add(Self.lease(id, of: caller), now: Self.time(id))
        }
        let requests = batcher.takeDue(now: Self.time(1_004))
        #expect(requests.map(\.caller) == [ann, bob, .nobody])
        #expect(requests.map { Self.renewed([$0]) } == [[1, 3], [2], [4]])
        batcher.add(Self.lease(2, of: ann), now: Self.time(1_004))
        let next = batcher.takeDue(now: Self.time(2_004))
        #expect(Set(next.map(\.caller)) == [ann, .nobody])
        let renewed = next.first { $0.caller == ann }.map { Set(Self.renewed([$0])) }
        #expect(renewed == [1, 2, 3])
    }

    @Test func aLeaseIsRenewedAgainAndAgain() {
        var batcher = KeepaliveBatcher()
        #expect(batcher.nextDeadline == nil && batcher.takeDue(now: Self.time(0)).isEmpty)
        batcher.add(Self.lease(1), now: Self.time(0))
        #expect(batcher.nextDeadline == Self.time(1_000))
        #expect(batcher.takeDue(now: Self.time(999)).isEmpty)
        #expect(Self.renewed(batcher.takeDue(now: Self.time(1_000))) == [1])
        #expect(batcher.nextDeadline == Self.time(2_000))
    }

    @Test func thoseThatAreNearlyDueGoAlong() {
        var batcher = KeepaliveBatcher()
        batcher.add(Self.lease(1), now: Self.time(0))
        batcher.add(Self.lease(2), now: Self.time(90))
        batcher.add(Self.lease(3), now: Self.time(150))
        #expect(Self.renewed(batcher.takeDue(now: Self.time(1_000))) == [1, 2])
        #expect(batcher.nextDeadline == Self.time(1_150))
    }

    @Test func aLeaseIsRenewedOnceHoweverManyNameItAndUntilTheLastForgetsIt() {
        var batcher = KeepaliveBatcher()
        batcher.add(Self.lease(1), now: Self.time(0))
        batcher.add(Self.lease(1), now: Self.time(500))
        #expect(batcher.count == 1)
        batcher.remove(LeaseID(rawValue: 1))
        #expect(Self.renewed(batcher.takeDue(now: Self.time(1_000))) == [1])
        batcher.remove(LeaseID(rawValue: 1))
        batcher.remove(LeaseID(rawValue: 1))
        #expect(batcher.count == 0 && batcher.nextDeadline == nil)
    }

    @Test func oneEntryRenewsAThousandAtMost() {
        var batcher = KeepaliveBatcher()
        for id in 1...1_500 as ClosedRange<UInt64> {
            batcher.add(Self.lease(id), now: Self.time(0))
        }
        let first = Self.renewed(batcher.takeDue(now: Self.time(1_000)))
        let second = Self.renewed(batcher.takeDue(now: Self.time(1_000)))
        #expect(first.count == 1_000 && second.count == 500)
        #expect(Set(first + second).count == 1_500)
        #expect(batcher.takeDue(now: Self.time(1_000)).isEmpty)
    }

    @Test func aVeryShortLeaseIsNotRenewedWithoutEnd() {
        var batcher = KeepaliveBatcher()
        batcher.add(Self.lease(1, timeToLive: 30), now: Self.time(0))
        #expect(Self.renewed(batcher.takeDue(now: Self.time(101))) == [1])
        #expect(batcher.takeDue(now: Self.time(101)).isEmpty)
    }
}
