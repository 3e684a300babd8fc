import Bytes
import Keyspace
import Simulation
import Testing

@Suite("writes grow the data within the quota, and are refused for it only where there is no room")
struct QuotaReplayTests {
    /// One entry and the length of the value that a member showed of it; nil for a deletion.
    private enum Step {
        case quota(UInt64)
        case put(String, Int)
        case delete(String)
        /// A holder's record.
        case record(Int)
    }

    private static func key(_ text: String) -> Key { Key(unchecked: Array(text.utf8)) }

    private static func put(_ key: String, _ byteCount: Int) -> Command {
        .put(
            Put(
                key: Self.key(key),
                value: [UInt8](repeating: 7, count: byteCount),
                lease: .none,
                condition: .none
            )
        )
    }

    /// The revision of each change is its place from 2, its entry the place of its step from
    /// 2: the first raises the feature level.
    private static func replay(
        _ steps: [Step],
        without gap: Int? = nil,
        level: UInt64? = 2,
        from source: CommandReplay.Source = .entry
    ) -> QuotaReplay {
        var replay = QuotaReplay()
        var revision: UInt64 = 1
        replay.committed(index: 1, request: level.map { Request(.raiseFeatureLevel(to: $0)) })
        for (place, step) in steps.enumerated() {
            let index = UInt64(place) + 2
            var request: Request?
            if case .quota(let byteCount) = step {
                let item = SettingsChange.Item(.quotaByteCount, value: byteCount)
                request = Request(.changeSettings(SettingsChange([item], occasion: .always)))
            }
            if place != gap { replay.committed(index: index, request: request) }
            guard let change = change(step, at: revision + 1) else { continue }
            revision += 1
            let id = EventID(revision: Revision(rawValue: revision), sub: 0)
            let event = Event(id: id, change: change, previous: nil)
            replay.applied(event, at: index, from: source)
        }
        return replay
    }

    private static func change(_ step: Step, at revision: UInt64) -> Event.Change? {
        switch step {
        case .quota: nil
        case .put(let key, let byteCount): put(key, byteCount, at: revision)
        case .delete(let key): .delete(Self.key(key), .deleted)
        case .record(let byteCount): put("/.roost/locks/l/1", byteCount, at: revision)
        }
    }

    private static func put(_ key: String, _ byteCount: Int, at revision: UInt64) -> Event.Change {
        .put(
            KeyRecord(
                key: Self.key(key),
                value: [UInt8](repeating: 7, count: byteCount),
                createRevision: Revision(rawValue: revision),
                modRevision: Revision(rawValue: revision),
                version: 1,
                lease: nil,
                provenance: Provenance()
            )
        )
    }

    @Test("what grows beyond the quota is found, an overwrite too, and nothing else")
    func growth() {
        let rows: [([Step], UInt64?)] = [
            ([.quota(10), .put("/a", 8)], nil),
            ([.quota(10), .put("/a", 9)], 2),
            ([.quota(10), .put("/a", 8), .put("/a", 9)], 3),
            ([.put("/a", 98), .quota(10), .put("/a", 98), .put("/a", 97)], nil),
            ([.quota(10), .put("/a", 8), .delete("/a"), .put("/b", 8)], nil),
            ([.quota(10), .put("/a", 8), .put("/b", 1)], 3),
            ([.quota(10), .record(90)], nil),
            ([.quota(10), .record(90), .put("/a", 1)], 3),
            ([.quota(10), .quota(0), .put("/a", 98)], nil),
            ([.put("/a", 98)], nil),
        ]
        for (steps, revision) in rows {
            var replay = Self.replay(steps)
            let expected = revision.map { [Finding.quotaExceeded(revision: $0)] } ?? []
            #expect(replay.check() == expected, "\(steps)")
        }
    }

    @Test("a quota that may have been changed unseen is not judged by, until it is set again")
    func gaps() {
        let steps: [Step] = [
            .quota(10), .put("/a", 1), .put("/b", 98), .quota(200), .put("/c", 99),
        ]
        var whole = Self.replay(steps)
        #expect(whole.check() == [.quotaExceeded(revision: 3), .quotaExceeded(revision: 4)])
        #expect(whole.growthCount == 3)
        var gapped = Self.replay(steps, without: 1)
        #expect(gapped.check() == [.quotaExceeded(revision: 4)])
        var retold = Self.replay(steps, from: .history)
        #expect(retold.check() == [] && retold.growthCount == 0)
    }

    @Test("below the second feature level a quota is refused, and holds nothing")
    func level() {
        var first = Self.replay([.quota(10), .put("/a", 98)], level: nil)
        #expect(first.check() == [] && first.growthCount == 1)
    }

    @Test("a refusal tells what there was, and is right about the room")
    func refusals() {
        let tree = Command.writeTree(
            TreeWrite(
                root: Self.key("/a"),
                edits: [.value(Self.key("/a"), [1, 2, 3]), .removal(Self.key("/b"))],
                mode: .merge,
                condition: .none
            )
        )
        let child = Command.createChild(parent: Self.key("/q"), value: [], lease: .none)
        let transaction = Transaction(
            compares: [],
            then: [.put(key: Self.key("/c"), value: [1], lease: nil)],
            otherwise: []
        )
        let rows: [(Command?, byteCount: UInt64, quota: UInt64, isRight: Bool)] = [
            (Self.put("/a", 7), 10, 10, false), (Self.put("/a", 8), 10, 10, false),
            (Self.put("/a", 9), 10, 10, true), (Self.put("/a", 9), 10, 11, false),
            (Self.put("/a", 9), 11, 10, false), (Self.put("/a", 1), 10, 4, false),
            (Self.put("/b", 0), 10, 11, true), (Self.put("/b", 0), 10, 12, false),
            (nil, 10, 1, true), (nil, 9, 1, false), (nil, 10, 0, false),
            (tree, 10, 14, true), (tree, 10, 15, false),
            (child, 10, 32, true), (child, 10, 33, false),
            (.transaction(transaction), 10, 12, true), (.transaction(transaction), 10, 13, false),
            (.delete(.key(Self.key("/a")), condition: .none), 10, 1, false),
        ]
        for row in rows {
            var replay = Self.replay([.put("/a", 8), .put("/b", 99), .delete("/b")])
            let told = QuotaReplay.Told(revision: 2, byteCount: row.byteCount, quota: row.quota)
            replay.refused(row.0, told: told)
            let expected = row.isRight ? [] : [Finding.roomRefused(revision: 2)]
            #expect(replay.check() == expected, "\(row)")
            #expect(replay.refusalCount == 1)
        }
    }
}
