internal import Bytes
internal import Platform
internal import TLS

/// Requests out, answers in.
extension LoadEngine {
    /// The longest piece of an answer that is kept until the rest has come.
    private static let residueByteCountMax = 64 << 10

    /// Sends what is due on the connections that are free.
    func issue() {
        guard schedule != nil else { return }
        while let lane = ready.popFirst() {
            guard let connection = connections[lane], mayAsk(connection) else { continue }
            if let slot = schedule?.take(now) {
                ask(connection, slot: slot)
            } else if schedule?.isExhausted(now) == false {
                ready.append(lane)
                break
            } else if workload.isOwed(by: lane) {
                ask(connection, slot: Schedule.Slot(intendedAt: now, isCounted: false))
            }
        }
        while let lane = dirty.popFirst() {
            guard let connection = connections[lane], connection.interest == .readable else {
                continue
            }
            do throws(SystemError) { try flush(connection) } catch {
                close(connection, fault: .broken)
            }
        }
    }

    private func mayAsk(_ connection: LoadConnection) -> Bool {
        connection.phase == .open && connection.hasRoom
            && (options.work != .watch || fanOut.openCount < options.pipelineDepth)
    }

    private func ask(_ connection: LoadConnection, slot: Schedule.Slot) {
        let lane = connection.lane
        var operation = MeasuredOperation.write
        var key = 0
        if options.work == .watch {
            let round = fanOut.begin(
                at: slot.intendedAt,
                watcherCount: openCount - 1,
                isCounted: slot.isCounted
            )
            tallies[.event].record(.unanswered, count: UInt64(round.missedCount))
            key = round.number
            workload.append(round: key, endpoint: connection.endpoint, to: &connection.output)
        } else {
            (operation, key) = workload.append(
                lane: lane,
                endpoint: connection.endpoint,
                to: &connection.output
            )
        }
        if operation == .acquire { handOffs.asked(key) }
        if operation == .release { handOffs.released(key, now: now) }
        connection.append(
            LoadConnection.Flight(
                operation: operation,
                key: Int32(truncatingIfNeeded: key),
                isCounted: slot.isCounted,
                intendedAt: slot.intendedAt
            )
        )
        flightCount += 1
        dirty.append(lane)
        ready.append(lane)
    }

    /// Takes what arrived on a connection.
    func receive(_ connection: LoadConnection) {
        while true {
            let kept = connection.residue.count
            for offset in 0..<kept { buffer[offset] = connection.residue[offset] }
            let transfer: Socket.Transfer
            do throws(TLSFault) {
                transfer = try connection.receive(into: &buffer, at: kept)
            } catch {
                lastFailure = "\(targets[connection.endpoint].endpoint): TLS: \(error)"
                return close(connection, fault: .broken)
            }
            switch transfer {
            case .bytes(let count):
                now = Clock.monotonicNow()
                guard take(connection, count: kept + count) else {
                    return close(connection, fault: .malformed)
                }
                guard kept + count == buffer.count else { return }
            case .wouldBlock: return
            case .ended, .failed: return close(connection, fault: .broken)
            }
        }
    }

    /// Takes whole answers off the front of the buffer.
    ///
    /// - Returns: false when the bytes are no answers.
    private func take(_ connection: LoadConnection, count: Int) -> Bool {
        let input = buffer
        connection.residue.removeAll(keepingCapacity: true)
        var start = 0
        while start < count {
            switch connection.body {
            case .skipping(let status, let remaining):
                let taken = min(remaining, count - start)
                start += taken
                connection.body = .skipping(status: status, remaining: remaining - taken)
                guard taken == remaining else { break }
                connection.body = .none
                guard complete(connection, status: status, input: input, body: 0..<0) else {
                    return false
                }
            case .chunks(let status, let reader):
                guard
                    takeChunks(
                        connection,
                        status: status,
                        reader: reader,
                        input: input,
                        from: &start,
                        to: count
                    )
                else {
                    return false
                }
            case .none:
                let before = start
                guard takeHead(connection, input: input, from: &start, to: count) else {
                    return false
                }
                guard start > before else {
                    guard count - start <= Self.residueByteCountMax else { return false }
                    connection.residue.append(contentsOf: input[start..<count])
                    return true
                }
            }
        }
        return true
    }

