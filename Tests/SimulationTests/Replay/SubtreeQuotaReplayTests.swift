import Bytes
import Keyspace
import Simulation
import Testing

@Suite(
    "writes grow subtrees within their quotas, and are refused for them only where there is no room"
)
struct SubtreeQuotaReplayTests {
    /// One entry and the length of the value that a member showed of it.
    private enum Step {
        case set(String, keys: UInt64?, bytes: UInt64?)
        case remove(String)
        case put(String, Int)
        case delete(String)
    }

    private static func key(_ text: String) -> Key { Key(unchecked: Array(text.utf8)) }

    private static func change(_ step: Step) -> QuotaChange? {
        switch step {
        case .set(let path, let keys, let bytes):
            .set(key(path), SubtreeQuota(keyCountMax: keys, byteCountMax: bytes))
        case .remove(let path): .remove(key(path))
        case .put, .delete: nil
        }
    }

    private static func event(_ step: Step, at revision: Revision) -> Event? {
        let change: Event.Change
        switch step {
        case .set, .remove: return nil
        case .delete(let key): change = .delete(Self.key(key), .deleted)
        case .put(let key, let byteCount):
            change = .put(
                KeyRecord(
                    key: Self.key(key),
                    value: [UInt8](repeating: 7, count: byteCount),
                    createRevision: revision,
                    modRevision: revision,
                    version: 1,
                    lease: nil,
                    provenance: Provenance()
                )
            )
        }
        return Event(id: EventID(revision: revision, sub: 0), change: change, previous: nil)
    }

    /// The revision of each change is its place from 2, its entry the place of its step from 2: the
    /// first raises the feature level.
    private static func replay(
        _ steps: [Step],
        without gap: Int? = nil,
        level: UInt64? = 4,
        from source: CommandReplay.Source = .entry
    ) -> SubtreeQuotaReplay {
        var replay = SubtreeQuotaReplay()
        var revision: UInt64 = 1
        replay.committed(index: 1, request: level.map { Request(.raiseFeatureLevel(to: $0)) })
        for (place, step) in steps.enumerated() {
            let index = UInt64(place) + 2
            if place != gap {
                replay.committed(
                    index: index,
                    request: change(step).map { Request(.changeQuota($0)) }
                )
            }
            guard let event = event(step, at: Revision(rawValue: revision + 1)) else { continue }
            revision += 1
            replay.applied(event, at: index, from: source)
        }
        return replay
    }

    @Test("what grows beyond a quota is found, by whichever quota and measure, and nothing else")
    func growth() {
        let rows: [([Step], UInt64?)] = [
            ([.set("/a", keys: 1, bytes: nil), .put("/a/x", 9)], nil),
            ([.set("/a", keys: 1, bytes: nil), .put("/a/x", 9), .put("/a/x", 99)], nil),
            ([.set("/a", keys: 1, bytes: nil), .put("/a/x", 9), .put("/a/y", 0)], 3),
            ([.set("/a", keys: nil, bytes: 10), .put("/a/x", 6)], nil),
            ([.set("/a", keys: nil, bytes: 10), .put("/a/x", 7)], 2),
            ([.set("/a", keys: 1, bytes: nil), .put("/ab", 9), .put("/b/a/x", 9)], nil),
            ([.set("/a", keys: 0, bytes: nil), .put("/a", 0)], 2),
            ([.set("/", keys: 1, bytes: nil), .put("/a", 0), .put("b", 0)], nil),
            ([.set("/", keys: 1, bytes: nil), .put("/a", 0), .put("/b", 0)], 3),
            (
                [.put("/a/x", 0), .put("/a/y", 0), .set("/a", keys: 1, bytes: 1), .put("/a/x", 0)],
                nil
            ),
            (
                [
                    .set("/a", keys: 1, bytes: nil), .put("/a/x", 0), .delete("/a/x"),
                    .put("/a/y", 0),
                ], nil
            ),
            ([.set("/a", keys: 0, bytes: nil), .remove("/a"), .put("/a/x", 9)], nil),
            (
                [
                    .set("/a", keys: 9, bytes: nil), .set("/a/b", keys: 0, bytes: nil),
                    .put("/a/b/c", 0),
                ], 2
            ),
            ([.set("/", keys: 0, bytes: nil), .put("/.roost/locks/l/1", 9)], nil),
        ]
        for (steps, revision) in rows {
            var replay = Self.replay(steps)
            let expected = revision.map { [Finding.subtreeExceeded(revision: $0)] } ?? []
            #expect(replay.check() == expected, "\(steps)")
        }
    }

