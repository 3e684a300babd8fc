internal import API
internal import Bytes
internal import Platform

extension Frontend {
    /// What a turn spends on streams at most; those left have the next one.
    private static var streamNanoseconds: UInt64 { 4_000_000 }

    /// How much is done for streams between two looks at the clock: so many connections that get a
    /// few events, fewer that get long pieces.
    private static var effortMax: UInt64 { 16 }
    /// So many bytes count as another connection.
    private static var strenuousByteCount: UInt64 { 4 << 10 }

    /// Pieces that a stream is asked for in one turn: many are empty where the filter is narrow.
    private static var pullCountMax: Int { 8 }

    /// Writes what is ready on listed connections: one send each.
    func flush(_ context: borrowing ReadContext, poller: borrowing Poller) {
        defer { verify() }
        audit?.flush()
        for connection in flushes.takeAnswers() { flush(connection, in: context, with: poller) }
        resumeStarved()
        let end = Clock.monotonicNow().advanced(byNanoseconds: Self.streamNanoseconds)
        var effort: UInt64 = 0
        while let connection = flushes.takeStream() {
            let sent = counters.sentByteCount
            flush(connection, in: context, with: poller)
            effort += 1 + (counters.sentByteCount - sent) / Self.strenuousByteCount
            guard effort >= Self.effortMax else { continue }
            if Clock.monotonicNow() >= end { return }
            effort = 0
        }
    }

    private func flush(
        _ connection: Connection,
        in context: borrowing ReadContext,
        with poller: borrowing Poller
    ) {
        guard !connection.isClosed else { return }
        defer { accountOutput(of: connection) }
        fill(connection, in: context)
        guard !connection.isClosed else { return }
        send(connection, in: context)
        guard !connection.isClosed else { return }
        conclude(connection, in: context)
        guard !connection.isClosed else { return }
        setInterest(of: connection, with: poller)
    }

    /// Moves answers into the output in their order, and begins what they held up.
    private func fill(_ connection: Connection, in context: borrowing ReadContext) {
        while true {
            advance(connection, in: context)
            guard !connection.inbox.isEmpty, connection.mayParse else { return }
            let count = connection.conversation?.waitingCount ?? 0
            parseInbox(connection, in: context)
            accountInput(of: connection, arrived: 0)
            guard let conversation = connection.conversation, conversation.waitingCount > count
            else { return }
            start(connection, in: context)
        }
    }

    private func advance(_ connection: Connection, in context: borrowing ReadContext) {
        var pullCount = 0
        while connection.output.waitingByteCount < OutputBuffer.byteCountMax,
            let call = connection.nextCall
        {
            switch call.stage {
            case .answered(let response):
                write(response, of: call, connection: connection, in: context)
            case .rendered(let answers):
                write(answers, of: call, connection: connection, in: context)
            case .opening(let head):
                connection.conversation?.writeHead(
                    head,
                    to: &call.reply,
                    date: date,
                    into: &connection.output.bytes
                )
                call.stage = .streaming(.flowing)
            case .streaming(.flowing):
                guard connection.output.waitingByteCount < OutputBuffer.refillByteCount,
                    pullCount < Self.pullCountMax
                else { return }
                pullCount += 1
                pull(call, connection: connection, in: context)
            case .over:
                close(connection, in: context)
                return
            case .asking, .writing, .waiting, .streaming(.resting), .delivering: return
            }
        }
    }

    private func write(
        _ response: Spoken.Response,
        of call: Call,
        connection: Connection,
        in context: borrowing ReadContext
    ) {
        guard let conversation = connection.conversation else { return }
        let continuation = conversation.write(
            response,
            to: &call.reply,
            date: date,
            into: &connection.output.bytes
        )
        if !call.hasWaited {
            counters.answered(
                call.exchange?.subject ?? .unknown,
                arrivedAt: call.arrivedAt,
                count: 1,
                trace: call.exchange?.trace
            )
        }
        connection.dequeue(call)
        if call.mayKeepPlace, call.exchange?.delivery == .required {
            call.stage = .delivering
            connection.deliveries.append((call, connection.output.end))
        } else {
            call.connection = nil
            finish(call)
        }
        goOn(connection, after: continuation, in: context)
    }

