import Testing

@testable import Keyspace

/// Docs/http-api.md: locks and elections.
@Suite("Locks and elections")
struct ContestTests {
    /// Three leases (1, 2, 3) of a minute.
    private func prepared(leases: Int = 3) -> Machine {
        var machine = Machine()
        for _ in 0..<leases { machine.apply(.grantLease(nil, timeToLiveMilliseconds: 60_000)) }
        return machine
    }

    private func holders(_ machine: Machine, contest: Contest = lock("l")) -> [LeaseID] {
        machine.keyspace.holders(of: contest).map(\.lease)
    }

    @Test func theTokenIsTheRevisionOfTheGrant() {
        var machine = prepared()
        machine.apply(.put("/a"))
        let grant = machine.apply(.acquire(lock("l"), ownership: .lease(lease(1)), owner: "me"))
            .grant
        #expect(grant?.token.rawValue == 3)
        #expect(grant?.remainingMilliseconds == 60_000)
        let record = machine.keyspace.store.get(lock("l").recordKey(of: lease(1)))
        #expect(record?.createRevision.rawValue == 3)
        #expect(record?.value == bytes("me"))
        #expect(record?.lease == lease(1))
        #expect(
            lock("l").recordKey(of: lease(1)).bytes == bytes("/.roost/locks/l/0000000000000001")
        )
        #expect(machine.last.contestEvents == grant.map { [.granted($0)] })
    }

    @Test func askingAgainGivesTheSamePlaceOrToken() {
        var machine = prepared()
        let first = machine.apply(.acquire(lock("l"), ownership: .lease(lease(1)))).grant
        machine.apply(.acquire(lock("l"), ownership: .lease(lease(2))))
        machine.apply(.acquire(lock("l"), ownership: .lease(lease(3))))
        let again = machine.apply(.acquire(lock("l"), ownership: .lease(lease(1)))).grant
        #expect(again?.token == first?.token)
        #expect(
            machine.apply(.acquire(lock("l"), ownership: .lease(lease(3)))).place?.position == 2
        )
        #expect(
            machine.apply(.acquire(lock("l"), ownership: .lease(lease(3)), mode: .shared)).refusal
                == .modeMismatch(lock("l"))
        )
        #expect(machine.keyspace.waiters(of: lock("l"), countMax: 9).count == 2)
    }

    @Test func whoDoesNotWaitIsToldWhoHolds() {
        var machine = prepared()
        let grant = machine.apply(.acquire(lock("l"), ownership: .lease(lease(1)), owner: "me"))
            .grant
        machine.apply(.acquire(lock("l"), ownership: .lease(lease(2))))
        let outcome = machine.apply(
            .acquire(
                lock("l"),
                ownership: .lease(lease(3)),
                mode: .exclusive,
                patience: .refuseWhenHeld
            )
        )
        #expect(
            outcome.refusal == .held(lock("l"), holders: grant.map { [$0] } ?? [], position: 2)
        )
        #expect(machine.keyspace.standing(of: lease(3), in: lock("l")) == .none)
        // Refused, it leaves no lease behind either.
        machine.apply(
            .acquire(
                lock("l"),
                ownership: .own(timeToLiveMilliseconds: 5_000),
                mode: .exclusive,
                patience: .refuseWhenHeld
            )
        )
        #expect(machine.keyspace.leaseCount == 3)
    }

    @Test func sharedHoldersStandTogetherEachWithAToken() {
        var machine = prepared(leases: 5)
        let exclusive = machine.apply(.acquire(lock("l"), ownership: .lease(lease(1)))).grant
        for id: UInt64 in 2...3 {
            machine.apply(.acquire(lock("l"), ownership: .lease(lease(id)), mode: .shared))
        }
        machine.apply(.acquire(lock("l"), ownership: .lease(lease(4))))
        machine.apply(.acquire(lock("l"), ownership: .lease(lease(5)), mode: .shared))
        let token = exclusive?.token ?? FencingToken(rawValue: 0)
        guard case .released(let released) = machine.apply(.release(lock("l"), .token(token)))
        else {
            Issue.record("not released")
            return
        }
        // 5 asked for shared, but 4 was there before with exclusive.
        #expect(holders(machine) == [lease(2), lease(3)])
        let tokens = machine.keyspace.holders(of: lock("l")).map(\.token.rawValue)
        #expect(tokens == [released.rawValue + 1, released.rawValue + 2])
        machine.apply(.revokeLease(lease(2)))
        #expect(holders(machine) == [lease(3)])
        machine.apply(.revokeLease(lease(3)))
        #expect(holders(machine) == [lease(4)])
        machine.apply(.revokeLease(lease(4)))
        #expect(holders(machine) == [lease(5)])
    }

    /// etcd #11456: a queued lock re-checks its lease before it is granted.
    @Test func aDeadWaiterIsPassedBy() {
        var machine = Machine()
        machine.apply(.grantLease(nil, timeToLiveMilliseconds: 60_000))
        machine.apply(.grantLease(nil, timeToLiveMilliseconds: 1_000))
        machine.apply(.grantLease(nil, timeToLiveMilliseconds: 60_000))
        let grant = machine.apply(.acquire(lock("l"), ownership: .lease(lease(1)))).grant
        // So many keys that the sweep does not reach the lease's places in the next entry.
        for key in 0..<1_100 { machine.apply(.put("/k/\(key)", lease: .lease(lease(2)))) }
        machine.apply(.acquire(lock("l"), ownership: .lease(lease(2))))
        machine.apply(.acquire(lock("l"), ownership: .lease(lease(3))))
        machine.time += 1_001
        machine.apply(.release(lock("l"), .token(grant?.token ?? FencingToken(rawValue: 0))))
        #expect(machine.keyspace.leaseCount == 3)
        #expect(holders(machine) == [lease(3)])
        #expect(
            machine.last.contestEvents.contains(
                .ended(lock("l"), lease: lease(2), because: .expired)
            )
        )
        machine.pass(0)
        #expect(machine.keyspace.leaseCount == 2)
    }

    @Test func anOwnLeaseBeginsAnewAtTheGrant() {
        var machine = prepared(leases: 1)
        let first = machine.apply(.acquire(lock("l"), ownership: .lease(lease(1)))).grant
        let place = machine.apply(
            .acquire(lock("l"), ownership: .own(timeToLiveMilliseconds: 5_000))
        ).place
        #expect(place?.lease == lease(3))
        machine.pass(4_000)
        machine.apply(.release(lock("l"), .token(first?.token ?? FencingToken(rawValue: 0))))
        #expect(machine.keyspace.holders(of: lock("l")).map(\.remainingMilliseconds) == [5_000])
        machine.pass(5_001)
        #expect(holders(machine).isEmpty)
        #expect(machine.keyspace.leaseCount == 1)
    }

    @Test func releaseRevokesOnlyALeaseThatTheLockMade() {
        var machine = prepared(leases: 1)
        let first = machine.apply(.acquire(lock("l"), ownership: .lease(lease(1)))).grant
        machine.apply(.release(lock("l"), .token(first?.token ?? FencingToken(rawValue: 0))))
        #expect(machine.keyspace.lease(lease(1)) != nil)
        let own = machine.apply(.acquire(lock("l"), ownership: .own(timeToLiveMilliseconds: 5_000)))
            .grant
        machine.apply(.release(lock("l"), .token(own?.token ?? FencingToken(rawValue: 0))))
        #expect(machine.keyspace.leaseCount == 1)
        #expect(machine.keyspace.store.get(lock("l").recordKey(of: lease(1))) == nil)
    }

    @Test func aWrongTokenReleasesNothing() {
        var machine = prepared()
        let grant = machine.apply(.acquire(lock("l"), ownership: .lease(lease(1)))).grant
        let wrong = Release.token(FencingToken(rawValue: 99))
        #expect(
            machine.apply(.release(lock("l"), wrong)).refusal
                == .notHolder(lock("l"), holders: grant.map { [$0] } ?? [])
        )
        #expect(
            machine.apply(.release(lock("free"), wrong)).refusal
                == .notHolder(lock("free"), holders: [])
        )
        #expect(
            machine.apply(.release(lock("free"), .everyHolder)).refusal == .notFound(.lock)
        )
        #expect(
            machine.apply(.release(election("l"), .everyHolder)).refusal == .notFound(.election)
        )
        guard case .released = machine.apply(.release(lock("l"), .everyHolder)) else {
            Issue.record("force did not release")
            return
        }
        #expect(holders(machine).isEmpty)
    }

    /// "Won" and "gone" have one order.
    @Test func abandoningKeepsOrGivesUpWhatCameFirst() {
        var machine = prepared()
        let grant = machine.apply(.acquire(lock("l"), ownership: .lease(lease(1)))).grant
        machine.apply(.acquire(lock("l"), ownership: .lease(lease(2))))
        machine.apply(.acquire(lock("l"), ownership: .lease(lease(3))))
        guard
            case .abandoned(let place) = machine.apply(
                .abandon(lock("l"), lease: lease(2), .queuedOnly)
            )
        else {
            Issue.record("not abandoned")
            return
        }
        #expect(place.position == 1 && place.holders.map(\.lease) == [lease(1)])
        let won = machine.apply(.abandon(lock("l"), lease: lease(1), .queuedOnly)).grant
        #expect(won?.token == grant?.token)
        machine.apply(.abandon(lock("l"), lease: lease(1), .heldToo))
        #expect(holders(machine) == [lease(3)])
        #expect(
            machine.apply(.abandon(lock("l"), lease: lease(2), .heldToo)).refusal
                == .notFound(.lock)
        )
    }

    @Test func abandoningAPlaceEndsItsOwnLease() {
        var machine = prepared()
        machine.apply(.acquire(lock("l"), ownership: .lease(lease(1))))
        let place = machine.apply(
            .acquire(lock("l"), ownership: .own(timeToLiveMilliseconds: 9_000))
        ).place
        #expect(machine.keyspace.leaseCount == 4)
        machine.apply(.abandon(lock("l"), lease: place?.lease ?? lease(0), .queuedOnly))
        #expect(machine.keyspace.leaseCount == 3)
    }

    @Test func aLeaderProclaimsUnderItsToken() {
        var machine = prepared()
        let name = bytes("primary")
        let grant = machine.apply(
            .acquire(election("primary"), ownership: .lease(lease(1)), value: "one")
        ).grant
        let token = grant?.token ?? FencingToken(rawValue: 0)
        let key = election("primary").recordKey(of: lease(1))
        #expect(machine.keyspace.store.get(key)?.value == bytes("one"))
        let wrong = FencingToken(rawValue: token.rawValue + 1)
        guard
            case .refused(.notHolder) = machine.apply(
                .proclaim(election: name, token: wrong, value: bytes("two"))
            )
        else {
            Issue.record("a wrong token proclaimed")
            return
        }
        machine.apply(.proclaim(election: name, token: token, value: bytes("two")))
        let record = machine.keyspace.store.get(key)
        #expect(record?.value == bytes("two"))
        #expect(record?.createRevision.rawValue == token.rawValue)
        #expect(machine.keyspace.holders(of: election("primary")).map(\.value) == [bytes("two")])
        #expect(machine.keyspace.holders(of: election("primary")).map(\.token) == [token])
        // The lock of that name is another contest.
        #expect(machine.keyspace.holders(of: lock("primary")).isEmpty)
        #expect(
            machine.keyspace.contests(.election, after: [], countMax: 9) == [election("primary")]
        )
        #expect(machine.keyspace.contests(.lock, after: [], countMax: 9).isEmpty)
    }

    @Test(arguments: [lock("l"), election("l")])
    func fencesHoldOnlyWhileTheTokenDoes(_ contest: Contest) {
        var machine = prepared()
        let grant = machine.apply(.acquire(contest, ownership: .lease(lease(1)))).grant
        let token = grant?.token ?? FencingToken(rawValue: 0)
        let fence = Fence(lock: bytes("l"), token: token)
        #expect(machine.apply(.put("/a"), fences: [fence]).putResult != nil)
        let stale = Fence(lock: bytes("l"), token: FencingToken(rawValue: token.rawValue - 1))
        guard
            case .refused(.fenced(_, _, let holders)) = machine.apply(
                .put("/a"),
                fences: [fence, stale]
            )
        else {
            Issue.record("a stale token passed")
            return
        }
        #expect(holders.map(\.token) == [token])
        machine.apply(.release(contest, .everyHolder))
        let refusal = machine.apply(.put("/a"), fences: [fence]).refusal
        #expect(refusal == .fenced(lock: bytes("l"), token: token, holders: []))
        #expect(machine.keyspace.store.get(path("/a"))?.version == 1)
    }

    /// A thousand and more shared waiters behind one exclusive holder are granted in slices, and
    /// still in order.
    @Test func grantsOfOneEntryAreBounded() {
        var machine = prepared(leases: 1)
        machine.apply(.acquire(lock("l"), ownership: .lease(lease(1))))
        for _ in 0..<1_500 {
            machine.apply(
                .acquire(lock("l"), ownership: .own(timeToLiveMilliseconds: 60_000), mode: .shared)
            )
        }
        machine.apply(.revokeLease(lease(1)))
        #expect(machine.keyspace.holders(of: lock("l"), countMax: .max).count == 1_024)
        #expect(machine.keyspace.hasExpired(at: machine.keyspace.clock))
        machine.pass(0)
        let tokens = machine.keyspace.holders(of: lock("l"), countMax: .max).map(\.token)
        #expect(tokens.count == 1_500 && tokens == tokens.sorted())
        #expect(Set(tokens).count == 1_500)
        #expect(!machine.keyspace.hasExpired(at: machine.keyspace.clock))
        #expect(machine.keyspace.holders(of: lock("l")).count == Contest.holdersShownMax)
    }

    @Test func queuesAreBoundedInBytes() {
        var machine = prepared(leases: 80)
        let value = String(repeating: "v", count: Int(ClusterSettings().valueByteCountMax))
        var refusal: Refusal?
        var count = 0
        while refusal == nil, count < 80 {
            count += 1
            refusal =
                machine.apply(
                    .acquire(election("e"), ownership: .lease(lease(UInt64(count))), value: value)
                ).refusal
        }
        #expect(refusal == .tooManyWaiters(election("e")))
        // The first holds; what it proclaims is the store's.
        #expect(count == 65)
    }
}
