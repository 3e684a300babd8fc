internal import Bytes
internal import Keyspace

/// Somebody who keeps a key alive by a lease, until it lets the lease end or revokes it.
struct LeaseHolder: Sendable {
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

    var state = State.idle
    /// When the request under way was sent.
    var sent = MonotonicTime(rawValue: 0)
    var lease = LeaseID(rawValue: 0)
    /// In the log of leases.
    var number = 0
    var timeToLiveMilliseconds: UInt64 = 0
    var isAttached = false
    var cycle = 0
}

extension SimulatedCluster {
    func actLeaseHolder(_ place: Int, for client: Int) {
        switch workload.leaseHolders[place].state {
        case .idle, .lapsing: grantLease(place, for: client)
        case .holding: useLease(place, for: client)
        case .granting, .attaching, .keeping, .revoking, .untying: break
        }
    }

    private func grantLease(_ place: Int, for client: Int) {
        guard let member = reachableMember() else { return tryAgain(client) }
        let milliseconds = random(1_000...3_000)
        workload.leaseHolders[place].timeToLiveMilliseconds = milliseconds
        ask(
            .grantLease(timeToLiveMilliseconds: milliseconds),
            state: .granting,
            at: place,
            for: client,
            member: member
        )
    }

    private func ask(
        _ command: Command,
        state: LeaseHolder.State,
        at place: Int,
        for client: Int,
        member: SimulatedMember
    ) {
        workload.leaseHolders[place].state = state
        workload.leaseHolders[place].sent = now
        propose(Request(command), from: client, to: member)
    }

    private func useLease(_ place: Int, for client: Int) {
        let holder = workload.leaseHolders[place]
        guard let member = reachableMember() else { return tryAgain(client) }
        guard holder.isAttached else {
            let put = heldPut(place, for: client, lease: .lease(holder.lease))
            return ask(.put(put), state: .attaching, at: place, for: client, member: member)
        }
        switch pick(9) {
        case 0:
            workload.leases.givenUp(holder.number, at: now)
            ask(
                .revokeLease(holder.lease),
                state: .revoking,
                at: place,
                for: client,
                member: member
            )
        case 1:
            workload.leaseHolders[place].state = .lapsing
            schedule(.client(client), after: random(1_500_000...4_500_000))
        case 2:
            workload.leases.givenUp(holder.number, at: now)
            let put = heldPut(place, for: client, lease: .none)
            ask(.put(put), state: .untying, at: place, for: client, member: member)
        default:
            ask(.keepAlive([holder.lease]), state: .keeping, at: place, for: client, member: member)
        }
    }

    private func heldPut(_ place: Int, for client: Int, lease: LeaseAttachment) -> Put {
        Put(
            key: KeySpaces.held(place + 8 * workload.leaseHolders[place].cycle),
            value: KeySpaces.encode(workload.nextValue(of: client)),
            lease: lease,
            condition: .none
        )
    }

    func hearLeaseHolder(_ place: Int, for client: Int, tidings: Tidings) {
        let holder = workload.leaseHolders[place]
        guard case .answered(let answer) = tidings else {
            if holder.state == .keeping {
                workload.leases.mayHaveTouched(holder.number, until: now)
            }
            workload.leaseHolders[place].state = holder.state == .keeping ? .holding : .idle
            return tryAgain(client)
        }
        switch (holder.state, answer.outcome) {
        case (.granting, .leaseGranted(let lease, _)): granted(lease, at: place, for: client)
        case (.attaching, .put):
            workload.leases.attached(holder.number)
            workload.leaseHolders[place].isAttached = true
            workload.leaseHolders[place].state = .holding
        case (.keeping, .keptAlive(let standings)):
            if case .some(.some) = standings.first {
                count(.leaseKept)
                workload.leases.touched(holder.number, sent: holder.sent, received: now)
                workload.leaseHolders[place].state = .holding
            } else {
                workload.leases.gone(holder.number, at: now)
                workload.leaseHolders[place].state = .idle
            }
        case (.revoking, .leaseRevoked(let revision, _)):
            count(.leaseRevoked)
            workload.tenures.leaseEnded(holder.lease.rawValue, at: revision.rawValue)
            workload.leaseHolders[place].state = .idle
        case (.attaching, .refused(.notFound(.lease))):
            workload.leases.gone(holder.number, at: now)
            workload.leaseHolders[place].state = .idle
        default: workload.leaseHolders[place].state = .idle
        }
        rest(client)
    }

    private func granted(_ lease: LeaseID, at place: Int, for client: Int) {
        let holder = workload.leaseHolders[place]
        count(.leaseGranted)
        let number = workload.leases.begin(
            id: lease.rawValue,
            reliableNanoseconds: workload.reliableNanoseconds(
                timeToLiveMilliseconds: holder.timeToLiveMilliseconds,
                of: client
            ),
            sent: holder.sent,
            received: now
        )
        workload.leaseNumbers[lease] = number
        workload.leaseHolders[place].lease = lease
        workload.leaseHolders[place].number = number
        workload.leaseHolders[place].isAttached = false
        workload.leaseHolders[place].cycle += 1
        workload.leaseHolders[place].state = .holding
    }
}
