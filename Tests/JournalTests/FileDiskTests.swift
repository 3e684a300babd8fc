import Bytes
import Consensus
import Journal
import Platform
@testable import Storage
import TestSupport
import Testing

/// A data directory on the real file system, gone with its files when the value is.
struct RealDirectory: ~Copyable {
    let path: String

    init() throws { path = "/tmp/roost-journal-" + String(try Entropy.word(), radix: 16) }

    deinit {
        do {
            for directory in ["\(path)/wal", path] {
                let handle = try DirectoryHandle(opening: directory)
                for name in try handle.names() { try handle.remove(name) }
                try DirectoryHandle.removeEmpty(directory)
            }
        } catch { StandardStream.error.print("left behind: \(path)\n") }
    }
}

/// A journal over the production disk.
struct RealJournal {
    let disk: FileDisk
    var journal: Journal
    let recovery: Recovery
    var completed: [Completed] = []

    init(_ path: String, segmentByteCount: Int = 1 << 16) throws {
        disk = try FileDisk(path)
        (journal, recovery) = try JournalDriver.open(
            disk.directory,
            segmentByteCount: segmentByteCount
        )
        disk.perform(recovery.operations)
        try disk.start()
    }

    /// Works until nothing is left to do.
    mutating func run() throws {
        while true {
            for batch in journal.takeBatches() { disk.submit(batch) }
            if journal.isIdle { return }
            let deadline = Clock.monotonicNow().advanced(byMilliseconds: 10_000)
            _ = try Poller.wait(for: disk.wakeup, interest: .readable, until: deadline)
            let completions = disk.takeCompletions()
            try #require(!completions.isEmpty, "the disk did not answer in 10 s")
            for completion in completions { completed.append(journal.absorb(completion)) }
        }
    }

    mutating func form() throws {
        var identity = journal.identity
        identity.cluster = JournalDriver.cluster
        identity.founders = JournalDriver.membership.members
        journal.store(identity)
        try run()
    }

    static func entries(_ range: ClosedRange<UInt64>) -> [Entry] {
        range.map { index in
            Entry(
                id: EntryID(term: Term(rawValue: 1), index: LogIndex(rawValue: index)),
                time: ClusterTime(rawValue: index),
                kind: .command,
                payload: [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: 100)
            )
        }
    }
}

@Suite("FileDisk on a real directory")
struct FileDiskTests {
    @Test("what is acknowledged is there after reopening, and is read back")
    func reopening() throws {
        let directory = try RealDirectory()
        var first = try RealJournal(directory.path)
        #expect(first.recovery.directory == .fresh)
        try first.form()
        first.journal.append(hardState: HardState(term: Term(rawValue: 1), votedFor: nil))
        for start in stride(from: 1, through: 1951, by: 50) as StrideThrough<UInt64> {
            first.journal.append(entries: RealJournal.entries(start...start + 49))
            for batch in first.journal.takeBatches() { first.disk.submit(batch) }
        }
        try first.run()
        #expect(first.journal.durableLast.index.rawValue == 2000)
        first.journal.settle()
        try first.run()
        first.disk.stop()

        _ = consume first
        var second = try RealJournal(directory.path)
        #expect(second.recovery.log.tail == RealJournal.entries(1...2000))
        #expect(second.recovery.hardState.term.rawValue == 1)
        #expect(second.recovery.cut == nil)
        let load = second.journal.load(from: LogIndex(rawValue: 700), byteCountMax: 1000)
        try second.run()
        let result = second.completed.flatMap(\.loads).first { $0.id == load }?.result
        #expect(result == .entries(RealJournal.entries(700...709)))
        #expect(try second.disk.freeByteCount() > 0)
        second.disk.stop()
    }

    @Test("a second process is kept out; files have the documented names and modes")
    func lockAndNames() throws {
        let directory = try RealDirectory()
        var journal = try RealJournal(directory.path)
        #expect(throws: FileDisk.Refusal.locked) { try FileDisk(directory.path) }
        try journal.form()
        journal.journal.append(entries: RealJournal.entries(1...3))
        try journal.run()
        let top = try DirectoryHandle(opening: directory.path)
        #expect(try top.names() == ["bound", "hardstate", "identity", "lock", "spare", "wal"])
        let segments = try DirectoryHandle(opening: "\(directory.path)/wal")
        #expect(try segments.names().first == "0000000001.segment")
        #expect(try segments.byteCount(of: "0000000001.segment") == 1 << 16)
        for (path, mode) in [
            ("", "700"), ("/wal", "700"), ("/hardstate", "600"), ("/bound", "600"),
        ] {
            let launch = ChildProcess.Launch(
                executable: "/bin/sh",
                arguments: ["sh", "-c", "test $(stat -c %a '\(directory.path)\(path)') = \(mode)"]
            )
            #expect(try ChildProcess(launch).wait() == .exited(0), "mode of \(path)")
        }
        journal.disk.stop()
    }

