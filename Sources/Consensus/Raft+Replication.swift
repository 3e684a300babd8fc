internal import Bytes

extension Raft {
    /// What a leader owes at the end of a turn: entries to everybody who can take some, a round of
    /// heartbeats for the reads that wait, and the commit index to who was told nothing else.
    mutating func lead() {
        var batch = AppendBatch()
        for position in tracker.progress.indices where position != tracker.ownPosition {
            replicate(to: position, sharing: &batch)
        }
        openReadRound()
        for position in tracker.progress.indices where position != tracker.ownPosition {
            guard tracker[position].flow == .replicate else { continue }
            guard tracker[position].toldCommit < commitIndex else { continue }
            tracker[position].toldCommit = commitIndex
            send(.commit(commitIndex), to: tracker[position].id)
        }
        finishTransfer()
    }

    /// Sends what the member can take now: in a probe one message, in replication as much as may
    /// be on its way.
    private mutating func replicate(to position: Int, sharing batch: inout AppendBatch) {
        while true {
            switch tracker[position].sending {
            case .probe(.sent), .replicate(.loading), .snapshot: return
            case .probe(.due):
                guard sendAppend(to: position, sharing: &batch) else { return }
                tracker[position].sending = .probe(.sent)
            case .probe(.repeated):
                tracker[position].sending = .probe(.sent)
                ask(position)
            case .replicate(.memory):
                guard tracker[position].next <= log.last.index,
                    tracker[position].inFlight.hasRoom(limits),
                    sendAppend(to: position, sharing: &batch)
                else { return }
            }
        }
    }

    /// Sends the next entries from memory. Without them there, asks for them from the disk, or
    /// begins a snapshot.
    private mutating func sendAppend(to position: Int, sharing batch: inout AppendBatch) -> Bool {
        let next = tracker[position].next
        guard let previous = idBefore(next) else {
            beginSnapshot(to: position)
            return false
        }
        if batch.from != next {
            let cached = log.entries(
                from: next,
                byteCountMax: limits.appendByteCountMax,
                countMax: limits.appendEntryCountMax
            )
            switch (cached, tracker[position].flow) {
            case (.cached(let entries), _): batch = AppendBatch(from: next, entries: entries)
            case (.onDisk, .probe): batch = AppendBatch(from: nil, entries: [])
            case (.onDisk, _):
                tracker[position].sending = .replicate(.loading)
                outbox.ready.loads.append(
                    EntryLoad(
                        peer: tracker[position].id,
                        from: next,
                        byteCountMax: limits.appendByteCountMax
                    )
                )
                return false
            }
        }
        sendAppend(batch, after: previous, to: position)
        return true
    }

    private mutating func sendAppend(
        _ batch: AppendBatch,
        after previous: EntryID,
        to position: Int
    ) {
        tracker[position].toldCommit = commitIndex
        if let last = batch.entries.last {
            tracker[position].pace.begin(through: last.id.index, now: now)
            // A probe is asked again from the same place until it is answered.
            if tracker[position].flow == .replicate {
                tracker[position].sent(through: last.id.index, byteCount: batch.byteCount)
            }
        }
        let append = AppendEntries(
            previous: previous,
            entries: batch.entries,
            commitIndex: commitIndex,
            lastIndex: log.last.index
        )
        send(.appendEntries(append), to: tracker[position].id)
    }

    /// Asks whether the member holds the entry before its next one; if that is forgotten here, so
    /// is the next one, and only a snapshot helps.
    mutating func ask(_ position: Int) {
        guard let previous = idBefore(tracker[position].next) else {
            return beginSnapshot(to: position)
        }
        sendAppend(AppendBatch(), after: previous, to: position)
    }

    private func idBefore(_ index: LogIndex) -> EntryID? {
        log.term(at: index.previous).map { EntryID(term: $0, index: index.previous) }
    }

    /// Entries came from the disk for a member that needs older ones than memory holds.
    mutating func entriesLoaded(_ entries: [Entry], for peer: MemberID) {
        guard isLeader, let position = tracker.position(of: peer),
            tracker[position].sending == .replicate(.loading)
        else { return }
        let next = tracker[position].next
        guard entries.first?.id.index == next, entries.allSatisfy({ log.contains($0.id) }),
            let previous = idBefore(next)
        else {
            // The disk has forgotten them in the meantime; if not, the next heartbeat tries again.
            tracker[position].sending = .probe(.sent)
            if log.snapshot.index >= next { beginSnapshot(to: position) }
            return
        }
        tracker[position].sending = .replicate(.memory)
        sendAppend(AppendBatch(from: next, entries: entries), after: previous, to: position)
    }

