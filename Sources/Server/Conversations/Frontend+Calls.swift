internal import API
internal import Bytes
internal import Keyspace
internal import Replica
internal import Wire

extension Frontend {
    // MARK: - Beginning

    /// Begins as many of the connection's requests as may be under way together.
    func start(_ connection: ClientConnection, in moment: borrowing ReadContext) {
        while let (item, overlap) = connection.backlog.takeFirst(admittedBy: connection.pipeline) {
            connection.pipeline.begin(
                overlap,
                requestCount: item.requestCount,
                byteCount: item.byteCount
            )
            switch item {
            case .request(let request):
                begin(request, overlap: overlap, connection: connection, in: moment)
            case .run(let run): begin(run, overlap: overlap, connection: connection, in: moment)
            case .refusal(let response):
                let writer = ResponseWriter.closing
                let call = InFlightRequest(
                    number: makeCallNumber(),
                    overlap: overlap,
                    byteCount: 0,
                    writer: writer,
                    connection: connection
                )
                connection.enqueue(call)
                settle(call, response: response, in: moment)
            }
        }
    }

    private func begin(
        _ request: HTTPRequest,
        overlap: PipelineClass,
        connection: ClientConnection,
        in moment: borrowing ReadContext
    ) {
        let writer = ResponseWriter(for: request)
        let call = InFlightRequest(
            number: makeCallNumber(),
            overlap: overlap,
            byteCount: request.body.count,
            writer: writer,
            connection: connection
        )
        connection.enqueue(call)
        guard hasRoom else {
            settle(
                call,
                response: NativeExchange.overloaded(
                    request,
                    keyspace: moment.keyspace,
                    member: moment.member
                ),
                in: moment
            )
            return
        }
        let (exchange, step) = NativeExchange.begin(
            request,
            through: connection.door,
            keyspace: moment.keyspace,
            member: moment.member,
            arrival: connection.pulse.receivedAt,
            now: moment.now
        )
        call.exchange = exchange
        perform(step, call: call, in: moment)
    }

    /// Whether more may be begun.
    var hasRoom: Bool {
        tickets.count < SlotTable<Asker>.countMax / 2 && budget.hasRoomForOutput
    }

    // MARK: - Steps

    /// Does what an exchange asks for.
    func perform(_ step: NativeStep, call: InFlightRequest, in moment: borrowing ReadContext) {
        if call.mayKeepPlace { keepalives.follow(call, now: moment.now) }
        switch step {
        case .propose(let request):
            let ticket = ask(call)
            inputs.append(.propose(ticket, EncodedWrite(request)))
        case .read:
            let ticket = ask(call)
            inputs.append(.read(ticket))
        case .wait(let wake):
            guard let connection = call.connection else { return finish(call) }
            call.stage = .waiting
            wakes.enter(call, wake: wake)
            if connection.input == .ended { close(connection, in: moment) }
        case .describe:
            call.stage = .waiting
            describing.append(call)
        case .respond(let response): settle(call, response: response, in: moment)
        case .stream(let head):
            guard let connection = call.connection else { return finish(call) }
            call.stage = .opening(head)
            mark(connection)
            if connection.input == .ended { close(connection, in: moment) }
        case .goOn:
            guard case .streaming = call.stage, let connection = call.connection else { return }
            call.stage = .streaming(.flowing)
            mark(connection)
        case .finish: finish(call)
        }
    }

    /// Issues a ticket; its reply comes, at the exchange's deadline at the latest.
    private func ask(_ call: InFlightRequest) -> Ticket {
        let ticket = Ticket(rawValue: tickets.insert(.call(call)))
        if case .streaming = call.stage {
            call.stage = .streaming(.resting)
            return ticket
        }
        call.stage = .asking(ticket)
        if let deadline = call.exchange?.deadline {
            wakes.enter(call, wake: Wake(deadline: deadline))
        }
        return ticket
    }

    /// The answer is known.
    private func settle(
        _ call: InFlightRequest,
        response: HTTPResponse,
        in moment: borrowing ReadContext
    ) {
        guard let connection = call.connection else { return finish(call) }
        counters.note(status: response.status)
        wakes.leave(call)
        call.stage = .answered(response)
        call.endOverlap()
        mark(connection)
    }

