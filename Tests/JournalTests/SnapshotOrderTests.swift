import Bytes
import Consensus
import Journal
import TestSupport
import Testing

@Suite("Snapshots that come to pass while the mark of another is under way")
struct SnapshotOrderTests {
    static let later = EntryID(term: Term(rawValue: 2), index: LogIndex(rawValue: 1000))

    /// A log of several segments with one published snapshot.
    static func driver() throws -> JournalDriver {
        var driver = try JournalDriver(MemoryDisk())
        try driver.form()
        driver.append(100)
        try driver.run()
        try driver.takeSnapshot()
        driver.append(200)
        try driver.run()
        return driver
    }

    @Test("an own one keeps its log until the mark of one that takes the log's place is durable")
    func takenThenInstalled() throws {
        var driver = try Self.driver()
        let own = try driver.writeSnapshot()
        try driver.receive(Self.later)
        // A batch of the log is under way while the own one is published.
        driver.append(1)
        let first = try driver.runBackground()
        driver.journal.snapshotWritten(own)
        #expect(try driver.runBackground().isEmpty)
        for batch in first { try driver.carryOut(batch) }
        // The batch with its mark is under way while the other one is published.
        let second = try driver.runBackground()
        #expect(second.count == 1)
        driver.restart(after: Self.later)
        #expect(try driver.runBackground().isEmpty)
        #expect(driver.journal.snapshots.map(\.id).suffix(2) == [own.id, Self.later])
        for batch in second { try driver.carryOut(batch) }
        let published = driver.completed.flatMap(\.snapshots)
        #expect(published.last?.snapshot == own)
        #expect(published.last?.forgottenThrough ?? .highest <= own.id.index)

        _ = try driver.runBackground()
        let crashed = try JournalDriver.open(driver.disk).recovery
        #expect(crashed.damage == nil && crashed.snapshot?.id == own.id)
        #expect(crashed.log.last.index.rawValue == own.id.index.rawValue + 1)
    }

    @Test("both marks may be durable at once")
    func marksOfOneBatch() throws {
        var driver = try Self.driver()
        let own = try driver.writeSnapshot()
        try driver.receive(Self.later)
        driver.append(1)
        let held = try driver.runBackground()
        driver.journal.snapshotWritten(own)
        #expect(try driver.runBackground().isEmpty)
        driver.restart(after: Self.later)
        #expect(try driver.runBackground().isEmpty)
        for batch in held { try driver.carryOut(batch) }
        try driver.run()
        let published = driver.completed.flatMap(\.snapshots).suffix(2)
        #expect(published.map(\.snapshot.id) == [own.id, Self.later])
        #expect(published.allSatisfy { $0.forgottenThrough <= $0.snapshot.id.index })
        #expect(driver.journal.snapshots.map(\.id) == [Self.later])
        driver.append(10, term: 2)
        try driver.run()
        let recovery = try JournalDriver.open(driver.disk).recovery
        #expect(recovery.snapshot?.id == Self.later)
        #expect(driver.model.matches(recovery.log))
    }

    @Test("many own ones may be durable at once: each forgets no more than it covers")
    func manyTaken() throws {
        var driver = try Self.driver()
        var own: [SnapshotDescriptor] = []
        for _ in 0..<4 {
            driver.append(100)
            try driver.run()
            own.append(try driver.writeSnapshot())
        }
        driver.append(1)
        let held = try driver.runBackground()
        for snapshot in own { driver.journal.snapshotWritten(snapshot) }
        #expect(try driver.runBackground().isEmpty)
        for batch in held { try driver.carryOut(batch) }
        try driver.run()
        let published = driver.completed.flatMap(\.snapshots).suffix(4)
        #expect(published.map(\.snapshot) == own)
        #expect(published.allSatisfy { $0.forgottenThrough <= $0.snapshot.id.index })
        #expect(driver.journal.snapshots == own.suffix(2))
        #expect(driver.journal.base.index > own[1].id.index)
        let recovery = try JournalDriver.open(driver.disk).recovery
        #expect(recovery.snapshot?.id == own[3].id)
        #expect(driver.model.matches(recovery.log))
    }

    @Test("an own one that is published after one that took the log's place is given up")
    func installedThenTaken() throws {
        var driver = try Self.driver()
        let own = try driver.writeSnapshot()
        try driver.receive(Self.later)
        driver.restart(after: Self.later)
        let publication = driver.take()
        #expect(publication.map(\.lane) == [.background])
        driver.journal.snapshotWritten(own)
        #expect(driver.take().isEmpty)
        for batch in publication { try driver.carryOut(batch) }
        try driver.run()
        #expect(driver.journal.last == Self.later)
        driver.append(60, term: 2)
        try driver.run()
        #expect(driver.completed.flatMap(\.snapshots).last?.snapshot.id == Self.later)
        let names = try driver.disk.files().map(\.name)
        #expect(names.filter { $0.hasPrefix("snapshot-") }.count == 1)
        let recovery = try JournalDriver.open(driver.disk).recovery
        #expect(recovery.snapshot?.id == Self.later)
        #expect(driver.model.matches(recovery.log))
    }
}
