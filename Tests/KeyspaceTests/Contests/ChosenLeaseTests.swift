import Bytes
import Testing

@testable import Keyspace

/// Docs/http-api.md: leases of chosen ids, and what holders and waiters say of themselves.
@Suite("Chosen leases, since and info")
struct ChosenLeaseTests {
    private static let minute: UInt64 = 60_000

    @Test("a chosen id is granted once at a time, and again when it is free")
    func chosen() {
        for id in [lease(1), lease(500), .max] {
            var machine = Machine()
            let grant = Command.grantLease(id, timeToLiveMilliseconds: Self.minute)
            #expect(machine.apply(grant).lease == id)
            #expect(machine.apply(grant).refusal == .leaseExists(id))
            machine.apply(.revokeLease(id))
            #expect(machine.apply(grant).lease == id)
            machine.pass(Self.minute + 1)
            #expect(machine.apply(grant).lease == id)
        }
        for id in [lease(0), lease(1 << 63), lease(.max)] {
            var machine = Machine()
            let grant = Command.grantLease(id, timeToLiveMilliseconds: Self.minute)
            #expect(machine.apply(grant).refusal == .malformed)
        }
    }

    @Test("the store chooses no id that is in use, whatever callers chose")
    func unchosen() {
        var machine = Machine()
        // The ids of the next entries are taken.
        for number in UInt64(5)...12 {
            machine.apply(.grantLease(lease(number), timeToLiveMilliseconds: Self.minute))
        }
        var ids = Set((UInt64(5)...12).map { lease($0) })
        let own = UInt64(1_000)
        for command in [
            Command.grantLease(nil, timeToLiveMilliseconds: Self.minute),
            .put("/a", lease: .own(timeToLiveMilliseconds: own)),
            .createChild(parent: path("/q"), value: [], lease: .own(timeToLiveMilliseconds: own)),
            .acquire(lock("l"), ownership: .own(timeToLiveMilliseconds: own)),
        ] {
            machine.apply(command)
            let all = machine.keyspace.leases(after: nil, countMax: .max).map(\.id)
            #expect(all.count == ids.count + 1, "\(command)")
            ids.formUnion(all)
            #expect(ids.allSatisfy { $0.rawValue > 0 && $0 <= .max })
        }
    }

    // MARK: Holders and waiters

    @Test("a waiter says since when it waits, a holder since when it holds; info goes along")
    func since() throws {
        var machine = Machine()
        machine.apply(.setWallClock(offsetMilliseconds: 1_000_000))
        func acquire(_ info: String) -> Command {
            .acquire(
                LockRequest(
                    contest: lock("l"),
                    mode: .exclusive,
                    ownership: .own(timeToLiveMilliseconds: Self.minute),
                    patience: .queue,
                    owner: [],
                    value: [],
                    info: bytes(info)
                )
            )
        }
        machine.time = 2_000
        #expect(machine.apply(acquire("one")).grant?.since.rawValue == 1_002_000)
        machine.time = 3_000
        machine.apply(acquire("two"))
        try machine.restartTwin()
        let waiter = try #require(machine.keyspace.waiters(of: lock("l"), countMax: 9).first.first)
        #expect(waiter.since.rawValue == 1_003_000)
        #expect(waiter.info == bytes("two"))
        machine.time = 4_000
        machine.apply(.release(lock("l"), .everyHolder))
        try machine.restartTwin()
        let holder = try #require(machine.keyspace.holders(of: lock("l")).first)
        #expect(holder.since.rawValue == 1_004_000)
        #expect(holder.info == bytes("two"))
    }
}
