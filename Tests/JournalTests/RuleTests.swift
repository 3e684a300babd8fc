import Bytes
import Consensus
@testable import Journal
import TestSupport
import Testing

@Suite("The journal's own rules: each is broken by hand, and found")
struct RuleTests {
    /// A journal with a snapshot and three segments that owes nothing.
    static func journal() throws -> Journal {
        var driver = try JournalDriver(MemoryDisk())
        try driver.form()
        driver.append(100)
        try driver.run()
        try driver.takeSnapshot()
        return driver.journal
    }

    /// The same with a batch of the log under way.
    static func writing() throws -> Journal {
        var journal = try journal()
        journal.append(entries: [entry(after: journal.last)])
        _ = journal.takeBatches()
        return journal
    }

    static func entry(after last: EntryID) -> Entry {
        let index = LogIndex(rawValue: last.index.rawValue + 1)
        let id = EntryID(term: last.term, index: index)
        return Entry(id: id, time: .zero, kind: .command, payload: [1])
    }

    static func snapshot(_ index: UInt64) -> SnapshotDescriptor {
        let id = EntryID(term: Term(rawValue: 1), index: LogIndex(rawValue: index))
        return SnapshotDescriptor(id: id, time: .zero, byteCount: 1)
    }

    @Test("a journal that was only used breaks none, between turns and within")
    func sound() throws {
        for journal in [try Self.journal(), try Self.writing()] {
            #expect(journal.brokenRule == nil)
            #expect(journal.brokenScanRule == nil)
        }
    }

    struct Break: Sendable, CustomTestStringConvertible {
        let rule: JournalRule
        let change: @Sendable (inout Journal) -> Void
        var testDescription: String { "\(rule)" }

        init(_ rule: JournalRule, change: @escaping @Sendable (inout Journal) -> Void) {
            self.rule = rule
            self.change = change
        }
    }

    @Test(
        "with nothing under way",
        arguments: [
            Break(.durableEndWithinLog) {
                $0.durable.position = LogPosition(segment: 99, offset: 0)
            },
            Break(.batchBeyondDurable) { $0.durable.batch = $0.tail.currentBatch },
            Break(.idleLogIsDurable) { journal in
                let next = entry(after: journal.last).id
                journal.map.append(next, at: journal.tail.end, byteCount: 72)
            },
            Break(.waitingFollowsWritten) { journal in
                journal.append(entries: [entry(after: journal.last)])
                let place = journal.durable.position
                journal.durable.position = LogPosition(
                    segment: place.segment,
                    offset: place.offset + 8
                )
            },
            Break(.openBytesEndAtEnd) { journal in
                let resumption = LogTail.Resumption(
                    end: journal.tail.end,
                    continuation: .inOpenSegment,
                    capacity: journal.tail.end.offset - 1,
                    previousCRC: 0,
                    nextBatch: journal.tail.currentBatch,
                    nextSegment: journal.tail.nextSegment
                )
                journal.tail = LogTail(
                    resumption,
                    identity: journal.identity,
                    segmentByteCount: journal.segmentByteCount
                )
            },
            Break(.openSegmentIsLast) { journal in
                journal.map.open(segment: journal.tail.nextSegment, after: journal.tail.end)
            },
            Break(.writtenIsPrepared) { $0.preparedThrough = 0 },
            Break(.marksAreBounded) { journal in
                journal.shelf.marking.append(
                    SnapshotInventory.Marking(
                        snapshot: snapshot(100),
                        origin: .taken,
                        batch: journal.durable.batch
                    )
                )
            },
            Break(.marksAreBounded) { journal in
                journal.shelf.marking.append(
                    SnapshotInventory.Marking(
                        snapshot: snapshot(100),
                        origin: .taken,
                        batch: journal.tail.currentBatch + 1
                    )
                )
            },
            Break(.publishedIsBounded) { $0.shelf.published += (900..<902).map(snapshot) },
        ]
    )
    func idle(_ broken: Break) throws {
        var journal = try Self.journal()
        broken.change(&journal)
        #expect(journal.brokenRule == broken.rule)
    }

    @Test(
        "with a batch of the log under way",
        arguments: [
            Break(.submittedEndInOrder) { $0.durable.position = $0.tail.end },
            Break(.submittedEndInOrder) { $0.durable.batch = $0.tail.currentBatch - 1 },
            Break(.boundIsSubmitted) { journal in
                let batch = journal.bound.batch + 1
                _ = journal.bound.write(journal.bound.position, batch: batch)
            },
        ]
    )
    func underWay(_ broken: Break) throws {
        var journal = try Self.writing()
        broken.change(&journal)
        #expect(journal.brokenRule == broken.rule)
    }

