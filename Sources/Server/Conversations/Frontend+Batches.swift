internal import API
internal import Bytes
internal import Replica
internal import Wire

// Batches: requests that are alike, carried out together.

extension Frontend {
    /// Begins a batch: one round for all reads, one proposal for each put; reads of what the member
    /// has are answered at once.
    func begin(
        _ batch: RequestBatch,
        call: Call,
        arrival: ClientArrival,
        in context: borrowing ReadContext
    ) {
        guard arrival.room == .ample, !refuses(batch) else {
            return refuse(batch, call: call, arrival: arrival, in: context)
        }
        switch batch.kind {
        case .reads:
            let ticket = Ticket(rawValue: tickets.insert(.call(call)))
            call.stage = .asking(ticket)
            inputs.append(.read(ticket))
        case .puts:
            call.stage = .writing
            batch.propose(
                { Ticket(rawValue: tickets.insert(.part(call, $0))) },
                into: &inputs
            )
        case .staleReads: return answer(batch, call: call, reading: .readable, in: context)
        }
        let patience = context.now.advanced(byMilliseconds: RequestBatch.patienceMilliseconds)
        wakes.enter(call, wake: Wake(deadline: patience))
    }

    /// Whether a batch has to be refused because nothing can be written down of it.
    private func refuses(_ batch: RequestBatch) -> Bool {
        audit?.refuses(batch.subject) == true
    }

    /// Answers a batch that there is no room for.
    private func refuse(
        _ batch: RequestBatch,
        call: Call,
        arrival: ClientArrival,
        in context: borrowing ReadContext
    ) {
        let response =
            refuses(batch)
            ? NativeExchange.unwritten(keyspace: context.keyspace, site: context.site)
            : NativeExchange.overloaded(
                nil,
                because: arrival.excess,
                keyspace: context.keyspace,
                site: context.site
            )
        var writer = ResponseWriter.continuing
        var answers: [UInt8] = []
        for part in 0..<batch.count {
            writer.append(response, date: date, to: &answers)
            writeDown(part, of: batch, call: call, status: response.status)
            counters.note(response.status, to: batch.subject)
        }
        conclude(call, answers: answers)
    }

    /// Notes what the member said to one put, and answers all once each has its reply.
    func note(
        _ reply: Resumption,
        of part: Int,
        call: Call,
        in context: borrowing ReadContext
    ) {
        guard let batch = call.batch else { return }
        guard case .writing = call.stage else {
            return writeDownLate(reply, of: part, batch: batch, call: call)
        }
        batch.note(reply, of: part)
        if batch.isDecided { answer(batch, call: call, reading: .readable, in: context) }
    }

    /// Goes on with a batch of reads.
    func resume(
        _ batch: RequestBatch,
        call: Call,
        resumption: Resumption,
        in context: borrowing ReadContext
    ) {
        guard case .asking = call.stage else { return }
        switch resumption {
        case .readable: answer(batch, call: call, reading: .readable, in: context)
        case .disconnected: finish(call)
        default: answer(batch, call: call, reading: .unreadable, in: context)
        }
    }

    /// Renders all answers: right into the output where it is the batch's turn.
    private func answer(
        _ batch: RequestBatch,
        call: Call,
        reading: RequestBatch.Reading,
        in context: borrowing ReadContext
    ) {
        guard let connection = call.connection else { return finish(call) }
        templates.renew(for: date, keyspace: context.keyspace, site: context.site)
        var answers: [UInt8] = []
        let isNext = connection.calls.first === call
        if isNext { swap(&answers, &connection.output.bytes) }
        var part = 0
        batch.appendAnswers(
            reading: reading,
            templates: &templates,
            keyspace: context.keyspace,
            site: context.site,
            to: &answers,
            note: { status in
                counters.note(status, to: batch.subject)
                if audit != nil { writeDown(part, of: batch, call: call, status: status) }
                part += 1
            }
        )
        if isNext { swap(&answers, &connection.output.bytes) }
        conclude(call, answers: answers)
    }

    private func conclude(_ call: Call, answers: [UInt8]) {
        wakes.leave(call)
        call.stage = .rendered(answers)
        guard let connection = call.connection else { return }
        connection.conversation?.settle(call.reply)
        mark(connection)
    }

    /// The answers of a batch are in the output.
    private func noteAnswered(_ call: Call) {
        guard let batch = call.batch else { return }
        var firstCount = batch.count
        for run in call.laterArrivals {
            firstCount -= run.count
            counters.answered(batch.subject, arrivedAt: run.time, count: run.count)
        }
        counters.answered(batch.subject, arrivedAt: call.arrivedAt, count: firstCount)
    }

    /// Writes what was rendered, in its turn, and begins what it held up.
    func write(
        _ answers: [UInt8],
        of call: Call,
        connection: Connection,
        in context: borrowing ReadContext
    ) {
        connection.output.bytes.append(contentsOf: answers)
        noteAnswered(call)
        connection.dequeue(call)
        call.connection = nil
        finish(call)
        start(connection, in: context)
    }
}
