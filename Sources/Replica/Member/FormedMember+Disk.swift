internal import Bytes
internal import Consensus
internal import Journal
internal import Keyspace

extension FormedMember {
    /// The disk carried out a batch.
    mutating func completed(
        _ completed: Completed,
        lane: DiskBatch.Lane,
        now: MonotonicTime,
        links: inout Links,
        into effects: inout Effects
    ) {
        if lane == .log { watchdog.completed(now) }
        if let hardState = completed.hardState {
            raft.step(.hardStatePersisted(hardState), now: now)
        }
        if let last = completed.entries { raft.step(.entriesPersisted(last), now: now) }
        for load in completed.loads { ended(load, now: now, links: &links, into: &effects) }
        for load in completed.snapshotLoads { ended(load, now: now, links: &links) }
        for offset in completed.received { raft.step(.snapshotWritten(offset), now: now) }
        for snapshot in completed.snapshots { published(snapshot, now: now, into: &effects) }
    }

    /// A peer wants entries that memory no longer holds.
    mutating func beginLoad(_ load: EntryLoad, now: MonotonicTime) {
        let id = journal.load(from: load.from, byteCountMax: load.byteCountMax)
        guard let id else { return raft.step(.entriesLoaded(for: load.peer, []), now: now) }
        loads.begin(id, for: .peer(load.peer))
    }

    /// The store is behind what memory holds.
    mutating func beginApplyLoad(byteCountMax: Int) {
        guard let id = journal.load(from: machine.next, byteCountMax: byteCountMax) else {
            return invariant(false, "entry \(machine.next.rawValue) is neither cached nor stored")
        }
        loads.begin(id, for: .apply)
    }

    private mutating func ended(
        _ load: EntriesLoaded,
        now: MonotonicTime,
        links: inout Links,
        into effects: inout Effects
    ) {
        guard let purpose = loads.end(load.id) else { return }
        let entries: [Entry]
        switch load.result {
        case .entries(let found): entries = found
        case .damaged(let damage):
            effects.stop = .damaged(evidence: damage.description)
            return
        }
        switch purpose {
        case .apply:
            apply(loaded: entries, links: &links, into: &effects)
            settleApplied(now, into: &effects)
        case .peer(let peer): raft.step(.entriesLoaded(for: peer, entries), now: now)
        case .snapshot, .repair: invariant(false, "entries for a snapshot")
        }
    }

    /// A peer wants a part of a snapshot.
    mutating func beginLoad(_ load: SnapshotLoad, now: MonotonicTime) {
        let id = journal.loadSnapshot(
            load.snapshot,
            offset: Int(clamping: load.offset),
            byteCount: SnapshotChunk.byteCountMax
        )
        guard let id else { return raft.step(.snapshotUnreadable(for: load.peer), now: now) }
        loads.begin(id, for: .snapshot(load.peer))
    }

    private mutating func ended(
        _ load: SnapshotBytesLoaded,
        now: MonotonicTime,
        links: inout Links
    ) {
        guard let purpose = loads.end(load.id) else { return }
        let chunk = SnapshotChunk(
            snapshot: load.snapshot.id,
            offset: UInt64(load.offset),
            bytes: load.bytes,
            totalByteCount: UInt64(load.snapshot.byteCount)
        )
        let isSound = snapshots.proofs.admits(chunk, for: purpose, in: journal.identity.cluster)
        if !isSound { replaceNewestSnapshot(now) }
        switch purpose {
        case .snapshot(let peer) where isSound:
            raft.step(.snapshotLoaded(for: peer, chunk), now: now)
        case .snapshot(let peer): raft.step(.snapshotUnreadable(for: peer), now: now)
        case .repair(let peer): if isSound { links.send(.storePart(chunk), to: peer) }
        case .apply, .peer: invariant(false, "snapshot bytes for entries")
        }
    }

    /// A leader whose disk stands still lets another one lead.
    mutating func watchDisk(_ now: MonotonicTime) {
        let limit = configuration.electionTimeoutMilliseconds
        if watchdog.isStalled(longerThan: limit, now: now) { raft.step(.diskStalled, now: now) }
        if watchdog.hasRested(now) { journal.settle() }
    }
}
