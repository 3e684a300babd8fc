import Consensus
import Journal
import Testing

@Suite("What `roost wal dump` lists")
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
        #expect(count(.entry(.command)) == 63)
        #expect(count(.cut) == 1)
        #expect(count(.snapshotTaken) == 1)
        #expect(count(.header) == 2)
        #expect(count(.segmentEnd) == 1)
        #expect(records.map(\.id.index.rawValue).max() == 60)

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
}
