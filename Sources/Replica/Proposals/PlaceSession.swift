package import Bytes
package import Keyspace

/// One client's request for a place in the queue of a lock or an election, from the question to
/// the one answer: it asks, waits in the place, gives it up, and says at every exit what is known.
///
/// Under a lease of the place's own the place is given up when the client goes; under the caller's
/// it stays, and asking again finds it. The end of a wait is a command as well, so that "won" and
/// "gone" have one order.
package struct PlaceSession: Sendable {
    /// What the session wants next.
    package enum Step: Sendable {
        /// Bring the outcome with `answered` or `failed`.
        case propose(Request)
        /// Look again when the place of that lease becomes a grant or ends, or then.
        case wait(LeaseID, until: MonotonicTime)
        /// Nothing new: what was asked for is still to come.
        case goOn
        /// The client's answer.
        case tell(Ending)
        /// It is over, and nobody is left to be answered.
        case finish
    }

    /// What the client is told.
    package enum Ending: Sendable {
        case won(Grant, Answer.Source)
        /// The place is given up.
        case timedOut(holders: [Grant], position: UInt64)
        case refused(Refusal, Answer.Source)
        /// Another request of the place's lease, which lives on, has given up the place.
        case givenUp(holders: [Grant], position: UInt64)
        /// The lease of the place has ended, and the place with it.
        case leaseEnded
        /// There is no answer; with the lease of the place, once there was one.
        case unanswered(ProposalFailure, RequestFate, lease: LeaseID?)
    }

    private enum State {
        /// The acquisition is proposed.
        case asking
        case waiting(LeaseID)
        /// The end of the wait, or of the client, is proposed.
        case leaving(LeaseID)
        /// Answered with a grant that its client has to receive.
        case won(LeaseID)
        case over
    }

    private enum Client {
        case present
        case gone
    }

    private let contest: Contest
    private let ownership: LockRequest.Ownership
    private let request: Request
    private let waitEnd: MonotonicTime
    private let answerEnd: MonotonicTime
    private var state = State.asking
    private var client = Client.present
    private var source = Answer.Source.applied
    private var fate: RequestFate

    /// A session that has not begun.
    ///
    /// - Parameters:
    ///   - acquisition: what `request` asks for, with its guards.
    ///   - waitEnd: when the place is given up.
    ///   - timeoutMilliseconds: how long after that the client waits for its answer.
    package init(
        _ acquisition: LockRequest,
        request: Request,
        waitEnd: MonotonicTime,
        timeoutMilliseconds: UInt64
    ) {
        contest = acquisition.contest
        ownership = acquisition.ownership
        self.request = request
        self.waitEnd = waitEnd
        answerEnd = waitEnd.advanced(byMilliseconds: timeoutMilliseconds)
        fate = RequestFate(request)
    }

    /// The first step.
    package func start() -> Step { .propose(request) }

    /// The lease of the place while it waits, which the member keeps alive where it is the place's
    /// own.
    package var keptLease: LeaseID? {
        switch state {
        case .waiting(let lease), .leaving(let lease): lease
        case .asking, .won, .over: nil
        }
    }

    /// Whether a grant is given back if the client does not receive it.
    package var isReturnedUnlessDelivered: Bool {
        if case .won = state { true } else { false }
    }

    /// When the client has to have its answer to what was proposed last; nil when it waits for
    /// none, or for the first.
    package var answerDeadline: MonotonicTime? {
        guard client == .present, case .leaving = state else { return nil }
        return answerEnd
    }

    /// Whether an outcome of what was proposed last is still to come.
    private var hasProposed: Bool {
        switch state {
        case .asking, .leaving: true
        case .waiting, .won, .over: false
        }
    }

    // MARK: - What happens

    /// An entry of the session was applied.
    package mutating func answered(
        _ answer: Answer,
        in keyspace: Keyspace,
        now: MonotonicTime
    ) -> Step {
        assert(hasProposed, "an answer came to a session that has proposed nothing")
        fate.note(answer)
        if case .asking = state { source = answer.source }
        return take(answer.outcome, in: keyspace, now: now)
    }

    /// What the session proposed has no answer.
    package mutating func failed(_ failure: ProposalFailure, in keyspace: Keyspace) -> Step {
        assert(hasProposed, "a failure came to a session that has proposed nothing")
        fate.note(failure)
        guard client == .present else { return end() }
        guard case .leaving(let lease) = state else {
            return end(.unanswered(failure, fate, lease: nil))
        }
        // The store may know by now what became of the place.
        switch keyspace.standing(of: lease, in: contest) {
        case .holding(let grant): return won(grant)
        case .waiting: return end(.unanswered(failure, fate, lease: lease))
        case .none: return end(timeout(keyspace))
        }
    }

    /// The client is gone.
    package mutating func disconnected() -> Step {
        client = .gone
        switch state {
        case .asking, .leaving: return .goOn
        case .waiting(let lease): return leave(lease)
        case .won(let lease): return giveBack(lease)
        case .over: return .finish
        }
    }

    /// Whether the place has become a grant, or the wait is over.
    package mutating func look(_ keyspace: Keyspace, now: MonotonicTime) -> Step {
        guard case .waiting(let lease) = state else { return .goOn }
        assert(client == .present, "a place is kept for a client that is gone")
        switch keyspace.standing(of: lease, in: contest) {
        case .holding(let grant): return won(grant)
        case .waiting: return now < waitEnd ? .wait(lease, until: waitEnd) : leave(lease)
        case .none: return end(gone(lease, in: keyspace))
        }
    }

    // MARK: - What follows

    private mutating func take(
        _ outcome: Outcome,
        in keyspace: Keyspace,
        now: MonotonicTime
    ) -> Step {
        switch outcome {
        case .granted(let grant): granted(grant, in: keyspace)
        case .queued(let place): queued(place.lease, in: keyspace, now: now)
        case .abandoned(let place):
            end(.timedOut(holders: place.holders, position: place.position))
        case .refused(.notFound(.lock)), .refused(.notFound(.election)): end(timeout(keyspace))
        case .refused(let refusal): end(.refused(refusal, source))
        default: end()
        }
    }

    private mutating func queued(
        _ lease: LeaseID,
        in keyspace: Keyspace,
        now: MonotonicTime
    ) -> Step {
        state = .waiting(lease)
        return client == .gone ? leave(lease) : look(keyspace, now: now)
    }

    /// The grant's lease may have ended by now: since an earlier answer told of it, or, after a pause,
    /// in an entry that was applied in the same turn.
    private mutating func granted(_ grant: Grant, in keyspace: Keyspace) -> Step {
        guard keyspace.lease(grant.lease) != nil || planted(.deadCampaignLeads) else {
            return end(.leaseEnded)
        }
        return won(current(grant, in: keyspace))
    }

    /// A grant out of an earlier answer, with what is left of it now.
    private func current(_ grant: Grant, in keyspace: Keyspace) -> Grant {
        if source == .replayed,
            case .holding(let now) = keyspace.standing(of: grant.lease, in: contest),
            now.token == grant.token
        {
            return now
        }
        return grant
    }

    private mutating func won(_ grant: Grant) -> Step {
        guard client == .present else { return giveBack(grant.lease) }
        state = mayBeGivenBack ? .won(grant.lease) : .over
        return .tell(.won(grant, source))
    }

    /// The place is gone without a word of what was before it.
    private func timeout(_ keyspace: Keyspace) -> Ending {
        .timedOut(holders: keyspace.holders(of: contest), position: nextPosition(keyspace))
    }

    /// The place is gone, and this session did not end it.
    private func gone(_ lease: LeaseID, in keyspace: Keyspace) -> Ending {
        guard case .lease = ownership, keyspace.lease(lease) != nil else { return .leaseEnded }
        return .givenUp(holders: keyspace.holders(of: contest), position: nextPosition(keyspace))
    }

    /// Of one who comes now.
    private func nextPosition(_ keyspace: Keyspace) -> UInt64 {
        UInt64(keyspace.waiters(of: contest, countMax: 0).count) + 1
    }

    /// Over, and the client hears it if it is there.
    private mutating func end(_ ending: Ending? = nil) -> Step {
        state = .over
        guard client == .present, let ending else { return .finish }
        return .tell(ending)
    }

    /// Whether a grant whose client is gone is given up: not one under the caller's lease, nor one
    /// that an idempotency key can fetch again.
    private var mayBeGivenBack: Bool {
        guard case .own = ownership else { return false }
        return request.idempotency == nil
    }

    /// Leaves the queue at the wait's or the client's end.
    private mutating func leave(_ lease: LeaseID) -> Step {
        if client == .gone, case .lease = ownership { return end() }
        state = .leaving(lease)
        let giveUp: Abandonment = client == .gone && mayBeGivenBack ? .heldToo : .queuedOnly
        return .propose(Request(.abandon(contest, lease: lease, giveUp)))
    }

    /// Gives back a grant whose client is gone.
    private mutating func giveBack(_ lease: LeaseID) -> Step {
        guard mayBeGivenBack else { return end() }
        state = .leaving(lease)
        return .propose(Request(.abandon(contest, lease: lease, .heldToo)))
    }
}