    /// Asks a stream for its next piece.
    private func pull(
        _ call: Call,
        connection: Connection,
        in context: borrowing ReadContext
    ) {
        guard let conversation = connection.conversation else { return }
        let piece = call.exchange?.nextPiece(
            keyspace: context.keyspace,
            member: context.member,
            cache: &cache,
            now: context.now
        )
        switch piece {
        case .bytes(let bytes):
            conversation.writePiece(bytes, to: &call.reply, into: &connection.output.bytes)
            connection.passTurn(of: call)
        case .idle(let wake):
            call.stage = .streaming(.resting)
            if let since = call.behindSince {
                call.behindSince = nil
                counters.caughtUp(since: since)
            }
            wakes.enter(call, wake: wake)
        case .step(let step):
            call.stage = .streaming(.resting)
            perform(step, call: call, in: context)
        case .end(let bytes):
            conversation.writePiece(bytes, to: &call.reply, into: &connection.output.bytes)
            let continuation = conversation.writeEnd(
                to: &call.reply,
                into: &connection.output.bytes
            )
            connection.dequeue(call)
            conversation.settle(call.reply)
            call.connection = nil
            finish(call)
            goOn(connection, after: continuation, in: context)
        case nil: call.stage = .over
        }
    }

    /// What comes after a response: the next request, or the end of the connection.
    private func goOn(
        _ connection: Connection,
        after continuation: Continuation,
        in context: borrowing ReadContext
    ) {
        switch continuation {
        case .goesOn: start(connection, in: context)
        case .ends:
            connection.phase = .closing
            connection.inbox = []
            for call in connection.takeCalls() {
                call.connection = nil
                disconnect(call, in: context)
            }
        }
    }

    private func send(_ connection: Connection, in context: borrowing ReadContext) {
        guard connection.waitingByteCount > 0 else { return }
        // What began only in this flush may have been refused at once.
        audit?.flush()
        switch connection.channel.send(
            connection.output.bytes,
            from: connection.output.sentByteCount
        ) {
        case .bytes(let count):
            counters.sentByteCount += UInt64(count)
            connection.output.sent(count)
            connection.pulse.sent(context.now)
        case .wouldBlock:
            // The time that the client is given begins when the socket first takes nothing.
            if !connection.channel.interest.contains(.writable) {
                connection.pulse.sent(context.now)
            }
        case .ended, .failed: close(connection, in: context)
        }
    }

    /// What the sending made possible.
    private func conclude(_ connection: Connection, in context: borrowing ReadContext) {
        let sent = connection.output.totalSentByteCount
        while let delivery = connection.deliveries.first, delivery.end <= sent {
            connection.deliveries.removeFirst()
            delivery.call.connection = nil
            finish(delivery.call)
        }
        guard connection.output.isEmpty else { return }
        guard connection.calls.isEmpty else {
            if connection.nextCall?.isReadyToGoOn == true { mark(connection) }
            return
        }
        switch (connection.phase, connection.input) {
        case (_, .ended): close(connection, in: context)
        case (.closing, .open):
            connection.channel.endSending()
            connection.phase = .lingering(since: context.now)
            if let deadline = connection.deadline { wakes.set(connection, deadline: deadline) }
        default: break
        }
    }

    /// Receives on from those that had to wait for room, once there is some.
    private func resumeStarved() {
        guard !starved.isEmpty, budget.admits(inputByteCount: .max) else { return }
        var resumed: [Connection] = []
        swap(&resumed, &starved)
        for connection in resumed { mark(connection) }
    }

    private func setInterest(of connection: Connection, with poller: borrowing Poller) {
        var wishes: ByteChannel.Wishes = []
        if connection.mayReceive {
            if budget.admits(inputByteCount: connection.heldByteCount) {
                wishes.insert(.toReceive)
            } else {
                starved.append(connection)
            }
        }
        if !connection.output.isEmpty { wishes.insert(.toSend) }
        connection.channel.watch(for: wishes, with: poller, token: connection.number)
    }
}
