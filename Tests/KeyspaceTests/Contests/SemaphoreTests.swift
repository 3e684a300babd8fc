import Testing

@testable import Keyspace

/// Docs/http-api.md: `permits` of a lock.
@Suite("Semaphores")
struct SemaphoreTests {
    /// Leases from 2 on, of a minute each, at the level that knows permits.
    private func prepared(leases: UInt64 = 6) -> Machine {
        var machine = Machine()
        machine.apply(.raiseFeatureLevel(to: FeatureLevel.fourth))
        for _ in 0..<leases { machine.apply(.grantLease(nil, timeToLiveMilliseconds: 60_000)) }
        return machine
    }

    @discardableResult
    private func ask(
        _ number: UInt64,
        permits: UInt32?,
        of machine: inout Machine,
        patience: LockRequest.Patience = .queue
    ) -> Outcome {
        machine.apply(
            .acquire(
                lock("l"),
                ownership: .lease(lease(number)),
                mode: permits == nil ? .exclusive : .shared,
                patience: patience,
                terms: LockTerms(permitCount: permits ?? 0)
            )
        )
    }

    private func holders(_ machine: Machine) -> [LeaseID] {
        machine.keyspace.holders(of: lock("l")).map(\.lease)
    }

    @Test("as many hold as it has permits, and the next is granted when one is given back")
    func permits() throws {
        var machine = prepared()
        let first = try #require(ask(2, permits: 2, of: &machine).grant)
        #expect(first.permitCount == 2)
        #expect(ask(3, permits: 2, of: &machine).grant != nil)
        #expect(ask(4, permits: 2, of: &machine).place?.position == 1)
        #expect(ask(5, permits: 2, of: &machine).place?.position == 2)
        machine.apply(.release(lock("l"), .token(first.token)))
        #expect(holders(machine) == [lease(3), lease(4)])
        machine.apply(.revokeLease(lease(3)))
        #expect(holders(machine) == [lease(4), lease(5)])
    }

    @Test("who does not wait is told who holds when all permits are out")
    func held() {
        var machine = prepared()
        ask(2, permits: 1, of: &machine)
        let refusal = ask(3, permits: 1, of: &machine, patience: .refuseWhenHeld).refusal
        guard case .held(_, let holders, position: 1) = refusal else {
            return #expect(Bool(false), "\(String(describing: refusal))")
        }
        #expect(holders.map(\.permitCount) == [1])
    }

    @Test("an exclusive request that came first is not overtaken, and is alone when granted")
    func exclusive() {
        var machine = prepared()
        ask(2, permits: 3, of: &machine)
        ask(3, permits: nil, of: &machine)
        #expect(ask(4, permits: 3, of: &machine).place?.position == 2)
        machine.apply(.revokeLease(lease(2)))
        #expect(holders(machine) == [lease(3)])
        machine.apply(.revokeLease(lease(3)))
        #expect(holders(machine) == [lease(4)])
    }

    @Test("another number is refused as long as anybody holds or waits with the first")
    func differ() {
        var machine = prepared()
        ask(2, permits: nil, of: &machine)
        ask(3, permits: 2, of: &machine)
        let differs = Refusal.permitsDiffer(lock("l"), permitCount: 2)
        #expect(ask(4, permits: 3, of: &machine).refusal == differs)
        #expect(ask(4, permits: 0, of: &machine).refusal == differs)
        #expect(ask(3, permits: 3, of: &machine).refusal == differs)
        machine.apply(.revokeLease(lease(3)))
        #expect(ask(4, permits: 3, of: &machine).place?.position == 1)
        machine.apply(.revokeLease(lease(2)))
        let differsNow = Refusal.permitsDiffer(lock("l"), permitCount: 3)
        #expect(ask(5, permits: 0, of: &machine).refusal == differsNow)
        machine.apply(.revokeLease(lease(4)))
        #expect(ask(5, permits: 0, of: &machine).grant?.permitCount == 0)
    }

    @Test("below their level, beyond their range and of an exclusive request they are malformed")
    func malformed() {
        var early = Machine()
        early.apply(.grantLease(nil, timeToLiveMilliseconds: 60_000))
        #expect(ask(1, permits: 2, of: &early).refusal == .malformed)
        var machine = prepared()
        #expect(ask(2, permits: 10_001, of: &machine).refusal == .malformed)
        let exclusive = Command.acquire(
            lock("l"),
            ownership: .lease(lease(2)),
            terms: LockTerms(permitCount: 1)
        )
        #expect(machine.apply(exclusive).refusal == .malformed)
        #expect(ask(2, permits: 10_000, of: &machine).grant != nil)
    }

    @Test("a snapshot keeps them")
    func snapshots() throws {
        var machine = prepared()
        for number in 2...4 as ClosedRange<UInt64> { ask(number, permits: 2, of: &machine) }
        try machine.restartTwin()
        machine.apply(.revokeLease(lease(2)))
        #expect(holders(machine) == [lease(3), lease(4)])
        #expect(ask(5, permits: 4, of: &machine).refusal != nil)
    }
}
