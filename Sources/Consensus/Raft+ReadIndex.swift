internal import Bytes

extension Raft {
    /// A read joins those that wait for the next round or question; never one that was sent.
    mutating func read(_ id: ReadID) {
        guard reads.count < limits.waitingReadCountMax else {
            outbox.ready.reads.append(ReadAnswer(id: id, index: nil))
            return
        }
        reads.add(.own(id))
    }

    /// Whether a read of this member waits for its index, or its answer waits to be taken.
    ///
    /// - Complexity: O(*n*) in the reads.
    package func isWaiting(for id: ReadID) -> Bool {
        reads.holds(.own(id)) || outbox.ready.reads.contains { $0.id == id }
    }

    // MARK: The leader's half

    /// Whether an entry of the leader's own term is committed. Before that, its commit index may be
    /// lower than what an earlier leader acknowledged, and reads wait (6.4, step 1).
    private func isSettled(_ leading: Leadership) -> Bool {
        if planted(.readBeforeOwnCommit) { return true }
        return commitIndex >= leading.firstIndex
    }

    /// Sends one round of heartbeats for all reads that wait.
    mutating func openReadRound() {
        guard let leading = leadership, !reads.waiting.isEmpty,
            isSettled(leading), reads.rounds.count < ReadQueue.roundCountMax
        else { return }
        roleState.updateLeader { $0.round = $0.round.next }
        reads.open(leading.round.next, at: commitIndex)
        for position in tracker.quorum.everyVoter where position != tracker.ownPosition {
            sendHeartbeat(to: position)
        }
        confirmReads()
    }

    /// Answers the rounds that a majority has answered: each of them was still led by this member
    /// after the reads of the round had arrived (6.4, step 3).
    mutating func confirmReads() {
        guard let leading = leadership, !reads.rounds.isEmpty else { return }
        let confirmed = confirmedRound(of: leading)
        while let round = reads.takeRound(confirmedThrough: confirmed) {
            for waiter in round.waiters {
                switch waiter {
                case .own(let id):
                    outbox.ready.reads.append(ReadAnswer(id: id, index: round.index))
                case .peer(let peer, let request):
                    send(.readIndexAnswer(request, round.index), to: peer)
                }
            }
        }
    }

    private func confirmedRound(of leading: Leadership) -> ReadRound {
        if planted(.readWithoutRound) { return leading.round }
        return tracker.agreedRound(own: leading.round)
    }

    /// A follower's question. It waits for the next round, like a read of this member.
    mutating func receiveReadIndex(_ request: ReadRequest, from peer: MemberID) {
        guard isLeader, reads.count < limits.waitingReadCountMax else { return }
        reads.add(.peer(peer, request))
    }

    // MARK: The follower's half

    /// Asks the leader once for all reads that wait.
    mutating func askForReadIndex() {
        guard let leader = followedLeader else { return }
        let isRetryDue = reads.isAsking && reads.retryDeadline.map { $0 <= now } ?? false
        guard !reads.waiting.isEmpty || isRetryDue else { return }
        // A retry takes a fresh number: an answer to the lost question can't be told from an
        // answer to the repeated one, and the reads that joined since need the latter.
        let request = reads.ask(
            retryAt: now.advanced(byNanoseconds: 2 * timing.heartbeatNanoseconds)
        )
        send(.readIndex(request), to: leader)
    }

    mutating func receiveReadIndexAnswer(
        _ index: LogIndex,
        to request: ReadRequest,
        from leader: MemberID
    ) {
        guard followedLeader == leader else { return }
        for waiter in reads.takeQuestions(through: request) {
            guard case .own(let id) = waiter else { continue }
            outbox.ready.reads.append(ReadAnswer(id: id, index: index))
        }
    }
}
