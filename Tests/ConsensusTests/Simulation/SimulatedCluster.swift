import Bytes
import Consensus

/// How a simulated world lies to its members: faults that no protocol survives, planted to show
/// that the laws catch them.
enum Lie: Sendable, CaseIterable {
    /// The disk confirms votes and forgets them in a crash.
    case forgetsVotes
    /// The disk confirms entries before it has written them.
    case confirmsEarly
    /// Opening cuts durable entries off the log's end.
    case truncatesDurableEntries
    /// A member that lost its log votes as if it had not.
    case hidesLoss
    /// The network gives old heartbeat answers the number of the latest round.
    case forgesRounds
}

/// Members, their disks and the network between them, driven by one seed.
final class SimulatedCluster {
    struct Plan {
        var machineCount = 3
        var founders = 3
        var changesMembership = false
        var losesLogs = false
        var lie: Lie?
    }

    /// One life of a member's process.
    final class Process {
        var raft: Raft
        var applied: LogIndex
        /// The commit index that the outside knew when each read came.
        var reads: [ReadID: LogIndex] = [:]
        /// How far the draft of a snapshot has grown.
        var draft: SnapshotOffset?
        /// The round of its last heartbeats.
        var round = ReadRound.zero

        init(_ raft: consuming Raft, applied: LogIndex) {
            self.raft = raft
            self.applied = applied
        }
    }

    struct Machine {
        let id: MemberID
        var disk = SimulatedDisk()
        var process: Process?
        var logIntegrity = LogIntegrity.intact
        var linkGeneration: UInt64 = 0
    }

    let plan: Plan
    var random: SplitMix64
    var now = MonotonicTime.milliseconds(1_000)
    var machines: [Machine] = []
    var network: [Message] = []
    /// Messages that take the long way round, and when they arrive.
    var late: [(MonotonicTime, Message)] = []
    /// Machines on different sides do not hear each other; bit per machine.
    var side: UInt64 = 0
    var laws = Laws()
    private var snapshots: [EntryID: SimulatedDisk.Snapshot] = [:]
    private var nextRead: UInt64 = 1
    /// What the simulated snapshots measure, in bytes, and their chunks.
    private static let snapshotByteCount: UInt64 = 30
    private static let chunkByteCount: UInt64 = 10

    init(_ plan: Plan, seed: UInt64) {
        self.plan = plan
        random = SplitMix64(seed: seed)
        for number in 1...plan.machineCount {
            machines.append(Machine(id: MemberID(rawValue: UInt64(number))))
            start(number - 1)
        }
    }

    var founders: Membership {
        founding((1...UInt64(plan.founders)).map { MemberID(rawValue: $0) })
    }

    // MARK: Machines

    func start(_ machine: Int) {
        var limits = Limits()
        limits.windowByteCountMax = 400
        limits.appendEntryCountMax = 3
        limits.inFlightMessageCountMax = 4
        let seed = random.next()
        let start = machines[machine].disk.start(
            of: machines[machine].id,
            founders: founders,
            logIntegrity: machines[machine].logIntegrity,
            cachedCount: Int.random(in: 0...10, using: &random),
            limits: limits,
            seed: seed
        )
        let process = Process(Raft(start, now: now), applied: start.log.snapshot.index)
        machines[machine].process = process
        finish(machine)
    }

    func crash(_ machine: Int) {
        guard machines[machine].process != nil else { return }
        machines[machine].process = nil
        machines[machine].disk.crash(using: &random)
        switch plan.lie {
        case .forgetsVotes: machines[machine].disk.forgetVote()
        case .truncatesDurableEntries: machines[machine].disk.loseTail(2)
        default: break
        }
    }

    /// The log is gone and the hard state is not: the member comes back as what it is, on new
    /// links, so that nothing of its former life is heard any more.
    func loseLog(_ machine: Int) {
        crash(machine)
        machines[machine].disk.loseLog()
        machines[machine].logIntegrity = plan.lie == .hidesLoss ? .intact : .reseeding
        let id = machines[machine].id
        network.removeAll { $0.from == id || $0.to == id }
        late.removeAll { $0.1.from == id || $0.1.to == id }
        start(machine)
        machines[machine].linkGeneration += 1
        let generation = machines[machine].linkGeneration
        for other in machines.indices where other != machine {
            step(other, input: .linkUp(id, generation: generation))
        }
    }

    func step(_ machine: Int, input: Raft.Input) {
        guard let process = machines[machine].process else { return }
        process.raft.step(input, now: now)
        finish(machine)
    }

    func propose(_ machine: Int, proposals: [Proposal]) {
        guard let process = machines[machine].process else { return }
        _ = try? process.raft.propose(proposals, now: now)
        finish(machine)
    }

    func read(_ machine: Int) {
        guard let process = machines[machine].process else { return }
        let id = ReadID(rawValue: nextRead)
        nextRead += 1
        process.reads[id] = laws.committedIndex
        step(machine, input: .read(id))
    }

    func tickDue() {
        for machine in machines.indices {
            guard let process = machines[machine].process, process.raft.nextDeadline <= now else {
                continue
            }
            step(machine, input: .tick)
        }
    }

    func completeWrites(_ machine: Int, count: Int) {
        guard machines[machine].process != nil else { return }
        let done = machines[machine].disk.complete(count)
        if let state = done.hardState { step(machine, input: .hardStatePersisted(state)) }
        if let last = done.last { step(machine, input: .entriesPersisted(last)) }
    }

