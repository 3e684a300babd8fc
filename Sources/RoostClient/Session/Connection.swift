package import Bytes
package import Platform
package import Wire

/// One blocking HTTP/1.1 connection; every wait ends at a deadline of the caller's.
package final class Connection {
    /// The longest body of an answer: a page of a listing is 4 MiB, twice that in base64 JSON.
    private static let bodyByteCountMax = 64 << 20

    package let endpoint: Endpoint
    private let socket: Socket
    private var parser = ResponseParser(method: .get)
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)
    /// Whether another request may follow the answer that was read last.
    package private(set) var persistence = Persistence.keepAlive

    /// Connects to the first address of the endpoint that accepts.
    package init(to endpoint: Endpoint, until deadline: MonotonicTime) throws(LinkError) {
        self.endpoint = endpoint
        socket = try Self.connect(
            toFirstOf: Resolution.addresses(of: endpoint, until: deadline),
            until: deadline
        )
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
        var request: [UInt8] = []
        RequestWriter.append(
            call.method,
            target: call.target,
            authority: endpoint.hostField,
            headers: call.headers,
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
            switch socket.receive(into: &buffer) {
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
            switch socket.receive(into: &buffer) {
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
            switch socket.send(bytes, from: sent) {
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
        do {
            _ = try Poller.wait(for: socket, interest: interest, until: deadline)
        } catch { throw .interrupted(why: error.description) }
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
        case .unix: Array("localhost".utf8)
        }
    }
}
