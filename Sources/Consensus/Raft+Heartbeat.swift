internal import Bytes

extension Raft {
    // MARK: The leader's half

    /// Tells everybody that the leader lives, and repeats what may have been lost.
    mutating func beat() {
        guard var leading = leadership else { return }
        leading.heartbeatDeadline = now.advanced(byNanoseconds: timing.heartbeatNanoseconds)
        _ = leading.clock.read(now)
        leading.round = leading.round.next
        roleState = .leader(leading)
        for position in tracker.progress.indices where position != tracker.ownPosition {
            repair(position)
            sendHeartbeat(to: position)
        }
    }

    mutating func sendHeartbeat(to position: Int) {
        guard let round = leadership?.round else { return }
        tracker[position].toldCommit = commitIndex
        let heartbeat = Heartbeat(
            commitIndex: commitIndex,
            lastIndex: log.last.index,
            round: round
        )
        send(.heartbeat(heartbeat), to: tracker[position].id)
    }

    private mutating func repair(_ position: Int) {
        let known = tracker[position]
        switch known.sending {
        case .probe: tracker[position].sending = .probe(.repeated)
        case .replicate(.loading): break
        case .replicate(.memory):
            // Nothing came for a whole interval although something is out: where does it stand?
            guard known.match == known.matchAtHeartbeat, known.match < log.last.index else { break }
            ask(position)
        case .snapshot(let transfer) where transfer.deadline <= now: load(transfer, for: position)
        case .snapshot: break
        }
        tracker[position].matchAtHeartbeat = known.match
    }

    /// CheckQuorum (6.2): a leader that no majority has spoken to leads no more.
    mutating func checkQuorum() {
        let heard = tracker.heard(
            since: now,
            withinNanoseconds: timing.electionTimeoutNanoseconds
        )
        guard tracker.quorum.isReached(by: heard) else { return stepDown(to: term) }
        let deadline = now.advanced(byNanoseconds: timing.electionTimeoutNanoseconds)
        roleState.updateLeader { $0.quorumDeadline = deadline }
    }

    mutating func receiveHeartbeatResponse(_ round: ReadRound, from peer: MemberID) {
        guard let leadership, round <= leadership.round,
            let position = tracker.position(of: peer)
        else { return }
        tracker[position].round = max(tracker[position].round, round)
        confirmReads()
    }

    // MARK: The follower's half

    mutating func receiveHeartbeat(_ heartbeat: Heartbeat, from leader: MemberID) {
        guard hear(leader: leader) else { return }
        noteContact(lastIndex: heartbeat.lastIndex, commitIndex: heartbeat.commitIndex)
        if planted(.unverifiedCommit) {
            commit(through: min(heartbeat.commitIndex, log.last.index))
        }
        commit(through: min(heartbeat.commitIndex, verified))
        send(.heartbeatResponse(heartbeat.round), to: leader)
    }

    mutating func receiveCommit(_ index: LogIndex, from leader: MemberID) {
        guard hear(leader: leader) else { return }
        roleState.updateFollower { $0.contact?.raise(commitIndex: index) }
        commit(through: min(index, verified))
    }
}

extension ReadRound {
    /// The round after this one.
    var next: ReadRound { ReadRound(rawValue: rawValue + 1) }
}