    func takeSnapshot(_ machine: Int) {
        guard let process = machines[machine].process else { return }
        let disk = machines[machine].disk
        let index = process.applied
        // Renamed into place only once the log is durable that far: truly so, else the disk itself
        // breaks down and no law is tested.
        guard plan.lie == nil || disk.pending.isEmpty,
            index > disk.snapshot?.id.index ?? .zero, index <= process.raft.durableIndex,
            let entry = disk.read(from: index, count: 1).first, entry.id.index == index,
            process.raft.term(at: index) == entry.id.term,
            let membership = membership(at: index)
        else { return }
        let snapshot = SimulatedDisk.Snapshot(
            id: entry.id,
            time: entry.time,
            membership: membership
        )
        let forgotten = Bool.random(using: &random) ? index : disk.snapshot?.id.index ?? .zero
        snapshots[entry.id] = snapshot
        machines[machine].disk.keep(snapshot, forgottenThrough: forgotten)
        step(
            machine,
            input: .snapshotTaken(entry.id, forgottenThrough: machines[machine].disk.base.index)
        )
    }

    private func membership(at index: LogIndex) -> Membership? {
        var index = index
        while let entry = laws.committedEntry(at: index) {
            if entry.kind == .membership { return try? Membership(decoding: entry.payload) }
            index = LogIndex(rawValue: index.rawValue - 1)
        }
        return founders
    }

    // MARK: What a member asks for

    /// Carries out everything that the member owes, as its host would.
    private func finish(_ machine: Int) {
        guard let process = machines[machine].process else { return }
        let ready = process.raft.takeReady()
        if let change = ready.leadership, change.role == .leader {
            laws.elected(
                machines[machine].id,
                in: change.term,
                termAt: { process.raft.term(at: $0) },
                base: process.raft.status.snapshot.index
            )
        }
        if let first = ready.entries.first {
            let previous = LogIndex(rawValue: first.id.index.rawValue - 1)
            laws.appended(ready.entries, after: process.raft.term(at: previous) ?? .zero)
        }
        machines[machine].disk.submit(
            SimulatedDisk.Write(
                hardState: ready.hardState,
                cut: ready.cut,
                entries: ready.entries
            )
        )
        network += ready.messages
        for message in ready.messages {
            if case .heartbeat(let heartbeat) = message.body { process.round = heartbeat.round }
        }
        for answer in ready.reads {
            guard let floor = process.reads.removeValue(forKey: answer.id) else { continue }
            if let index = answer.index { laws.answered(index: index, floor: floor) }
        }
        if process.raft.logIntegrity == .intact { machines[machine].logIntegrity = .intact }
        apply(machine, through: ready.commitIndex)
        if plan.lie == .confirmsEarly, let last = ready.entries.last {
            step(machine, input: .entriesPersisted(last.id))
        }
        for load in ready.loads {
            let entries = machines[machine].disk.read(from: load.from, count: 3)
            step(machine, input: .entriesLoaded(for: load.peer, entries))
        }
        for load in ready.snapshotLoads { self.load(load, at: machine) }
        for chunk in ready.snapshotChunks { write(chunk, at: machine) }
        if let id = ready.install { install(id, at: machine) }
    }

    private func apply(_ machine: Int, through end: LogIndex) {
        guard let process = machines[machine].process else { return }
        while process.applied < end {
            let next = process.applied.advanced(by: 1)
            let entry: Entry?
            switch process.raft.entries(from: next, byteCountMax: 1) {
            case .cached(let entries): entry = entries.first
            case .onDisk: entry = machines[machine].disk.read(from: next, count: 1).first
            }
            guard let entry else { break }
            laws.applied(entry, in: process.raft.term)
            process.applied = next
        }
        if process.raft.status.appliedIndex < process.applied {
            step(machine, input: .applied(process.applied))
        }
    }

    private func load(_ load: SnapshotLoad, at machine: Int) {
        guard machines[machine].disk.snapshot?.id == load.snapshot,
            load.offset < Self.snapshotByteCount
        else { return step(machine, input: .snapshotUnreadable(for: load.peer)) }
        let count = min(Self.chunkByteCount, Self.snapshotByteCount - load.offset)
        let chunk = SnapshotChunk(
            snapshot: load.snapshot,
            offset: load.offset,
            bytes: Array(repeating: 0, count: Int(count)),
            totalByteCount: Self.snapshotByteCount
        )
        step(machine, input: .snapshotLoaded(for: load.peer, chunk))
    }

    private func write(_ chunk: SnapshotChunk, at machine: Int) {
        guard let process = machines[machine].process else { return }
        var draft = process.draft
        if draft?.snapshot != chunk.snapshot {
            draft = SnapshotOffset(snapshot: chunk.snapshot, nextOffset: 0)
        }
        if let grown = draft, grown.nextOffset == chunk.offset {
            draft = SnapshotOffset(
                snapshot: chunk.snapshot,
                nextOffset: chunk.offset + UInt64(chunk.bytes.count)
            )
        }
        process.draft = draft
        if let draft { step(machine, input: .snapshotWritten(draft)) }
    }

    /// A snapshot is installed after everything written before it; sometimes it is unsound.
    private func install(_ id: EntryID, at machine: Int) {
        completeWrites(machine, count: .max)
        guard let process = machines[machine].process else { return }
        process.draft = nil
        guard let snapshot = snapshots[id], Int.random(in: 0..<5, using: &random) > 0 else {
            return step(machine, input: .snapshotRejected(id))
        }
        machines[machine].disk.install(snapshot)
        process.applied = id.index
        step(machine, input: .snapshotInstalled(id, snapshot.time, snapshot.membership))
    }
}
