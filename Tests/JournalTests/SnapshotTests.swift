import Bytes
import Consensus
import Journal
import TestSupport
import Testing

@Suite("Snapshot files: Docs/Formats/snapshot.md")
struct SnapshotFileTests {
    static let id = EntryID(term: Term(rawValue: 3), index: LogIndex(rawValue: 77))
    static let payloads: [[UInt8]] = [[1, 2, 3], [], Array(repeating: 9, count: 300), [4]]

    static func bytes() throws -> [UInt8] {
        var driver = try JournalDriver(MemoryDisk())
        try driver.form()
        return driver.snapshotBytes(of: id, payloads: payloads)
    }

    static func reader() -> SnapshotReader {
        SnapshotReader(.snapshot(id), id: id, cluster: JournalDriver.cluster)
    }

    @Test("what was written is read, split at any two places")
    func splits() throws {
        let bytes = try Self.bytes()
        for first in 0...bytes.count {
            let second = min(bytes.count, first + first % 50)
            var reader = Self.reader()
            var pieces: [SnapshotReader.Piece] = []
            for range in [0..<first, first..<second, second..<bytes.count] {
                pieces += try reader.feed(Array(bytes[range]))
            }
            #expect(reader.isComplete)
            #expect(pieces.count == Self.payloads.count + 2)
            #expect(Array(pieces[1...Self.payloads.count]) == Self.payloads.map { .payload($0) })
            #expect(pieces.last == .end)
            guard case .header(let header) = pieces[0] else { continue }
            #expect(header.id == Self.id && header.membership == JournalDriver.membership)
        }
    }

    @Test("every flipped bit, every cut, every byte too many")
    func damage() throws {
        let bytes = try Self.bytes()
        for bit in 0..<bytes.count * 8 {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << (bit % 8)
            var reader = Self.reader()
            let isRead = (try? reader.feed(flipped)) != nil && reader.isComplete
            #expect(!isRead, "bit \(bit)")
        }
        for length in 0..<bytes.count {
            var reader = Self.reader()
            _ = try reader.feed(Array(bytes.prefix(length)))
            #expect(!reader.isComplete)
        }
        var reader = Self.reader()
        #expect(throws: Damage.self) { try reader.feed(bytes + [0]) }
    }

    @Test("another snapshot's or another cluster's file is refused")
    func misplaced() throws {
        let bytes = try Self.bytes()
        let other = EntryID(term: Term(rawValue: 3), index: LogIndex(rawValue: 78))
        var byID = SnapshotReader(.snapshot(other), id: other, cluster: JournalDriver.cluster)
        #expect(throws: Damage.self) { try byID.feed(bytes) }
        let cluster = ClusterID(rawValue: 1)
        var byCluster = SnapshotReader(.snapshot(Self.id), id: Self.id, cluster: cluster)
        #expect(throws: Damage.self) { try byCluster.feed(bytes) }
    }
}

