internal import Bytes
internal import Platform
internal import RoostClient
internal import TLS
internal import Wire

/// Opening and closing, sending.
extension LoadEngine {
    /// Whether a connection sends requests, and does not watch.
    func isRequester(_ lane: Int) -> Bool { options.work != .watch || lane == laneCount - 1 }

    /// Begins to open connections whose time has come.
    func openMore() throws(SystemError) {
        while connectingCount < Self.connectingMax, let last = closed.last, last.at <= now {
            closed.removeLast()
            try open(last.lane)
        }
    }

    private func open(_ lane: Int) throws(SystemError) {
        let token = nextGeneration << 32 | UInt64(lane)
        nextGeneration += 1
        let connection: LoadConnection
        do throws(SystemError) {
            connection = try LoadConnection(
                lane: lane,
                endpoint: endpoints[lane],
                token: token,
                depth: options.pipelineDepth,
                connectingTo: targets[endpoints[lane]].address
            )
        } catch {
            lastFailure = "\(error)"
            return retry(lane)
        }
        try poller.add(connection.socket, token: token, interest: .writable)
        connections[lane] = connection
        connectingCount += 1
    }

    /// Opens a connection again soon, at the next endpoint.
    private func retry(_ lane: Int) {
        endpoints[lane] = (endpoints[lane] + 1) % targets.count
        closed.append((lane, now.advanced(byMilliseconds: Self.pauseMilliseconds)))
    }

    /// Deals with what the poller saw.
    func handle(_ event: Poller.Event) throws(SystemError) {
        guard event.token != Self.signalToken else {
            if signals?.next() != nil { stop() }
            return
        }
        let lane = Int(event.token & 0xFFFF_FFFF)
        guard let connection = connections[lane], connection.token == event.token else { return }
        switch connection.phase {
        case .connecting: try connected(connection)
        case .securing: try secured(connection)
        case .open:
            if event.readiness.contains(.writable) { try flush(connection) }
            if event.readiness != .writable { receive(connection) }
            issue()
        }
    }

    private func connected(_ connection: LoadConnection) throws(SystemError) {
        if let failure = connection.socket.connectionFailure() {
            return giveUp(connection, because: "\(failure)")
        }
        guard let security = targets[connection.endpoint].security else {
            return try opened(connection)
        }
        do throws(TLSFault) {
            try connection.secure(security.context, host: security.host)
        } catch { return giveUp(connection, because: "TLS: \(error)") }
        try secured(connection)
    }

    /// A connection that does not come to stand; it is tried again.
    private func giveUp(_ connection: LoadConnection, because why: String) {
        connectingCount -= 1
        lastFailure = "\(targets[connection.endpoint].endpoint): \(why)"
        connections[connection.lane] = nil
        retry(connection.lane)
    }

    /// Goes on with agreeing on TLS.
    private func secured(_ connection: LoadConnection) throws(SystemError) {
        do throws(TLSFault) {
            switch try connection.receive(into: &buffer, at: 0) {
            case .bytes, .wouldBlock: break
            case .ended: return giveUp(connection, because: "it ended the connection")
            case .failed(let error): return giveUp(connection, because: "\(error)")
            }
        } catch { return giveUp(connection, because: "TLS: \(error)") }
        switch connection.send() {
        case .failed: return giveUp(connection, because: "it ended the connection")
        case .partial: return try setInterest(of: connection, interest: [.readable, .writable])
        case .done: break
        }
        guard connection.isSecured else {
            return try setInterest(of: connection, interest: .readable)
        }
        try opened(connection)
    }

    private func opened(_ connection: LoadConnection) throws(SystemError) {
        connectingCount -= 1
        connection.phase = .open
        try setInterest(of: connection, interest: .readable)
        if isRequester(connection.lane) {
            openCount += 1
            ready.append(connection.lane)
            issue()
        } else {
            var call = Call.read(Array("/v1/watch".utf8))
            call.add("path", value: RequestSource.watchedKey(options))
            if let authorization = Authorization.ofThisProcess {
                call.setHeader("Authorization", value: authorization.field)
            }
            RequestWriter.append(
                .get,
                target: call.target,
                authority: targets[connection.endpoint].authority,
                headers: call.headers,
                to: &connection.output
            )
            try flush(connection)
        }
    }

    /// Sends what waits, and asks the poller for what is left.
    func flush(_ connection: LoadConnection) throws(SystemError) {
        switch connection.send() {
        case .done: try setInterest(of: connection, interest: .readable)
        case .partial: try setInterest(of: connection, interest: [.readable, .writable])
        case .failed: close(connection, fault: .broken)
        }
    }

    private func setInterest(
        of connection: LoadConnection,
        interest: Readiness
    ) throws(SystemError) {
        guard connection.interest != interest else { return }
        connection.interest = interest
        try poller.change(connection.socket, token: connection.token, interest: interest)
    }

    /// Gives a connection up; what was under way on it has the fault.
    func close(_ connection: LoadConnection, fault: RequestCounts.Fault) {
        let lane = connection.lane
        connections[lane] = nil
        while let flight = connection.popFlight() {
            flightCount -= 1
            if flight.isCounted { tallies[flight.operation].record(fault) }
            ended(flight, ending: .failed)
        }
        workload.forget(lane: lane)
        if isRequester(lane) {
            openCount -= 1
        } else if connection.seenNumber != LoadConnection.unsubscribed {
            openCount -= 1
            let missed = fanOut.leave(seen: connection.seenNumber)
            tallies[.event].record(.broken, count: UInt64(missed))
            ready.append(laneCount - 1)
        }
        retry(lane)
    }
}
