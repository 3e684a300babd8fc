internal import API
internal import Bytes
internal import Consensus
internal import Keyspace
internal import Replica

extension Frontend {
    // MARK: - Beginning

    /// Begins as many of the connection's requests as may be under way together.
    func start(_ connection: Connection, in context: borrowing ReadContext) {
        guard let conversation = connection.conversation else { return }
        while connection.arrivals.count > 0 {
            guard let arrival = arrival(on: connection, in: context) else { return }
            guard
                let next = conversation.next(
                    number: callCount + 1,
                    from: connection.client,
                    arrival: arrival,
                    in: context
                )
            else { return }
            switch next {
            case .call(let reply, let exchange, let step):
                let call = Call(
                    number: makeCallNumber(),
                    arrivedAt: connection.arrivals.take(1).first,
                    reply: reply,
                    exchange: exchange,
                    connection: connection
                )
                take(in: call, on: connection, arrival: arrival)
                perform(step, call: call, in: context)
            case .batch(let reply, let batch):
                let came = connection.arrivals.take(batch.count)
                let call = Call(
                    number: makeCallNumber(),
                    arrivedAt: came.first,
                    laterArrivals: came.others,
                    reply: reply,
                    exchange: nil,
                    batch: batch,
                    connection: connection
                )
                take(in: call, on: connection, arrival: arrival)
                begin(batch, call: call, arrival: arrival, in: context)
            case .input(let number, let resumption):
                _ = connection.arrivals.take(1)
                deliver(resumption, number: number, on: connection, in: context)
            }
        }
    }

    /// Brings what a client sent further to the call that it is for, if that is not over. The call
    /// waits no longer: it says anew what for.
    private func deliver(
        _ resumption: Resumption,
        number: UInt64,
        on connection: Connection,
        in context: borrowing ReadContext
    ) {
        guard let call = connection.calls.first(where: { $0.number == number }) else { return }
        switch call.stage {
        case .waiting, .streaming: wakes.leave(call)
        case .asking, .opening: break
        case .writing, .answered, .rendered, .delivering, .over: return
        }
        resume(call, resumption: resumption, in: context)
    }

    /// Whether more may be begun.
    var hasRoom: Bool {
        tickets.count < SlotTable<Asker>.countMax / 2 && budget.hasRoomForOutput
    }

    // MARK: - Steps

    /// Does what an exchange asks for.
    func perform(
        _ step: Step<Spoken.Response>,
        call: Call,
        in context: borrowing ReadContext
    ) {
        if call.mayKeepPlace { keepalives.follow(call, now: context.now) }
        if audit != nil, let name = call.exchange?.principalName { call.origin.principal = name }
        switch step {
        case .propose where audit?.refusesWrites == true:
            resume(call, resumption: .unproposed(.unwritten), in: context)
        case .propose(let request):
            if audit != nil { noteMatter(of: request, in: call) }
            let ticket = ask(call)
            var write = EncodedWrite(request)
            if let trace = call.exchange?.trace { write.trace = trace }
            inputs.append(.propose(ticket, write))
        case .read:
            let ticket = ask(call)
            inputs.append(.read(ticket))
        case .wait(let wake):
            guard let connection = call.connection else { return finish(call) }
            call.stage = .waiting
            call.hasWaited = true
            wakes.enter(call, wake: wake)
            if connection.input == .ended { close(connection, in: context) }
        case .describe:
            call.stage = .waiting
            describing.append(call)
        case .identify(let request):
            call.stage = .waiting
            let identity = context.gate.identity(
                of: request,
                certificate: call.connection?.client.certificate,
                in: context.keyspace
            )
            resume(call, resumption: .identified(identity), in: context)
            countLate(call, now: context.now)
        case .work(.backup(let drawing)): background.draw(drawing, for: ask(call))
        case .work(.password(let task)):
            let account = call.client ?? call.connection?.account
            guard case .source(let source)? = account?.owner else { return finish(call) }
            call.stage = .waiting
            works.append(PasswordWait(call: call, task: task, source: source))
        case .handOver(let member):
            inputs.append(.transferLeadership(to: member.map { MemberID(rawValue: $0) }))
            call.stage = .waiting
            resume(call, resumption: .woken, in: context)
        case .respond(let response): settle(call, response: response, in: context)
        case .stream(let head):
            guard let connection = call.connection else { return finish(call) }
            call.stage = .opening(head)
            if audit != nil { writeDown(call, status: Spoken.status(of: head)) }
            counters.note(Spoken.status(of: head), to: call.exchange?.subject ?? .unknown)
            if call.exchange?.keptState != nil {
                call.keepsState = true
                keptStateCount += 1
            }
            mark(connection)
            if connection.input == .ended { close(connection, in: context) }
        case .goOn:
            guard case .streaming = call.stage, let connection = call.connection else { return }
            call.stage = .streaming(.flowing)
            mark(connection)
        case .finish: finish(call)
        }
    }

