internal import Bytes
internal import Keyspace

/// A client that keeps a key alive by a lease, until it lets the lease end or revokes it.
final class LeaseHolder: ClientRole {
    enum State: Sendable {
        case idle
        case granting
        case holding
        case attaching
        case keeping
        case revoking
        /// It writes the key anew, without the lease.
        case untying
        /// It does nothing more for the lease and waits for its end.
        case lapsing
    }

    private static let chosenLeaseBase: UInt64 = 1 << 40

    let client: SimulatedClient
    /// Among those of its kind.
    private let place: Int
    private var state = State.idle
    /// When the request under way was sent.
    private var sent = MonotonicTime(rawValue: 0)
    private var lease = LeaseID(rawValue: 0)
    private var chosenLease: LeaseID?
    /// The request for it, in the history.
    private var choice: Int?
    private var choiceCount: UInt64 = 0
    /// Its lease's number in the history.
    private var number = 0
    private var timeToLiveMilliseconds: UInt64 = 0
    private var isAttached = false
    private var cycle = 0

    init(_ client: SimulatedClient, place: Int) {
        self.client = client
        self.place = place
    }

    func act() {
        switch state {
        case .idle, .lapsing: grantLease()
        case .holding: useLease()
        case .granting, .attaching, .keeping, .revoking, .untying: break
        }
    }

    private func grantLease() {
        guard let member = client.reachableMember() else { return client.tryAgain() }
        let milliseconds = world.random(1_000...3_000)
        self.timeToLiveMilliseconds = milliseconds
        chosenLease = chooseLease()
        choice = chosenLease.map { history.leases.chosen(id: $0.rawValue, sent: world.now) }
        ask(
            .grantLease(chosenLease, timeToLiveMilliseconds: milliseconds),
            state: .granting,
            member: member
        )
    }

    /// A new id, or the one that was granted last, which should be in use.
    private func chooseLease() -> LeaseID? {
        switch world.pick(4) {
        case 0: return history.newestChosenLease
        case 1:
            choiceCount += 1
            let number = UInt64(place) << 20 | choiceCount
            return LeaseID(rawValue: Self.chosenLeaseBase + number)
        default: return nil
        }
    }

    private func ask(
        _ command: Command,
        state: State,
        member: SimulatedMember
    ) {
        self.state = state
        self.sent = world.now
        client.propose(Request(command), to: member)
    }

    private func useLease() {
        guard let member = client.reachableMember() else { return client.tryAgain() }
        guard isAttached else {
            let put = heldPut(lease: .lease(lease))
            return ask(.put(put), state: .attaching, member: member)
        }
        switch world.pick(9) {
        case 0:
            history.leases.givenUp(number, at: world.now)
            ask(
                .revokeLease(lease),
                state: .revoking,
                member: member
            )
        case 1:
            self.state = .lapsing
            client.wake(after: world.random(1_500_000...4_500_000))
        case 2:
            history.leases.givenUp(number, at: world.now)
            let put = heldPut(lease: .none)
            ask(.put(put), state: .untying, member: member)
        default:
            ask(.keepAlive([lease]), state: .keeping, member: member)
        }
    }

    private func heldPut(lease: LeaseAttachment) -> Put {
        Put(
            key: KeySpaces.held(place + 8 * cycle),
            value: KeySpaces.encode(client.nextValue()),
            lease: lease,
            condition: .none
        )
    }

    func hear(_ result: RequestResult) {
        guard case .answered(let answer) = result else {
            if state == .keeping {
                history.leases.mayHaveTouched(number, until: world.now)
            }
            if state == .granting, case .denied = result { endChoice(as: .denied) }
            if state == .granting, let former = chosenLease.flatMap({ history.leaseNumbers[$0] }) {
                history.leases.mayBeGrantedAgain(former, sent: sent)
            }
            self.state = state == .keeping ? .holding : .idle
            return client.tryAgain()
        }
        switch (state, answer.outcome) {
        case (.granting, .leaseGranted(let lease, _)): granted(lease)
        case (.granting, .refused(.leaseExists)):
            client.count(.chosenLeaseTaken)
            endChoice(as: .refused(world.now))
            self.state = .idle
        case (.attaching, .put):
            history.leases.attached(number)
            self.isAttached = true
            self.state = .holding
        case (.keeping, .keptAlive(let standings)):
            if case .some(.some) = standings.first {
                client.count(.leaseKept)
                history.leases.touched(number, sent: sent, received: world.now)
                self.state = .holding
            } else {
                history.leases.gone(number, at: world.now)
                self.state = .idle
            }
        case (.revoking, .leaseRevoked(let revision, _)):
            client.count(.leaseRevoked)
            history.tenures.leaseEnded(lease.rawValue, at: revision.rawValue)
            history.leases.gone(number, at: world.now)
            self.state = .idle
        case (.attaching, .refused(.notFound(.lease))):
            history.leases.gone(number, at: world.now)
            self.state = .idle
        default: self.state = .idle
        }
        client.rest()
    }

    private func endChoice(as end: LeaseLog.ChoiceEnd) {
        if let choice { history.leases.ended(choice: choice, as: end) }
    }

    private func granted(_ lease: LeaseID) {
        client.count(.leaseGranted)
        if lease == chosenLease { client.count(.chosenLeaseGranted) }
        if let former = history.leaseNumbers[lease] {
            // Requests of whoever had it may still be on their way: it is left alone.
            let finding = history.leases.grantedAgain(former, sent: sent, received: world.now)
            if let finding { world.found(.client(finding)) }
            self.state = .idle
            return
        }
        endChoice(as: .granted)
        if lease == chosenLease { history.newestChosenLease = lease }
        let number = history.leases.begin(
            id: lease.rawValue,
            reliableNanoseconds: client.reliableNanoseconds(
                timeToLiveMilliseconds: timeToLiveMilliseconds
            ),
            sent: sent,
            received: world.now
        )
        history.leaseNumbers[lease] = number
        self.lease = lease
        self.number = number
        self.isAttached = false
        self.cycle += 1
        self.state = .holding
    }
}
