import Bytes
import Keyspace
import Testing

@testable import Simulation

@Suite("reads of ranges are held against history")
struct RangeReadTests {
    /// Key 0 put at 2 and 5, key 1 put at 3 and gone at 6, key 2 put at 4.
    private static let timeline: Timeline = {
        var timeline = Timeline()
        for (key, value, revision) in [
            (0, 10, 2), (1, 30, 3), (2, 20, 4), (0, 40, 5), (1, 0, 6),
        ] as [(Int, UInt64, UInt64)] {
            let change = Timeline.Change(key: key, value: value)
            _ = timeline.observe(change, at: Timeline.Position(revision: revision))
        }
        return timeline
    }()

    private static let zero = found(0, 40, revision: 5, version: 2, created: 2)
    private static let zeroBefore = found(0, 10, revision: 2, version: 1, created: 2)
    private static let one = found(1, 30, revision: 3, version: 1, created: 3)
    private static let two = found(2, 20, revision: 4, version: 1, created: 4)

    private static func found(
        _ key: Int,
        _ value: UInt64,
        revision: UInt64,
        version: UInt64,
        created: UInt64
    ) -> RangeReadLog.Found {
        RangeReadLog.Found(
            key: key,
            value: value,
            modRevision: revision,
            createRevision: created,
            version: version
        )
    }

    private static func query(
        limit: UInt64 = 0,
        field: RangeQuery.Field = .key,
        direction: RangeQuery.Direction = .ascending,
        content: RangeQuery.Content = .records,
        mod: (UInt64, UInt64) = (0, 0),
        create: (UInt64, UInt64) = (0, 0),
        at revision: UInt64 = 0
    ) -> RangeQuery {
        func bounds(_ pair: (UInt64, UInt64)) -> RangeQuery.RevisionBounds {
            RangeQuery.RevisionBounds(
                min: Revision(rawValue: pair.0),
                max: Revision(rawValue: pair.1)
            )
        }
        return RangeQuery(
            .all,
            limit: limit,
            field: field,
            direction: direction,
            content: content,
            modBounds: bounds(mod),
            createBounds: bounds(create),
            revision: Revision(rawValue: revision)
        )
    }

    /// A query, and what it has to find: the records, how many there are, and whether more.
    struct Row: Sendable {
        let query: RangeQuery
        let found: [RangeReadLog.Found]
        var count: UInt64 = 3
        var hasMore = false
    }

    private static let rows = [
        Row(query: query(), found: [zero, two], count: 2),
        Row(query: query(at: 4), found: [zeroBefore, one, two]),
        Row(query: query(direction: .descending, at: 5), found: [two, one, zero]),
        Row(query: query(limit: 2, at: 5), found: [zero, one], hasMore: true),
        Row(query: query(limit: 1, field: .modRevision, at: 5), found: [one], hasMore: true),
        Row(query: query(limit: 3, field: .createRevision, at: 5), found: [zero, one, two]),
        Row(
            query: query(limit: 2, field: .version, direction: .descending, at: 5),
            found: [zero, two],
            hasMore: true
        ),
        Row(query: query(field: .value, at: 4), found: [zeroBefore, two, one]),
        Row(query: query(mod: (4, 0), at: 5), found: [zero, two]),
        Row(query: query(limit: 1, mod: (0, 4), at: 5), found: [one], hasMore: true),
        Row(query: query(create: (3, 3), at: 5), found: [one]),
        Row(query: query(limit: 1, content: .count, at: 5), found: []),
        Row(query: query(content: .count), found: [], count: 2),
    ]

    private func findings(of row: Row) -> [Finding] {
        var log = RangeReadLog()
        log.append(
            row.query,
            keys: [0, 1, 2],
            revision: 6,
            found: row.found,
            count: row.count,
            hasMore: row.hasMore
        )
        return log.check(against: Self.timeline)
    }

    @Test("what history has is right, and whatever differs is found", arguments: rows.indices)
    func reads(_ place: Int) {
        let row = Self.rows[place]
        let revision = row.query.revision == .zero ? 6 : row.query.revision.rawValue
        let wrong = [Finding.rangeReadDiffers(revision: revision)]
        #expect(findings(of: row) == [])
        #expect(findings(of: Row(query: row.query, found: row.found, count: 9)) == wrong)
        var other = row
        other.hasMore.toggle()
        #expect(findings(of: other) == wrong)
        guard row.found.count > 1 else { return }
        let turned = Array(row.found.reversed())
        let isTurned = Row(
            query: row.query,
            found: turned,
            count: row.count,
            hasMore: row.hasMore
        )
        #expect(findings(of: isTurned) == wrong)
        let less = Array(row.found.dropLast())
        let lacks = Row(query: row.query, found: less, count: row.count, hasMore: row.hasMore)
        #expect(findings(of: lacks) == wrong)
    }

    @Test("without values only those are not compared")
    func keysOnly() {
        let bare = Self.found(1, 0, revision: 3, version: 1, created: 3)
        let query = Self.query(content: .keys, create: (3, 3), at: 5)
        #expect(findings(of: Row(query: query, found: [bare])) == [])
        #expect(findings(of: Row(query: query, found: [Self.one])).count == 1)
    }

    @Test(
        "a range has the keys that its words say",
        arguments: [
            (KeyRange.subtree(key("/a")), ["/a", "/a/b"], ["/", "/a!", "/a0", "/b", "a"]),
            (.subtree(.root), ["/", "/a", "/a/b"], ["a", "/.roost/x", ""]),
            (.key(key("/a")), ["/a"], ["/a/", "/"]),
            (.prefix(Array("/a".utf8)), ["/a", "/a/b", "/ab"], ["/", "/b"]),
            (
                .interval(from: Array("/a".utf8), to: Array("/c".utf8)), ["/a", "/b", "/bz"],
                ["/c", "/`", "/"]
            ),
            (.all, ["", "/", "zzz"], ["/.roost", "/.roost/locks"]),
            (.subtree(.reserved), ["/.roost", "/.roost/locks"], ["/.roosts", "/a"]),
        ]
    )
    func words(_ range: KeyRange, has: [String], lacks: [String]) {
        for text in has { #expect(range.saysItHas(Self.key(text)), "\(text)") }
        for text in lacks { #expect(!range.saysItHas(Self.key(text)), "\(text)") }
    }

    private static func key(_ text: String) -> Key { Key(unchecked: Array(text.utf8)) }

    @Test("a range that is deleted tells how many keys went, no more and no less")
    func cleared() {
        let ask = Recording.Ask(then: [.delete(0), .delete(1)])
        func findings(_ count: UInt64) -> (isLinearizable: Bool, history: [Finding]) {
            var recording = Recording([.put(0, 0, 11, 0...1, at: 2)])
            recording.append(
                Recording.Operation(
                    client: 0,
                    kind: .rangeDelete,
                    ask: ask,
                    begin: .at(2),
                    end: .at(3),
                    outcome: .ok(
                        Recording.Answer([.cleared, .cleared], revision: 3, clearedCount: count)
                    )
                )
            )
            var timeline = Timeline()
            _ = timeline.observe(.init(key: 0, value: 11), at: .init(revision: 2))
            _ = timeline.observe(.init(key: 0, value: 0), at: .init(revision: 3))
            var check = HistoryCheck(timeline)
            check.check(recording)
            return (Linearizability().check(recording).isLinearizable, check.findings)
        }
        #expect(findings(1) == (true, []))
        #expect(findings(0).isLinearizable == false)
        #expect(findings(2).isLinearizable == false)
        #expect(findings(2).history == [.writeLost(operation: 1, revision: 3)])
    }
}
