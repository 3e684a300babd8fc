internal import API
internal import Bytes
internal import Keyspace
internal import Platform
internal import Replica
internal import TLS
internal import Wire

/// Everything on the clients' side: connections, the calls on them, and what those wait for.
///
/// It is told what happened and answers with inputs for the member and bytes for the clients; it
/// never calls the reactor.
final class Frontend<Spoken: Conversation> {
    typealias Connection = ClientConnection<Spoken>
    typealias Call = InFlightRequest<Spoken>

    /// Who gets a reply.
    enum Asker {
        case call(Call)
        /// A batch, for one of its parts.
        case part(Call, Int)
        /// The member itself, for leases that it keeps alive.
        case keepalive
    }

    private static var receiveByteCount: Int { 64 << 10 }
    /// More faults than this are not told at a time.
    private static var toldFaultCountMax: Int { 16 }

    let connectionCountMax: Int
    var connections = SlotTable<Connection>()
    var tickets = SlotTable<Asker>()
    var wakes = WakeIndex<Spoken>()
    var keepalives = KeepaliveBatcher()
    /// What streams share.
    var cache = Spoken.Exchange.Cache()
    var counters = Counters()
    /// For the member, in order.
    var inputs: [Input] = []
    /// How many calls keep a state of the store as it was.
    var keptStateCount = 0
    /// Those that want work done on a password.
    var works: [PasswordWait<Spoken>] = []
    /// Those whose work is being done, by their calls' numbers.
    var working: [UInt64: PasswordWait<Spoken>] = [:]
    /// Wrong passwords that came.
    var tries = TryLimiter()
    /// Those that want a report.
    var describing: [Call] = []
    /// What calls have done where it may take its time.
    let background = BackgroundWork()
    /// What calls and others kept of the store.
    var released = ReleasedStates()
    var date: HTTPDate
    /// For answers to plain reads and puts.
    var templates = ResponseTemplates()
    var flushes = FlushQueue<Spoken>()
    var budget = MemoryBudget()
    /// Nil where nothing is written down of what clients do.
    let audit: AuditTrail?
    /// What each client takes.
    var ledger: ClientLedger
    /// Whose word is taken of whom they pass requests on for; of connections from now on.
    var proxies = TrustedProxies.none
    /// Which name of a client's certificate says who it is.
    var certificateUser = CertificateUser.commonName
    /// Why TLS was not agreed on with clients, for the operator.
    var tlsFaults: [TLSFault] = []
    /// Not read from until the budget has room.
    var starved: [Connection] = []
    private var scratch: [UInt8]
    private(set) var callCount: UInt64 = 0
    /// What those who follow keys were told.
    var leadership = MemberView.Leadership.led

    init(
        connectionCountMax: Int,
        limits: ClientLimits = .none,
        audit: AuditTrail? = nil,
        date: HTTPDate
    ) {
        self.audit = audit
        self.connectionCountMax = connectionCountMax
        ledger = ClientLedger(limits: limits)
        self.date = date
        scratch = [UInt8](repeating: 0, count: Self.receiveByteCount)
    }

    /// Whether any call follows changes of keys.
    var audience: Store.Audience { wakes.watchCount > 0 ? .somebody : .nobody }

    /// How many revisions the watch that lags most has not told, of those that lag at all.
    ///
    /// - Complexity: O(connections), and O(1) while none lags.
    func watchLagMax(at revision: Revision) -> UInt64 {
        guard counters.behindCount > 0 else { return 0 }
        var lag: UInt64 = 0
        for connection in connections.values {
            for call in connection.calls where call.behindSince != nil {
                guard let followed = call.exchange?.followed else { continue }
                lag = max(lag, revision.rawValue - min(followed, revision).rawValue)
            }
        }
        return lag
    }

    /// When something is due without any event; in the past while there is work left over.
    var nextDeadline: MonotonicTime? {
        guard flushes.isEmpty, inputs.isEmpty, describing.isEmpty, works.isEmpty, released.isEmpty
        else {
            return MonotonicTime(rawValue: 0)
        }
        guard let alarm = wakes.nextDeadline else { return keepalives.nextDeadline }
        return min(alarm, keepalives.nextDeadline ?? alarm)
    }

    // MARK: - Connections

