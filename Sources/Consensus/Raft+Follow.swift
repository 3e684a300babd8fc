internal import Bytes

extension Raft {
    /// What a follower owes at the end of a turn: one acknowledgement, however many messages came.
    mutating func follow() {
        if following.answer == .owed, let leader = following.leader {
            following.answer = .none
            let match = min(following.verified, durability.index)
            following.toldMatch = match
            send(
                .appendEntriesResponse(.accepted(match: match, verified: following.verified)),
                to: leader
            )
        }
        askForReadIndex()
    }

    /// AppendEntries, the receiver's half (figure 3.1).
    mutating func receiveAppendEntries(_ append: AppendEntries, from leader: MemberID) {
        guard hear(leader: leader), following.installing == nil else { return }
        noteContact(lastIndex: append.lastIndex, commitIndex: append.commitIndex)
        // What lies before the base is committed, so it matches and is not looked at again.
        let skipped = log.base.index.rawValue.subtractingClamped(append.previous.index.rawValue)
        let previous = skipped == 0 ? append.previous : log.base
        guard log.contains(previous) else {
            let hint = log.lastPossibleMatch(append.previous)
            return send(
                .appendEntriesResponse(.refused(previous: append.previous.index, hint: hint)),
                to: leader
            )
        }
        let kept = append.entries.dropFirst(Int(min(skipped, UInt64(append.entries.count))))
        guard take(kept) else { return }
        let end = LogIndex(
            rawValue: append.previous.index.rawValue + UInt64(append.entries.count)
        )
        following.verified = max(following.verified, end)
        commit(through: min(append.commitIndex, following.verified))
        // While entries are on their way to the disk, the answer waits for them.
        if durability.index >= following.verified || append.entries.isEmpty {
            following.answer = .owed
        }
        completeRecoveryIfFull()
    }

    /// Appends what is new of entries whose predecessor the log holds, after truncating what
    /// contradicts them.
    ///
    /// - Returns: false when they contradict what is committed, which no leader does.
    private mutating func take(_ entries: ArraySlice<Entry>) -> Bool {
        var fresh = entries
        if let first = entries.first, first.id.index <= log.last.index {
            fresh = entries.drop { log.contains($0.id) }
        }
        if planted(.duplicateTruncates) { fresh = entries }
        guard let first = fresh.first else { return true }
        if planted(.conflictKept), first.id.index <= log.last.index { return true }
        if first.id.index <= log.last.index {
            guard first.id.index > commitIndex else {
                refusals.add(.contradictsCommitted(first.id))
                return false
            }
            truncate(after: first.id.index.previous)
        }
        for entry in fresh {
            log.append(entry)
            if entry.kind == .membership { adoptMembership(of: entry) }
        }
        if planted(.appendBeforeDurable) { durability.persisted(log.last) }
        return true
    }

    private mutating func truncate(after index: LogIndex) {
        log.truncate(after: index)
        tracker.forgetAcknowledged(after: index)
        durability.truncated(after: index, in: term)
        following.verified = min(following.verified, index)
        if memberships.truncate(after: index) { adoptMembershipInForce() }
    }

    mutating func receiveHeartbeat(_ heartbeat: Heartbeat, from leader: MemberID) {
        guard hear(leader: leader) else { return }
        noteContact(lastIndex: heartbeat.lastIndex, commitIndex: heartbeat.commitIndex)
        if planted(.unverifiedCommit) {
            commit(through: min(heartbeat.commitIndex, log.last.index))
        }
        commit(through: min(heartbeat.commitIndex, following.verified))
        send(.heartbeatResponse(heartbeat.round), to: leader)
    }

    mutating func receiveCommit(_ index: LogIndex, from leader: MemberID) {
        guard hear(leader: leader) else { return }
        following.contact?.raise(commitIndex: index)
        commit(through: min(index, following.verified))
    }

    /// Entries through `index` are committed; a lower one than before says nothing.
    mutating func commit(through index: LogIndex) {
        guard index > commitIndex else { return }
        commitIndex = index
        memberships.settle(through: index)
        if leadership != nil { settleMembership() }
    }

    // MARK: Durability

    mutating func hardStatePersisted(_ state: HardState) {
        durability.persisted(state, current: hardState)
        outbox.release(durability)
        countOwnVote()
    }

    /// A report of what the log no longer holds says nothing.
    mutating func entriesPersisted(through last: EntryID) {
        if planted(.lateDiskReport), let term = log.term(at: last.index), term != last.term {
            return entriesPersisted(through: EntryID(term: term, index: last.index))
        }
        guard log.contains(last) else { return }
        durability.persisted(last)
        if leadership != nil {
            advanceCommit()
        } else if min(following.verified, durability.index) > following.toldMatch {
            following.answer = .owed
        }
        completeRecoveryIfFull()
        releaseMemory()
    }

    mutating func applied(through index: LogIndex) {
        invariant(index <= commitIndex, "applied \(index) beyond commit \(commitIndex)")
        appliedIndex = max(appliedIndex, index)
        releaseMemory()
    }

    private mutating func releaseMemory() {
        log.evict(through: min(appliedIndex, durability.index), downTo: limits.windowByteCountMax)
    }

    // MARK: First contact and re-seeding

    private mutating func noteContact(lastIndex: LogIndex, commitIndex: LogIndex) {
        if following.contact == nil {
            following.contact = LeaderContact(lastIndex: lastIndex, commitIndex: commitIndex)
        }
        following.contact?.raise(commitIndex: commitIndex)
        guard recovery == .awaitingContact else { return }
        recovery = .refilling(through: lastIndex)
        completeRecoveryIfFull()
    }

    mutating func completeRecoveryIfFull() {
        guard case .refilling(let target) = recovery, following.leader != nil,
            min(following.verified, durability.index) >= target
        else { return }
        recovery = .complete
    }
}

extension UInt64 {
    /// The difference, 0 where it would be negative.
    fileprivate func subtractingClamped(_ other: UInt64) -> UInt64 {
        self > other ? self - other : 0
    }
}
