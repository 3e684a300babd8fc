internal import Bytes

extension Raft {
    /// The state machine's snapshot is durable here; the log before it is needed less.
    mutating func snapshotTaken(_ id: EntryID, forgottenThrough end: LogIndex) {
        log.snapshotTaken(id, forgottenThrough: end)
        memberships.settle(through: min(id.index, commitIndex))
    }

    // MARK: The leader's half

    /// The log here begins after what the member needs: it gets the newest snapshot, then the log.
    mutating func beginSnapshot(to position: Int) {
        invariant(log.snapshot.index >= log.base.index, "the log begins after no snapshot")
        load(
            SnapshotTransfer(snapshot: log.snapshot, nextOffset: 0, deadline: now),
            for: position
        )
    }

    /// Asks the disk for the next chunk, which goes out when it is there.
    mutating func load(_ transfer: SnapshotTransfer, for position: Int) {
        var renewed = transfer
        renewed.deadline = now.advanced(byNanoseconds: timing.electionTimeoutNanoseconds)
        tracker[position].sending = .snapshot(renewed)
        outbox.ready.snapshotLoads.append(
            SnapshotLoad(
                peer: tracker[position].id,
                snapshot: transfer.snapshot,
                offset: transfer.nextOffset
            )
        )
    }

    mutating func snapshotLoaded(_ chunk: SnapshotChunk, for peer: MemberID) {
        guard let (_, transfer) = transfer(to: peer), chunk.snapshot == transfer.snapshot,
            chunk.offset == transfer.nextOffset
        else { return }
        send(.installSnapshot(chunk), to: peer)
    }

    /// It was replaced by a newer one in the meantime, or is damaged.
    mutating func snapshotUnreadable(for peer: MemberID) {
        guard let (position, transfer) = transfer(to: peer) else { return }
        // The same one again is tried at a heartbeat's pace, not in a tight circle.
        guard transfer.snapshot != log.snapshot else { return }
        beginSnapshot(to: position)
    }

    mutating func receiveInstallSnapshotResponse(_ offset: SnapshotOffset, from peer: MemberID) {
        guard let (position, transfer) = transfer(to: peer),
            offset.snapshot == transfer.snapshot, offset.nextOffset != transfer.nextOffset
        else { return }
        load(
            SnapshotTransfer(
                snapshot: transfer.snapshot,
                nextOffset: offset.nextOffset,
                deadline: now
            ),
            for: position
        )
    }

    private func transfer(to peer: MemberID) -> (position: Int, SnapshotTransfer)? {
        guard isLeader, let position = tracker.position(of: peer),
            case .snapshot(let transfer) = tracker[position].sending
        else { return nil }
        return (position, transfer)
    }

    // MARK: The follower's half

    /// A chunk for the host to write, unless the log has all that the snapshot covers.
    mutating func receiveInstallSnapshot(_ chunk: SnapshotChunk, from leader: MemberID) {
        guard hear(leader: leader), !reception.isInstalling else { return }
        let id = chunk.snapshot
        guard id.index > commitIndex, !log.contains(id) else {
            // The snapshot is of committed entries, and what is here matches it: go on from there.
            if log.contains(id) {
                noteMatch(through: id.index)
                commit(through: id.index)
            }
            oweAnswer()
            return
        }
        reception = .receiving(
            through: SnapshotOffset(snapshot: id, nextOffset: chunk.totalByteCount)
        )
        outbox.ready.snapshotChunks.append(chunk)
    }

    /// The draft grew. With its last byte it is installed, if that is still wanted; the log stands
    /// still meanwhile.
    mutating func snapshotWritten(_ offset: SnapshotOffset) {
        guard let leader = followedLeader, !reception.isInstalling else { return }
        guard reception == .receiving(through: offset) else {
            return send(.installSnapshotResponse(offset), to: leader)
        }
        reception = .idle
        guard offset.snapshot.index > commitIndex, !log.contains(offset.snapshot) else { return }
        reception = .installing(offset.snapshot)
        outbox.ready.install = offset.snapshot
    }

    mutating func snapshotRejected(_ id: EntryID) {
        if !reception.isInstalling || reception == .installing(id) { reception = .idle }
        guard let leader = followedLeader else { return }
        send(.installSnapshotResponse(SnapshotOffset(snapshot: id, nextOffset: 0)), to: leader)
    }

    /// The log begins anew after the snapshot, and the leader hears it as an acknowledgement.
    mutating func snapshotInstalled(
        _ id: EntryID,
        time: ClusterTime,
        membership: Membership
    ) {
        reception = .idle
        invariant(
            id.index > commitIndex && !isLeader,
            "installed \(id) as \(role), commit \(commitIndex)"
        )
        if planted(.installedLogKept) { return commitIndex = id.index }
        tracker.forgetAcknowledged(after: commitIndex)
        log.restart(after: id, time: time)
        durability.restarted(after: id.index, in: term)
        pace.abandon()
        memberships = MembershipHistory(
            base: MembershipRecord(index: id.index, membership: membership),
            later: []
        )
        adoptMembershipInForce()
        commitIndex = id.index
        appliedIndex = id.index
        noteMatch(through: id.index)
        guard followedLeader != nil else { return }
        oweAnswer()
        completeRecoveryIfFull()
    }
}