    /// Takes a new connection, or turns it away when there is no room.
    func accept(
        _ socket: consuming Socket,
        through listener: ListenerKind,
        security: ChannelSecurity? = nil,
        poller: borrowing Poller,
        now: MonotonicTime
    ) {
        let address = Self.address(of: socket)
        var channel = ByteChannel(socket, security: security)
        guard connections.count < connectionCountMax else {
            counters.shedConnectionCount += 1
            _ = channel.send(Spoken.shedding, from: 0)
            return
        }
        let standing: ClientOrigin.Standing = proxies.contains(address) ? .trustedProxy : .client
        guard let account = ledger.open(ClientSource(address), as: standing, now: now) else {
            counters.limitedConnectionCount += 1
            _ = channel.send(Spoken.turningAway, from: 0)
            return
        }
        counters.acceptedConnectionCount += 1
        let number = connections.reserve()
        let connection = Connection(
            number: number,
            channel: channel,
            client: ClientOrigin(
                listener: security?.plainText == .refused ? listener.secured : listener,
                standing: standing
            ),
            account: account,
            origin: origin(address),
            now: now
        )
        connections.fill(number, value: connection)
        do throws(SystemError) {
            try connection.channel.register(with: poller, token: number)
        } catch {
            connections.remove(number)
            ledger.close(account, now: now)
            return
        }
        wakes.set(
            connection,
            deadline: connection.channel.isHandshaking
                ? connection.pulse.handshakeDeadline
                : now.advanced(byMilliseconds: ConnectionPulse.checkMilliseconds)
        )
    }

    /// Nil where the other side is gone already.
    private static func address(of socket: borrowing Socket) -> SocketAddress? {
        do throws(SystemError) { return try socket.peerAddress() } catch { return nil }
    }

    /// Who is told of in what is written down.
    func origin(_ address: SocketAddress?) -> AuditRecord.Origin {
        guard audit != nil, case .internet(let host, _)? = address?.endpoint else {
            return AuditRecord.Origin(principal: [], address: [])
        }
        return AuditRecord.Origin(principal: [], address: Array(host.utf8))
    }

    /// Handles what the poller says of a connection.
    func handle(_ event: Poller.Event, in context: borrowing ReadContext) {
        guard let connection = connections[event.token] else { return }
        if event.readiness.contains(.broken), !event.readiness.contains(.readable) {
            close(connection, in: context)
            return
        }
        if event.readiness.contains(.readable),
            ledger.mayReceive(
                from: connection.account,
                in: counters.turnCount,
                now: context.now
            )
        {
            receive(connection, in: context)
        }
        if event.readiness.contains(.writable) { mark(connection) }
    }

    private func receive(_ connection: Connection, in context: borrowing ReadContext) {
        switch connection.channel.receive(into: &scratch) {
        case .wouldBlock: markOwing(connection)
        case .failed: close(connection, in: context)
        case .ended: end(connection, in: context)
        case .refused(let fault): refuse(connection, because: fault)
        case .insecure:
            connection.output.bytes.append(contentsOf: Spoken.insecure)
            connection.phase = .closing
            mark(connection)
        case .bytes(let count):
            counters.receivedByteCount += UInt64(count)
            connection.payer?.received(count, limits: ledger.limits, now: context.now)
            connection.user?.received(count, limits: ledger.limits, now: context.now)
            connection.pulse.received(context.now)
            guard case .serving = connection.phase else { return markOwing(connection) }
            if connection.inbox.isEmpty {
                let rest = parse(connection, bytes: scratch, count: count, in: context)
                if rest < count { connection.inbox = Array(scratch[rest..<count]) }
            } else {
                connection.inbox.append(contentsOf: scratch[..<count])
                parseInbox(connection, in: context)
            }
            accountInput(of: connection, arrived: count)
            start(connection, in: context)
            mark(connection)
            if connection.channel.hasEnded { end(connection, in: context) }
        }
    }

    /// TLS is not agreed on, or not kept to. The client was told why; it may read that.
    private func refuse(_ connection: Connection, because fault: TLSFault) {
        counters.refusedTLSCount += 1
        if tlsFaults.count < Self.toldFaultCountMax { tlsFaults.append(fault) }
        guard case .serving = connection.phase else { return }
        connection.phase = .closing
        mark(connection)
    }

    /// Lists a connection whose channel has something to send of its own.
    private func markOwing(_ connection: Connection) {
        if connection.channel.waitingByteCount > 0 { mark(connection) }
    }