    @Test("a snapshot is drawn in the background beside the log's batches")
    func drawing() throws {
        let directory = try RealDirectory()
        var real = try RealJournal(directory.path)
        try real.form()
        real.journal.append(entries: RealJournal.entries(1...10))
        try real.run()
        let writer = real.journal.snapshotWriter(
            of: real.journal.durableLast,
            time: .zero,
            membership: JournalDriver.membership,
            stateHash: []
        )
        let written = LockedQueue<SnapshotDescriptor>()
        let done = try Wakeup(.blocking)
        real.disk.draw((writer: writer, step: 0)) { task in
            defer { task.step += 1 }
            return switch task.step {
            case 0: task.writer.begin()
            case 1...20: task.writer.append([UInt8](repeating: 7, count: 10_000))
            case 21: task.writer.finish()
            default: nil
            }
        } finished: { task in
            written.append(
                SnapshotDescriptor(
                    id: task.writer.header.id,
                    time: .zero,
                    byteCount: task.writer.byteCount
                )
            )
            done.signal()
        }
        real.journal.append(entries: RealJournal.entries(11...20))
        try real.run()
        done.wait()
        let snapshot = try #require(written.takeAll().first)
        real.journal.snapshotWritten(snapshot)
        try real.run()
        #expect(real.completed.flatMap(\.snapshots).map(\.snapshot) == [snapshot])
        var payloadByteCount = 0
        let byteCount = try SnapshotReader.read(
            snapshot.id,
            of: JournalDriver.cluster,
            from: real.disk.directory
        ) {
            if case .payload(let bytes) = $0 { payloadByteCount += bytes.count }
        }
        #expect(byteCount == snapshot.byteCount)
        #expect(payloadByteCount == 200_000)
        real.disk.stop()
    }

