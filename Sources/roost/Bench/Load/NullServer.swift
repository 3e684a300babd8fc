internal import Platform

/// Answers every request at once with the same bytes: what is left is the cost of the generator.
enum NullServer {
    private static let listenerToken: UInt64 = 0

    private final class Connection {
        let socket: Socket
        /// What was received and is not a whole request yet.
        var residue: [UInt8] = []
        /// Bytes of a body that have not arrived.
        var missingCount = 0

        init(_ socket: consuming Socket) { self.socket = socket }
    }

    /// Starts it on a thread that ends with the process.
    ///
    /// - Parameter valueByteCount: how long the value in each answer is.
    static func start(valueByteCount: Int) throws(SystemError) -> Endpoint {
        let loopback = Endpoint.internet(host: "127.0.0.1", port: 0)
        guard let address = loopback.numericAddress else { return loopback }
        let listener = try Socket(listeningOn: address)
        let endpoint = try listener.localAddress().endpoint
        let answer = answer(valueByteCount: valueByteCount)
        _ = try Thread(named: "null-server", owning: listener) { listener in
            do throws(SystemError) { try serve(listener, answer: answer) } catch {
                CurrentProcess.exitAtOnce(1, saying: "roost: the null server ended: \(error)")
            }
        }
        return endpoint
    }

    /// As long as a member's, field by field.
    private static func answer(valueByteCount: Int) -> [UInt8] {
        let value = String(repeating: "v", count: valueByteCount)
        let body =
            "{\"key\":\"/bench/0000000000\",\"value\":\"\(value)\",\"encoding\":\"utf8\","
            + "\"version\":100,\"create_revision\":100000,\"mod_revision\":100000}\n"
        let head =
            "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
            + "Content-Type: application/json\r\nETag: \"100000\"\r\nCache-Control: no-cache\r\n"
            + "Roost-Revision: 100000\r\nRoost-Term: 10\r\nRoost-Member: 0123456789abcdef\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n"
        return Array((head + body).utf8)
    }

    private static func serve(_ listener: borrowing Socket, answer: [UInt8]) throws(SystemError) {
        var poller = try Poller()
        try poller.add(listener, token: listenerToken, interest: .readable)
        var connections: [Connection?] = [nil]
        var events: [Poller.Event] = []
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        var output: [UInt8] = []
        while true {
            try poller.wait(until: nil, into: &events)
            for event in events {
                guard event.token != listenerToken else {
                    try accept(listener, with: poller, connections: &connections)
                    continue
                }
                guard let connection = connections[Int(event.token)] else { continue }
                output.removeAll(keepingCapacity: true)
                let isOpen = receive(connection, into: &buffer, answer: answer, into: &output)
                try send(output, connection: connection)
                if !isOpen { connections[Int(event.token)] = nil }
            }
        }
    }

    private static func accept(
        _ listener: borrowing Socket,
        with poller: borrowing Poller,
        connections: inout [Connection?]
    ) throws(SystemError) {
        while true {
            switch listener.accept() {
            case .accepted(let socket):
                let connection = Connection(socket)
                try poller.add(
                    connection.socket,
                    token: UInt64(connections.count),
                    interest: .readable
                )
                connections.append(connection)
            case .none: return
            case .exhausted(let error): throw error
            }
        }
    }

    /// Appends an answer for every request that arrived.
    ///
    /// - Returns: false when the connection has ended.
    private static func receive(
        _ connection: Connection,
        into buffer: inout [UInt8],
        answer: [UInt8],
        into output: inout [UInt8]
    ) -> Bool {
        let kept = connection.residue.count
        for offset in 0..<kept { buffer[offset] = connection.residue[offset] }
        guard case .bytes(let count) = connection.socket.receive(into: &buffer, at: kept) else {
            return false
        }
        let end = kept + count
        var start = min(connection.missingCount, end)
        connection.missingCount -= start
        connection.residue.removeAll(keepingCapacity: true)
        if start > 0, connection.missingCount == 0 { output.append(contentsOf: answer) }
        while start < end {
            guard case .head(let head) = MessageHead.find(buffer.span, from: start, to: end) else {
                connection.residue.append(contentsOf: buffer[start..<end])
                return connection.residue.count < 64 << 10
            }
            var bodyEnd = head.end
            if case .length(let length) = head.framing { bodyEnd += length }
            start = min(bodyEnd, end)
            connection.missingCount = bodyEnd - start
            if connection.missingCount == 0 { output.append(contentsOf: answer) }
        }
        return true
    }

    /// Sends everything; the generator reads whatever else it does.
    private static func send(_ bytes: [UInt8], connection: Connection) throws(SystemError) {
        var sent = 0
        while sent < bytes.count {
            switch connection.socket.send(bytes, from: sent) {
            case .bytes(let count): sent += count
            case .wouldBlock:
                _ = try Poller.wait(for: connection.socket, interest: .writable, until: nil)
            case .ended, .failed: return
            }
        }
    }
}