    /// Accounts for what has arrived of a request that is not complete.
    func accountInput(of connection: Connection, arrived count: Int) {
        let held =
            connection.conversation?.isWithinRequest == true
            ? connection.heldByteCount + count : connection.inbox.count
        budget.changeInput(by: held - connection.heldByteCount)
        connection.heldByteCount = held
    }

    /// Accounts for what the client has not taken.
    func accountOutput(of connection: Connection) {
        let owed = connection.waitingByteCount
        budget.changeOutput(by: owed - connection.owedByteCount)
        connection.owedByteCount = owed
    }

    /// The client sends no more. What it asked is answered still, but nothing waits on for it.
    private func end(_ connection: Connection, in context: borrowing ReadContext) {
        connection.input = .ended
        let isWaiting = connection.calls.contains { call in
            if case .waiting = call.stage { true } else { call.isStream }
        }
        switch connection.phase {
        case .lingering: close(connection, in: context)
        case _ where isWaiting || (connection.isAnswered && connection.output.isEmpty):
            close(connection, in: context)
        default: mark(connection)
        }
    }

    /// Drops a connection; its calls clean up.
    func close(_ connection: Connection, in context: borrowing ReadContext) {
        guard !connection.isClosed else { return }
        connection.phase = .closed
        budget.changeInput(by: -connection.heldByteCount)
        connection.heldByteCount = 0
        connection.output = OutputBuffer()
        accountOutput(of: connection)
        connections.remove(connection.number)
        ledger.close(connection.account, now: context.now)
        wakes.clear(connection)
        let calls = connection.takeCalls() + connection.deliveries.map(\.call)
        connection.deliveries = []
        for call in calls {
            call.connection = nil
            disconnect(call, in: context)
        }
    }

    /// Drops the connections of clients whose certificates have ended, or would not be believed now.
    ///
    /// - Parameter trust: what is trusted now, where that has changed.
    /// - Complexity: O(connections), a verification each where trust has changed.
    func dropDistrusted(
        under trust: TLSContext?,
        at unixSeconds: Int64,
        in context: borrowing ReadContext
    ) {
        for connection in connections.values {
            guard let fault = connection.channel.distrust(under: trust, at: unixSeconds) else {
                continue
            }
            if tlsFaults.count < Self.toldFaultCountMax { tlsFaults.append(fault) }
            close(connection, in: context)
        }
    }

    /// Lists a connection to be flushed.
    func mark(_ connection: Connection) { flushes.list(connection) }

    // MARK: - Parsing

    /// Takes in what could not be taken before.
    func parseInbox(_ connection: Connection, in context: borrowing ReadContext) {
        guard !connection.inbox.isEmpty, connection.mayParse else { return }
        let inbox = connection.inbox
        connection.inbox = []
        let rest = parse(connection, bytes: inbox, count: inbox.count, in: context)
        if rest < inbox.count { connection.inbox = Array(inbox[rest...]) }
    }

    /// Lets the conversation take what it can of the first `count` bytes; how many of those are
    /// done with.
    private func parse(
        _ connection: Connection,
        bytes: [UInt8],
        count: Int,
        in context: borrowing ReadContext
    ) -> Int {
        let input = bytes.span.extracting(first: count)
        if connection.conversation == nil {
            switch Spoken.choose(input) {
            case .undecided:
                connection.pulse.note(isWithinRequest: true, now: context.now)
                return 0
            case .speaks(let conversation):
                let name = connection.channel.certificate.flatMap(certificateUser.name)
                connection.begin(conversation, as: name)
            case .foreign(let reply):
                connection.output.bytes.append(contentsOf: reply)
                connection.phase = .closing
                return count
            }
        }
        guard let conversation = connection.conversation, connection.mayParse else { return 0 }
        var offset = 0
        let intake = conversation.take(
            input,
            from: &offset,
            from: connection.client,
            counters: &counters,
            output: &connection.output.bytes,
            in: context
        )
        if intake == .refused {
            connection.phase = .closing
            offset = count
        }
        connection.pulse.note(isWithinRequest: conversation.isWithinRequest, now: context.now)
        connection.arrivals.note(
            waitingCount: conversation.waitingCount,
            at: connection.pulse.receivedAt
        )
        return offset
    }

    func makeCallNumber() -> UInt64 {
        callCount += 1
        return callCount
    }
}
