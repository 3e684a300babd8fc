import Bytes
import Testing

@testable import Keyspace

/// Docs/http-api.md: `reentrant`, `max_hold` and `delay` of a lock.
@Suite("What bounds a hold beside its lease")
struct HoldTermsTests {
    /// Leases from 2 on, of a minute each, at the level that knows terms.
    private func prepared(leases: UInt64 = 3) -> Machine {
        var machine = Machine()
        machine.apply(.raiseFeatureLevel(to: FeatureLevel.fourth))
        for _ in 0..<leases { machine.apply(.grantLease(nil, timeToLiveMilliseconds: 60_000)) }
        return machine
    }

    @discardableResult
    private func ask(
        _ number: UInt64,
        _ terms: LockTerms = .none,
        owner: String = "me",
        of machine: inout Machine
    ) -> Outcome {
        machine.apply(
            .acquire(lock("l"), ownership: .lease(lease(number)), owner: owner, terms: terms)
        )
    }

    private func holders(_ machine: Machine) -> [LeaseID] {
        machine.keyspace.holders(of: lock("l")).map(\.lease)
    }

    @Test("held again by its owner it counts, and is free when it was released as often")
    func reentrant() throws {
        var machine = prepared()
        let terms = LockTerms(reentry: .counted)
        let first = try #require(ask(2, terms, of: &machine).grant)
        #expect(first.holdCount == 1)
        let second = try #require(ask(2, terms, of: &machine).grant)
        #expect(second.token == first.token && second.holdCount == 2)
        ask(3, of: &machine)
        let still = machine.apply(.release(lock("l"), .token(first.token)))
        #expect(still == .stillHeld(revision: machine.keyspace.store.revision, count: 1))
        #expect(holders(machine) == [lease(2)])
        machine.apply(.release(lock("l"), .token(first.token)))
        #expect(holders(machine) == [lease(3)])
    }

    @Test("another owner under the lease, and a hold that does not count, are refused it")
    func otherOwner() {
        var machine = prepared()
        let terms = LockTerms(reentry: .counted)
        ask(2, terms, of: &machine)
        guard case .held? = ask(2, terms, owner: "you", of: &machine).refusal else {
            return #expect(Bool(false), "another owner holds it again")
        }
        machine.apply(.revokeLease(lease(2)))
        ask(3, of: &machine)
        guard case .held? = ask(3, terms, of: &machine).refusal else {
            return #expect(Bool(false), "it is held again by who holds it once")
        }
    }

    @Test("a hold ends by its own time, as if its lease had ended; the lease lives on")
    func maxHold() throws {
        var machine = prepared()
        let grant = try #require(ask(2, LockTerms(holdMilliseconds: 5_000), of: &machine).grant)
        #expect(grant.holdRemainingMilliseconds == 5_000)
        ask(3, of: &machine)
        #expect(machine.keyspace.nextLeaseEnd?.rawValue == machine.time + 5_001)
        machine.pass(5_000)
        #expect(holders(machine) == [lease(2)])
        #expect(machine.keyspace.holder(of: lock("l"), token: grant.token) != nil)
        #expect(machine.keyspace.hasExpired(at: ClusterTime(rawValue: machine.time + 1)))
        machine.pass(1)
        #expect(holders(machine) == [lease(3)])
        #expect(machine.keyspace.holder(of: lock("l"), token: grant.token) == nil)
        #expect(machine.keyspace.lease(lease(2)) != nil)
        #expect(
            machine.last.contestEvents.contains(
                .ended(lock("l"), lease: lease(2), because: .expired)
            )
        )
    }

    @Test("a lease that was made for the place ends with the hold's time")
    func placeLease() {
        var machine = prepared(leases: 0)
        machine.apply(
            .acquire(
                lock("l"),
                ownership: .own(timeToLiveMilliseconds: 60_000),
                terms: LockTerms(holdMilliseconds: 2_000)
            )
        )
        #expect(machine.keyspace.leaseCount == 1)
        machine.pass(2_001)
        #expect(machine.keyspace.leaseCount == 0)
        #expect(holders(machine).isEmpty)
    }

    @Test("after an end by time nobody gets it for the delay, after a release at once")
    func delay() throws {
        var machine = prepared()
        let terms = LockTerms(holdMilliseconds: 1_000, delayMilliseconds: 10_000)
        ask(2, terms, of: &machine)
        ask(3, of: &machine)
        machine.pass(1_001)
        #expect(holders(machine).isEmpty)
        #expect(machine.keyspace.shutMilliseconds(lock("l")) == 10_000)
        machine.pass(10_000)
        #expect(holders(machine).isEmpty)
        machine.pass(1)
        #expect(holders(machine) == [lease(3)])
        machine.apply(.revokeLease(lease(3)))
        let grant = try #require(ask(2, terms, of: &machine).grant)
        machine.apply(.release(lock("l"), .token(grant.token)))
        #expect(ask(4, of: &machine).grant != nil)
    }

    @Test("a lock that is shut is told held by nobody, stays in a snapshot, and opens by itself")
    func shut() throws {
        var machine = prepared(leases: 1)
        machine.apply(
            .acquire(
                lock("l"),
                ownership: .own(timeToLiveMilliseconds: 1_000),
                terms: LockTerms(delayMilliseconds: 5_000)
            )
        )
        machine.pass(1_001)
        machine.apply(.revokeLease(lease(2)))
        #expect(!machine.keyspace.contests(.lock, after: [], countMax: 9).isEmpty)
        #expect(machine.keyspace.hasLeases, "the clock goes on")
        try machine.restartTwin()
        let refused = machine.apply(
            .acquire(
                lock("l"),
                ownership: .own(timeToLiveMilliseconds: 1_000),
                patience: .refuseWhenHeld
            )
        )
        #expect(refused.refusal == .held(lock("l"), holders: [], position: 1))
        machine.pass(5_001)
        #expect(machine.keyspace.contests(.lock, after: [], countMax: 9).isEmpty)
        #expect(!machine.keyspace.hasLeases)
    }

    @Test("a snapshot keeps counts, ends and delays")
    func snapshots() throws {
        var machine = prepared()
        let terms = LockTerms(
            reentry: .counted,
            holdMilliseconds: 5_000,
            delayMilliseconds: 3_000
        )
        ask(2, terms, of: &machine)
        ask(2, terms, of: &machine)
        ask(3, terms, of: &machine)
        try machine.restartTwin()
        #expect(ask(2, terms, of: &machine).grant?.holdCount == 3)
        machine.pass(5_001)
        try machine.restartTwin()
        machine.pass(3_001)
        #expect(holders(machine) == [lease(3)])
    }
}