    @Test(
        "those that cost a walk",
        arguments: [
            Break(.identityIsOne) { $0.tail.identity.reception = .accepted },
            Break(.onePreparation) { $0.background.append(.prepare($0.preparedThrough + 2)) },
            Break(.onePreparation) { journal in
                for _ in 0..<2 { journal.background.append(.prepare(journal.preparedThrough + 1)) }
            },
            Break(.snapshotsRise) { $0.shelf.published.append(snapshot(1)) },
            Break(.snapshotsRise) { $0.shelf.awaitingLog = [snapshot(7), snapshot(7)] },
        ]
    )
    func walked(_ broken: Break) throws {
        var journal = try Self.journal()
        broken.change(&journal)
        #expect(journal.brokenScanRule == broken.rule)
    }

    @Test("terms cover the log without gaps, and never fall")
    func runs() {
        func covers(_ runs: [(first: UInt64, term: UInt64)]) -> Bool {
            LogMap.cover(
                runs.map {
                    TermRun(first: LogIndex(rawValue: $0.first), term: Term(rawValue: $0.term))
                },
                from: EntryID(term: Term(rawValue: 2), index: LogIndex(rawValue: 10)),
                through: EntryID(term: Term(rawValue: 4), index: LogIndex(rawValue: 20))
            )
        }
        #expect(covers([(11, 2), (15, 4)]))
        #expect(covers([(11, 4)]))
        #expect(!covers([]))
        #expect(!covers([(12, 4)]))
        #expect(!covers([(11, 1), (15, 4)]))
        #expect(!covers([(11, 2), (15, 3)]))
        #expect(!covers([(11, 4), (15, 4)]))
        #expect(!covers([(11, 2), (21, 4)]))
    }

    @Test("points rise in index, place and bytes, through the last entry at most")
    func points() {
        func rises(_ points: [(index: UInt64, offset: Int, bytes: Int)]) -> Bool {
            LogMap.rise(
                points.map {
                    LogMap.Point(
                        index: LogIndex(rawValue: $0.index),
                        position: LogPosition(segment: 1, offset: $0.offset),
                        logByteCount: $0.bytes
                    )
                },
                through: EntryID(term: Term(rawValue: 1), index: LogIndex(rawValue: 20))
            )
        }
        #expect(rises([]))
        #expect(rises([(11, 128, 0), (20, 400, 272)]))
        #expect(!rises([(11, 128, 0), (21, 400, 272)]))
        #expect(!rises([(11, 128, 0), (11, 400, 272)]))
        #expect(!rises([(11, 128, 0), (20, 128, 272)]))
        #expect(!rises([(11, 128, 0), (20, 400, 0)]))
    }

    @Test("what waits is without gaps, each extent in a batch of its own")
    func extents() {
        func areContiguous(_ second: (segment: UInt64, offset: Int, batch: UInt64)) -> Bool {
            let places = [(segment: 1 as UInt64, offset: 128, batch: 5 as UInt64), second]
            return LogTail.areContiguous(
                places.map { place in
                    WriteExtent(
                        position: LogPosition(segment: place.segment, offset: place.offset),
                        bytes: [UInt8](repeating: 0, count: 64),
                        batch: place.batch,
                        last: .zero
                    )
                }
            )
        }
        #expect(areContiguous((1, 192, 6)))
        #expect(areContiguous((2, 0, 6)))
        // A number is passed over where a segment of it was left by an earlier process.
        #expect(areContiguous((4, 0, 6)))
        #expect(!areContiguous((1, 192, 5)))
        #expect(!areContiguous((1, 200, 6)))
        #expect(!areContiguous((1, 128, 6)))
        #expect(!areContiguous((2, 128, 6)))
        #expect(!areContiguous((1, 0, 6)))
    }

    #if DEBUG
    @Test("a broken rule ends the process with its sentence")
    func ends() async {
        let result = await #expect(
            processExitsWith: .failure,
            observing: [\.standardErrorContent]
        ) {
            var journal = try RuleTests.journal()
            journal.preparedThrough = 0
            _ = journal.takeBatches()
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("journal: \(JournalRule.writtenIsPrepared.rawValue)"))
    }
    #endif
}
