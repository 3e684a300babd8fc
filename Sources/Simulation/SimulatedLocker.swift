internal import Bytes
internal import Keyspace
internal import Replica

/// Somebody who takes one lock, holds it for a while, and gives it back or forgets to.
struct SimulatedLocker: Sendable {
    enum State: Sendable {
        case idle
        case asking(member: Int, since: MonotonicTime)
        case holding(FencingToken, hold: Int, at: Int)
        case releasing(member: Int)
    }

    static let timeToLiveMilliseconds: UInt64 = 1_000
    /// What a holder may rely on, counted from the sending of its request: two clocks' rates differ
    /// by at most 1 %.
    static let provenMilliseconds: UInt64 = 990

    static let contest = Contest(kind: .lock, name: Array("lock".utf8))

    let number: Int
    var state = State.idle
}

extension SimulatedCluster {
    /// Lockers come after the clients in the numbering of those who wait for tickets.
    private func waiter(_ locker: Int) -> Int { clients.count + locker }

    /// The locker's next move.
    func actLocker(_ locker: Int) {
        switch lockers[locker].state {
        case .idle: askForLock(locker)
        case .holding(let token, let hold, let member): release(locker, token, hold, member)
        case .asking, .releasing: break
        }
    }

    private func askForLock(_ locker: Int) {
        let member = members[pick(members.count)]
        guard member.state != .down else {
            return schedule(.locker(locker), after: random(1_000...20_000))
        }
        lockers[locker].state = .asking(member: member.number, since: now)
        let acquisition = Acquisition(
            contest: SimulatedLocker.contest,
            mode: .exclusive,
            ownership: .own(
                timeToLiveMilliseconds: SimulatedLocker.timeToLiveMilliseconds
            ),
            patience: .refuseWhenHeld,
            owner: Array("locker-\(locker)".utf8),
            value: []
        )
        send(Request(.acquire(acquisition)), from: locker, to: member)
    }

    private func release(_ locker: Int, _ token: FencingToken, _ hold: Int, _ number: Int) {
        holds.end(hold, at: now)
        let member = members[number]
        guard member.state != .down, pick(4) > 0 else { return rest(locker) }
        lockers[locker].state = .releasing(member: number)
        send(Request(.release(SimulatedLocker.contest, .token(token))), from: locker, to: member)
    }

    private func send(_ request: Request, from locker: Int, to member: SimulatedMember) {
        let ticket = member.makeTicket(for: waiter(locker))
        deliver(.propose(ticket, request), to: member, member.life)
        let patience = Event.patience(member: member.number, life: member.life, ticket)
        schedule(patience, after: random(200_000...1_500_000))
    }

    /// What became of the locker's request; nil when that is not known.
    func answerLocker(_ locker: Int, _ outcome: Outcome?) {
        trace.note(7, locker, at: now)
        guard case .asking(let member, let since) = lockers[locker].state,
            case .granted(let grant) = outcome
        else { return rest(locker) }
        let until = since.advanced(byMilliseconds: SimulatedLocker.provenMilliseconds)
        let hold = holds.begin(token: grant.token.rawValue, from: now, until: until)
        lockers[locker].state = .holding(grant.token, hold: hold, at: member)
        schedule(.locker(locker), after: random(1_000...300_000))
    }

    private func rest(_ locker: Int) {
        lockers[locker].state = .idle
        schedule(.locker(locker), after: random(1_000...60_000))
    }
}
