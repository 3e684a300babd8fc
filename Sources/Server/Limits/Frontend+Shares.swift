internal import API
internal import Bytes

// Whose share of the member a request is, and whether there is some left.

extension Frontend {
    /// Under what circumstances the next request of a connection would begin; nil where it has to
    /// wait.
    func arrival(
        on connection: Connection,
        in context: borrowing ReadContext
    ) -> ClientArrival? {
        var room = ClientArrival.Room.ample
        if ledger.limits != .none || connection.client.standing == .trustedProxy {
            guard
                let asker = connection.conversation?.nextAsker(
                    from: connection.client,
                    in: context
                )
            else { return nil }
            connection.passedOnFor = passedOnFor(asker, now: context.now)
            if let excess = excess(of: asker, on: connection, now: context.now) {
                room = .excess(excess)
            }
        }
        if !hasRoom { room = .none }
        return ClientArrival(
            time: connection.arrivals.time ?? connection.pulse.receivedAt,
            room: room,
            unwritable: audit.flatMap { $0.failure == nil ? nil : $0.policy }
        )
    }

    /// Whom a trusted proxy passes the next request on for; nil where that is nobody else.
    private func passedOnFor(_ asker: ClientAsker, now: MonotonicTime) -> ForwardedClient? {
        guard !asker.forwardedFor.isEmpty, let address = proxies.client(named: asker.forwardedFor)
        else { return nil }
        return ForwardedClient(
            account: ledger.account(of: ClientSource(address), now: now),
            address: origin(address).address
        )
    }

    /// What the client, or the user, takes too much of; nil where the request may begin.
    private func excess(
        of asker: ClientAsker,
        on connection: Connection,
        now: MonotonicTime
    ) -> ClientExcess? {
        guard ledger.limits != .none else { return nil }
        let account = connection.passedOnFor?.account ?? connection.account
        if let excess = account.excess(over: ledger.limits, now: now) { return excess }
        // A name alone makes no account, but is held to the limits of the one that there is.
        let user =
            asker.standing == .proven
            ? ledger.account(ofUser: asker.user, now: now) : ledger.user(asker.user)
        return user?.excess(over: ledger.limits, now: now)
    }

    /// Takes in a call; one that was admitted is counted among its client's, and its user's.
    func take(in call: Call, on connection: Connection, arrival: ClientArrival) {
        if let forwarded = connection.passedOnFor { call.note(forwarded) }
        connection.enqueue(call, by: user(of: call, now: arrival.time))
        if audit != nil, let batch = call.batch { call.origin.principal = batch.principalName }
        if audit != nil, let exchange = call.exchange {
            call.matter = AuditRecord.Matter(subject: exchange.subject, object: exchange.object)
        }
        switch arrival.room {
        case .ample:
            let count = call.requestCount
            let (limits, turn) = (ledger.limits, counters.turnCount)
            // Of turns the connection has its own share, whomever its requests are from.
            connection.account.admitted(
                count,
                limits: call.client == nil ? limits : .none,
                turn: turn,
                now: arrival.time
            )
            call.client?.admitted(count, limits: limits, turn: turn, now: arrival.time)
            call.user?.admitted(count, limits: limits, turn: turn, now: arrival.time)
        case .excess(let excess): counters.note(excess, count: call.requestCount)
        case .none: break
        }
    }

    /// Counts a call among its user's if that is known only now, after something was looked at. It is
    /// not refused any more.
    func countLate(_ call: Call, now: MonotonicTime) {
        guard call.user == nil, let connection = call.connection,
            let user = user(of: call, now: now)
        else { return }
        connection.count(call, among: user)
        user.admitted(1, limits: ledger.limits, turn: counters.turnCount, now: now)
    }

    private func user(of call: Call, now: MonotonicTime) -> ClientAccount? {
        guard ledger.limits != .none else { return nil }
        let name = call.exchange?.principalName ?? call.batch?.principalName ?? []
        return ledger.account(ofUser: name, now: now)
    }
}

/// For whom a trusted proxy passes on a request.
struct ForwardedClient {
    let account: ClientAccount
    /// As text; empty unless that is written down.
    let address: [UInt8]
}
