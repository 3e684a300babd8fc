internal import API
internal import Bytes
internal import Keyspace
internal import Platform
internal import Replica
internal import Wire

/// Everything on the clients' side: connections, the calls on them, and what those wait for.
///
/// It is told what happened and answers with inputs for the member and bytes for the clients; it
/// never calls the reactor.
final class Frontend {
    /// Who gets a reply.
    enum Asker {
        case call(InFlightRequest)
        /// A run, for one of its parts.
        case part(InFlightRequest, Int)
        /// The member itself, for leases that it keeps alive.
        case keepalive
    }

    private static let receiveByteCount = 64 << 10

    let connectionCountMax: Int
    var connections = SlotTable<ClientConnection>()
    var tickets = SlotTable<Asker>()
    var wakes = WakeIndex()
    var keepalives = KeepaliveBatcher()
    var encodings = EventEncodings()
    var counters = Counters()
    /// For the member, in order.
    var inputs: [Input] = []
    /// Those that want a report.
    var describing: [InFlightRequest] = []
    var date: HTTPDate
    /// For answers to plain reads and puts.
    var templates: ResponseTemplates?
    var flushes = FlushQueue()
    var budget = MemoryBudget()
    /// Not read from until the budget has room.
    var starved: [ClientConnection] = []
    private var scratch = [UInt8](repeating: 0, count: receiveByteCount)
    private var callCount: UInt64 = 0

    init(connectionCountMax: Int, date: HTTPDate) {
        self.connectionCountMax = connectionCountMax
        self.date = date
    }

    /// Whether any call follows changes of keys.
    var audience: Store.Audience { wakes.watchCount > 0 ? .somebody : .nobody }

    /// When something is due without any event; in the past while there is work left over.
    var nextDeadline: MonotonicTime? {
        guard flushes.isEmpty, inputs.isEmpty, describing.isEmpty else {
            return MonotonicTime(rawValue: 0)
        }
        guard let alarm = wakes.nextDeadline else { return keepalives.nextDeadline }
        return min(alarm, keepalives.nextDeadline ?? alarm)
    }

    // MARK: - Connections

    /// Takes a new connection, or turns it away when there is no room.
    func accept(
        _ socket: consuming Socket,
        through door: ListenerKind,
        poller: borrowing Poller,
        now: MonotonicTime
    ) {
        guard connections.count < connectionCountMax else {
            counters.shedConnectionCount += 1
            _ = socket.send(Self.shedding)
            return
        }
        counters.acceptedConnectionCount += 1
        let number = connections.reserve()
        let connection = ClientConnection(number: number, socket: socket, door: door, now: now)
        connections.fill(number, value: connection)
        do throws(SystemError) {
            try poller.add(connection.socket, token: number, interest: connection.interest)
        } catch {
            connections.remove(number)
            return
        }
        wakes.set(
            connection,
            deadline: now.advanced(byMilliseconds: ConnectionPulse.checkMilliseconds)
        )
    }

    /// What a client beyond the bound on connections gets, whatever it wanted.
    private static let shedding = Array(
        """
        HTTP/1.1 503 Service Unavailable\r
        Content-Length: 0\r
        Retry-After: 1\r
        Connection: close\r
        \r

        """.utf8
    )

    /// Handles what the poller says of a connection.
    func handle(_ event: Poller.Event, in moment: borrowing ReadContext) {
        guard let connection = connections[event.token] else { return }
        if event.readiness.contains(.broken), !event.readiness.contains(.readable) {
            close(connection, in: moment)
            return
        }
        if event.readiness.contains(.readable) { receive(connection, in: moment) }
        if event.readiness.contains(.writable) { mark(connection) }
    }

    private func receive(_ connection: ClientConnection, in moment: borrowing ReadContext) {
        switch connection.socket.receive(into: &scratch) {
        case .wouldBlock: return
        case .failed: close(connection, in: moment)
        case .ended: end(connection, in: moment)
        case .bytes(let count):
            counters.receivedByteCount += UInt64(count)
            connection.pulse.received(moment.now)
            guard case .serving = connection.phase else { return }
            if connection.inbox.isEmpty {
                let rest = parse(connection, bytes: scratch, count: count, in: moment)
                if rest < count { connection.inbox = Array(scratch[rest..<count]) }
            } else {
                connection.inbox.append(contentsOf: scratch[..<count])
                parseInbox(connection, in: moment)
            }
            accountInput(of: connection, arrived: count)
            start(connection, in: moment)
            mark(connection)
        }
    }

