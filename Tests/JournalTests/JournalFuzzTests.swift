import Bytes
import Consensus
import Fuzzing
import Journal
import TestSupport
import Testing

/// Files of a data directory, changed at random: what is found is what was acknowledged, or the
/// damage is told, never a trap.
@Suite("Fuzzing: the files of a data directory")
struct JournalFuzzTests {
    @Test("segments of the log")
    func segments() throws {
        let log = try AcknowledgedLog(.current)
        let segment = try #require(log.segments.last)
        let bytes = try #require(log.disk[.segment(segment)])
        var disk = log.disk
        var fuzzer = Fuzzer("segment", corpus: [bytes])
        fuzzer.run { input in
            disk.edit(.segment(segment)) { $0 = input }
            let verdict = log.verdict(disk)
            #expect(verdict == .reported || verdict == .whole)
            return "\(verdict)"
        }
    }

    @Test("identity, hard state and bound")
    func small() throws {
        let log = try AcknowledgedLog(.current)
        for file in [DiskFile.identity, .hardState, .bound] {
            let bytes = try #require(log.disk[file])
            var disk = log.disk
            var fuzzer = Fuzzer(file.name, corpus: [bytes])
            fuzzer.run { input in
                disk.edit(file) { $0 = input }
                do {
                    _ = try JournalDriver.open(
                        disk,
                        segmentByteCount: AcknowledgedLog.segmentByteCount
                    )
                    return "opened"
                } catch { return "\(error)" }
            }
        }
    }

    @Test("snapshots")
    func snapshots() throws {
        var driver = try JournalDriver(MemoryDisk())
        try driver.form()
        driver.append(10)
        try driver.run()
        try driver.takeSnapshot()
        let id = try #require(driver.journal.snapshots.last?.id)
        let bytes = try #require(driver.disk[.snapshot(id)])
        var disk = driver.disk
        var fuzzer = Fuzzer("snapshot-file", corpus: [bytes])
        fuzzer.run { input in
            disk.edit(.snapshot(id)) { $0 = input }
            var byteCount = 0
            try SnapshotReader.read(id, of: JournalDriver.cluster, from: disk) { piece in
                if case .payload(let payload) = piece { byteCount += payload.count }
            }
            #expect(byteCount == 700)
            return "sound"
        }
    }
}
