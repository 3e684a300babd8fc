import Bytes
import Simulation
import Testing

@Suite("every promise has a checker that accepts what keeps it and catches what breaks it")
struct CheckerTests {
    /// What a checker says of something made by hand.
    struct Row: Sendable, CustomTestStringConvertible {
        let rule: String
        let findings: @Sendable () -> [Finding]
        /// Empty: it keeps the promise.
        let expected: [Finding]
        var testDescription: String { rule }
    }

    @Test(
        "revisions agree with real time",
        arguments: [
            Row(
                rule: "in order",
                findings: {
                    order([
                        .put(0, 0, 1, 0...5, at: 1), .put(1, 1, 2, 6...9, at: 2),
                        .get(0, 0, 1, 10...11, modRevision: 1, at: 2),
                    ])
                },
                expected: []
            ),
            Row(
                rule: "a read at an older revision, of another key",
                findings: {
                    order([.put(0, 0, 1, 0...5, at: 7), .get(1, 1, 0, 6...7, at: 6)])
                },
                expected: [.revisionWentBack(operation: 1, revision: 6, after: 7)]
            ),
            Row(
                rule: "two changes of one revision",
                findings: {
                    order([.put(0, 0, 1, 0...5, at: 7), .put(1, 1, 2, 6...7, at: 7)])
                },
                expected: [.revisionWentBack(operation: 1, revision: 7, after: 7)]
            ),
            Row(
                rule: "overlapping changes in either order",
                findings: {
                    order([.put(0, 0, 1, 0...5, at: 8), .put(1, 1, 2, 5...7, at: 7)])
                },
                expected: []
            ),
        ]
    )
    func revisionOrder(_ row: Row) { #expect(row.findings() == row.expected) }

    @Test(
        "what clients were told is in history, once",
        arguments: [
            Row(
                rule: "as it is",
                findings: {
                    history([
                        .put(0, 0, 11, 0...1, at: 1), .put(0, 1, 12, 2...3, at: 2),
                        .delete(0, 0, 4...5, wasThere: true, at: 3),
                        .get(0, 0, 0, 6...7, at: 3), .get(0, 1, 12, 6...7, modRevision: 2, at: 4),
                        .deniedPut(0, 0, 99, from: 8), .lostPut(0, 1, 13, from: 9),
                    ])
                },
                expected: []
            ),
            Row(
                rule: "a lost write",
                findings: { history([.put(0, 0, 77, 0...1, at: 2)]) },
                expected: [.writeLost(operation: 0, revision: 2)]
            ),
            Row(
                rule: "a lost delete",
                findings: { history([.delete(0, 1, 0...1, wasThere: true, at: 2)]) },
                expected: [.writeLost(operation: 0, revision: 2)]
            ),
            Row(
                rule: "denied, and done",
                findings: { history([.deniedPut(0, 1, 13, from: 8)]) },
                expected: [.deniedButApplied(operation: 0)]
            ),
            Row(
                rule: "a read of another value than its revision's",
                findings: { history([.get(0, 1, 13, 0...1, modRevision: 2, at: 2)]) },
                expected: [.wrongValue(operation: 0, revision: 2)]
            ),
            Row(
                rule: "a read of a value that was replaced",
                findings: { history([.get(0, 1, 12, 0...1, modRevision: 2, at: 5)]) },
                expected: [.wrongValue(operation: 0, revision: 5)]
            ),
            Row(
                rule: "applied twice",
                findings: { history([], then: (6, Timeline.Change(key: 1, value: 13))) },
                expected: [.appliedTwice(value: 13, revision: 5, and: 6)]
            ),
        ]
    )
    func historyCheck(_ row: Row) { #expect(row.findings() == row.expected) }

    @Test(
        "members agree on one history",
        arguments: [
            Row(rule: "the same", findings: { observe(.init(key: 1, value: 12), 2) }, expected: []),
            Row(
                rule: "another value",
                findings: { observe(.init(key: 1, value: 14), 2) },
                expected: [.historiesDiffer(revision: 2)]
            ),
            Row(
                rule: "one change more",
                findings: { observe(.init(key: 1, value: 14), 2, sub: 1) },
                expected: [.historiesDiffer(revision: 2)]
            ),
            Row(
                rule: "a gap",
                findings: { observe(.init(key: 1, value: 14), 9) },
                expected: [.revisionsSkipped(from: 5, to: 9)]
            ),
        ]
    )
    func timeline(_ row: Row) { #expect(row.findings() == row.expected) }

    @Test(
        "a stale read is a prefix of history, and one life of a member never goes back",
        arguments: [
            Row(
                rule: "behind, and forward",
                findings: { stale([(1, 1, 0), (1, 2, 12), (2, 1, 0)]) },
                expected: []
            ),
            Row(
                rule: "back",
                findings: { stale([(1, 2, 12), (1, 1, 0)]) },
                expected: [.staleReadWentBack(place: 1, revision: 1, after: 2)]
            ),
            Row(
                rule: "no point of history",
                findings: { stale([(1, 4, 13)]) },
                expected: [.staleReadOffHistory(key: 1, revision: 4)]
            ),
        ]
    )
    func staleReads(_ row: Row) { #expect(row.findings() == row.expected) }

    @Test(
        "a watch delivers every event after its start once, in order, without gaps",
        arguments: [
            Row(rule: "all", findings: { watch(0...9, [1, 2, 3, 4, 5]) }, expected: []),
            Row(rule: "its keys", findings: { watch(1...1, [2, 5]) }, expected: []),
            Row(
                rule: "a gap",
                findings: { watch(0...9, [1, 2, 4, 5]) },
                expected: [.watchDiffers(watcher: 3, at: .init(revision: 3))]
            ),
            Row(
                rule: "twice",
                findings: { watch(0...9, [1, 2, 2, 3, 4, 5]) },
                expected: [.watchDiffers(watcher: 3, at: .init(revision: 3))]
            ),
            Row(
                rule: "out of order",
                findings: { watch(0...9, [2, 1, 3, 4, 5]) },
                expected: [.watchDiffers(watcher: 3, at: .init(revision: 1))]
            ),
            Row(
                rule: "a key that is not followed",
                findings: { watch(1...1, [2, 3, 5]) },
                expected: [.watchDiffers(watcher: 3, at: .init(revision: 5))]
            ),
            Row(
                rule: "the last one is missing",
                findings: { watch(0...9, [1, 2, 3, 4], through: 6) },
                expected: [.watchDiffers(watcher: 3, at: .init(revision: 5))]
            ),
        ]
    )
    func watches(_ row: Row) { #expect(row.findings() == row.expected) }

    @Test(
        "sequential children: numbers are given once and grow",
        arguments: [
            Row(
                rule: "1 2 3",
                findings: { sequence([(1, 1, 0), (2, 5, 6), (3, 9, 9)]) },
                expected: []
            ),
            Row(
                rule: "one number twice",
                findings: { sequence([(1, 1, 0), (1, 5, 0)]) },
                expected: [.sequenceWentBack(parent: 4, number: 1, after: 1)]
            ),
            Row(
                rule: "a later one is lower",
                findings: { sequence([(3, 1, 0), (2, 5, 6)]) },
                expected: [
                    .sequenceWentBack(parent: 4, number: 2, after: 3),
                    .sequenceWentBack(parent: 4, number: 2, after: 3),
                ]
            ),
        ]
    )
    func sequences(_ row: Row) { #expect(row.findings() == row.expected) }

    // MARK: Hand-made

    private static func order(_ operations: [Recording.Operation]) -> [Finding] {
        RevisionOrder(checking: Recording(operations)).findings
    }

    /// Key 0: 11, then deleted. Key 1: 12, then 13. Key 2 has 20.
    private static let timeline: Timeline = {
        var timeline = Timeline(after: 0)
        let changes: [(Int, UInt64)] = [(0, 11), (1, 12), (0, 0), (2, 20), (1, 13)]
        for (revision, change) in changes.enumerated() {
            _ = timeline.observe(
                Timeline.Change(key: change.0, value: change.1),
                at: Timeline.Position(revision: UInt64(revision) + 1)
            )
        }
        return timeline
    }()

    private static func history(
        _ operations: [Recording.Operation],
        then more: (revision: UInt64, change: Timeline.Change)? = nil
    ) -> [Finding] {
        var timeline = timeline
        if let more {
            _ = timeline.observe(more.change, at: Timeline.Position(revision: more.revision))
        }
        var check = HistoryCheck(timeline)
        check.check(Recording(operations))
        return check.findings
    }

    private static func observe(
        _ change: Timeline.Change,
        _ revision: UInt64,
        sub: UInt32 = 0
    ) -> [Finding] {
        var timeline = timeline
        let finding = timeline.observe(
            change,
            at: Timeline.Position(revision: revision, sub: sub)
        )
        return finding.map { [$0] } ?? []
    }

    /// The history of key 1.
    private static func stale(
        _ reads: [(place: Int, revision: UInt64, value: UInt64)]
    ) -> [Finding] {
        var check = HistoryCheck(timeline)
        check.check(
            reads.map { read in
                let cell = Recording.Cell(
                    value: read.value,
                    modRevision: read.value == 12 ? 2 : read.value == 13 ? 5 : 0
                )
                return HistoryCheck.StaleRead(
                    place: read.place,
                    revision: read.revision,
                    key: 1,
                    cell: cell
                )
            }
        )
        return check.findings
    }

    private static func watch(
        _ keys: ClosedRange<Int>,
        _ revisions: [UInt64],
        through: UInt64 = 0
    ) -> [Finding] {
        var log = WatchLog(watcher: 3, keys: keys, start: Timeline.Position(revision: 1))
        for revision in revisions {
            for change in timeline.changes(at: revision) {
                log.deliver(
                    WatchLog.Delivery(change, at: Timeline.Position(revision: revision))
                )
            }
        }
        if through > 0 { log.advance(to: Timeline.Position(revision: through)) }
        return log.check(against: timeline).map { [$0] } ?? []
    }

    private static func sequence(
        _ children: [(number: UInt64, revision: UInt64, begin: UInt64)]
    ) -> [Finding] {
        var log = SequenceLog()
        for child in children {
            log.append(
                parent: 4,
                number: child.number,
                revision: child.revision,
                begin: .at(child.begin),
                end: .at(child.begin + 2)
            )
        }
        return log.check()
    }
}
