internal import Bytes
internal import Consensus
internal import Journal
internal import Keyspace

extension FormedMember {
    /// The disk carried out a batch; returns what that settles.
    mutating func finishDiskWork(
        _ completion: DiskCompletion,
        in context: inout TurnContext
    ) -> Completed {
        let completed = journal.absorb(completion)
        if completion.lane == .log { watchdog.completed(context.now) }
        if let hardState = completed.hardState {
            raft.step(.hardStatePersisted(hardState), now: context.now)
        }
        if let last = completed.entries { raft.step(.entriesPersisted(last), now: context.now) }
        for load in completed.loads { finishEntryLoad(load, in: &context) }
        for load in completed.snapshotLoads { finishSnapshotLoad(load, in: &context) }
        for offset in completed.received { raft.step(.snapshotWritten(offset), now: context.now) }
        for snapshot in completed.snapshots { finishSnapshot(snapshot, in: &context) }
        return completed
    }

    /// A peer wants entries that memory no longer holds.
    mutating func beginEntryLoad(_ load: EntryLoad, now: MonotonicTime) {
        let id = journal.load(from: load.from, byteCountMax: load.byteCountMax)
        guard let id else { return raft.step(.entriesLoaded(for: load.peer, []), now: now) }
        loads.begin(id, for: .peer(load.peer))
    }

    /// The next entry to apply is no longer in memory.
    mutating func beginApplyLoad(byteCountMax: Int) {
        guard let id = journal.load(from: machine.next, byteCountMax: byteCountMax) else {
            return invariant(false, "entry \(machine.next.rawValue) is neither cached nor stored")
        }
        loads.begin(id, for: .apply)
    }

    private mutating func finishEntryLoad(_ load: EntriesLoaded, in context: inout TurnContext) {
        guard let purpose = loads.end(load.id) else { return }
        let entries: [Entry]
        switch load.result {
        case .entries(let found): entries = found
        case .damaged(let damage):
            context.effects.stop = .damaged(evidence: damage.description)
            return
        }
        switch purpose {
        case .apply:
            applyLoaded(entries, in: &context)
            settleApplied(in: &context)
        case .peer(let peer): raft.step(.entriesLoaded(for: peer, entries), now: context.now)
        case .snapshot, .repair: invariant(false, "entries for a snapshot")
        }
    }

    /// A peer wants a part of a snapshot.
    mutating func beginSnapshotLoad(_ load: SnapshotLoad, now: MonotonicTime) {
        let id = journal.loadSnapshot(
            load.snapshot,
            offset: Int(clamping: load.offset),
            byteCount: SnapshotChunk.byteCountMax
        )
        guard let id else { return raft.step(.snapshotUnreadable(for: load.peer), now: now) }
        loads.begin(id, for: .snapshot(load.peer))
    }

    private mutating func finishSnapshotLoad(
        _ load: SnapshotBytesLoaded,
        in context: inout TurnContext
    ) {
        guard let purpose = loads.end(load.id) else { return }
        let chunk = SnapshotChunk(
            snapshot: load.snapshot.id,
            offset: UInt64(load.offset),
            bytes: load.bytes,
            totalByteCount: UInt64(load.snapshot.byteCount)
        )
        let isSound = snapshots.proofs.admits(chunk, for: purpose, in: journal.identity.cluster)
        if !isSound { replaceNewestSnapshot(context.now) }
        switch purpose {
        case .snapshot(let peer) where isSound:
            if let times = snapshots.note(chunk, for: peer, now: context.now) {
                context.effects.observations.append(.snapshot(times))
            }
            raft.step(.snapshotLoaded(for: peer, chunk), now: context.now)
        case .snapshot(let peer): raft.step(.snapshotUnreadable(for: peer), now: context.now)
        case .repair(let peer): if isSound { context.links.send(.storePart(chunk), to: peer) }
        case .apply, .peer: invariant(false, "snapshot bytes for entries")
        }
    }

    /// A leader whose disk stands still lets another one lead, if there is one whose disk does not;
    /// an operator is told.
    mutating func watchDisk(in context: inout TurnContext) {
        if watchdog.isStalled(now: context.now) { raft.step(.diskStalled, now: context.now) }
        if let took = watchdog.tell(now: context.now) {
            let timeout = configuration.electionTimeoutMilliseconds
            context.effects.notices.append(
                .slowDisk(milliseconds: took, electionTimeoutMilliseconds: timeout)
            )
        }
        if watchdog.hasRested(context.now) { journal.settle() }
    }
}
