import Bytes
import Consensus
import Journal
import TestSupport
import Testing

/// What an opening made of a log of which everything was acknowledged.
enum Verdict: Hashable {
    /// The damage was told.
    case reported
    /// Everything acknowledged is there.
    case whole
    /// Entries were cut off, the first of which is this.
    case lost(from: LogIndex)
    /// Entries or a vote came back that were never written.
    case invented
}

/// A directory that holds 300 acknowledged entries, and how it looks to an opening.
struct AcknowledgedLog {
    static let entryCount = 300
    static let segmentByteCount = 8192

    enum Bound: CaseIterable {
        /// As it was written before the last answer.
        case current
        /// The last write of it was lost with the power.
        case oneBatchBehind
        case missing
    }

    let model: ModelLog
    let hardState: HardState
    /// Where the last batch begins: only itself and `bound` prove it.
    let lastBatch: LogPosition
    let firstOfLastBatch: LogIndex
    var disk: MemoryDisk

    init(_ bound: Bound, memberCount: Int = 1) throws {
        var driver = try JournalDriver(MemoryDisk(), segmentByteCount: Self.segmentByteCount)
        try driver.form(memberCount: memberCount)
        driver.vote(term: 3, for: 0xA1)
        try driver.run()
        var boundBefore: [UInt8]?
        var first = LogIndex.zero
        while driver.model.entries.count < Self.entryCount {
            boundBefore = driver.disk[.bound]
            first = LogIndex(rawValue: driver.model.last.index.rawValue + 1)
            let size = min(
                1 + driver.model.entries.count % 5,
                Self.entryCount - Int(first.rawValue) + 1
            )
            driver.append(size, term: 1 + first.rawValue / 100)
            try driver.run()
        }
        model = driver.model
        hardState = HardState(term: Term(rawValue: 3), votedFor: JournalDriver.member)
        disk = driver.disk
        let write = driver.batches.last { $0.lane == .log }?.operations.first
        guard case .write(.segment(let segment), let offset, _) = write else {
            fatalError("the last batch writes no records first")
        }
        lastBatch = LogPosition(segment: segment, offset: offset)
        firstOfLastBatch = first
        switch bound {
        case .current: break
        case .oneBatchBehind: disk[.bound] = boundBefore
        case .missing: disk[.bound] = nil
        }
    }

    var segments: [UInt64] {
        (try? disk.files())?.compactMap {
            if case .segment(let number) = $0 { number } else { nil }
        }
            ?? []
    }

    func verdict() -> Verdict { verdict(disk) }

    func verdict(_ reader: some DiskReader) -> Verdict {
        guard
            let (_, recovery) = try? JournalDriver.open(
                reader,
                segmentByteCount: Self.segmentByteCount
            )
        else { return .reported }
        guard recovery.hardState == hardState else { return .invented }
        let log = recovery.log
        guard log.base == .zero, log.tail == Array(model.entries.prefix(log.tail.count)) else {
            return .invented
        }
        guard log.tail.count < model.entries.count else { return .whole }
        return .lost(from: LogIndex(rawValue: UInt64(log.tail.count) + 1))
    }

    /// Whether a verdict is right for damage at `place`: with `bound` one batch late, the last
    /// batch has no other witness than itself.
    func allows(_ verdict: Verdict, at place: LogPosition, bound: Bound) -> Bool {
        switch verdict {
        case .reported, .whole: true
        case .lost(let first):
            bound == .oneBatchBehind && place >= lastBatch && first >= firstOfLastBatch
        case .invented: false
        }
    }
}

/// The rule of an opening: invalid, short or missing data before the durable bound
/// is corruption; at or after it the log is cut from the first bad record.
@Suite("Damage to 300 acknowledged records is never silent")
struct DamageTests {
    #if DEBUG
    /// Unoptimised code checks a sample; `swift test -c release` checks everything.
    static let step = 509
    #else
    static let step = 1
    #endif