@Suite("Snapshots and the log: file, directory, mark, in this order")
struct SnapshotTests {
    @Test("a draft gets its name only once the durable log has reached it; then the log's mark")
    func order() throws {
        var driver = try JournalDriver(MemoryDisk())
        try driver.form()
        driver.append(10)
        try driver.run()
        driver.append(1)
        let id = driver.journal.last
        var writer = driver.journal.snapshotWriter(
            of: id,
            time: .zero,
            membership: JournalDriver.membership,
            stateHash: []
        )
        for operation in writer.begin() + writer.finish() { _ = try driver.disk.perform(operation) }
        driver.journal.snapshotWritten(
            SnapshotDescriptor(id: id, time: .zero, byteCount: writer.byteCount)
        )
        let log = try #require(driver.take().first)
        #expect(log.lane == .log)
        try driver.carryOut(log)
        let publish = try #require(driver.take().first { $0.lane == .background })
        #expect(
            publish.operations == [.rename(.snapshotDraft(id), to: .snapshot(id)), .syncDirectory]
        )
        #expect(driver.completed.flatMap(\.snapshots) == [])
        try driver.carryOut(publish)
        #expect(driver.completed.flatMap(\.snapshots) == [])
        try driver.run()
        #expect(driver.completed.flatMap(\.snapshots).map(\.snapshot.id) == [id])
        #expect(driver.completed.flatMap(\.snapshots).map(\.origin) == [.taken])
    }

    @Test("the newest two are kept, the log before them is dropped, and all is found again")
    func retention() throws {
        var driver = try JournalDriver(MemoryDisk())
        try driver.form()
        var taken: [EntryID] = []
        for _ in 0..<5 {
            driver.append(100)
            try driver.run()
            taken.append(driver.journal.durableLast)
            try driver.takeSnapshot()
        }
        #expect(driver.journal.snapshots.map(\.id) == taken.suffix(2))
        #expect(driver.journal.base.index <= taken[3].index)
        #expect(driver.journal.base.index > taken[2].index)
        let names = try driver.disk.files().map(\.name)
        #expect(names.filter { $0.hasPrefix("snapshot-") }.count == 2)
        #expect(names.filter { $0.hasPrefix("wal/") }.count < 10)
        let forgotten = driver.completed.flatMap(\.snapshots).last?.forgottenThrough
        #expect(forgotten == driver.journal.base.index)
        let load = driver.journal.load(from: LogIndex(rawValue: 1), byteCountMax: 10)
        #expect(load == nil)

        let recovery = try JournalDriver.open(driver.disk).recovery
        #expect(recovery.snapshot?.id == taken[4])
        #expect(driver.model.matches(recovery.log))
        #expect(recovery.log.base == driver.journal.base)
    }

    @Test("a mark may stand in a later segment than its entry, and outlive that segment")
    func lateMark() throws {
        var driver = try JournalDriver(MemoryDisk())
        try driver.form()
        driver.append(50)
        try driver.run()
        let first = driver.journal.durableLast
        // The log goes on through several segments while the snapshot is written.
        try driver.takeSnapshot(meanwhile: 200)
        try driver.takeSnapshot()
        driver.append(100)
        try driver.run()
        try driver.takeSnapshot()
        #expect(driver.journal.base.index > first.index)
        let recovery = try JournalDriver.open(driver.disk).recovery
        #expect(recovery.damage == nil)
        #expect(driver.model.matches(recovery.log))
        #expect(recovery.log.base == driver.journal.base)
    }

    @Test("a damaged newest snapshot is rejected and the older used; both damaged is damage")
    func fallback() throws {
        var driver = try JournalDriver(MemoryDisk())
        try driver.form()
        for _ in 0..<3 {
            driver.append(100)
            try driver.run()
            try driver.takeSnapshot()
        }
        let ids = driver.journal.snapshots.map(\.id)
        driver.disk.edit(.snapshot(ids[1])) { $0[200] ^= 1 }
        let recovery = try JournalDriver.open(driver.disk).recovery
        #expect(recovery.snapshot?.id == ids[0])
        #expect(recovery.rejected.map(\.file) == [.snapshot(ids[1])])
        #expect(driver.model.matches(recovery.log))
        driver.disk.edit(.snapshot(ids[0])) { $0[200] ^= 1 }
        #expect(throws: JournalError.self) { try JournalDriver.open(driver.disk) }
    }

    @Test("a received snapshot takes the place of the log, which goes on after it")
    func installation() throws {
        var driver = try JournalDriver(MemoryDisk())
        try driver.form()
        driver.append(150)
        try driver.run()
        let id = EntryID(term: Term(rawValue: 2), index: LogIndex(rawValue: 1000))
        try driver.install(id)
        #expect(driver.completed.flatMap(\.snapshots).map(\.origin) == [.installed])
        #expect(driver.journal.last == id && driver.journal.durableLast == id)
        driver.append(60, term: 2)
        try driver.run()
        let recovery = try JournalDriver.open(driver.disk).recovery
        #expect(recovery.snapshot?.id == id)
        #expect(driver.model.matches(recovery.log))
        let segments = try driver.disk.files().filter { $0.name.hasPrefix("wal/") }
        #expect(segments.count <= 4)
    }

    @Test("chunks out of order are asked for, damaged ones rejected, and it starts over")
    func reception() throws {
        var driver = try JournalDriver(MemoryDisk())
        try driver.form()
        let id = EntryID(term: Term(rawValue: 2), index: LogIndex(rawValue: 1000))
        let bytes = driver.snapshotBytes(of: id)
        func receive(_ range: Range<Int>, of bytes: [UInt8]) -> SnapshotReception {
            driver.journal.receive(
                SnapshotChunk(
                    snapshot: id,
                    offset: UInt64(range.lowerBound),
                    bytes: Array(bytes[range]),
                    totalByteCount: UInt64(bytes.count)
                )
            )
        }
        let wanted = SnapshotOffset(snapshot: id, nextOffset: 0)
        #expect(receive(40..<90, of: bytes) == .wanted(wanted))
        #expect(receive(0..<40, of: bytes) == .pieces([]))
        let next = SnapshotOffset(snapshot: id, nextOffset: 40)
        #expect(receive(90..<100, of: bytes) == .wanted(next))
        var damaged = bytes
        damaged[60] ^= 1
        guard case .rejected = receive(40..<bytes.count, of: damaged) else {
            Issue.record("a damaged chunk was taken")
            return
        }
        #expect(receive(40..<90, of: bytes) == .wanted(wanted))
        try driver.install(id)
        #expect(driver.journal.snapshots.map(\.id) == [id])
    }

    @Test("a snapshot's bytes are read for a peer until it is gone")
    func sending() throws {
        var driver = try JournalDriver(MemoryDisk())
        try driver.form()
        driver.append(10)
        try driver.run()
        try driver.takeSnapshot()
        let id = try #require(driver.journal.snapshots.first?.id)
        let load = driver.journal.loadSnapshot(id, offset: 100, byteCount: 64)
        try driver.run()
        let loaded = try #require(driver.completed.flatMap(\.snapshotLoads).first)
        #expect(loaded.id == load && loaded.snapshot.id == id)
        #expect(loaded.bytes == Array((driver.disk[.snapshot(id)] ?? [])[100..<164]))
        let other = EntryID(term: Term(rawValue: 9), index: id.index)
        let none = driver.journal.loadSnapshot(other, offset: 0, byteCount: 1)
        #expect(none == nil)
    }
}
