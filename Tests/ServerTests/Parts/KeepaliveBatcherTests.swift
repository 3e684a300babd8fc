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

    private static func lease(_ id: UInt64, timeToLive: UInt64 = 3_000) -> KeptLease {
        KeptLease(id: LeaseID(rawValue: id), timeToLiveMilliseconds: timeToLive)
    }

    private static func renewed(_ request: Request?) -> [UInt64] {
        guard case .keepAlive(let leases) = request?.command else { return [] }
        return leases.map(\.rawValue)
    }

    @Test func aLeaseIsRenewedAgainAndAgain() {
        var batcher = KeepaliveBatcher()
        #expect(batcher.nextDeadline == nil && batcher.takeDue(now: Self.time(0)) == nil)
        batcher.add(Self.lease(1), now: Self.time(0))
        #expect(batcher.nextDeadline == Self.time(1_000))
        #expect(batcher.takeDue(now: Self.time(999)) == nil)
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
        #expect(batcher.takeDue(now: Self.time(1_000)) == nil)
    }

    @Test func aVeryShortLeaseIsNotRenewedWithoutEnd() {
        var batcher = KeepaliveBatcher()
        batcher.add(Self.lease(1, timeToLive: 30), now: Self.time(0))
        #expect(Self.renewed(batcher.takeDue(now: Self.time(101))) == [1])
        #expect(batcher.takeDue(now: Self.time(101)) == nil)
    }
}
