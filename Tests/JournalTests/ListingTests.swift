import Journal
import TestSupport
import Testing

@Suite("What `roost wal` shows")
struct ListingTests {
    @Test("every record of every segment, cut off or not, up to damage")
    func records() throws {
        var driver = try JournalDriver(MemoryDisk())
        try driver.form()
        driver.append(60)
        driver.cut(after: 55)
        driver.append(3, term: 2)
        try driver.run()
        try driver.takeSnapshot()

        var records: [ListedRecord] = []
        try LogListing.list(driver.disk) { records.append($0) }
        func count(_ kind: ListedRecord.Kind) -> Int { records.count { $0.kind == kind } }
        #expect(count(.command) == 63)
        #expect(count(.cut) == 1)
        #expect(count(.snapshotTaken) == 1)
        #expect(count(.header) == 2)
        #expect(count(.segmentEnd) == 1)
        #expect(records.map(\.index).max() == 60)

        let place = try #require(records.first { $0.kind == .cut })
        driver.disk.edit(place.file) { $0[place.offset + 50] ^= 1 }
        var damaged: [ListedRecord] = []
        try LogListing.list(driver.disk) { damaged.append($0) }
        let last = try #require(damaged.last { $0.file == place.file })
        guard case .damage(.checksumMismatch) = last.kind else {
            Issue.record("\(last.kind)")
            return
        }
        #expect(last.offset == place.offset)
    }

    @Test("an inspection tells what an opening finds, and why it would give the log up")
    func inspection() throws {
        var driver = try JournalDriver(MemoryDisk())
        try driver.form(memberCount: 3)
        let empty = try Inspection(of: driver.disk)
        #expect([empty.firstIndex, empty.lastIndex, empty.snapshotIndex] == [1, 0, 0])
        #expect(empty.snapshot == nil)

        driver.append(60, term: 3)
        try driver.run()
        try driver.takeSnapshot()
        let found = try Inspection(of: driver.disk)
        #expect([found.firstIndex, found.lastIndex, found.lastTerm] == [1, 60, 3])
        #expect(found.snapshot?.name == "snapshot-3-60")
        #expect(found.snapshotIndex == 60)
        #expect(found.repairs.isEmpty && found.damage == nil)

        var records: [ListedRecord] = []
        try LogListing.list(driver.disk) { records.append($0) }
        let place = try #require(records.first { $0.kind == .command })
        driver.disk.edit(place.file) { $0[place.offset + 50] ^= 1 }
        #expect(try Inspection(of: driver.disk).damage?.file == place.file)
    }
}
