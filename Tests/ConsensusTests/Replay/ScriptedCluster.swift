import Bytes
import Consensus

/// A cluster in which nothing happens by itself: messages stay on their way and writes pending
/// until the script says so. Every random draw is seeded by the number of the member and of its
/// life, so that a script is one history.
final class ScriptedCluster {
    /// One life of a member's process.
    final class ScriptedProcess {
        var raft: Raft
        var committed: LogIndex
        var refusedCount: UInt64 = 0
        /// How far the draft of a received snapshot has grown.
        var draft: SnapshotOffset?

        init(_ raft: consuming Raft, committed: LogIndex) {
            self.raft = raft
            self.committed = committed
        }
    }

    struct ScriptedMachine {
        let id: MemberID
        var disk = SimulatedDisk()
        var process: ScriptedProcess?
        var logIntegrity = LogIntegrity.intact
        var lives: UInt64 = 0
        var isCut = false
    }

    /// One thing that came out of a step.
    enum Event {
        case detail(String)
        /// What a member has become: a role, a commit, members, an answer.
        case outcome(String)
    }

    var founders: Membership?
    var now = MonotonicTime.milliseconds(1_000)
    /// In order of id.
    var machines: [ScriptedMachine] = []
    /// In the order of sending.
    var network: [Message] = []
    var delivered: [Message] = []
    var events: [Event] = []
    private var snapshots: [EntryID: SimulatedDisk.Snapshot] = [:]
    private var linkGeneration: UInt64 = 0
    /// Questions for a read index in the order in which they were asked: their numbers are drawn.
    private var questions: [ReadRequest] = []
    /// What a snapshot measures, in bytes, and the chunks that it travels in.
    private static let snapshotByteCount: UInt64 = 20
    private static let chunkByteCount: UInt64 = 10

    // MARK: Machines

    func position(of id: MemberID) throws(ScriptRefusal) -> Int {
        guard let position = machines.firstIndex(where: { $0.id == id }) else {
            throw ScriptRefusal(text: "\(id.label) was never started")
        }
        return position
    }

    func process(_ id: MemberID) throws(ScriptRefusal) -> ScriptedProcess {
        guard let process = machines[try position(of: id)].process else {
            throw ScriptRefusal(text: "\(id.label) is down")
        }
        return process
    }

    func begin(_ id: MemberID, beginning: ScriptStep.Beginning) throws(ScriptRefusal) {
        guard !machines.contains(where: { $0.id == id }) else {
            throw ScriptRefusal(text: "\(id.label) was started before: restart it")
        }
        var machine = ScriptedMachine(id: id)
        let entries = beginning.log.enumerated().map { offset, term in
            Entry(
                id: EntryID(
                    term: Term(rawValue: term),
                    index: LogIndex(rawValue: UInt64(offset) + 1)
                ),
                time: .zero,
                kind: .command,
                payload: []
            )
        }
        let term = Term(rawValue: beginning.term)
        let state = HardState(term: term, votedFor: beginning.votedFor)
        machine.disk.submit(SimulatedDisk.Write(hardState: state, entries: entries))
        _ = machine.disk.complete(1)
        machines.append(machine)
        machines.sort { $0.id < $1.id }
        try live(id)
    }

    func crash(_ id: MemberID) throws(ScriptRefusal) {
        _ = try process(id)
        let position = try position(of: id)
        machines[position].process = nil
        machines[position].disk.losePending()
        network.removeAll { $0.from == id || $0.to == id }
    }

    func restart(_ id: MemberID, finding: ScriptStep.Finding) throws(ScriptRefusal) {
        let position = try position(of: id)
        guard machines[position].process == nil else {
            throw ScriptRefusal(text: "\(id.label) runs: crash it first")
        }
        if finding == .nothing {
            machines[position].disk.loseLog()
            machines[position].logIntegrity = .reseeding
        }
        try live(id)
    }