    /// Issues a ticket; its reply comes, at the exchange's deadline at the latest.
    private func ask(_ call: Call) -> Ticket {
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
        _ call: Call,
        response: Spoken.Response,
        in context: borrowing ReadContext
    ) {
        guard let connection = call.connection else { return finish(call) }
        if audit != nil { writeDown(call, status: Spoken.status(of: response)) }
        counters.note(Spoken.status(of: response), to: call.exchange?.subject ?? .unknown)
        wakes.leave(call)
        call.stage = .answered(response)
        connection.conversation?.settle(call.reply)
        mark(connection)
    }

    /// Nothing is left to be done for it.
    func finish(_ call: Call) {
        wakes.leave(call)
        call.stage = .over
        if call.batch == nil { letGo(call) }
        if let connection = call.connection { mark(connection) }
    }

    /// Gives back what an exchange holds; a batch has none.
    private func letGo(_ call: Call) {
        if call.keepsState {
            call.keepsState = false
            keptStateCount -= 1
            if let state = call.exchange?.keptState { released.append(state) }
        }
        call.exchange = nil
        keepalives.forget(call)
        if call.behindSince != nil {
            call.behindSince = nil
            counters.behindCount -= 1
        }
    }

    // MARK: - Resuming

    func resume(_ call: Call, resumption: Resumption, in context: borrowing ReadContext) {
        if let batch = call.batch {
            return resume(batch, call: call, resumption: resumption, in: context)
        }
        let step = call.exchange?.resume(
            resumption,
            keyspace: context.keyspace,
            member: context.member,
            now: context.now
        )
        if let step { perform(step, call: call, in: context) }
    }

    /// Brings a reply to whoever asked.
    func handle(_ reply: Completion, in context: borrowing ReadContext) {
        let (ticket, resumption): (Ticket, Resumption?) =
            switch reply {
            case .applied(let ticket, let answer): (ticket, .answered(answer))
            case .unproposed(let ticket, let failure): unproposed(ticket, because: failure)
            case .readable(let ticket): (ticket, .readable)
            case .unreadable(let ticket): (ticket, .unreadable)
            case .membershipChanged(let ticket): (ticket, nil)  // No exchange asks for it.
            }
        switch tickets.remove(ticket.rawValue) {
        case .call(let call):
            wakes.leave(call)
            guard let resumption else { return }
            if audit != nil { keepOutcome(resumption, of: call) }
            resume(call, resumption: resumption, in: context)
        case .part(let call, let part):
            if let resumption { note(resumption, of: part, call: call, in: context) }
        case .keepalive, nil: break  // A renewal that failed has its turn again in time.
        }
    }

    private func unproposed(
        _ ticket: Ticket,
        because failure: ProposalFailure
    ) -> (Ticket, Resumption?) {
        counters.note(failure)
        return (ticket, .unproposed(failure))
    }