    @Test(arguments: AcknowledgedLog.Bound.allCases)
    func undamaged(_ bound: AcknowledgedLog.Bound) throws {
        let log = try AcknowledgedLog(bound)
        #expect(log.segments.count >= 4)
        #expect(log.verdict() == (bound == .missing ? .reported : .whole))
    }

    @Test("every single bit of every segment", arguments: AcknowledgedLog.Bound.allCases)
    func bits(_ bound: AcknowledgedLog.Bound) throws {
        var log = try AcknowledgedLog(bound)
        var (checked, reported) = (0, 0)
        for segment in log.segments {
            let file = DiskFile.segment(segment)
            let bitCount = (log.disk[file]?.count ?? 0) * 8
            for bit in stride(from: 0, to: bitCount, by: Self.step) {
                log.disk.edit(file) { $0[bit / 8] ^= 1 << (bit % 8) }
                let verdict = log.verdict()
                let place = LogPosition(segment: segment, offset: bit / 8)
                if !log.allows(verdict, at: place, bound: bound) {
                    Issue.record("bit \(bit) of \(file.name): \(verdict)")
                }
                log.disk.edit(file) { $0[bit / 8] ^= 1 << (bit % 8) }
                checked += 1
                if verdict == .reported { reported += 1 }
            }
        }
        #expect(checked > 500)
        #expect(reported > checked / 2)
    }

    @Test("every zeroed sector of every file", arguments: AcknowledgedLog.Bound.allCases)
    func sectors(_ bound: AcknowledgedLog.Bound) throws {
        var log = try AcknowledgedLog(bound)
        for file in try log.disk.files() {
            let content = log.disk[file] ?? []
            for start in stride(from: 0, to: content.count, by: MemoryDisk.sectorByteCount) {
                let end = min(start + MemoryDisk.sectorByteCount, content.count)
                log.disk.edit(file) { for byte in start..<end { $0[byte] = 0 } }
                let verdict = log.verdict()
                let place = LogPosition(segment: file.segmentNumber, offset: end - 1)
                if !log.allows(verdict, at: place, bound: bound) {
                    Issue.record("sector at \(start) of \(file.name): \(verdict)")
                }
                log.disk.edit(file) { $0 = content }
            }
        }
    }

    @Test("every segment's end cut at every byte", arguments: AcknowledgedLog.Bound.allCases)
    func tails(_ bound: AcknowledgedLog.Bound) throws {
        var log = try AcknowledgedLog(bound)
        for segment in log.segments {
            let file = DiskFile.segment(segment)
            let content = log.disk[file] ?? []
            for length in stride(from: 0, to: content.count, by: max(Self.step / 8, 1)) {
                log.disk.edit(file) { $0 = Array(content.prefix(length)) }
                let verdict = log.verdict()
                let place = LogPosition(segment: segment, offset: length)
                let end = max(place, log.lastBatch)
                let isLast = segment == log.lastBatch.segment
                if !log.allows(
                    verdict,
                    at: isLast && length > log.lastBatch.offset ? end : place,
                    bound: bound
                ) {
                    Issue.record("\(file.name) cut to \(length): \(verdict)")
                }
            }
            log.disk.edit(file) { $0 = content }
        }
    }

    @Test("every missing segment, every two swapped", arguments: AcknowledgedLog.Bound.allCases)
    func segments(_ bound: AcknowledgedLog.Bound) throws {
        let log = try AcknowledgedLog(bound)
        for segment in log.segments {
            var disk = log.disk
            disk[.segment(segment)] = nil
            let isUnused = segment > log.lastBatch.segment
            #expect(isUnused || log.verdict(disk) == .reported, "without segment \(segment)")
            for other in log.segments where other > segment && other <= log.lastBatch.segment {
                var disk = log.disk
                disk[.segment(segment)] = log.disk[.segment(other)]
                disk[.segment(other)] = log.disk[.segment(segment)]
                #expect(log.verdict(disk) == .reported, "segments \(segment) and \(other) swapped")
            }
        }
    }

