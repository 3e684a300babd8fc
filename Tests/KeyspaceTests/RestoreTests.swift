import Bytes
import Testing

@testable import Keyspace

@Suite("A backup's state as the beginning of another cluster (operations.md, Restore)")
struct RestoreTests {
    private static let raise = Keyspace.raiseDefault

    /// A state that many requests led to, every kind of them among these.
    private static func state(seed: UInt64) -> Machine {
        var random = SplitMix64(seed: seed)
        var machine = Machine()
        for _ in 0..<400 {
            machine.time += UInt64.random(in: 0..<3, using: &random) * 300
            machine.apply(RandomRequest.next(index: machine.index + 1, random: &random))
        }
        return machine
    }

    private static func snapshot(of keyspace: Keyspace) -> [UInt8] {
        var encoder = SnapshotEncoder(keyspace.freeze())
        var bytes: [UInt8] = []
        while let chunk = encoder.next() { bytes += chunk }
        return bytes
    }

    private static func restored(
        _ keyspace: Keyspace,
        raise: UInt64 = raise
    ) throws(RestoreRefusal) -> Keyspace {
        var copy = keyspace
        try copy.restore(raisedBy: raise)
        return copy
    }

    @Test(
        "keys stay as they were, revision and index rise, history is gone",
        arguments: UInt64(0)..<16
    )
    func keys(seed: UInt64) throws {
        let before = Self.state(seed: seed).keyspace
        let after = try Self.restored(before)
        #expect(after.brokenRule == nil)
        #expect(after.store.revision.rawValue == before.store.revision.rawValue + Self.raise)
        #expect(after.appliedIndex == before.appliedIndex + Self.raise)
        #expect(after.store.compactRevision == after.store.revision)
        #expect(after.clock == before.clock && after.featureLevel == before.featureLevel)
        #expect(after.settings == before.settings)
        for bytes in before.store.recordKeys() {
            let key = Key(unchecked: bytes)
            #expect(after.store.get(key) == before.store.get(key))
        }
        #expect(after.store.keyCount == before.store.keyCount)
        #expect(after.store.loggedEvents().isEmpty && after.store.historyByteCount == 0)
        #expect(after.store.recordKeys().count == after.store.keyCount)
        #expect(after.store.summedItems() == after.store.items)
    }

    @Test(
        "the same state and raise come to the same bytes, which are read back",
        arguments: UInt64(0)..<16
    )
    func identical(seed: UInt64) throws {
        let before = Self.state(seed: seed).keyspace
        let bytes = Self.snapshot(of: try Self.restored(before))
        var decoder = SnapshotDecoder()
        try decoder.feed(Self.snapshot(of: before))
        let elsewhere = try Self.restored(try decoder.finish())
        #expect(Self.snapshot(of: elsewhere) == bytes)
        var reader = SnapshotDecoder()
        try reader.feed(bytes)
        let read = try reader.finish()
        #expect(read.hash == elsewhere.hash && read.brokenRule == nil)
        #expect(try Self.restored(before, raise: 2).hash != elsewhere.hash)
    }

