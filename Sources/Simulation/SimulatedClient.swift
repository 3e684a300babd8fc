internal import Bytes
internal import Keyspace
internal import Replica

/// Somebody who writes and reads a few keys, one request after another.
struct SimulatedClient: Sendable {
    let number: Int
    /// What it waits for: the operation in the history, at which member, under which ticket.
    struct Waiting: Sendable {
        let operation: Int
        let member: Int
        let ticket: Ticket
    }

    /// Every fourth value is long: logs grow, segments fill, snapshots become due.
    private static func byteCount(of value: UInt64) -> Int { value % 4 == 0 ? 24 << 10 : 64 }

    var waiting: Waiting?
    var writeCount: UInt64 = 0
    /// Whether anything was answered since all faults ended.
    var isServedInCalm = false

    /// The key's path.
    static func path(of key: Int) -> Path { Path(unchecked: Array("/key-\(key)".utf8)) }

    /// No other write of the run writes it.
    mutating func nextValue() -> UInt64 {
        writeCount += 1
        return UInt64(number) << 32 | writeCount
    }

    static func encode(_ value: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: value)
        let rest = byteCount(of: value) - bytes.count
        bytes += repeatElement(UInt8(truncatingIfNeeded: value), count: rest)
        return bytes
    }

    /// Key and value of a record that a client wrote.
    static func content(of record: KeyRecord) -> (key: Int, value: UInt64)? {
        guard record.value.count >= 8, let last = record.key.bytes.last else { return nil }
        let value = record.value.span.littleEndian(UInt64.self, at: 0)
        guard encode(value) == record.value else { return nil }
        return (Int(last) - Int(UInt8(ascii: "0")), value)
    }
}

extension SimulatedCluster {
    /// The client begins its next operation, at a member of its choice.
    func act(_ client: Int) {
        guard clients[client].waiting == nil else { return }
        let member = members[pick(members.count)]
        guard member.state != .down else {
            // Nobody listens: the next one, soon.
            return schedule(.client(client), after: random(1_000...20_000))
        }
        let key = pick(options.keyCount)
        let ticket = member.makeTicket(for: client)
        let isWrite = pick(2) == 0
        let operation = history.begin(
            History.Operation(
                kind: isWrite ? .write : .read,
                key: key,
                value: isWrite ? clients[client].nextValue() : 0,
                begin: now
            )
        )
        clients[client].waiting = SimulatedClient.Waiting(
            operation: operation,
            member: member.number,
            ticket: ticket
        )
        let input = isWrite ? write(operation, ticket) : Input.read(ticket)
        deliver(input, to: member, member.life)
        let impatience = Event.impatience(client: client, operation: operation)
        schedule(impatience, after: random(200_000...1_500_000))
    }

    private func write(_ operation: Int, _ ticket: Ticket) -> Input {
        let put = Put(
            key: SimulatedClient.path(of: history.operations[operation].key),
            value: SimulatedClient.encode(history.operations[operation].value),
            lease: .none,
            condition: .none
        )
        return .propose(ticket, Request(.put(put)))
    }

    func giveUp(_ client: Int, _ operation: Int) {
        guard let waiting = clients[client].waiting, waiting.operation == operation else { return }
        let member = members[waiting.member]
        deliver(.forget(waiting.ticket), to: member, member.life)
    }

    func answer(_ reply: Reply, of member: SimulatedMember) {
        switch reply {
        case .applied(let ticket, let answer):
            guard let client = member.takeClient(of: ticket) else { return }
            guard case .put(let result) = answer.outcome else { return end(client, .denied) }
            end(client, .seen(revision: result.revision.rawValue))
        case .unproposed(let ticket, let failure):
            guard let client = member.takeClient(of: ticket) else { return }
            end(client, failure == .unknown ? .unknown : .denied)
        case .readable(let ticket):
            guard let client = member.takeClient(of: ticket) else { return }
            readNow(client, at: member)
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

    /// The member that had the client's request is gone.
    func lost(_ client: Int) { end(client, .unknown) }

    private func end(_ client: Int, _ end: History.Operation.End, value: UInt64? = nil) {
        guard let waiting = clients[client].waiting else { return }
        clients[client].waiting = nil
        history.end(waiting.operation, end, value: value, at: now)
        trace.note(6, client, at: now)
        if case .seen(let revision) = end {
            trace.note(revision)
            if isCalm { clients[client].isServedInCalm = true }
        }
        schedule(.client(client), after: random(100...20_000))
    }
}
