package import Bytes
package import Platform
package import TLS
package import Wire

/// One blocking HTTP/1.1 connection; every wait ends at a deadline of the caller's.
package final class Connection {
    /// The longest body of an answer: a page of a listing is 4 MiB, twice that in base64 JSON.
    private static let bodyByteCountMax = 64 << 20

    package let endpoint: ServiceAddress
    private let authorization: Authorization?
    private let socket: Socket
    /// Ends its waits; nil where nobody does.
    private let interruption: Interruption?
    /// Nil where HTTP is spoken without TLS.
    private let session: TLSSession?
    /// Whether anything was received under TLS besides what belongs to the handshake.
    private var hasAnswered = false
    private var parser = ResponseParser(method: .get)
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)
    /// Whether another request may follow the answer that was read last.
    package private(set) var persistence = Persistence.keepAlive

    /// Connects to the first address of the endpoint that accepts.
    ///
    /// - Parameters:
    ///   - authorization: goes with every request; nil for nobody in particular.
    ///   - context: for the addresses at which TLS is spoken.
    ///   - interruption: breaks off whatever this waits for once it is connected.
    package init(
        to endpoint: ServiceAddress,
        as authorization: Authorization? = nil,
        context: TLSContext? = nil,
        interruption: Interruption? = nil,
        until deadline: MonotonicTime
    ) throws(LinkError) {
        self.endpoint = endpoint
        self.authorization = authorization
        self.interruption = interruption
        socket = try Self.connect(
            toFirstOf: Resolution.addresses(of: endpoint.place, until: deadline),
            until: deadline
        )
        guard endpoint.security != nil, let context else {
            session = nil
            return
        }
        do throws(TLSFault) {
            session = try TLSSession(connecting: context, host: endpoint.serverName)
        } catch { throw .unreachable(why: "TLS: \(error)") }
        try secure(until: deadline)
    }

    /// The address of this machine that the member sees; nil where it is reached otherwise.
    package var localHost: String? {
        do throws(SystemError) {
            guard case .internet(let host, _) = try socket.localAddress().endpoint else {
                return nil
            }
            return host
        } catch { return nil }
    }

    /// Agrees on TLS.
    private func secure(until deadline: MonotonicTime) throws(LinkError) {
        while session?.stage == .handshaking {
            let sending = sendRecords()
            if case .failed(let error)? = sending { throw .unreachable(why: error.description) }
            let interest: Readiness =
                session?.waitingByteCount ?? 0 > 0 ? [.readable, .writable] : .readable
            do throws(LinkError) {
                try wait(for: interest, until: deadline)
                switch try receive() {
                case .bytes(let count): parser.append(buffer[..<count])
                case .wouldBlock: break
                case .ended:
                    throw .unreachable(why: "the connection ended before TLS was agreed on")
                case .failed(let error): throw .unreachable(why: error.description)
                }
            } catch { throw .unreachable(why: error.why) }
        }
        sendRecords()
    }

    /// One receive, into the buffer's beginning.
    private func receive() throws(LinkError) -> Socket.Transfer {
        guard let session else { return socket.receive(into: &buffer) }
        let transfer = socket.receive(into: &buffer, at: TLSSession.receptionOffset)
        guard case .bytes(let count) = transfer else { return transfer }
        do throws(TLSFault) {
            let reception = try session.receive(in: &buffer, count: count)
            sendRecords()
            if reception.byteCount > 0 {
                hasAnswered = true
                return .bytes(reception.byteCount)
            }
            return reception.stage == .ended ? .ended : .wouldBlock
        } catch {
            sendRecords()
            // A member that refuses a certificate may say so behind the handshake (RFC 8446, 4.4.2):
            // it has not looked at any request then.
            if case .alert = error, !hasAnswered { throw .unreachable(why: "TLS: \(error)") }
            throw .interrupted(why: "TLS: \(error)")
        }
    }

    @discardableResult
    private func sendRecords() -> Socket.Transfer? {
        session?.sendOutput { output in
            let transfer = socket.send(output)
            if case .bytes(let count) = transfer { return (count, transfer) }
            return (0, transfer)
        }
    }

    /// One send of what the socket takes.
    private func send(_ bytes: [UInt8], from offset: Int) throws(LinkError) -> Socket.Transfer {
        guard let session else { return socket.send(bytes, from: offset) }
        do throws(TLSFault) { try session.encrypt(bytes, from: offset) } catch {
            throw .interrupted(why: "TLS: \(error)")
        }
        switch sendRecords() {
        case .bytes, nil:
            let count = session.takeSentByteCount()
            return count == 0 ? .wouldBlock : .bytes(count)
        case let other?: return other
        }
    }

    private static func connect(
        toFirstOf addresses: [SocketAddress],
        until deadline: MonotonicTime
    ) throws(LinkError) -> Socket {
        var why = "no address is known"
        for (place, address) in addresses.enumerated() {
            // Each gets its part of what is left: one that hangs does not hide the others.
            let begun = Clock.monotonicNow()
            let part = deadline.nanoseconds(since: begun) / UInt64(addresses.count - place)
            do throws(SystemError) {
                let socket = try Socket(connectingTo: address)
                let readiness = try Poller.wait(
                    for: socket,
                    interest: .writable,
                    until: begun.advanced(byNanoseconds: part)
                )
                if readiness.isEmpty {
                    why = "no connection in time"
                } else if let failure = socket.connectionFailure() {
                    why = failure.description
                } else {
                    return socket
                }
            } catch { why = error.description }
        }
        throw .unreachable(why: why)
    }

    /// Sends a request and reads the head of its answer.
    package func begin(
        _ call: Call,
        until deadline: MonotonicTime
    ) throws(LinkError) -> ResponseHead {
        var headers = call.headers
        if let authorization, headers["authorization"] == nil {
            headers.append("Authorization", value: authorization.field)
        }
        var request: [UInt8] = []
        RequestWriter.append(
            call.method,
            target: call.target,
            authority: endpoint.place.hostField,
            headers: headers,
            body: call.body,
            to: &request
        )
        parser = ResponseParser(method: call.method, leftover: parser.leftover)
        try send(request, until: deadline)
        guard case .head(let head) = try nextPart(until: deadline) else {
            throw .interrupted(why: "the connection ended before an answer")
        }
        persistence = head.persistence
        return head
    }

    /// Sends a request and reads its whole answer.
    package func perform(_ call: Call, until deadline: MonotonicTime) throws(LinkError) -> Response
    {
        try finish(begin(call, until: deadline), until: deadline)
    }

    /// Reads the rest of an answer whose head is known.
    package func finish(
        _ head: ResponseHead,
        until deadline: MonotonicTime
    ) throws(LinkError) -> Response {
        var body: [UInt8] = []
        while case .body(let bytes) = try nextPart(until: deadline) {
            guard body.count + bytes.count <= Self.bodyByteCountMax else {
                throw .interrupted(why: "the answer is longer than \(Self.bodyByteCountMax) bytes")
            }
            body += bytes
        }
        return Response(status: head.status, headers: head.headers, body: body, endpoint: endpoint)
    }

    /// The next part of the answer that was begun; waits for it.
    package func nextPart(until deadline: MonotonicTime?) throws(LinkError) -> ResponsePart {
        while true {
            if let part = try parsedPart() { return part }
            switch try receive() {
            case .bytes(let count): parser.append(buffer[..<count])
            case .ended:
                persistence = .close
                return try endedPart()
            case .failed(let error): throw .interrupted(why: error.description)
            case .wouldBlock: try wait(for: .readable, until: deadline)
            }
        }
    }

    /// The next part of the answer that was begun if it has arrived; never waits.
    package func partAtHand() throws(LinkError) -> ResponsePart? {
        while true {
            if let part = try parsedPart() { return part }
            switch try receive() {
            case .bytes(let count): parser.append(buffer[..<count])
            case .ended: return try endedPart()
            case .failed(let error): throw .interrupted(why: error.description)
            case .wouldBlock: return nil
            }
        }
    }

    private func parsedPart() throws(LinkError) -> ResponsePart? {
        do {
            return try parser.next()
        } catch { throw .interrupted(why: "the answer is not HTTP/1.1 (\(error))") }
    }

    private func endedPart() throws(LinkError) -> ResponsePart {
        do {
            if let part = try parser.close() { return part }
        } catch { throw .interrupted(why: "the connection ended within an answer") }
        throw .interrupted(why: "the connection ended within an answer")
    }

    private func send(_ bytes: [UInt8], until deadline: MonotonicTime) throws(LinkError) {
        var sent = 0
        while sent < bytes.count {
            switch try send(bytes, from: sent) {
            case .bytes(let count): sent += count
            case .wouldBlock, .ended:
                do throws(LinkError) {
                    try wait(for: .writable, until: deadline)
                } catch { throw sent == 0 ? .unreachable(why: error.why) : error }
            case .failed(let error):
                throw sent == 0
                    ? .unreachable(why: error.description) : .interrupted(why: error.description)
            }
        }
    }

    private func wait(
        for interest: Readiness,
        until deadline: MonotonicTime?
    ) throws(LinkError) {
        if let deadline, Clock.monotonicNow() >= deadline {
            throw .interrupted(why: "no answer in time")
        }
        do throws(SystemError) {
            guard let interruption else {
                _ = try Poller.wait(for: socket, interest: interest, until: deadline)
                return
            }
            _ = try Poller.wait(
                for: socket,
                interest: interest,
                beside: interruption.wakeup,
                until: deadline
            )
        } catch { throw .interrupted(why: error.description) }
        if interruption?.isCalled == true {
            throw .interrupted(why: "nobody waits for it any more")
        }
    }
}

extension Connection: Pollable {
    package var descriptor: Int32 { socket.descriptor }
}

extension Endpoint {
    /// The value of the `Host` header field.
    package var hostField: [UInt8] {
        switch self {
        case .internet: Array(description.utf8)
        case .unix, .service: Array("localhost".utf8)
        }
    }
}
