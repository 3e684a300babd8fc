import Bytes
import Testing

@testable import Keyspace

@Suite("Which revision was in force when")
struct TimeOfRevisionTests {
    private func at(_ time: UInt64, _ machine: Machine) throws -> UInt64 {
        try machine.keyspace.store.revision(at: WallTime(rawValue: time)).rawValue
    }

    @Test("the newest that was made at a time or before; the empty store before the first")
    func simple() throws {
        var machine = Machine()
        #expect(try at(1, machine) == 1)
        machine.apply(.setWallClock(offsetMilliseconds: 1_000_000))
        for key in ["/a", "/b", "/c"] {
            machine.time += 1_000
            machine.apply(.put(key))
        }
        // Made at 1,002,000, 1,003,000 and 1,004,000.
        for (time, revision) in [
            (0, 1), (1_001_999, 1), (1_002_000, 2), (1_002_999, 2), (1_003_000, 3),
            (1_004_000, 4), (9_000_000, 4),
        ] as [(UInt64, UInt64)] { #expect(try at(time, machine) == revision, "\(time)") }
    }

    @Test("where history does not reach back, it says from where on it does")
    func compacted() throws {
        var machine = Machine()
        machine.apply(.setWallClock(offsetMilliseconds: 1_000_000))
        for _ in 0..<200 {
            machine.time += 1_000
            machine.apply(.put("/a"))
        }
        machine.apply(.compact(Revision(rawValue: 100)))
        // Revision 100 is the change of number 99.
        let made: UInt64 = 1_001_000 + 99_000
        #expect(try at(made, machine) == 100)
        #expect(throws: ReadRefusal.compacted(Revision(rawValue: 100))) {
            try at(made - 1, machine)
        }
    }

    @Test(
        "as a model says that goes through every change, whatever the clocks do",
        arguments: 0..<12 as Range<UInt64>
    )
    func model(_ seed: UInt64) throws {
        var chance = SplitMix64(seed: seed)
        var machine = Machine()
        var offset: Int64 = 1_000_000
        machine.apply(.setWallClock(offsetMilliseconds: offset))
        /// When each revision from 2 on was made.
        var times: [UInt64] = []
        while times.count < 900 {
            machine.time += chance.next() % 50
            if chance.next() % 40 == 0 {
                // The cluster's clock stood still meanwhile.
                offset += Int64(chance.next() % 100_000)
                machine.apply(.setWallClock(offsetMilliseconds: offset))
            }
            let key = "/k\(chance.next() % 30)"
            let before = machine.keyspace.store.revision
            machine.apply(chance.next() % 4 == 0 ? .delete(key) : .put(key))
            guard machine.keyspace.store.revision > before else { continue }
            times.append(UInt64(offset) + machine.time)
        }
        for _ in 0..<300 {
            let time = times[Int(chance.next() % 900)] + chance.next() % 60
            let expected = UInt64(times.count { $0 <= time }) + 1
            let found = try at(time, machine)
            // A delete right after the clock was moved counts as made before that.
            let isExact = found == expected
            let deletes = machine.keyspace.store.deletes(from: expected + 1, through: found)
            #expect(isExact || deletes, "\(time): \(found), not \(expected)")
        }
    }
}

extension Store {
    /// Whether the revisions are there and each of them deleted something.
    fileprivate func deletes(from first: UInt64, through last: UInt64) -> Bool {
        guard first <= last else { return false }
        let slice = try? events(
            from: EventID(revision: Revision(rawValue: first), sub: 0),
            filter: WatchFilter(ranges: [.all]),
            byteCountMax: .max
        )
        return slice?.events.prefix { $0.id.revision.rawValue <= last }.allSatisfy {
            !$0.change.isPut
        } ?? false
    }
}