    @Test("every single bit of identity, hard state and bound")
    func smallFiles() throws {
        var log = try AcknowledgedLog(.current)
        for file in [DiskFile.identity, .hardState, .bound] {
            let bitCount = (log.disk[file]?.count ?? 0) * 8
            for bit in stride(from: 0, to: bitCount, by: max(Self.step / 4, 1)) {
                log.disk.edit(file) { $0[bit / 8] ^= 1 << (bit % 8) }
                let verdict = log.verdict()
                let isTold = file == .identity ? verdict == .reported : verdict == .whole
                if !isTold { Issue.record("bit \(bit) of \(file.name): \(verdict)") }
                log.disk.edit(file) { $0[bit / 8] ^= 1 << (bit % 8) }
            }
        }
    }

    @Test("damage is told with its file and offset, and a member backed by peers re-seeds")
    func evidence() throws {
        var alone = try AcknowledgedLog(.current)
        alone.disk.edit(.segment(2)) { $0[1000] ^= 1 }
        let error = #expect(throws: JournalError.self) { try JournalDriver.open(alone.disk) }
        guard case .damaged(let damage) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(damage.file == .segment(2))
        #expect((800...1000).contains(damage.offset))

        var peered = try AcknowledgedLog(.current, memberCount: 3)
        peered.disk.edit(.segment(2)) { $0[1000] ^= 1 }
        let (_, recovery) = try JournalDriver.open(peered.disk)
        #expect(recovery.damage == damage)
        #expect(recovery.logIntegrity == .reseeding)
        #expect(recovery.hardState == peered.hardState)
        #expect(recovery.log == .empty)
    }
}

/// Each check must catch the fault that it is for.
@Suite("The damage checks catch planted openers")
struct PlantedDamageTests {
    /// Reads `bound` as it was before the first batch: an opener that cuts whatever is torn.
    struct BoundlessReader: DiskReader {
        let disk: MemoryDisk
        let freshBound: [UInt8]

        func files() throws(DiskReadError) -> [DiskFile] { try disk.files() }
        func byteCount(of file: DiskFile) throws(DiskReadError) -> Int? {
            try disk.byteCount(of: file)
        }
        func read(
            _ file: DiskFile,
            offset: Int,
            byteCount: Int
        ) throws(DiskReadError) -> [UInt8] {
            file == .bound ? freshBound : try disk.read(file, offset: offset, byteCount: byteCount)
        }
    }

    @Test("an opener that ignores the bound loses the last batch, and is caught")
    func ignoresBound() throws {
        var log = try AcknowledgedLog(.current)
        var driver = try JournalDriver(MemoryDisk())
        try driver.run()
        let fresh = driver.disk[.bound] ?? []
        let file = DiskFile.segment(log.lastBatch.segment)
        log.disk.edit(file) { $0[log.lastBatch.offset + 40] ^= 1 }
        #expect(log.verdict() == .reported)
        let verdict = log.verdict(BoundlessReader(disk: log.disk, freshBound: fresh))
        #expect(verdict == .lost(from: log.firstOfLastBatch))
        #expect(!log.allows(verdict, at: log.lastBatch, bound: .current))
    }

    @Test("an opener that truncates at the first bad record is caught")
    func truncates() throws {
        var log = try AcknowledgedLog(.current)
        let last = DiskFile.segment(log.lastBatch.segment)
        // What such an opener leaves: zeroes from the damage on, and a bound that agrees.
        let place = LogPosition(segment: log.lastBatch.segment, offset: 128)
        log.disk.edit(last) { for byte in 128..<$0.count { $0[byte] = 0 } }
        var driver = try JournalDriver(MemoryDisk())
        try driver.run()
        log.disk[.bound] = driver.disk[.bound]
        let verdict = log.verdict()
        guard case .lost = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(!log.allows(verdict, at: place, bound: .current))
        #expect(!log.allows(verdict, at: place, bound: .oneBatchBehind))
    }
}

extension DiskFile {
    /// A segment's number; beyond all others for another file.
    fileprivate var segmentNumber: UInt64 {
        if case .segment(let number) = self { number } else { 0 }
    }
}
