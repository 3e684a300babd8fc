import Bytes
import Consensus
import Journal
import TestSupport

/// A log as it should be: what lies before `base` is covered by a snapshot.
struct ModelLog: Hashable {
    var base = EntryID.zero
    var entries: [Entry] = []
    var last: EntryID { entries.last?.id ?? base }

    /// Whether a recovered log is this one, as far as it still reaches back.
    func matches(_ log: RecoveredLog) -> Bool {
        guard log.last == last, log.base.index >= base.index else { return false }
        return log.tail == entries.filter { $0.id.index > log.base.index }
    }
}

/// Runs a journal over a disk in memory, and remembers what was given to it and what it said was
/// durable.
struct JournalDriver {
    static let cluster = ClusterID(rawValue: 0xC1)
    static let member = MemberID(rawValue: 0xA1)

    var disk: MemoryDisk
    var journal: Journal
    var recovery: Recovery
    /// The log after each thing that was given, the last as it is now.
    private(set) var history: [ModelLog]
    /// The place in `history` that is acknowledged.
    private(set) var acknowledged = 0
    private(set) var hardStates: [HardState]
    private(set) var acknowledgedHardState = 0
    private(set) var completed: [Completed] = []
    /// Every batch that was carried out.
    private(set) var batches: [DiskBatch] = []
    /// The place in `hardStates` that the last log batch holds.
    private var submittedHardState = 0
    /// What recovery owes; carried out first of all.
    private var owed: [DiskOperation]

    /// Opens a directory.
    ///
    /// - Parameters:
    ///   - history: what the log may be, the first being acknowledged, the last what is found.
    ///   - hardStates: the same of the hard state.
    init(
        _ disk: MemoryDisk,
        segmentByteCount: Int = 4096,
        expecting history: [ModelLog] = [ModelLog()],
        hardStates: [HardState] = [.initial]
    ) throws {
        self.disk = disk
        (journal, recovery) = try Self.open(disk, segmentByteCount: segmentByteCount)
        self.history = history
        self.hardStates = hardStates
        owed = recovery.operations
    }

    static func open(
        _ disk: some DiskReader,
        segmentByteCount: Int = 4096
    ) throws(JournalError) -> (journal: Journal, recovery: Recovery) {
        var opening = Journal.Opening(
            name: Array("n1".utf8),
            freshMember: member,
            bootNonce: 1
        )
        opening.segmentByteCount = segmentByteCount
        return try Journal.open(disk, opening: opening)
    }

    /// Forms the cluster: until then there is no log.
    mutating func form(memberCount: Int = 1) throws {
        try start()
        var identity = journal.identity
        identity.cluster = Self.cluster
        identity.founders = (0..<memberCount).map { place in
            Member(
                id: MemberID(rawValue: Self.member.rawValue + UInt64(place)),
                name: Array("n\(place + 1)".utf8),
                peerAddress: Array("127.0.0.1:238\(place)".utf8)
            )
        }
        journal.store(identity)
        if memberCount > 1 { journal.note(.replicated) }
        try run()
    }

    var model: ModelLog { history[history.count - 1] }

    /// Gives the next `count` entries of a term.
    mutating func append(
        _ count: Int,
        term: UInt64 = 1,
        payload: (LogIndex) -> [UInt8] = { Self.payload($0) }
    ) {
        for _ in 0..<count {
            var log = model
            let index = LogIndex(rawValue: log.last.index.rawValue + 1)
            let entry = Entry(
                id: EntryID(term: Term(rawValue: term), index: index),
                time: ClusterTime(rawValue: index.rawValue * 10),
                kind: .command,
                payload: payload(index)
            )
            log.entries.append(entry)
            history.append(log)
            journal.append(entries: [entry])
        }
    }

    /// Cuts off everything after an index.
    mutating func cut(after index: UInt64) {
        var log = model
        log.entries.removeAll { $0.id.index.rawValue > index }
        history.append(log)
        journal.append(cut: LogIndex(rawValue: index))
    }

    mutating func vote(term: UInt64, for candidate: UInt64?) {
        let state = HardState(
            term: Term(rawValue: term),
            votedFor: candidate.map { MemberID(rawValue: $0) }
        )
        hardStates.append(state)
        journal.append(hardState: state)
    }

    /// Lets a snapshot take the place of the log.
    mutating func restart(after id: EntryID) {
        history.append(ModelLog(base: id))
        journal.installReceived()
    }

    /// Takes the batches that may go now, without carrying them out.
    mutating func take() -> [DiskBatch] {
        let taken = journal.takeBatches()
        if taken.contains(where: { $0.lane == .log }) {
            submittedHardState = hardStates.count - 1
        }
        return taken
    }