    /// Accounts for what has arrived of a request that is not complete.
    func accountInput(of connection: ClientConnection, arrived count: Int) {
        let held =
            connection.parser.isWithinRequest
            ? connection.heldByteCount + count : connection.inbox.count
        budget.changeInput(by: held - connection.heldByteCount)
        connection.heldByteCount = held
    }

    /// Accounts for what the client has not taken.
    func accountOutput(of connection: ClientConnection) {
        let owed = connection.output.waitingByteCount
        budget.changeOutput(by: owed - connection.owedByteCount)
        connection.owedByteCount = owed
    }

    /// The client sends no more. What it asked is answered still, but nothing waits on for it.
    private func end(_ connection: ClientConnection, in moment: borrowing ReadContext) {
        connection.input = .ended
        let isWaiting = connection.calls.contains { call in
            if case .waiting = call.stage { true } else { call.isStream }
        }
        switch connection.phase {
        case .lingering: close(connection, in: moment)
        case _ where isWaiting || (connection.isAnswered && connection.output.isEmpty):
            close(connection, in: moment)
        default: mark(connection)
        }
    }

    /// Drops a connection; its calls clean up.
    func close(_ connection: ClientConnection, in moment: borrowing ReadContext) {
        guard !connection.isClosed else { return }
        connection.phase = .closed
        budget.changeInput(by: -connection.heldByteCount)
        connection.heldByteCount = 0
        connection.output = OutputBuffer()
        accountOutput(of: connection)
        connections.remove(connection.number)
        wakes.clear(connection)
        let calls = connection.takeCalls() + connection.deliveries.map(\.call)
        connection.backlog.removeAll()
        connection.deliveries = []
        for call in calls {
            call.connection = nil
            disconnect(call, in: moment)
        }
    }

    /// Lists a connection to be flushed.
    func mark(_ connection: ClientConnection) { flushes.list(connection) }

    // MARK: - Parsing

    /// Takes requests off what could not be taken before.
    func parseInbox(_ connection: ClientConnection, in moment: borrowing ReadContext) {
        guard !connection.inbox.isEmpty, connection.mayParse else { return }
        let inbox = connection.inbox
        connection.inbox = []
        let rest = parse(connection, bytes: inbox, count: inbox.count, in: moment)
        if rest < inbox.count { connection.inbox = Array(inbox[rest...]) }
    }

    /// Takes requests off the first `count` bytes; how many of those are done with.
    private func parse(
        _ connection: ClientConnection,
        bytes: [UInt8],
        count: Int,
        in moment: borrowing ReadContext
    ) -> Int {
        if connection.dialect == .unknown {
            if let reply = Protocol.foreignReply(to: bytes[0]) {
                connection.output.bytes.append(contentsOf: reply)
                connection.phase = .closing
                return count
            }
            connection.dialect = .http
        }
        connection.patterns.renew(for: connection.principal, in: moment.permissions)
        let input = bytes.span.extracting(first: count)
        var offset = 0
        parsing: while connection.mayParse {
            let isWithinRequest = connection.parser.isWithinRequest
            if !isWithinRequest {
                takeRun(connection, input: input, from: &offset)
                guard connection.mayParse else { break }
            }
            let start = offset
            switch connection.parser.next(input, from: &offset) {
            case .needsMore: break parsing
            case .needsContinue:
                if connection.isAnswered {
                    connection.output.bytes.append(ResponseWriter.continueResponse)
                }
                break parsing
            case .request(let request):
                counters.requestCount += 1
                if !isWithinRequest {
                    connection.patterns.learn(
                        from: request,
                        in: input.extracting(start..<offset),
                        through: connection.door,
                        member: moment.member
                    )
                }
                connection.backlog.append(.request(request))
            case .refused(let error):
                counters.requestCount += 1
                let response = NativeExchange.refusal(
                    of: error,
                    keyspace: moment.keyspace,
                    member: moment.member
                )
                connection.backlog.append(.refusal(response))
                connection.phase = .closing
                offset = count
            }
        }
        connection.pulse.note(isWithinRequest: connection.parser.isWithinRequest, now: moment.now)
        return offset
    }

    /// Takes the requests that come next and are for runs, as many as there is room for.
    private func takeRun(
        _ connection: ClientConnection,
        input: Span<UInt8>,
        from offset: inout Int
    ) {
        let patterns = connection.patterns
        let room = connection.requestRoom
        var count = 0
        while count < room, let (kind, found) = patterns.match(input, at: offset) {
            connection.backlog.append(
                kind,
                key: input.extracting(found.path),
                input.extracting(found.body)
            )
            offset = found.end
            count += 1
        }
        counters.requestCount += UInt64(count)
    }

    func makeCallNumber() -> UInt64 {
        callCount += 1
        return callCount
    }
}