    private func live(_ id: MemberID) throws(ScriptRefusal) {
        let position = try position(of: id)
        guard let founders else { throw ScriptRefusal(text: "no cluster was named") }
        machines[position].lives += 1
        let start = machines[position].disk.start(
            of: id,
            founders: founders,
            logIntegrity: machines[position].logIntegrity,
            cachedCount: .max,
            seed: id.rawValue << 8 | machines[position].lives
        )
        machines[position].process = ScriptedProcess(
            Raft(start, now: now),
            committed: start.log.snapshot.index
        )
        finish(id)
    }

    // MARK: What a member is told

    func step(_ id: MemberID, input: Raft.Input) {
        guard let process = try? process(id) else { return }
        process.raft.step(input, now: now)
        finish(id)
    }

    /// The clock goes on to what the member has due next, and the member does it.
    func wake(_ id: MemberID) throws(ScriptRefusal) {
        now = max(now, try process(id).raft.nextDeadline)
        step(id, input: .tick)
    }

    func receive(_ message: Message) {
        delivered.append(message)
        step(message.to, input: .received(message))
    }

    func propose(_ id: MemberID, proposals: [Proposal]) throws(ScriptRefusal) {
        let process = try process(id)
        do {
            _ = try process.raft.propose(proposals, now: now)
        } catch {
            return tell("\(id.label) refuses the proposal: \(error.label)")
        }
        finish(id)
    }

    func reconnect(_ id: MemberID, with other: MemberID) {
        network.removeAll { [$0.from, $0.to] == [id, other] || [$0.from, $0.to] == [other, id] }
        linkGeneration += 1
        step(id, input: .linkUp(other, generation: linkGeneration))
        step(other, input: .linkUp(id, generation: linkGeneration))
    }

    func loseLink(of id: MemberID, to other: MemberID) {
        step(id, input: .linkBroken(leader: other, generation: linkGeneration))
    }

    func persist(_ id: MemberID, amount: ScriptStep.Amount) throws(ScriptRefusal) {
        let position = try position(of: id)
        let done = machines[position].disk.complete(amount == .first ? 1 : .max)
        if let state = done.hardState { step(id, input: .hardStatePersisted(state)) }
        if let last = done.last { step(id, input: .entriesPersisted(last)) }
    }

    /// A snapshot of what was applied, and nothing is kept of the log before its end.
    func takeSnapshot(_ id: MemberID, through index: LogIndex) throws(ScriptRefusal) {
        let raft = try process(id)
        let position = try position(of: id)
        let disk = machines[position].disk
        guard disk.pending.isEmpty, index <= raft.committed,
            let entry = disk.entries.first(where: { $0.id.index == index })
        else {
            throw ScriptRefusal(text: "\(id.label) has not applied that, or writes")
        }
        let members = disk.entries.last { $0.kind == .membership && $0.id.index <= index }
        guard
            let membership = members.flatMap({ try? Membership(decoding: $0.payload) })
                ?? disk.snapshot?.membership ?? founders
        else { throw ScriptRefusal(text: "no cluster was named") }
        let snapshot = SimulatedDisk.Snapshot(
            id: entry.id,
            time: entry.time,
            membership: membership
        )
        snapshots[entry.id] = snapshot
        machines[position].disk.keep(snapshot, forgottenThrough: index)
        step(id, input: .snapshotTaken(entry.id, forgottenThrough: index))
    }

    // MARK: What a member asks for

    func tell(_ line: String) { events.append(.outcome(line)) }

    private func detail(_ line: String) { events.append(.detail(line)) }