    /// Takes a head, and the body if all of it is there; leaves `start` alone when more is needed.
    private func takeHead(
        _ connection: LoadConnection,
        input: [UInt8],
        from start: inout Int,
        to count: Int
    ) -> Bool {
        guard case .head(let head) = MessageHead.find(input.span, from: start, to: count) else {
            return true
        }
        guard (100...599).contains(head.status) else { return false }
        switch head.framing {
        case _ where head.status < 200:
            start = head.end
        case .length(let length) where length <= count - head.end:
            start = head.end + length
            return complete(connection, status: head.status, input: input, body: head.end..<start)
        case .length(let length):
            guard length > Self.residueByteCountMax / 2 else { return true }
            connection.body = .skipping(status: head.status, remaining: length)
            start = head.end
        case .chunked:
            connection.body = .chunks(status: head.status, ChunkReader())
            start = head.end
        case .none:
            guard head.status == 204 || head.status == 304 else { return false }
            start = head.end
            return complete(connection, status: head.status, input: input, body: head.end..<start)
        }
        return true
    }

    private func takeChunks(
        _ connection: LoadConnection,
        status: Int,
        reader: ChunkReader,
        input: [UInt8],
        from start: inout Int,
        to count: Int
    ) -> Bool {
        var reader = reader
        let isWatcher = !isRequester(connection.lane)
        while let piece = reader.next(input.span, from: &start, to: count) {
            if isWatcher { take(connection, input: input, piece: piece) }
        }
        connection.body = .chunks(status: status, reader)
        guard !reader.isMalformed, !isWatcher || status == 200 else { return false }
        guard reader.isDone else { return true }
        connection.body = .none
        return complete(connection, status: status, input: input, body: 0..<0)
    }

    /// Takes bytes of a watcher's stream.
    private func take(_ connection: LoadConnection, input: [UInt8], piece: Range<Int>) {
        if connection.seenNumber == LoadConnection.unsubscribed {
            // The first block says from where on the watch tells everything.
            connection.seenNumber = fanOut.nextNumber - 1
            openCount += 1
        }
        for offset in piece {
            guard let number = connection.numbers.take(input[offset]) else { continue }
            connection.seenNumber = max(connection.seenNumber, number)
            lastAnswerAt = now
            guard let arrival = fanOut.arrive(number, now: now) else { continue }
            if arrival.isCounted { tallies[.event].record(nanoseconds: arrival.nanoseconds) }
            if arrival.isLast { ready.append(laneCount - 1) }
        }
    }

    /// Counts an answer.
    ///
    /// - Returns: false when nothing was asked.
    private func complete(
        _ connection: LoadConnection,
        status: Int,
        input: [UInt8],
        body: Range<Int>
    ) -> Bool {
        guard let flight = connection.popFlight() else { return false }
        flightCount -= 1
        lastAnswerAt = now
        let isSuccess = (200..<300).contains(status)
        workload.learn(
            flight.operation,
            key: Int(flight.key),
            lane: connection.lane,
            status: status,
            input: input.span,
            body: body
        )
        if flight.isCounted {
            if isSuccess {
                let latency = now.nanoseconds(since: flight.intendedAt)
                tallies[flight.operation].record(nanoseconds: latency)
            } else {
                tallies[flight.operation].record(status: status)
            }
        }
        ended(flight, ending: isSuccess ? .succeeded : .failed)
        ready.append(connection.lane)
        return true
    }

    /// How a request ended.
    enum Ending { case succeeded, failed }

    /// Lets those know that a request has ended who relate it to others.
    func ended(_ flight: LoadConnection.Flight, ending: Ending) {
        let key = Int(flight.key)
        if flight.operation == .acquire {
            handOffs.answered(key)
            guard ending == .succeeded, let latency = handOffs.granted(key, now: now),
                flight.isCounted
            else { return }
            tallies[.handOff].record(nanoseconds: latency)
        } else if options.work == .watch, ending == .failed {
            fanOut.close(key)
        }
    }
}
