internal import Bytes
internal import Keyspace
internal import Replica

extension SimulatedCluster {
    /// The client begins its next operation, or sends one again, at a member of its choice.
    func act(_ client: Int) {
        guard clients[client].waiting == nil else { return }
        let member = members[pick(members.count)]
        guard member.state != .down else {
            // Nobody listens: the next one, soon.
            return schedule(.client(client), after: random(1_000...20_000))
        }
        let operation = clients[client].retrying ?? beginOperation(client)
        let ticket = member.makeTicket(for: client)
        clients[client].waiting = SimulatedClient.Waiting(operation: operation)
        switch history.operations[operation].kind {
        case .write:
            deliver(.propose(ticket, write(operation, of: client)), to: member, member.life)
        case .read: deliver(.read(ticket), to: member, member.life)
        }
        let patience = Event.patience(member: member.number, life: member.life, ticket)
        schedule(patience, after: random(200_000...1_500_000))
    }

    private func beginOperation(_ client: Int) -> Int {
        let isWrite = pick(2) == 0
        let operation = history.begin(
            History.Operation(
                kind: isWrite ? .write : .read,
                key: pick(options.keyCount),
                value: isWrite ? clients[client].nextValue() : 0,
                begin: now
            )
        )
        if isWrite, pick(3) == 0 { clients[client].retrying = operation }
        return operation
    }

    private func write(_ operation: Int, of client: Int) -> Request {
        let value = history.operations[operation].value
        let put = Put(
            key: SimulatedClient.path(of: history.operations[operation].key),
            value: SimulatedClient.encode(value),
            lease: .none,
            condition: .none
        )
        guard clients[client].retrying == operation else { return Request(.put(put)) }
        var key: [UInt8] = []
        key.append(littleEndian: value)
        let fingerprint = key + [UInt8](repeating: 0, count: 24)
        return Request(
            .put(put),
            idempotency: IdempotencyStamp(key: key, fingerprint: fingerprint)
        )
    }

    func giveUp(_ ticket: Ticket, at member: SimulatedMember, _ life: Int) {
        guard member.life == life, member.waiting.contains(where: { $0.ticket == ticket }) else {
            return
        }
        deliver(.forget(ticket), to: member, life)
    }

    func answer(_ reply: Reply, of member: SimulatedMember) {
        switch reply {
        case .applied(let ticket, let answer):
            guard let waiter = member.takeClient(of: ticket) else { return }
            if waiter >= clients.count {
                answerLocker(waiter - clients.count, answer.outcome)
            } else if case .put(let result) = answer.outcome {
                end(waiter, .seen(revision: result.revision.rawValue))
            } else {
                end(waiter, .denied)
            }
        case .unproposed(let ticket, let failure):
            guard let waiter = member.takeClient(of: ticket) else { return }
            if waiter >= clients.count {
                answerLocker(waiter - clients.count, nil)
            } else {
                end(waiter, failure == .unknown ? .unknown : .denied)
            }
        case .readable(let ticket):
            guard let client = member.takeClient(of: ticket) else { return }
            readNow(client, at: member)
        case .membershipChanged(let ticket):
            _ = member.takeClient(of: ticket)
        case .unreadable(let ticket):
            guard let client = member.takeClient(of: ticket) else { return }
            end(client, .denied)
        }
    }

    private func readNow(_ client: Int, at member: SimulatedMember) {
        guard let operation = clients[client].waiting?.operation else { return }
        let path = SimulatedClient.path(of: history.operations[operation].key)
        let record = member.replica?.keyspace.store.get(path)
        let value = record.flatMap { SimulatedClient.content(of: $0)?.value } ?? 0
        end(client, .seen(revision: record?.modRevision.rawValue ?? 0), value: value)
    }

    /// The member that had the request is gone.
    func lost(_ waiter: Int) {
        if waiter >= clients.count {
            answerLocker(waiter - clients.count, nil)
        } else {
            end(waiter, .unknown)
        }
    }

    private func end(_ client: Int, _ end: History.Operation.End, value: UInt64? = nil) {
        guard let waiting = clients[client].waiting else { return }
        clients[client].waiting = nil
        trace.note(6, client, at: now)
        switch end {
        case .seen(let revision):
            clients[client].retrying = nil
            trace.note(revision)
            if isCalm { clients[client].isServedInCalm = true }
            history.end(waiting.operation, end, value: value, at: now)
        case .pending, .denied, .unknown:
            // An earlier sending may have taken effect, whatever became of this one.
            if clients[client].retrying != nil { break }
            history.end(waiting.operation, end, value: value, at: now)
        }
        schedule(.client(client), after: random(100...20_000))
    }
}
