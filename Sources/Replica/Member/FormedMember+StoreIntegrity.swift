internal import Bytes
internal import Consensus
internal import Journal
internal import Keyspace

extension FormedMember {
    /// Every 1,024th entry all members tell each other the hash of what they have.
    mutating func reportHash(in context: inout TurnContext) {
        let report = StateHashReport(
            index: machine.applied.index,
            hash: machine.keyspace.hash
        )
        for member in machine.membership.members where member.id != id {
            context.links.send(.stateHash(report), to: member.id)
        }
        hashes.record(report, of: id)
        judgeStore(&context.effects)
    }

    /// A peer tells the hash of what it has.
    mutating func compareStore(
        with report: StateHashReport,
        from peer: MemberID,
        into effects: inout Effects
    ) {
        hashes.record(report, of: peer)
        judgeStore(&effects)
    }

    private mutating func judgeStore(_ effects: inout Effects) {
        switch (hashes.verdict(for: id, voters: voters), storeIntegrity) {
        case (.sound, .undecided): storeIntegrity = .sound
        case (.undecided, .sound):
            storeIntegrity = .undecided
            refuseReads(&effects)
        case (.differs, .sound), (.differs, .undecided):
            storeIntegrity = .differs(StoreRepair())
            refuseReads(&effects)
        case (.sound, .sound), (.sound, .differs), (.undecided, .undecided),
            (.undecided, .differs), (.differs, .differs):
            break
        }
    }

    /// Asks the leader for the next part of its store, or hands leadership to one whose store is
    /// sound.
    mutating func repairStore(in context: inout TurnContext) {
        guard case .differs = storeIntegrity else { return }
        adoptStore(in: &context)
        guard case .differs(var repair) = storeIntegrity, !snapshots.isRepairWhole,
            context.now >= repair.askAt
        else { return }
        repair.askAt = context.now.advanced(byMilliseconds: StoreRepair.patienceMilliseconds)
        storeIntegrity = .differs(repair)
        if isLeading {
            let target = successor(&context.links)
            if let target { raft.step(.transferLeadership(to: target), now: context.now) }
        } else if let leader = raft.leader {
            context.links.send(.storeWanted(place(of: repair)), to: leader)
        }
    }

    /// Where to go on; before the first part, any snapshot that our log reaches back to.
    private mutating func place(of repair: StoreRepair) -> SnapshotOffset {
        SnapshotOffset(
            snapshot: repair.snapshot ?? EntryID(term: .zero, index: journal.base.index),
            nextOffset: repair.nextOffset
        )
    }

    /// A peer asks for a part of this member's newest snapshot.
    mutating func serveStore(at wanted: SnapshotOffset, to peer: MemberID) {
        guard isServing, !loads.isUnderWay(.repair(peer)) else { return }
        let known = journal.snapshots.last {
            wanted.nextOffset == 0
                ? $0.id.index >= wanted.snapshot.index : $0.id == wanted.snapshot
        }
        guard let known else {
            snapshots.wish = .atOnce
            return
        }
        let load = journal.loadSnapshot(
            known.id,
            offset: Int(clamping: wanted.nextOffset),
            byteCount: SnapshotChunk.byteCountMax
        )
        if let load { loads.begin(load, for: .repair(peer)) }
    }

    /// A part of the leader's store.
    mutating func receiveStorePart(_ part: SnapshotChunk) {
        guard case .differs(var repair) = storeIntegrity else { return }
        if part.offset == 0 {
            snapshots.repairing = StoreReception(part.snapshot, of: journal.identity.cluster)
            repair = StoreRepair(snapshot: part.snapshot)
        }
        guard repair.snapshot == part.snapshot, repair.nextOffset == part.offset,
            var reception = snapshots.repairing
        else { return }
        snapshots.repairing = nil
        do { try reception.take(part.bytes) } catch {
            storeIntegrity = .differs(StoreRepair(askAt: repair.askAt))
            return
        }
        snapshots.repairing = reception
        repair.nextOffset += UInt64(part.bytes.count)
        repair.askAt = MonotonicTime(rawValue: 0)
        storeIntegrity = .differs(repair)
    }

    /// The store came whole: it takes the place of ours once the log reaches it.
    private mutating func adoptStore(in context: inout TurnContext) {
        guard let state = snapshots.repairing?.state, let keyspace = state.keyspace,
            let membership = state.membership
        else { return }
        guard raft.commitIndex >= state.id.index else { return }
        snapshots.repairing = nil
        guard state.id.index >= journal.base.index else {
            storeIntegrity = .differs(StoreRepair())
            return
        }
        machine = StateMachine(
            keyspace: keyspace,
            applied: state.id,
            time: state.time,
            membership: membership
        )
        hashes.forget(id)
        storeIntegrity = .sound
        replacedStore(&context.effects)
        settleApplied(in: &context)
    }
}
