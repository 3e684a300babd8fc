import Consensus
import Journal
import TestSupport
import Testing

@Suite("Batches: all that waits is one write and one sync")
struct GroupCommitTests {
    static func formed() throws -> JournalDriver {
        var driver = try JournalDriver(MemoryDisk(), segmentByteCount: 1 << 16)
        try driver.form()
        driver.append(1)
        try driver.run()
        return driver
    }

    @Test("all that waits becomes one write and one sync, then the bound, unsynced")
    func oneWriteOneSync() throws {
        var driver = try Self.formed()
        driver.append(1)
        let first = try #require(driver.take().first { $0.lane == .log })
        for _ in 0..<50 { driver.append(1) }
        #expect(driver.take().allSatisfy { $0.lane != .log })
        try driver.carryOut(first)
        let second = try #require(driver.take().first { $0.lane == .log })
        #expect(second.operations.map(\.shape) == ["write segment", "sync segment", "write bound"])
        #expect(driver.journal.durableLast.index.rawValue == 2)
        try driver.carryOut(second)
        #expect(driver.journal.durableLast.index.rawValue == 52)
        #expect(driver.take().isEmpty)
    }

    @Test("the hard state is durable before the entries of its term")
    func hardStateFirst() throws {
        var driver = try Self.formed()
        driver.append(2, term: 2)
        driver.vote(term: 2, for: 0xA1)
        let batch = try #require(driver.take().first { $0.lane == .log })
        #expect(
            batch.operations.map(\.shape) == [
                "write hardstate", "sync hardstate", "write segment", "sync segment", "write bound",
            ]
        )
        try driver.carryOut(batch)
        #expect(driver.completed.last?.hardState?.term.rawValue == 2)
        #expect(driver.completed.last?.entries?.index.rawValue == 3)
    }

    @Test("the bound is synced only when idle, once")
    func settling() throws {
        var driver = try Self.formed()
        driver.append(3)
        try driver.run()
        #expect(!driver.batches.contains { $0.operations.map(\.shape).contains("sync bound") })
        driver.journal.settle()
        driver.journal.settle()
        let settling = driver.take()
        #expect(settling.map { $0.operations.map(\.shape) } == [["sync bound"]])
        for batch in settling { try driver.carryOut(batch) }
        #expect(driver.journal.isIdle)
    }

    @Test("the next segment is prepared in the background before it is needed")
    func preparation() throws {
        var driver = try JournalDriver(MemoryDisk(), segmentByteCount: 4096)
        try driver.form()
        driver.append(200)
        try driver.run()
        var created: [DiskFile] = []
        for batch in driver.batches {
            for operation in batch.operations {
                switch operation {
                case .create(.segment(let number), let count):
                    #expect(batch.lane == .background && count == 4096)
                    created.append(.segment(number))
                case .write(.segment(let number), _, _):
                    #expect(created.contains(.segment(number)))
                default: break
                }
            }
        }
        #expect(created.count > 3)
    }
}

extension DiskOperation {
    /// The operation without its numbers.
    fileprivate var shape: String {
        switch self {
        case .create(let file, _): "create \(file.kind)"
        case .write(let file, _, _): "write \(file.kind)"
        case .sync(let file): "sync \(file.kind)"
        case .rename(let file, _): "rename \(file.kind)"
        case .remove(let file): "remove \(file.kind)"
        case .syncDirectory: "sync directory"
        case .read(let file, _, _): "read \(file.kind)"
        }
    }
}

extension DiskFile {
    fileprivate var kind: String {
        switch self {
        case .segment: "segment"
        case .snapshot: "snapshot"
        case .snapshotDraft: "draft"
        default: name
        }
    }
}