    // MARK: Answers

    mutating func receiveAppendEntriesResponse(_ answer: AppendEntriesResponse, from peer: MemberID)
    {
        guard isLeader, let position = tracker.position(of: peer) else { return }
        switch answer {
        case .accepted(let match, let verified):
            guard max(match, verified) <= log.last.index else {
                let end = log.last.index
                return refusals.add(.impossibleMatch(max(match, verified), lastIndex: end))
            }
            tracker[position].accept(match: match, verified: verified, now: now)
            if match > commitIndex { advanceCommit() }
        case .refused(let previous, let hint):
            retreat(position, previous: previous, hint: hint)
        }
    }

    /// The member does not hold the entry at `previous`; an answer to an older question is ignored.
    private mutating func retreat(_ position: Int, previous: LogIndex, hint: EntryID) {
        let known = tracker[position]
        switch known.sending {
        case .snapshot: return
        case .probe: guard known.next.previous == previous else { return }
        case .replicate: guard previous > known.match, previous < known.next else { return }
        }
        guard previous > .zero else { return }
        // Before the base nothing can be compared: that is for a snapshot to bridge.
        let match = hint.index < log.base.index ? hint : log.lastPossibleMatch(hint)
        let candidate = match.index.next
        tracker[position].retreat(to: min(candidate, previous))
    }

    /// Commits what is durable on a majority, if it is of its own term: an older entry on a
    /// majority can still be replaced (5.4.2, figure 3.7).
    mutating func advanceCommit() {
        let agreed = tracker.agreedMatch(above: commitIndex, own: durability.index)
        if planted(.olderTermCommit) { return commit(through: agreed) }
        guard agreed > commitIndex, log.term(at: agreed) == term else { return }
        commit(through: agreed)
    }

    /// What a majority of the voters would hold if this leader held all of its log: its own disk is
    /// left out.
    ///
    /// - Complexity: O(*n*²) in the voters.
    package var replicatedIndex: LogIndex {
        tracker.agreedMatch(above: commitIndex, own: log.last.index)
    }

    // MARK: Links

    /// A new link: whatever was on its way on the old one is lost, and the member may have lost
    /// more since it acknowledged.
    mutating func linkUp(to peer: MemberID, generation: UInt64) {
        guard let position = tracker.position(of: peer), position != tracker.ownPosition else {
            return
        }
        tracker[position].linkGeneration = max(tracker[position].linkGeneration, generation)
        guard isLeader else { return }
        tracker[position].reset(next: log.last.index.next)
        sendHeartbeat(to: position)
    }
}

/// Entries of one append message, shared by the members that need the same ones.
struct AppendBatch: Sendable {
    /// Nil when it holds nothing to be shared.
    var from: LogIndex?
    var entries: [Entry] = []
    var byteCount = 0

    init() {}

    init(from: LogIndex?, entries: [Entry]) {
        self.from = from
        self.entries = entries
        for position in entries.indices { byteCount += entries[position].payload.count }
    }
}

extension ProgressTracker {
    /// The highest index that is durable on a majority of each set of voters.
    func agreedMatch(above floor: LogIndex, own: LogIndex) -> LogIndex {
        if planted(.learnerCounted), quorum.outgoing.isEmpty {
            let matches = progress.indices.map { $0 == ownPosition ? own : progress[$0].match }
            return max(floor, matches.sorted(by: >)[quorum.voters.count / 2])
        }
        return quorum.agreed(above: floor) { $0 == ownPosition ? own : progress[$0].match }
    }

    /// The latest round that a majority of each set of voters has answered.
    func agreedRound(own: ReadRound) -> ReadRound {
        quorum.agreed(above: .zero) { $0 == ownPosition ? own : progress[$0].round }
    }

    /// The members that said something lately, and this one.
    func heard(since now: MonotonicTime, withinNanoseconds window: UInt64) -> MemberSet {
        var heard = ownSet
        for position in progress.indices
        where now.nanoseconds(since: progress[position].heardAt) <= window {
            heard.insert(position)
        }
        return heard
    }
}
