internal import Bytes

extension Raft {
    /// What a follower owes at the end of a turn: one acknowledgement, however many messages came.
    mutating func follow() {
        if let following, following.answer == .owed, let leader = following.leader {
            let match = min(following.verified, durability.index)
            roleState.updateFollower {
                $0.answer = .none
                $0.toldMatch = match
            }
            send(
                .appendEntriesResponse(.accepted(match: match, verified: following.verified)),
                to: leader
            )
        }
        askForReadIndex()
    }

    /// AppendEntries, the receiver's half (figure 3.1).
    mutating func receiveAppendEntries(_ append: AppendEntries, from leader: MemberID) {
        guard hear(leader: leader), !reception.isInstalling else { return }
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
        let verified = noteMatch(through: end)
        commit(through: min(append.commitIndex, verified))
        // While entries are on their way to the disk, the answer waits for them.
        if durability.index >= verified || append.entries.isEmpty { oweAnswer() }
        completeRecoveryIfFull()
    }

    /// Through here the log is known to be the leader's; what is committed is every leader's.
    var verified: LogIndex { following?.verified ?? commitIndex }

    /// The log was found to equal the leader's through `index`.
    ///
    /// - Returns: through where it is known to now.
    @discardableResult
    mutating func noteMatch(through index: LogIndex) -> LogIndex {
        roleState.updateFollower { $0.verified = max($0.verified, index) }
        return verified
    }

    /// The leader, or the next one that is heard, is to be told at the end of a turn how far the
    /// log is durable.
    mutating func oweAnswer() {
        roleState.updateFollower { $0.answer = .owed }
        roleState.updateCandidate { $0.answer = .owed }
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
        pace.cut(after: index)
        roleState.updateFollower { $0.verified = min($0.verified, index) }
        if memberships.truncate(after: index) { adoptMembershipInForce() }
    }

    /// Entries through `index` are committed; a lower one than before says nothing.
    mutating func commit(through index: LogIndex) {
        guard index > commitIndex else { return }
        commitIndex = index
        memberships.settle(through: index)
        if isLeader { settleMembership() }
    }

    // MARK: First contact and re-seeding

    mutating func noteContact(lastIndex: LogIndex, commitIndex: LogIndex) {
        roleState.updateFollower {
            var contact =
                $0.contact ?? LeaderContact(lastIndex: lastIndex, commitIndex: commitIndex)
            contact.raise(commitIndex: commitIndex)
            $0.contact = contact
        }
        guard recovery == .awaitingContact else { return }
        recovery = .refilling(through: lastIndex)
        completeRecoveryIfFull()
    }

    mutating func completeRecoveryIfFull() {
        guard case .refilling(let target) = recovery, followedLeader != nil,
            min(verified, durability.index) >= target
        else { return }
        recovery = .complete
        refillCount += 1
    }
}

extension UInt64 {
    /// The difference, 0 where it would be negative.
    fileprivate func subtractingClamped(_ other: UInt64) -> UInt64 {
        self > other ? self - other : 0
    }
}
