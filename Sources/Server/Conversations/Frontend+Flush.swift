internal import API
internal import Bytes
internal import Platform
internal import Wire

extension Frontend {
    /// What a turn spends on streams at most; those left have the next one.
    private static let streamNanoseconds: UInt64 = 4_000_000

    /// Pieces that a stream is asked for in one turn: behind a narrow filter many are empty.
    private static let pullCountMax = 8

    /// Writes what is ready on listed connections: one send each.
    func flush(_ moment: borrowing ReadContext, poller: borrowing Poller) {
        for connection in flushes.takeAnswers() { flush(connection, in: moment, with: poller) }
        resumeStarved()
        let end = Clock.monotonicNow().advanced(byNanoseconds: Self.streamNanoseconds)
        var count = 0
        while let connection = flushes.takeStream() {
            flush(connection, in: moment, with: poller)
            count += 1
            if count % 16 == 0, Clock.monotonicNow() >= end { return }
        }
    }

    private func flush(
        _ connection: ClientConnection,
        in moment: borrowing ReadContext,
        with poller: borrowing Poller
    ) {
        guard !connection.isClosed else { return }
        defer { accountOutput(of: connection) }
        fill(connection, in: moment)
        guard !connection.isClosed else { return }
        send(connection, in: moment)
        guard !connection.isClosed else { return }
        conclude(connection, in: moment)
        guard !connection.isClosed else { return }
        setInterest(of: connection, with: poller)
    }

    /// Moves answers into the output in the order of the requests, and begins what they held up.
    private func fill(_ connection: ClientConnection, in moment: borrowing ReadContext) {
        while true {
            advance(connection, in: moment)
            guard !connection.inbox.isEmpty, connection.mayParse else { return }
            let count = connection.backlog.count
            parseInbox(connection, in: moment)
            accountInput(of: connection, arrived: 0)
            guard connection.backlog.count > count else { return }
            start(connection, in: moment)
        }
    }

    private func advance(_ connection: ClientConnection, in moment: borrowing ReadContext) {
        var pullCount = 0
        while connection.output.waitingByteCount < OutputBuffer.byteCountMax,
            let call = connection.calls.first
        {
            switch call.stage {
            case .answered(let response):
                write(response, of: call, connection: connection, in: moment)
            case .rendered(let answers):
                write(answers, of: call, connection: connection, in: moment)
            case .opening(let head):
                call.writer.append(head, date: date, to: &connection.output.bytes)
                call.stage = .streaming(.flowing)
            case .streaming(.flowing):
                guard connection.output.waitingByteCount < OutputBuffer.refillByteCount,
                    pullCount < Self.pullCountMax
                else { return }
                pullCount += 1
                pull(call, connection: connection, in: moment)
            case .over:
                close(connection, in: moment)
                return
            case .asking, .writing, .waiting, .streaming(.resting), .delivering: return
            }
        }
    }

    private func write(
        _ response: HTTPResponse,
        of call: InFlightRequest,
        connection: ClientConnection,
        in moment: borrowing ReadContext
    ) {
        call.writer.append(response, date: date, to: &connection.output.bytes)
        connection.dequeue()
        if call.mayKeepPlace, call.exchange?.delivery == .required {
            call.stage = .delivering
            connection.deliveries.append((call, connection.output.end))
        } else {
            call.connection = nil
            finish(call)
        }
        goOn(connection, after: call, in: moment)
    }

    /// Asks a stream for its next piece.
    private func pull(
        _ call: InFlightRequest,
        connection: ClientConnection,
        in moment: borrowing ReadContext
    ) {
        let piece = call.exchange?.nextPiece(
            keyspace: moment.keyspace,
            cache: &encodings,
            now: moment.now
        )
        switch piece {
        case .bytes(let bytes): call.writer.appendChunk(bytes, to: &connection.output.bytes)
        case .idle(let wake):
            call.stage = .streaming(.resting)
            wakes.enter(call, wake: wake)
        case .step(let step):
            call.stage = .streaming(.resting)
            perform(step, call: call, in: moment)
        case .end(let bytes):
            call.writer.appendChunk(bytes, to: &connection.output.bytes)
            call.writer.appendEnd(to: &connection.output.bytes)
            connection.dequeue()
            call.endOverlap()
            call.connection = nil
            finish(call)
            goOn(connection, after: call, in: moment)
        case nil: call.stage = .over
        }
    }

    /// What comes after a response: the next request, or the end of the connection.
    private func goOn(
        _ connection: ClientConnection,
        after call: InFlightRequest,
        in moment: borrowing ReadContext
    ) {
        switch call.writer.persistence {
        case .keepAlive: start(connection, in: moment)
        case .close:
            connection.phase = .closing
            connection.inbox = []
            connection.backlog.removeAll()
            for call in connection.takeCalls() {
                call.connection = nil
                disconnect(call, in: moment)
            }
        }
    }

    private func send(_ connection: ClientConnection, in moment: borrowing ReadContext) {
        guard !connection.output.isEmpty else { return }
        switch connection.socket.send(
            connection.output.bytes,
            from: connection.output.sentByteCount
        ) {
        case .bytes(let count):
            counters.sentByteCount += UInt64(count)
            connection.output.sent(count)
            connection.pulse.sent(moment.now)
        case .wouldBlock:
            // The time that the client is given begins when the socket first takes nothing.
            if !connection.interest.contains(.writable) { connection.pulse.sent(moment.now) }
        case .ended: break
        case .failed: close(connection, in: moment)
        }
    }

    /// What the sending made possible.
    private func conclude(_ connection: ClientConnection, in moment: borrowing ReadContext) {
        let sent = connection.output.totalSentByteCount
        while let delivery = connection.deliveries.first, delivery.end <= sent {
            connection.deliveries.removeFirst()
            delivery.call.connection = nil
            finish(delivery.call)
        }
        guard connection.output.isEmpty else { return }
        if let first = connection.calls.first {
            if first.isReadyToGoOn { mark(connection) }
            return
        }
        switch (connection.phase, connection.input) {
        case (_, .ended): close(connection, in: moment)
        case (.closing, .open):
            connection.socket.endSending()
            connection.phase = .lingering(since: moment.now)
            if let deadline = connection.deadline { wakes.set(connection, deadline: deadline) }
        default: break
        }
    }

    /// Receives on from those that had to wait for room, once there is some.
    private func resumeStarved() {
        guard !starved.isEmpty, budget.admits(inputByteCount: .max) else { return }
        var resumed: [ClientConnection] = []
        swap(&resumed, &starved)
        for connection in resumed { mark(connection) }
    }

    private func setInterest(of connection: ClientConnection, with poller: borrowing Poller) {
        var interest: Readiness = connection.mayReceive ? .readable : []
        if !budget.admits(inputByteCount: connection.heldByteCount), !interest.isEmpty {
            interest = []
            starved.append(connection)
        }
        if !connection.output.isEmpty { interest.insert(.writable) }
        guard interest != connection.interest else { return }
        connection.interest = interest
        do throws(SystemError) {
            try poller.change(connection.socket, token: connection.number, interest: interest)
        } catch { invariant(false, "a registered connection can't be changed: \(error)") }
    }
}

extension InFlightRequest {
    /// Whether there is more to be written for it without anything else happening.
    fileprivate var isReadyToGoOn: Bool {
        switch stage {
        case .answered, .rendered, .opening, .streaming(.flowing), .over: true
        case .asking, .writing, .waiting, .streaming(.resting), .delivering: false
        }
    }
}