    @Test("a failed operation ends the process with exit code 74")
    func failure() async throws {
        await #expect(processExitsWith: .exitCode(74)) {
            let path = "/tmp/roost-journal-" + String(try Entropy.word(), radix: 16)
            let disk = try FileDisk(path)
            defer { _ = disk }
            try DirectoryHandle(opening: path).remove("lock")
            try DirectoryHandle.removeEmpty("\(path)/wal")
            try DirectoryHandle.removeEmpty(path)
            disk.perform([.sync(.bound)])
        }
    }

    @Test("a batch that comes a second time ends the process before it is carried out")
    func repeatedBatch() async {
        let result = await #expect(
            processExitsWith: .failure,
            observing: [\.standardErrorContent]
        ) {
            let path = "/tmp/roost-journal-" + String(try Entropy.word(), radix: 16)
            let disk = try FileDisk(path)
            // Nothing is left of the directory when the process is gone.
            try DirectoryHandle(opening: path).remove("lock")
            try DirectoryHandle.removeEmpty("\(path)/wal")
            try DirectoryHandle.removeEmpty(path)
            let batch = DiskBatch(number: 1, lane: .log, operations: [])
            try disk.start()
            for _ in 0..<2 { disk.submit(batch) }
            disk.stop()
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("batch 1 came after batch 1"))
    }

    @Test("what failed is named with the call, the file and the system's words")
    func failureLine() {
        let error = SystemError(call: "fdatasync", code: 5)
        let operations: [(DiskOperation, String)] = [
            (.create(.bound, zeroedByteCount: 0), "bound"),
            (.write(.hardState, offset: 0, bytes: []), "hardstate"),
            (.sync(.segment(3)), "wal/0000000003.segment"),
            (.rename(.identityDraft, to: .identity), "identity.part"),
            (.remove(.bound), "bound"),
            (.read(.identity, offset: 0, byteCount: 1), "identity"),
            (.syncDirectory, "the data directory"),
        ]
        for (operation, file) in operations {
            let start = "roost: disk failed: fdatasync \(file): Input/output error (5); "
            #expect(DiskFailure.line(error, operation: operation).hasPrefix(start))
        }
        let full = DiskFailure.line(SystemError(call: "pwrite", code: 28), operation: .sync(.bound))
        #expect(full.contains("nothing acknowledged was lost. Make room on it"))
    }

    @Test("a removed file is gone, and a directory is opened only where there is one")
    func removal() throws {
        let directory = try RealDirectory()
        let disk = try FileDisk(directory.path)
        disk.perform([.create(.bound, zeroedByteCount: 4096), .remove(.bound), .syncDirectory])
        let opened = try DataDirectory(opening: directory.path)
        #expect(try opened.top.names().contains(DiskFile.bound.name) == false)
        #expect(throws: SystemError.self) {
            _ = try DataDirectory(opening: "\(directory.path)/absent")
        }
    }

    @Test(
        "a directory of somebody else's is refused, and nothing in it changed",
        arguments: [["notes"], ["identity", "known_hosts"], ["lock", ".git"]]
    )
    func foreign(_ names: [String]) throws {
        let directory = try RealDirectory()
        let handle = try DirectoryHandle(creating: directory.path)
        for name in names { _ = try handle.open(name, for: .creating) }
        let error = #expect(throws: FileDisk.Refusal.self) { try FileDisk(directory.path) }
        #expect(names.contains { error == .foreign(file: $0) }, "\(error as Any)")
        #expect(try handle.names() == names.sorted())
        _ = try DirectoryHandle(creating: "\(directory.path)/wal")
    }

    @Test(
        "a file that only has the name of one of Roost's is somebody else's",
        arguments: ["identity", "identity.part", "hardstate", "bound", "spare", "lock"]
    )
    func namesake(_ name: String) throws {
        let directory = try RealDirectory()
        let handle = try DirectoryHandle(creating: directory.path)
        let words = Array("somebody else's words\n".utf8)
        try handle.open(name, for: .creating).write(words, at: 0)
        #expect(throws: FileDisk.Refusal.foreign(file: name)) { try FileDisk(directory.path) }
        #expect(try handle.names() == [name])
        #expect(try handle.open(name, for: .reading).read(at: 0, byteCount: 100) == words)
        _ = try DirectoryHandle(creating: "\(directory.path)/wal")
    }

    @Test("a directory that lost its identity and its log has a vote all the same, and is damaged")
    func lostIdentity() throws {
        let directory = try RealDirectory()
        for _ in 0..<2 {
            var real = try RealJournal(directory.path)
            try real.form()
            real.disk.stop()
        }
        let handle = try DirectoryHandle(opening: directory.path)
        let log = try DirectoryHandle(opening: "\(directory.path)/wal")
        try handle.remove("identity")
        for segment in try log.names() { try log.remove(segment) }
        let reader = try DataDirectory(opening: directory.path)
        let opening = Journal.Opening(
            name: Array("n1".utf8),
            freshMember: MemberID(rawValue: 9),
            bootNonce: 9
        )
        let error = #expect(throws: JournalError.self) {
            _ = try Journal.open(reader, opening: opening)
        }
        let missing = Damage(file: .identity, offset: 0, reason: .missing)
        #expect(error == .damaged(missing))
    }

    @Test("a write-ahead log of another program is none of Roost's")
    func foreignLog() throws {
        let directory = try RealDirectory()
        _ = try DirectoryHandle(creating: directory.path)
        let wal = try DirectoryHandle(creating: "\(directory.path)/wal")
        _ = try wal.open("000001.log", for: .creating)
        #expect(throws: FileDisk.Refusal.foreign(file: "wal/000001.log")) {
            try FileDisk(directory.path)
        }
        #expect(try wal.names() == ["000001.log"])
    }

    @Test("a directory in which a member lives, or was begun, may hold other files too")
    func inhabited() throws {
        let directory = try RealDirectory()
        var real = try RealJournal(directory.path)
        try real.form()
        real.disk.stop()
        let handle = try DirectoryHandle(opening: directory.path)
        _ = try handle.open("notes", for: .creating)
        #expect(throws: FileDisk.Refusal.locked) { try FileDisk(directory.path) }

        let begun = try RealDirectory()
        let other = try DirectoryHandle(creating: begun.path)
        for name in ["lock", "hardstate", "lost+found"] {
            _ = try other.open(name, for: .creating)
        }
        _ = try FileDisk(begun.path)
    }

    @Test("space is kept for a start on a full disk, given up once, and taken again")
    func spare() throws {
        let directory = try RealDirectory()
        let real = try RealJournal(directory.path)
        let spare = SpareSpace(real.disk.directory)
        let handle = try DirectoryHandle(opening: directory.path)
        #expect(try handle.byteCount(of: SpareSpace.name) ?? 0 >= 8 << 10)
        #expect(spare.release())
        #expect(try handle.byteCount(of: SpareSpace.name) == nil)
        #expect(!spare.release(), "there is none")
        spare.keep()
        #expect(try handle.byteCount(of: SpareSpace.name) ?? 0 >= 8 << 10)
        real.disk.stop()
    }

    @Test("damage to a real directory, a sample: told or cut, as in memory")
    func damage() throws {
        let directory = try RealDirectory()
        var real = try RealJournal(directory.path, segmentByteCount: 8192)
        try real.form()
        for start in stride(from: 1, through: 291, by: 10) as StrideThrough<UInt64> {
            real.journal.append(entries: RealJournal.entries(start...start + 9))
            try real.run()
        }
        real.disk.stop()
        let segments = try DirectoryHandle(opening: "\(directory.path)/wal")
        let last = real.journal.durableLast.index.rawValue
        #expect(last == 300)
        var (told, whole) = (0, 0)
        for name in try segments.names() {
            let file = try segments.open(name, for: .writing)
            for offset in stride(from: 0, to: 8192, by: 389) {
                let byte = try file.read(at: offset, byteCount: 1)
                try file.write(byte.map { $0 ^ 0x20 }, at: offset)
                let opened = try? JournalDriver.open(real.disk.directory, segmentByteCount: 8192)
                if let opened {
                    #expect(opened.recovery.log.tail == RealJournal.entries(1...300))
                    whole += 1
                } else {
                    told += 1
                }
                try file.write(byte, at: offset)
            }
        }
        #expect(told > whole && whole > 0)
    }
}