    mutating func carryOut(_ batch: DiskBatch) throws {
        let completion = try disk.perform(batch)
        batches.append(batch)
        let completed = journal.absorb(completion)
        if completed.entries != nil { acknowledged += Self.changeCount(of: batch) }
        if completed.hardState != nil { acknowledgedHardState = submittedHardState }
        self.completed.append(completed)
    }

    /// How many changes of the log a batch holds: entries, cuts and installed snapshots, by the
    /// record's length at 4 and kind at 8 (Docs/Formats/segment.md).
    private static func changeCount(of batch: DiskBatch) -> Int {
        var count = 0
        for case .write(.segment, let offset, let bytes) in batch.operations where offset > 0 {
            var start = 0
            while start < bytes.count {
                if [1, 2, 4].contains(bytes[start + 8]) { count += 1 }
                let payload = Int(bytes.span.littleEndian(UInt32.self, at: start + 4))
                start += (64 + payload + 7) & ~7
            }
        }
        return count
    }

    /// Carries out what recovery owes: what was found is durable then.
    mutating func start() throws {
        guard !owed.isEmpty else { return }
        for operation in owed { _ = try disk.perform(operation) }
        owed = []
        acknowledged = history.count - 1
        acknowledgedHardState = hardStates.count - 1
    }

    /// Carries out all there is, batch after batch.
    mutating func run() throws {
        try start()
        while true {
            let taken = take()
            guard !taken.isEmpty else { return }
            for batch in taken { try carryOut(batch) }
        }
    }

    static func payload(_ index: LogIndex) -> [UInt8] {
        (0..<Int(index.rawValue % 23)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
    }

    /// The bytes of a snapshot of `id`, as a leader sends them.
    func snapshotBytes(of id: EntryID, payloads: [[UInt8]] = [[1, 2, 3], [], [4]]) -> [UInt8] {
        var writer = journal.snapshotWriter(
            of: id,
            time: ClusterTime(rawValue: id.index.rawValue * 10),
            membership: Self.membership,
            stateHash: [9, 9]
        )
        var operations = writer.begin()
        for payload in payloads { operations += writer.append(payload) }
        operations += writer.finish()
        return operations.flatMap { operation in
            if case .write(_, _, let bytes) = operation { bytes } else { [] as [UInt8] }
        }
    }

    /// Receives a whole snapshot in chunks.
    mutating func receive(_ id: EntryID, chunkByteCount: Int = 50) throws {
        let bytes = snapshotBytes(of: id)
        for start in stride(from: 0, to: bytes.count, by: chunkByteCount) {
            let chunk = SnapshotChunk(
                snapshot: id,
                offset: UInt64(start),
                bytes: Array(bytes[start..<min(start + chunkByteCount, bytes.count)]),
                totalByteCount: UInt64(bytes.count)
            )
            guard case .pieces = journal.receive(chunk) else {
                fatalError("refused its own snapshot")
            }
            try run()
        }
    }

    /// Receives a whole snapshot in chunks and lets it take the place of the log.
    mutating func install(_ id: EntryID, chunkByteCount: Int = 50) throws {
        try receive(id, chunkByteCount: chunkByteCount)
        restart(after: id)
        try run()
    }

    /// Writes a snapshot of the log through its last durable entry and lets it be published.
    ///
    /// - Parameter meanwhile: how many entries are appended while it is written.
    mutating func takeSnapshot(meanwhile count: Int = 0) throws {
        let snapshot = try writeSnapshot()
        append(count)
        try run()
        journal.snapshotWritten(snapshot)
        try run()
    }

    /// Writes the draft of a snapshot of the log through its last durable entry.
    mutating func writeSnapshot() throws -> SnapshotDescriptor {
        let id = journal.durableLast
        var writer = journal.snapshotWriter(
            of: id,
            time: ClusterTime(rawValue: id.index.rawValue * 10),
            membership: Self.membership,
            stateHash: [1, 2, 3]
        )
        var operations = writer.begin()
        operations += writer.append([UInt8](repeating: 0xAB, count: 700))
        operations += writer.finish()
        for operation in operations { _ = try disk.perform(operation) }
        return SnapshotDescriptor(
            id: id,
            time: writer.header.time,
            byteCount: writer.byteCount
        )
    }

    /// Carries out what the background lane has, while the log's lane stands still.
    mutating func runBackground() throws -> [DiskBatch] {
        var held: [DiskBatch] = []
        while true {
            let taken = take()
            guard !taken.isEmpty else { return held }
            for batch in taken {
                if batch.lane == .log { held.append(batch) } else { try carryOut(batch) }
            }
        }
    }

    static let membership = Membership(founding: [
        Member(id: member, name: Array("n1".utf8), peerAddress: Array("127.0.0.1:2380".utf8))
    ])
}