    /// Nothing is left to be done for it.
    func finish(_ call: InFlightRequest) {
        wakes.leave(call)
        call.stage = .over
        call.exchange = nil
        keepalives.forget(call)
        if let connection = call.connection { mark(connection) }
    }

    // MARK: - Resuming

    func resume(_ call: InFlightRequest, resumption: Resumption, in moment: borrowing ReadContext) {
        if let run = call.run { return resume(run, call: call, resumption: resumption, in: moment) }
        let step = call.exchange?.resume(
            resumption,
            keyspace: moment.keyspace,
            member: moment.member,
            now: moment.now
        )
        if let step { perform(step, call: call, in: moment) }
    }

    /// Brings a reply to whoever asked.
    func handle(_ reply: Completion, in moment: borrowing ReadContext) {
        let (ticket, resumption): (Ticket, Resumption?) =
            switch reply {
            case .applied(let ticket, let answer): (ticket, .answered(answer))
            case .unproposed(let ticket, let failure): (ticket, .unproposed(failure))
            case .readable(let ticket): (ticket, .readable)
            case .unreadable(let ticket): (ticket, .unreadable)
            case .membershipChanged(let ticket): (ticket, nil)  // No exchange asks for it.
            }
        switch tickets.remove(ticket.rawValue) {
        case .call(let call):
            wakes.leave(call)
            if let resumption { resume(call, resumption: resumption, in: moment) }
        case .part(let call, let part):
            if let resumption { note(resumption, of: part, call: call, in: moment) }
        case .keepalive, nil: break  // A renewal that failed has its turn again in time.
        }
    }

    /// Wakes everyone whom what was applied concerns.
    func handle(_ entry: AppliedEntry, in moment: borrowing ReadContext) {
        for call in wakes.takeWoken(by: entry) { wake(call, in: moment) }
    }

    /// The store is another one: everyone looks anew.
    func handle(_ replacement: StoreReplacement, in moment: borrowing ReadContext) {
        encodings.removeAll()
        for call in wakes.takeAllWaiting() { wake(call, in: moment) }
    }

    private func wake(_ call: InFlightRequest, in moment: borrowing ReadContext) {
        switch call.stage {
        case .streaming:
            call.stage = .streaming(.flowing)
            if let connection = call.connection { mark(connection) }
        case .asking(let ticket): inputs.append(.forget(ticket))
        case .writing:
            for ticket in call.run?.openTickets ?? [] { inputs.append(.forget(ticket)) }
        case .waiting: resume(call, resumption: .woken, in: moment)
        case .answered, .rendered, .opening, .delivering, .over: break
        }
    }

    /// Brings a report to those that asked for one.
    func describe(_ report: MemberReport, in moment: borrowing ReadContext) {
        var calls: [InFlightRequest] = []
        swap(&calls, &describing)
        for call in calls { resume(call, resumption: .described(report), in: moment) }
    }

    /// Handles every deadline that has passed.
    func expire(_ moment: borrowing ReadContext) {
        while let alarm = wakes.popAlarm(now: moment.now) {
            switch alarm {
            case .call(let call): wake(call, in: moment)
            case .connection(let connection): check(connection, in: moment)
            }
        }
        if let request = keepalives.takeDue(now: moment.now) {
            let ticket = Ticket(rawValue: tickets.insert(.keepalive))
            inputs.append(.propose(ticket, EncodedWrite(request)))
        }
    }

    private func check(_ connection: ClientConnection, in moment: borrowing ReadContext) {
        let deadline = connection.deadline
        if let deadline, deadline <= moment.now {
            if case .lingering = connection.phase {} else { counters.timedOutConnectionCount += 1 }
            close(connection, in: moment)
            return
        }
        let next = moment.now.advanced(byMilliseconds: ConnectionPulse.checkMilliseconds)
        wakes.set(connection, deadline: min(deadline ?? next, next))
    }

    /// The client of a call is gone.
    func disconnect(_ call: InFlightRequest, in moment: borrowing ReadContext) {
        wakes.leave(call)
        switch call.stage {
        case .over, .writing, .rendered: finish(call)
        case .answered, .delivering:
            guard call.mayKeepPlace, call.exchange?.delivery == .required else {
                return finish(call)
            }
            call.stage = .waiting
            resume(call, resumption: .disconnected, in: moment)
        case .asking, .waiting, .opening, .streaming:
            resume(call, resumption: .disconnected, in: moment)
        }
    }
}
