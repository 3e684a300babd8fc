import Consensus
import Journal
import TestSupport
import Testing

@Suite("Entries are read back from the disk")
struct LoadTests {
    /// Several segments, with three branches that were cut off.
    static func branched() throws -> JournalDriver {
        var driver = try JournalDriver(MemoryDisk(), segmentByteCount: 1 << 15)
        try driver.form()
        driver.append(300, term: 1)
        try driver.run()
        driver.cut(after: 250)
        driver.append(200, term: 2)
        driver.cut(after: 251)
        driver.append(400, term: 3)
        try driver.run()
        driver.cut(after: 600)
        driver.append(20, term: 4)
        try driver.run()
        return driver
    }

    static func load(
        _ driver: inout JournalDriver,
        from index: UInt64,
        byteCountMax: Int
    ) throws -> [Entry]? {
        let start = LogIndex(rawValue: index)
        guard let id = driver.journal.load(from: start, byteCountMax: byteCountMax) else {
            return nil
        }
        try driver.run()
        let result = driver.completed.flatMap(\.loads).first { $0.id == id }?.result
        guard case .entries(let entries) = try #require(result) else {
            Issue.record("\(String(describing: result))")
            return nil
        }
        return entries
    }

    @Test("from every index, never an entry that was cut off")
    func everyIndex() throws {
        var driver = try Self.branched()
        for index in 1...driver.model.last.index.rawValue {
            let entries = try #require(try Self.load(&driver, from: index, byteCountMax: 200))
            #expect(!entries.isEmpty)
            let expected = driver.model.entries.dropFirst(Int(index) - 1).prefix(entries.count)
            #expect(entries == Array(expected))
        }
        let all = try Self.load(&driver, from: 1, byteCountMax: .max)
        #expect(all == driver.model.entries)
        let past = driver.model.last.index.rawValue + 1
        #expect(try Self.load(&driver, from: past, byteCountMax: 200) == nil)
    }

    @Test("after a restart as before it, with only the tail in memory")
    func afterRestart() throws {
        let before = try Self.branched()
        var opening = Journal.Opening(
            name: [],
            freshMember: JournalDriver.member,
            bootNonce: 1
        )
        opening.segmentByteCount = 1 << 15
        opening.tailByteCountMax = 2000
        let (_, recovery) = try Journal.open(before.disk, opening: opening)
        #expect(recovery.log.tail == before.model.entries.suffix(recovery.log.tail.count))
        #expect((10..<40).contains(recovery.log.tail.count))
        let runs = recovery.log.runs.map { [$0.first.rawValue, $0.term.rawValue] }
        #expect(runs == [[1, 1], [251, 2], [252, 3], [601, 4]])

        var after = try JournalDriver(
            before.disk,
            segmentByteCount: 1 << 15,
            expecting: [before.model]
        )
        try after.run()
        #expect(try Self.load(&after, from: 1, byteCountMax: .max) == before.model.entries)
    }

    @Test("the time of the last entry is found when its successors were cut off")
    func timeAfterCut() throws {
        var driver = try Self.branched()
        driver.cut(after: 400)
        try driver.run()
        var opening = Journal.Opening(
            name: [],
            freshMember: JournalDriver.member,
            bootNonce: 1
        )
        opening.tailByteCountMax = 100
        let (_, recovery) = try Journal.open(driver.disk, opening: opening)
        #expect(recovery.log.last == driver.model.last)
        #expect(recovery.log.lastTime == driver.model.entries.last?.time)
    }

    @Test("a payload longer than a slice comes whole")
    func longPayload() throws {
        var driver = try JournalDriver(MemoryDisk(), segmentByteCount: 26 << 20)
        try driver.form()
        let long = [UInt8](repeating: 0x5A, count: Entry.payloadByteCountMax)
        driver.append(3) { $0.rawValue == 2 ? long : [1] }
        try driver.run()
        #expect(try Self.load(&driver, from: 2, byteCountMax: 1)?.map(\.payload) == [long])
        #expect(try Self.load(&driver, from: 1, byteCountMax: .max) == driver.model.entries)
    }

    @Test("what was written and can't be read is told as damage")
    func damage() throws {
        var driver = try Self.branched()
        driver.disk.edit(.segment(1)) { $0[1000] ^= 4 }
        let id = driver.journal.load(from: LogIndex(rawValue: 1), byteCountMax: .max)
        try driver.run()
        let result = driver.completed.flatMap(\.loads).first { $0.id == id }?.result
        guard case .damaged(let damage) = try #require(result) else {
            Issue.record("\(String(describing: result))")
            return
        }
        #expect(damage.file == .segment(1))
        #expect((900...1000).contains(damage.offset))
    }
}
