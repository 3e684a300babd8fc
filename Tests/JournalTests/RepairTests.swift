import Bytes
import Consensus
import Journal
import TestSupport
import Testing

@Suite("What an opening puts right is told (Docs/operations.md)")
struct RepairTests {
    private static func driver(memberCount: Int = 1) throws -> JournalDriver {
        var driver = try JournalDriver(MemoryDisk())
        try driver.form(memberCount: memberCount)
        driver.append(20)
        try driver.run()
        return driver
    }

    private static func repairs(_ driver: JournalDriver) throws -> [Repair] {
        try JournalDriver.open(driver.disk).recovery.repairs
    }

    @Test("nothing of a directory that is whole")
    func whole() throws {
        #expect(try Self.repairs(Self.driver()) == [])
    }

    @Test("a torn end: which file, from where on, and how long it is")
    func tail() throws {
        var driver = try Self.driver()
        var end = 0
        try LogListing.list(driver.disk) { record in
            end = max(end, record.offset + (64 + record.byteCount + 7) & ~7)
        }
        for length in [1, 100] {
            driver.disk.edit(.segment(1)) { bytes in
                for offset in 0..<length { bytes[end + offset] = 7 }
            }
            let expected = Repair.tailCut(.segment(1), offset: end, byteCount: length)
            #expect(try Self.repairs(driver) == [expected])
        }
    }

    @Test("a snapshot that is passed over, and copies of the vote and the bound that are damaged")
    func others() throws {
        var driver = try Self.driver()
        try driver.takeSnapshot()
        let id = try #require(driver.journal.snapshots.last).id
        driver.disk.edit(.snapshot(id)) { $0[$0.count - 1] ^= 1 }
        driver.disk.edit(.hardState) { for place in 0..<3 { $0[place * 512 + 20] ^= 1 } }
        driver.disk.edit(.bound) { $0[4096] ^= 1 }
        let repairs = try Self.repairs(driver)
        guard case .snapshotRejected(let damage) = repairs.first else {
            Issue.record("\(repairs)")
            return
        }
        #expect(damage.file == .snapshot(id))
        #expect(
            repairs.dropFirst() == [
                .copiesDamaged(.hardState, count: 3, of: 16),
                .copiesDamaged(.bound, count: 1, of: 16),
            ]
        )
    }

    @Test("a log that is given up")
    func givenUp() throws {
        var driver = try Self.driver(memberCount: 3)
        driver.disk.edit(.segment(1)) { $0[200] ^= 1 }
        guard case .logGivenUp(let damage) = try Self.repairs(driver).first else {
            Issue.record("not given up")
            return
        }
        #expect(damage.file == .segment(1))
    }

    /// Snapshots stand in the place of the log's beginning.
    private static func shortened() throws -> JournalDriver {
        var driver = try Self.driver(memberCount: 3)
        for _ in 0..<3 {
            try driver.takeSnapshot()
            driver.append(100)
            try driver.run()
        }
        return driver
    }

    @Test("a log whose snapshots' headers are damaged is given up", arguments: [0, 9, 12, 20])
    func damagedHeader(offset: Int) throws {
        var driver = try Self.shortened()
        for snapshot in driver.journal.snapshots {
            driver.disk.edit(.snapshot(snapshot.id)) { $0[offset] ^= 1 }
        }
        guard case .logGivenUp(let damage) = try Self.repairs(driver).last else {
            Issue.record("not given up")
            return
        }
        #expect(damage.file == .snapshot(try #require(driver.journal.snapshots.last).id))
    }

    /// Gives what a CRC32C ends another format version.
    private static func age(_ bytes: inout [UInt8], at start: Int, byteCount: Int) {
        bytes[start + 8] += 1
        let body = start..<(start + byteCount - 4)
        bytes.overwrite(
            at: body.upperBound,
            littleEndian: CRC32C.checksum(bytes.span.extracting(body))
        )
    }

    @Test("what a later version wrote is never given up, whoever else holds it", arguments: [1, 3])
    func laterVersion(memberCount: Int) throws {
        let driver = try Self.driver(memberCount: memberCount)
        var segment = driver
        segment.disk.edit(.segment(1)) { Self.age(&$0, at: 0, byteCount: 128) }
        var slots: [JournalDriver] = []
        for file in [DiskFile.hardState, .bound] {
            var other = driver
            other.disk.edit(file) { bytes in
                for sector in 0..<16 { Self.age(&bytes, at: sector * 512, byteCount: 68) }
            }
            slots.append(other)
        }
        var snapshots = try Self.shortened()
        for snapshot in snapshots.journal.snapshots {
            snapshots.disk.edit(.snapshot(snapshot.id)) { bytes in
                let byteCount = Int(bytes.span.littleEndian(UInt32.self, at: 12))
                Self.age(&bytes, at: 0, byteCount: byteCount)
            }
        }
        for driver in [segment, snapshots] + slots {
            let error = #expect(throws: JournalError.self) { try Self.repairs(driver) }
            switch error {
            case .damaged(let damage), .voteLost(let damage):
                #expect(damage.reason == .unknownFormat, "\(damage)")
            default: Issue.record("\(String(describing: error))")
            }
        }
    }
}
