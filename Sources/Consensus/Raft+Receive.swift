internal import Bytes

extension Raft {
    /// Checks a message, settles whose term counts, and hands it to its noun.
    mutating func receive(_ message: Message) {
        if let refusal = message.refusal(by: id) { return refusals.add(refusal) }
        switch message.body {
        case .preVote(let last): return answerPreVote(message, lastEntry: last)
        case .preVoteAnswer(let vote, let campaignTerm):
            return countPreVote(vote, from: message, campaignTerm: campaignTerm)
        default: break
        }
        guard settleTerm(of: message) else { return }
        noteSignOfLife(of: message.from)
        switch message.body {
        case .preVote, .preVoteAnswer, .termIsStale: break
        case .requestVote(let last, _): answerVote(to: message.from, lastEntry: last)
        case .vote(let vote): countVote(vote, from: message.from)
        case .appendEntries(let append): receiveAppendEntries(append, from: message.from)
        case .appendEntriesResponse(let answer):
            receiveAppendEntriesResponse(answer, from: message.from)
        case .heartbeat(let heartbeat): receiveHeartbeat(heartbeat, from: message.from)
        case .heartbeatResponse(let round):
            receiveHeartbeatResponse(round, from: message.from)
        case .commit(let index): receiveCommit(index, from: message.from)
        case .installSnapshot(let chunk): receiveInstallSnapshot(chunk, from: message.from)
        case .installSnapshotResponse(let offset):
            receiveInstallSnapshotResponse(offset, from: message.from)
        case .timeoutNow: timeoutNow(from: message.from)
        case .readIndex(let request): receiveReadIndex(request, from: message.from)
        case .readIndexAnswer(let request, let index):
            receiveReadIndexAnswer(index, to: request, from: message.from)
        }
    }

    /// Adopts a newer term and answers an older one; whether the message is of the current term
    /// then.
    private mutating func settleTerm(of message: Message) -> Bool {
        if message.term > term {
            // A live leader is not disturbed (4.2.3), unless it wants to be succeeded (3.10).
            if case .requestVote(_, .timeout) = message.body, protectsLeader { return false }
            stepDown(to: message.term)
            return true
        }
        guard message.term < term else { return true }
        switch message.body {
        case .requestVote: send(.vote(.refused), to: message.from)
        case .appendEntries, .heartbeat, .commit, .installSnapshot:
            send(.termIsStale, to: message.from)
        default: break
        }
        return false
    }

    /// A message of this term's leader: it protects the leader for an election timeout. After a
    /// longer silence it is a first contact again.
    ///
    /// - Returns: false when somebody else leads this term, which no honest member denies.
    mutating func hear(leader: MemberID) -> Bool {
        guard !isLeader, followedLeader == nil || followedLeader == leader else {
            refusals.add(.secondLeader(leader))
            return false
        }
        let isFirst = followedLeader == nil
        let keepsContact = protectsLeader
        if isFirst {
            endCampaign()
            noteShownTerm(of: leader)
        }
        let (now, commitIndex) = (now, commitIndex)
        roleState.updateFollower {
            if isFirst {
                $0.leader = leader
                $0.verified = commitIndex
                $0.toldMatch = .zero
            } else if !keepsContact {
                $0.contact = nil
            }
            $0.heardAt = now
        }
        election.fast = nil
        drawElectionDeadline()
        return true
    }

    /// A leader hears a member, whatever it says.
    private mutating func noteSignOfLife(of peer: MemberID) {
        guard isLeader, let position = tracker.position(of: peer) else { return }
        tracker[position].heardAt = now
        tracker[position].shownTerm = term
    }

    /// Queues a message of the current term; it leaves once the hard state of now is durable.
    mutating func send(_ body: Message.Body, to peer: MemberID) {
        let message = Message(from: id, to: peer, term: term, body: body)
        outbox.send(message, hardState: hardState, durability: durability)
    }
}
