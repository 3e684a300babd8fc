internal import Bytes

extension Message {
    /// Why no honest member sends this to `receiver`, or nil. What holds only against the
    /// receiver's log is checked where that is known.
    ///
    /// - Complexity: O(*n*) in the entries.
    func refusal(by receiver: MemberID) -> MessageRefusal? {
        guard to == receiver, from != receiver else { return .misaddressed }
        // An index is a place in some log; the next one must exist too.
        guard term < .highest else { return .termOutOfRange(term.rawValue) }
        switch body {
        case .preVote(let last), .requestVote(let last, _): return last.refusal(in: term)
        case .preVoteAnswer(_, let campaignTerm):
            return campaignTerm <= .highest ? nil : .termOutOfRange(campaignTerm.rawValue)
        case .appendEntries(let append): return append.refusal(in: term)
        case .appendEntriesResponse(.accepted(let match, let verified)):
            return match.refusal ?? verified.refusal
        case .appendEntriesResponse(.refused(let previous, let hint)):
            return previous.refusal ?? hint.refusal(in: term)
        case .heartbeat(let heartbeat): return heartbeat.refusal
        case .commit(let index), .readIndexAnswer(_, let index): return index.refusal
        case .installSnapshot(let chunk): return chunk.refusal(in: term)
        case .installSnapshotResponse(let offset): return offset.snapshot.refusal(in: term)
        case .vote, .heartbeatResponse, .termIsStale, .timeoutNow, .readIndex: return nil
        }
    }
}

extension LogIndex {
    fileprivate var refusal: MessageRefusal? {
        self < .highest ? nil : .indexOutOfRange(rawValue)
    }
}

extension EntryID {
    /// An entry of a term after its sender's can't exist.
    fileprivate func refusal(in term: Term) -> MessageRefusal? {
        self.term <= term ? index.refusal : .entryFromTheFuture(self)
    }
}

extension Heartbeat {
    fileprivate var refusal: MessageRefusal? {
        guard commitIndex <= lastIndex else {
            return .impossibleCommit(commitIndex, lastIndex: lastIndex)
        }
        return lastIndex.refusal
    }
}

extension SnapshotChunk {
    fileprivate func refusal(in term: Term) -> MessageRefusal? {
        let (end, overflowed) = offset.addingReportingOverflow(UInt64(bytes.count))
        guard !overflowed, end <= totalByteCount, totalByteCount > 0, snapshot.index > .zero,
            bytes.count <= Self.byteCountMax, !bytes.isEmpty
        else { return .outOfBounds }
        return snapshot.refusal(in: term)
    }
}

extension AppendEntries {
    fileprivate func refusal(in term: Term) -> MessageRefusal? {
        guard commitIndex <= lastIndex else {
            return .impossibleCommit(commitIndex, lastIndex: lastIndex)
        }
        if let refusal = lastIndex.refusal ?? previous.refusal(in: term) { return refusal }
        var last = previous
        var time = ClusterTime.zero
        // By position: an entry that is not copied is not retained.
        for position in entries.indices {
            if let refusal = refusal(ofEntryAt: position, after: last, time: time) {
                return refusal
            }
            last = entries[position].id
            time = entries[position].time
        }
        guard last.term <= term else { return .entryFromTheFuture(last) }
        guard last.index <= lastIndex else { return .indexOutOfRange(last.index.rawValue) }
        return nil
    }

    private func refusal(
        ofEntryAt position: Int,
        after last: EntryID,
        time: ClusterTime
    ) -> MessageRefusal? {
        let id = entries[position].id
        guard id.index.rawValue == last.index.rawValue + 1, id.term >= last.term,
            entries[position].time >= time
        else { return .notContiguous(id) }
        guard entries[position].payload.count <= Entry.payloadByteCountMax,
            entries[position].time <= ClusterClock.highest
        else { return .outOfBounds }
        guard entries[position].kind == .membership else { return nil }
        let membership = try? Membership(decoding: entries[position].payload)
        return membership == nil ? .impossibleMembership(id) : nil
    }
}
