import Bytes
import Testing

@testable import Keyspace

/// Docs/http-api.md: counters.
@Suite("Counters")
struct CounterTests {
    private func prepared() -> Machine {
        var machine = Machine()
        machine.apply(.raiseFeatureLevel(to: FeatureLevel.fourth))
        return machine
    }

    private func values(_ outcome: Outcome) -> [Int64]? {
        guard case .counted(_, let before, let after) = outcome else { return nil }
        return [before, after]
    }

    @Test("adding and setting tell what it showed before and shows after, each at a revision")
    func counts() {
        var machine = prepared()
        let name = bytes("ci/builds")
        #expect(machine.keyspace.counter(name) == nil)
        #expect(values(machine.apply(.count(name, .add(5)))) == [0, 5])
        #expect(values(machine.apply(.count(name, .add(-7)))) == [5, -2])
        #expect(values(machine.apply(.count(name, .set(40)))) == [-2, 40])
        #expect(machine.keyspace.counter(name)?.value == 40)
        #expect(machine.keyspace.counter(name)?.revision == machine.keyspace.store.revision)
        let key = path("/.roost/counters/ci/builds")
        #expect(machine.keyspace.store.get(key)?.value == bytes("40"))
        #expect(machine.last.events.map(\.key) == [key])
    }

    @Test("under a key it counts once, however often it is sent")
    func once() {
        var machine = prepared()
        let first = machine.apply(.count(bytes("n"), .add(1)), key: "k")
        machine.apply(.count(bytes("n"), .add(1)), key: "m")
        #expect(machine.apply(.count(bytes("n"), .add(1)), key: "k") == first)
        #expect(machine.keyspace.counter(bytes("n"))?.value == 2)
    }

    @Test("at 2^53 - 1 it stops, and stays as it is")
    func ends() {
        var machine = prepared()
        let most = CounterChange.range.upperBound
        #expect(most == 9_007_199_254_740_991)
        machine.apply(.count(bytes("n"), .set(most)))
        let beyond = machine.apply(.count(bytes("n"), .add(1)))
        #expect(beyond.refusal == .counterOutOfRange(value: most))
        #expect(machine.apply(.count(bytes("n"), .add(most + 1))).refusal == .malformed)
        machine.apply(.count(bytes("m"), .set(-most)))
        #expect(machine.apply(.count(bytes("m"), .add(-most))).refusal != nil)
        #expect(values(machine.apply(.count(bytes("m"), .add(most)))) == [-most, 0])
    }

    @Test("nobody writes it as a key, and a snapshot keeps it")
    func keys() throws {
        var machine = prepared()
        machine.apply(.count(bytes("n"), .add(3)))
        let key = CounterChange.key(of: bytes("n"))
        #expect(machine.apply(.put("/.roost/counters/n", value: "9")).refusal == .reservedKey(key))
        machine.apply(.deleteSubtree("/"))
        try machine.restartTwin()
        #expect(machine.keyspace.counter(bytes("n"))?.value == 3)
    }

    @Test("below the level it is unknown; the quota bounds it")
    func bounds() {
        var early = Machine()
        #expect(early.apply(.count(bytes("n"), .add(1))).refusal == .malformed)
        var machine = prepared()
        let change = SettingsChange([.init(.quotaByteCount, value: 10)], occasion: .always)
        machine.apply(.changeSettings(change))
        guard case .quotaExceeded? = machine.apply(.count(bytes("n"), .add(1))).refusal else {
            return #expect(Bool(false), "a counter grows the data beyond the quota")
        }
    }
}
