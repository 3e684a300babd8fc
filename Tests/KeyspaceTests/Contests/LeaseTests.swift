import Bytes
import Testing

@testable import Keyspace

/// Docs/http-api.md and Docs/guarantees.md: leases.
@Suite("Leases")
struct LeaseTests {
    private let minute: UInt64 = 60_000

    @Test(
        arguments: [
            (999, false), (1_000, true), (9_000_000_000_000, true), (9_000_000_000_001, false),
            (0, false), (UInt64.max, false),
        ] as [(UInt64, Bool)]
    )
    func timesToLiveAreOneSecondToNineBillion(_ milliseconds: UInt64, isAllowed: Bool) {
        for command in [
            Command.grantLease(nil, timeToLiveMilliseconds: milliseconds),
            .put("/a", lease: .own(timeToLiveMilliseconds: milliseconds)),
            .createChild(
                parent: path("/a"),
                value: [],
                lease: .own(timeToLiveMilliseconds: milliseconds)
            ),
            .acquire(lock("l"), ownership: .own(timeToLiveMilliseconds: milliseconds)),
        ] {
            var machine = Machine()
            let refusal = machine.apply(command).refusal
            #expect(
                refusal == (isAllowed ? nil : .timeToLiveOutOfRange(milliseconds: milliseconds))
            )
            #expect(machine.keyspace.leaseCount == (isAllowed ? 1 : 0))
        }
    }

    @Test func aLeaseIsNamedByItsEntry() {
        var machine = Machine()
        machine.apply(.put("/a"))
        #expect(machine.apply(.grantLease(nil, timeToLiveMilliseconds: minute)).lease == lease(2))
        let result = machine.apply(.put("/a", lease: .own(timeToLiveMilliseconds: minute)))
        #expect(result.putResult?.lease == lease(3))
    }

    /// A time is a whole millisecond, cut off below: alive in that of the deadline, of which any
    /// part may lie before it, gone in the next.
    @Test func aLeaseLivesThroughItsDeadlinesMillisecondAndNotLonger() {
        var machine = Machine()
        machine.apply(.grantLease(nil, timeToLiveMilliseconds: 5_000))
        machine.apply(.put("/a", lease: .lease(lease(1))))
        machine.pass(4_999)
        #expect(machine.keyspace.lease(lease(1))?.remainingMilliseconds == 1)
        #expect(!machine.keyspace.hasExpired(at: machine.keyspace.clock))
        #expect(machine.keyspace.nextLeaseEnd?.rawValue == 6_001)
        #expect(!machine.keyspace.hasExpired(at: ClusterTime(rawValue: 6_000)))
        #expect(machine.keyspace.hasExpired(at: ClusterTime(rawValue: 6_001)))
        machine.pass(1)
        #expect(machine.keyspace.lease(lease(1))?.remainingMilliseconds == 0)
        #expect(machine.keyspace.store.get(path("/a")) != nil)
        machine.pass(1)
        #expect(machine.keyspace.lease(lease(1)) == nil)
        #expect(machine.keyspace.store.get(path("/a")) == nil)
        #expect(machine.last.events.map(\.key) == [path("/a")])
        #expect(!machine.keyspace.hasLeases)
    }

    @Test func aKeepaliveStartsTheDeadlineAnew() {
        var machine = Machine()
        machine.apply(.grantLease(nil, timeToLiveMilliseconds: 5_000))
        machine.time += 4_999
        let standing = LeaseStanding(
            id: lease(1),
            timeToLiveMilliseconds: 5_000,
            remainingMilliseconds: 5_000
        )
        #expect(machine.apply(.keepAlive([lease(1), lease(9)])) == .keptAlive([standing, nil]))
        machine.pass(5_000)
        #expect(machine.keyspace.lease(lease(1)) != nil)
        machine.time += 1
        #expect(machine.apply(.keepAlive([lease(1)])) == .keptAlive([nil]))
    }

    /// The sweep's bound leaves leases over, but not swept: nothing may lean on one.
    @Test func anEndedLeaseIsNoLeaseBeforeItIsSwept() {
        var machine = Machine()
        machine.apply(.grantLease(nil, timeToLiveMilliseconds: 1_000))
        for key in 0..<2_500 { machine.apply(.put("/k/\(key)", lease: .lease(lease(1)))) }
        machine.apply(.acquire(lock("l"), ownership: .lease(lease(1))))
        let token = machine.keyspace.holders(of: lock("l")).first?.token
        machine.time += 1_001
        let refused = Refusal.notFound(.lease)
        #expect(machine.apply(.put("/x", lease: .lease(lease(1)))).refusal == refused)
        #expect(machine.last.events.count == 1_024)
        #expect(Set(machine.last.events.map(\.id.revision)).count == 1)
        #expect(machine.keyspace.hasExpired(at: machine.keyspace.clock))
        let fence = Fence(lock: bytes("l"), token: token ?? FencingToken(rawValue: 0))
        let fenced = machine.apply(.put("/x"), fences: [fence])
        guard case .refused(.fenced) = fenced else {
            Issue.record("\(fenced)")
            return
        }
        #expect(machine.last.events.count == 1_024)
        // 2,500 keys take a third slice; in it the lock and the lease end, too.
        #expect(machine.apply(.acquire(lock("m"), ownership: .lease(lease(1)))).refusal == refused)
        #expect(machine.last.events.count == 2_500 - 2 * 1_024 + 1)
        #expect(machine.keyspace.leaseCount == 0)
        #expect(!machine.keyspace.hasExpired(at: machine.keyspace.clock))
        #expect(machine.keyspace.holders(of: lock("l")).isEmpty)
    }

    @Test func leasesEndInTheOrderOfDeadlineAndID() {
        var machine = Machine()
        for id: UInt64 in 1...3 {
            machine.apply(.grantLease(nil, timeToLiveMilliseconds: id == 1 ? 9_000 : 5_000))
        }
        for id: UInt64 in [1, 3, 2] {
            machine.apply(.put("/k\(id)", lease: .lease(lease(id))))
        }
        machine.pass(10_000)
        #expect(machine.last.events.map(\.key) == [path("/k2"), path("/k3"), path("/k1")])
        #expect(machine.last.events.map(\.id.sub) == [0, 1, 2])
    }

    @Test func tenThousandEndInTenSlicesWithoutKeys() {
        var machine = Machine()
        for _ in 0..<10_000 { machine.apply(.grantLease(nil, timeToLiveMilliseconds: 1_000)) }
        machine.time += 1_001
        var slices = 0
        while machine.keyspace.hasLeases {
            machine.pass(0)
            slices += 1
        }
        #expect(slices == 10)
    }

    @Test func revokingDeletesTheKeysAndEndsPlaces() {
        var machine = Machine()
        machine.apply(.grantLease(nil, timeToLiveMilliseconds: minute))
        machine.apply(.put("/a", lease: .lease(lease(1))))
        machine.apply(.put("/b", lease: .lease(lease(1))))
        machine.apply(.acquire(lock("l"), ownership: .lease(lease(1))))
        let before = machine.keyspace.store.revision
        #expect(
            machine.apply(.revokeLease(lease(1)))
                == .leaseRevoked(revision: before.next, deletedCount: 2)
        )
        #expect(machine.last.events.count == 3)
        #expect(machine.keyspace.holders(of: lock("l")).isEmpty)
        #expect(machine.apply(.revokeLease(lease(1))).refusal == .notFound(.lease))
    }

    @Test func aPutWithoutALeaseDetachesTheKey() {
        var machine = Machine()
        machine.apply(.grantLease(nil, timeToLiveMilliseconds: 1_000))
        machine.apply(.put("/a", lease: .lease(lease(1))))
        machine.apply(.put("/a"))
        machine.pass(1_001)
        #expect(machine.keyspace.store.get(path("/a")) != nil)
    }

    @Test func aKeysOwnLeaseEndsWithTheKey() {
        var machine = Machine()
        let own = LeaseAttachment.own(timeToLiveMilliseconds: minute)
        machine.apply(.put("/a", lease: own))
        machine.apply(.put("/a", lease: own))
        #expect(machine.keyspace.leases(after: nil, countMax: 9).map(\.id) == [lease(2)])
        machine.apply(.put("/b", lease: .lease(lease(2))))
        machine.apply(.delete("/a"))
        #expect(machine.keyspace.leaseCount == 1)
        machine.apply(.deleteSubtree("/"))
        #expect(machine.keyspace.leaseCount == 0)
    }

    @Test func pagesOfLeasesAndKeys() {
        var machine = Machine()
        for _ in 0..<5 { machine.apply(.grantLease(nil, timeToLiveMilliseconds: minute)) }
        for key in ["/a", "/b", "/c"] { machine.apply(.put(key, lease: .lease(lease(2)))) }
        let keyspace = machine.keyspace
        #expect(keyspace.leases(after: lease(1), countMax: 2).map(\.id) == [lease(2), lease(3)])
        #expect(keyspace.keys(of: lease(2), after: path("/a"), countMax: 1) == [path("/b")])
        #expect(keyspace.keys(of: lease(1), after: nil, countMax: 1).isEmpty)
    }

    /// The cluster clock never goes back along the log; if it did, nothing would live longer.
    @Test func aTimeThatLiesBehindCountsAsTheClock() {
        var machine = Machine()
        machine.apply(.grantLease(nil, timeToLiveMilliseconds: 1_000))
        machine.time = 500
        machine.apply(.keepAlive([lease(1)]))
        #expect(machine.keyspace.clock.rawValue == 1_000)
        #expect(machine.keyspace.nextLeaseEnd?.rawValue == 2_001)
    }
}