    @Test("a quota that may have been changed unseen is not judged by, until it is set again")
    func gaps() {
        let steps: [Step] = [
            .set("/a", keys: 0, bytes: nil), .put("/a/x", 1), .put("/a/y", 1),
            .set("/a", keys: 1, bytes: nil), .put("/a/z", 1),
        ]
        var whole = Self.replay(steps)
        #expect(whole.check() == [2, 3, 4].map { .subtreeExceeded(revision: $0) })
        #expect(whole.growthCount == 3)
        var gapped = Self.replay(steps, without: 1)
        #expect(gapped.check() == [.subtreeExceeded(revision: 4)])
        var retold = Self.replay(steps, from: .history)
        #expect(retold.check() == [] && retold.growthCount == 0)
        var early = Self.replay(steps, level: 3)
        #expect(early.check() == [], "below the fourth level it is refused")
    }

    @Test("a refusal tells what there was, and is right about the room")
    func refusals() {
        func put(_ key: String, _ byteCount: Int) -> Command {
            let value = [UInt8](repeating: 7, count: byteCount)
            return .put(Put(key: Self.key(key), value: value, lease: .none, condition: .none))
        }
        let inner = Transaction(
            compares: [],
            then: [.put(key: Self.key("/a/c"), value: [1], lease: nil)],
            otherwise: []
        )
        let nested = Command.transaction(
            Transaction(compares: [], then: [.transaction(inner)], otherwise: [])
        )
        let child = Command.createChild(parent: Self.key("/a"), value: [], lease: .none)
        let rows: [(Command?, SubtreeQuota.Excess, isRight: Bool)] = [
            (put("/a/y", 1), .init(of: .keys, used: 1, quota: 1), true),
            (put("/a/y", 1), .init(of: .keys, used: 1, quota: 2), false),
            (put("/a/y", 1), .init(of: .keys, used: 2, quota: 1), false),
            (put("/a/x", 1), .init(of: .keys, used: 1, quota: 1), false),
            (put("/b", 1), .init(of: .keys, used: 1, quota: 1), false),
            (put("/a/x", 9), .init(of: .bytes, used: 12, quota: 12), true),
            (put("/a/x", 8), .init(of: .bytes, used: 12, quota: 12), false),
            (put("/a/x", 9), .init(of: .bytes, used: 12, quota: 13), false),
            (nested, .init(of: .keys, used: 1, quota: 1), true),
            (nested, .init(of: .keys, used: 1, quota: 2), false),
            (nested, .init(of: .bytes, used: 12, quota: 16), true),
            (nested, .init(of: .bytes, used: 12, quota: 17), false),
            (child, .init(of: .keys, used: 1, quota: 0), true),
            (child, .init(of: .bytes, used: 12, quota: 35), false),
            (nil, .init(of: .keys, used: 1, quota: 9), true),
            (
                .delete(.key(Self.key("/a/x")), condition: .none),
                .init(of: .keys, used: 1, quota: 0), false
            ),
        ]
        for row in rows {
            var replay = Self.replay([.put("/a/x", 8), .put("/a/z", 9), .delete("/a/z")])
            replay.refused(
                row.0,
                told: .init(revision: 2, path: Self.key("/a"), excess: row.1)
            )
            let expected = row.isRight ? [] : [Finding.subtreeRefused(revision: 2)]
            #expect(replay.check() == expected, "\(row)")
            #expect(replay.refusalCount == 1)
        }
    }
}
