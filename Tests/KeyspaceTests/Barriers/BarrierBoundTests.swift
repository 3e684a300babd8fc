import Bytes
import Testing

@testable import Keyspace

/// Docs/http-api.md: barriers, how many there may be.
@Suite("Barriers are bounded")
struct BarrierBoundTests: BarrierMoves {
    @Test("those of a broken barrier go in slices, and cost nothing before")
    func slices() throws {
        var machine = prepared()
        let count = Keyspace.sweepCountMax + 10
        for _ in 0..<count { machine.apply(enterAlone(of: 9_000)) }
        let leaseCount = machine.keyspace.leaseCount
        machine.apply(act(.breakUp))
        #expect(machine.keyspace.leaseCount == leaseCount)
        machine.pass(0)
        #expect(machine.keyspace.leaseCount == leaseCount - Keyspace.sweepCountMax)
        #expect(machine.keyspace.hasExpired(at: ClusterTime(rawValue: machine.time)))
        #expect(machine.keyspace.nextLeaseEnd == .zero)
        try machine.restartTwin()
        machine.pass(0)
        #expect(machine.keyspace.leaseCount == leaseCount - count)
        #expect(machine.keyspace.barrierTableSize == (0, 0))
    }

    @Test("all parties together are bounded, and so are generations that are over")
    func bounds() throws {
        let entry = BarrierEntry(
            partyCount: 10_000,
            ownership: .own(timeToLiveMilliseconds: 900_000),
            owner: bytes(String(repeating: "x", count: 1_024))
        )
        var table = BarrierTable()
        var turned: [BarrierGeneration] = []
        var count: UInt64 = 0
        func name() -> BarrierName { BarrierName(bytes("b\(count / 10_000)")) }
        while table.hasRoom(for: entry, in: name()) {
            let name = name()
            count += 1
            _ = table.enter(lease(count), by: entry, in: name, at: count, turned: &turned)
        }
        #expect(count > 20_000 && turned.count == 2)
        #expect(table.byteCount <= BarrierTable.byteCountMax)
        #expect(table.byteCount + 2_000 > BarrierTable.byteCountMax)
        #expect(table.brokenRule(appliedIndex: count) == nil)
        let bare = BarrierEntry(partyCount: 2, ownership: .lease(lease(1)))
        table = BarrierTable()
        count = 0
        while table.hasRoom(for: bare, in: BarrierName(bytes("n\(count)"))) {
            count += 1
            let name = BarrierName(bytes("n\(count - 1)"))
            _ = table.enter(lease(1), by: bare, in: name, at: count, turned: &turned)
        }
        #expect(count == BarrierTable.groupCountMax)
    }

    @Test("the cluster's quota bounds them beside keys and items")
    func quota() throws {
        var machine = prepared()
        let quota = SettingsChange.Item(.quotaByteCount, value: 1 << 20)
        machine.apply(.changeSettings(SettingsChange([quota], occasion: .always)))
        machine.apply(.put("/a", value: String(repeating: "x", count: (1 << 20) - 900)))
        #expect(machine.apply(enter(11)).refusal == nil)
        guard case .quotaExceeded = machine.apply(enter(12)).refusal else {
            Issue.record("\(String(describing: machine.last.answer))")
            return
        }
    }

    @Test("generations that are over are forgotten in the order in which they ended")
    func forgotten() throws {
        var machine = prepared()
        var first: BarrierGeneration?
        for _ in 0...BarrierTable.endedCountMax {
            let (standing, _) = try entered(machine.apply(enter(11, of: 1)))
            first = first ?? standing.generation
            machine.apply(leave(11))
        }
        #expect(machine.keyspace.barrier(build, generation: try #require(first)) == nil)
        #expect(machine.apply(leave(11, of: first)).refusal == .barrier(build, .notIn))
        try machine.restartTwin()
        machine.pass(0)
    }
}