    /// Takes what the member owes, and does at once only what a disk reads and a snapshot needs.
    private func finish(_ id: MemberID) {
        guard let process = try? process(id), let position = try? position(of: id) else { return }
        let ready = process.raft.takeReady()
        if let change = ready.leadership { tell("\(id.label) \(change.label)") }
        if let membership = ready.membership { tell("\(id.label) counts by \(membership.label)") }
        if ready.commitIndex > process.committed {
            tell("\(id.label) commits through \(ready.commitIndex.rawValue)")
        }
        let write = SimulatedDisk.Write(
            hardState: ready.hardState,
            cut: ready.cut,
            entries: ready.entries
        )
        if !write.isEmpty { detail("\(id.label) to disk: \(write.label)") }
        machines[position].disk.submit(write)
        ready.messages.forEach(send)
        for answer in ready.reads {
            let outcome = answer.index.map { "at index \($0.rawValue)" } ?? "never"
            tell("\(id.label) serves read \(answer.id.rawValue) \(outcome)")
        }
        noteRefusals(of: process, id: id)
        noteCandor(of: process, at: position)
        apply(id, process: process, through: ready.commitIndex)
        for load in ready.loads {
            let entries = machines[position].disk.read(from: load.from, count: .max)
            step(id, input: .entriesLoaded(for: load.peer, entries))
        }
        for load in ready.snapshotLoads { read(load, at: position) }
        for chunk in ready.snapshotChunks { store(chunk, id: id, process: process) }
        if let snapshot = ready.install { install(snapshot, at: position) }
    }

    private func send(_ message: Message) {
        if case .readIndex(let request) = message.body, !questions.contains(request) {
            questions.append(request)
        }
        let line = message.label { (questions.firstIndex(of: $0) ?? -1) + 1 }
        let isLost = machines.contains {
            ($0.id == message.from || $0.id == message.to) && ($0.isCut || $0.process == nil)
        }
        detail(isLost ? "\(line) (lost)" : line)
        if !isLost { network.append(message) }
    }

    private func noteRefusals(of process: ScriptedProcess, id: MemberID) {
        let count = process.raft.status.refusedMessageCount
        if count > process.refusedCount { tell("\(id.label) drops what no honest member sends") }
        process.refusedCount = count
    }

    private func noteCandor(of process: ScriptedProcess, at position: Int) {
        let logIntegrity = process.raft.logIntegrity
        guard machines[position].logIntegrity != logIntegrity else { return }
        machines[position].logIntegrity = logIntegrity
        tell("\(machines[position].id.label) holds its log again and may vote")
    }

    private func apply(_ id: MemberID, process: ScriptedProcess, through index: LogIndex) {
        guard index > process.committed else { return }
        process.committed = index
        step(id, input: .applied(index))
    }

    private func read(_ load: SnapshotLoad, at position: Int) {
        let id = machines[position].id
        guard machines[position].disk.snapshot?.id == load.snapshot,
            load.offset < Self.snapshotByteCount
        else { return step(id, input: .snapshotUnreadable(for: load.peer)) }
        let count = min(Self.chunkByteCount, Self.snapshotByteCount - load.offset)
        let chunk = SnapshotChunk(
            snapshot: load.snapshot,
            offset: load.offset,
            bytes: Array(repeating: 0, count: Int(count)),
            totalByteCount: Self.snapshotByteCount
        )
        step(id, input: .snapshotLoaded(for: load.peer, chunk))
    }

    private func store(_ chunk: SnapshotChunk, id: MemberID, process: ScriptedProcess) {
        var draft = process.draft ?? SnapshotOffset(snapshot: chunk.snapshot, nextOffset: 0)
        if draft.snapshot != chunk.snapshot {
            draft = SnapshotOffset(snapshot: chunk.snapshot, nextOffset: 0)
        }
        if draft.nextOffset == chunk.offset {
            let end = chunk.offset + UInt64(chunk.bytes.count)
            draft = SnapshotOffset(snapshot: chunk.snapshot, nextOffset: end)
        }
        process.draft = draft
        step(id, input: .snapshotWritten(draft))
    }

    /// After everything that was written before.
    private func install(_ snapshot: EntryID, at position: Int) {
        let id = machines[position].id
        try? persist(id, amount: .all)
        guard let process = try? process(id), let received = snapshots[snapshot] else {
            return step(id, input: .snapshotRejected(snapshot))
        }
        tell("\(id.label) installs the snapshot through \(snapshot.label)")
        process.draft = nil
        machines[position].disk.install(received)
        step(id, input: .snapshotInstalled(snapshot, received.time, received.membership))
    }
}