    @Test("whoever goes on with it gets numbers that the old cluster never gave")
    func numbers() throws {
        var machine = Machine()
        let contest = lock("l")
        machine.apply(.put("/a"))
        let grant = machine.apply(
            .acquire(contest, ownership: .own(timeToLiveMilliseconds: 5_000))
        ).grant
        let held = try #require(grant)
        var state = try Self.restored(machine.keyspace)
        let end = state.store.revision
        #expect(throws: ReadRefusal.compacted(end)) {
            try state.store.get(path("/a"), at: Revision(rawValue: end.rawValue - 1))
        }
        let time = state.clock
        func apply(_ command: Command) -> Outcome {
            let index = state.appliedIndex + 1
            let applied = state.apply(index: index, time: time, request: Request(command))
            return applied.answer?.outcome ?? .nothing
        }
        let lease = try #require(apply(.grantLease(nil, timeToLiveMilliseconds: 1_000)).lease)
        #expect(lease.rawValue > Self.raise)
        #expect(apply(.release(contest, .token(held.token))).refusal == nil)
        let next = apply(.acquire(contest, ownership: .lease(lease))).grant
        #expect(try #require(next).token.rawValue > end.rawValue)
        #expect(state.brokenRule == nil)
    }

    @Test("leases that live have their whole time, those that are over end; locks stay held")
    func leases() throws {
        var machine = Machine()
        let long = try #require(
            machine.apply(.grantLease(nil, timeToLiveMilliseconds: 60_000)).lease
        )
        machine.apply(.put("/long", lease: .lease(long)))
        machine.apply(.acquire(lock("l"), ownership: .lease(long)))
        machine.apply(.acquire(lock("l"), ownership: .own(timeToLiveMilliseconds: 60_000)))
        machine.time += 59_000
        machine.apply(nil as Request?)
        var state = try Self.restored(machine.keyspace)
        #expect(state.lease(long)?.remainingMilliseconds == 60_000)
        #expect(state.holders(of: lock("l")).map(\.lease) == [long])
        #expect(state.waiters(of: lock("l"), countMax: 9).count == 1)
        let later = state.clock.advanced(byMilliseconds: 60_000)
        _ = state.apply(index: state.appliedIndex + 1, time: later, request: nil)
        #expect(state.store.get(path("/long")) != nil, "the last millisecond is the lease's")
        let end = later.advanced(byMilliseconds: 1)
        _ = state.apply(index: state.appliedIndex + 1, time: end, request: nil)
        #expect(state.lease(long) == nil && state.store.get(path("/long")) == nil)
    }

    @Test("a lease that was over, and only waited for its end, does not come back")
    func overLeases() throws {
        var table = Keyspace()
        // More keys than one entry ends: what is over then stands until the next.
        let id = lease(1)
        _ = table.apply(
            index: 1,
            time: .zero,
            request: Request(.grantLease(id, timeToLiveMilliseconds: 1_000))
        )
        for number in 0..<UInt64(Keyspace.sweepCountMax + 1) {
            let put = Command.put("/k\(number)", lease: .lease(id))
            _ = table.apply(index: 2 + number, time: .zero, request: Request(put))
        }
        let end = ClusterTime(rawValue: 2_000)
        _ = table.apply(index: table.appliedIndex + 1, time: end, request: nil)
        #expect(table.store.keyCount == 1 && table.lease(id) == nil && table.leaseCount == 1)
        var state = try Self.restored(table)
        #expect(state.lease(id) == nil)
        _ = state.apply(index: state.appliedIndex + 1, time: end, request: nil)
        #expect(state.store.keyCount == 0 && state.leaseCount == 0)
    }

    @Test("a retry is answered as before; orders about the old members and its clock are forgotten")
    func rest() throws {
        var machine = Machine()
        machine.apply(.setWallClock(offsetMilliseconds: 1_700_000_000_000))
        machine.apply(.orderMembers(.begin(.remove(7))))
        machine.apply(.put("/once"), key: "k")
        let answer = machine.last.answer
        var state = try Self.restored(machine.keyspace)
        #expect(state.memberOrders.isEmpty && state.wallTime(at: state.clock) == .unknown)
        let stamp = IdempotencyStamp(key: bytes("k"), fingerprint: [UInt8](repeating: 0, count: 32))
        let request = Request(.put("/once"), idempotency: stamp)
        let again = state.apply(
            index: state.appliedIndex + 1,
            time: state.clock,
            request: request
        )
        #expect(again.answer?.outcome == answer?.outcome && again.events.isEmpty)
    }

    @Test("a raise that is too small, or leads beyond all numbers, is refused and changes nothing")
    func refusals() throws {
        var state = Self.state(seed: 1).keyspace
        let hash = state.hash
        for raise in [0, 1, (1 << 52) + 1, .max] as [UInt64] {
            #expect(throws: RestoreRefusal.raiseOutOfRange(raise)) {
                try state.restore(raisedBy: raise)
            }
        }
        let most = Keyspace.raiseRange.upperBound
        let highest = max(state.store.revision.rawValue, state.appliedIndex)
        #expect(throws: RestoreRefusal.beyondNumbers(highest: highest, raise: most)) {
            try state.restore(raisedBy: most)
        }
        #expect(state.hash == hash)
        try state.restore(raisedBy: most - highest)
        #expect(throws: RestoreRefusal.beyondNumbers(highest: most, raise: 2)) {
            try state.restore(raisedBy: 2)
        }
        #expect(state.hash != hash && state.brokenRule == nil)
    }
}