    /// Wakes everyone whom what was applied concerns.
    func handle(_ entry: AppliedEntry, in context: borrowing ReadContext) {
        for call in wakes.takeWoken(by: entry) { wake(call, because: .change, in: context) }
    }

    /// Wakes those who would fall behind history if they heard nothing, and when the member loses
    /// its leader or has one again, everyone who follows keys.
    func noteStanding(in context: borrowing ReadContext) {
        let oldest = context.keyspace.store.compactRevision
        for call in wakes.takeForgotten(before: oldest) {
            wake(call, because: .standing, in: context)
        }
        guard context.member.leadership != leadership else { return }
        leadership = context.member.leadership
        for call in wakes.takeAllWatching() { wake(call, because: .standing, in: context) }
    }

    /// The store is another one: everyone looks anew.
    func handle(_ replacement: StoreReplacement, in context: borrowing ReadContext) {
        cache.removeAll()
        for call in wakes.takeAllWaiting() { wake(call, because: .change, in: context) }
    }

    /// What callers may do has changed: whoever waits or follows is asked again.
    func reconsider(in context: borrowing ReadContext) {
        for call in wakes.takeAllWaiting() { wake(call, because: .change, in: context) }
    }

    private func wake(
        _ call: Call,
        because cause: WakeCause,
        in context: borrowing ReadContext
    ) {
        switch call.stage {
        case .streaming:
            call.stage = .streaming(.flowing)
            if cause == .change, call.behindSince == nil {
                call.behindSince = context.now
                counters.behindCount += 1
            }
            if let connection = call.connection { mark(connection) }
        case .asking(let ticket): inputs.append(.forget(ticket))
        case .writing:
            for ticket in call.batch?.openTickets ?? [] { inputs.append(.forget(ticket)) }
        case .waiting: resume(call, resumption: .woken, in: context)
        case .answered, .rendered, .opening, .delivering, .over: break
        }
    }

    /// Brings a report to those that asked for one.
    func describe(_ report: MemberReport, in context: borrowing ReadContext) {
        var calls: [Call] = []
        swap(&calls, &describing)
        var report = report
        for call in calls {
            // The one before may keep a state since.
            report.figures.keptStateCount = keptStateCount + released.count
            resume(call, resumption: .described(report), in: context)
        }
    }

    /// Handles every deadline that has passed.
    func expire(_ context: borrowing ReadContext) {
        while let alarm = wakes.popAlarm(now: context.now) {
            switch alarm {
            case .call(let call): wake(call, because: .standing, in: context)
            case .connection(let connection): check(connection, in: context)
            }
        }
        for request in keepalives.takeDue(now: context.now) {
            let ticket = Ticket(rawValue: tickets.insert(.keepalive))
            inputs.append(.propose(ticket, EncodedWrite(request)))
        }
    }

    private func check(_ connection: Connection, in context: borrowing ReadContext) {
        let deadline = connection.deadline
        if let deadline, deadline <= context.now {
            if case .lingering = connection.phase {} else { counters.timedOutConnectionCount += 1 }
            close(connection, in: context)
            return
        }
        let next = context.now.advanced(byMilliseconds: ConnectionPulse.checkMilliseconds)
        wakes.set(connection, deadline: min(deadline ?? next, next))
    }

    /// The client of a call is gone.
    func disconnect(_ call: Call, in context: borrowing ReadContext) {
        wakes.leave(call)
        switch call.stage {
        case .over, .writing, .rendered: finish(call)
        case .answered, .delivering:
            guard call.mayKeepPlace, call.exchange?.delivery == .required else {
                return finish(call)
            }
            call.stage = .waiting
            resume(call, resumption: .disconnected, in: context)
        case .asking, .waiting, .opening, .streaming:
            resume(call, resumption: .disconnected, in: context)
        }
    }
}

/// Why a call that waits goes on.
private enum WakeCause {
    /// Something that it waits for came: a stream is behind until it has told that.
    case change
    /// A time has come, or something that it is told once in a while.
    case standing
}
