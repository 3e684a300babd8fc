package import Foundation
import Glibc

/// Why a request has no whole answer.
package enum ConnectionError: Error {
    case refused
    /// Nothing of the request can have reached the server.
    case notSent
    /// The request left and the answer did not come: nobody knows what became of it.
    case noAnswer
    case timedOut
}

/// An answer as it came.
package struct Answer {
    package let status: Int
    package let headers: [String: String]
    package let body: Data

    package var text: String { String(decoding: body, as: UTF8.self) }
    /// The body as JSON; empty where it is none.
    package var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: body)) as? [String: Any] ?? [:]
    }
}

/// A blocking HTTP/1.1 connection of the tests' own, so that the client under test does not vouch
/// for itself.
package final class HTTPConnection {
    private var descriptor: CInt
    private var buffer = Data()

    /// Connects; sending and receiving give up after the timeout.
    package init(host: String = "127.0.0.1", port: UInt16, timeoutSeconds: Int = 10) throws {
        let descriptor = socket(
            AF_INET,
            CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue),
            0
        )
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = unsafe inet_addr(host)
        var timeout = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
        var one: CInt = 1
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            unsafe setsockopt(
                descriptor,
                SOL_SOCKET,
                option,
                &timeout,
                socklen_t(MemoryLayout<timeval>.size)
            )
        }
        unsafe setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &one, 4)
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { rebound in
                unsafe connect(descriptor, rebound, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else {
            Glibc.close(descriptor)
            throw ConnectionError.refused
        }
        self.descriptor = descriptor
    }

    deinit { close() }

    /// Cuts the connection.
    package func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Sends bytes as they are.
    package func send(_ bytes: Data) throws {
        var offset = 0
        while offset < bytes.count {
            let sent = unsafe bytes.withUnsafeBytes { raw in
                unsafe Glibc.send(
                    descriptor,
                    raw.baseAddress.map { unsafe $0 + offset },
                    raw.count - offset,
                    CInt(MSG_NOSIGNAL)
                )
            }
            guard sent > 0 else { throw offset == 0 ? ConnectionError.notSent : .noAnswer }
            offset += sent
        }
    }

    /// One request and its whole answer.
    package func request(
        _ method: String,
        target: String,
        headers: [String: String] = [:],
        body: Data = Data()
    ) throws -> Answer {
        var head = "\(method) \(target) HTTP/1.1\r\n"
        if headers["Host"] == nil { head += "Host: localhost\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if !body.isEmpty || method == "PUT" || method == "POST" {
            head += "Content-Length: \(body.count)\r\n"
        }
        try send(Data((head + "\r\n").utf8) + body)
        return try answer(to: method)
    }

    /// Reads one answer with a `Content-Length`, or chunked.
    package func answer(to method: String = "GET") throws -> Answer {
        let head = try headOfAnswer()
        guard method != "HEAD", head.status != 204, head.status != 304 else {
            return Answer(status: head.status, headers: head.headers, body: Data())
        }
        var body = Data()
        if head.headers["transfer-encoding"] == "chunked" {
            while let chunk = try chunk() { body += chunk }
        } else {
            body = try take(Int(head.headers["content-length"] ?? "0") ?? 0)
        }
        return Answer(status: head.status, headers: head.headers, body: body)
    }

    /// The status and headers, names in lower case.
    package func headOfAnswer() throws -> (status: Int, headers: [String: String]) {
        let lines = try line(through: "\r\n\r\n").components(separatedBy: "\r\n")
        let status = Int(lines[0].split(separator: " ").dropFirst().first ?? "") ?? 0
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            headers[line[..<colon].lowercased()] = value
        }
        return (status, headers)
    }

    /// The next chunk of a chunked body; nil at its end.
    package func chunk() throws -> Data? {
        let size = Int(try line(through: "\r\n"), radix: 16) ?? 0
        let data = try take(size)
        _ = try take(2)
        return size == 0 ? nil : data
    }

    private func line(through mark: String) throws -> String {
        let mark = Data(mark.utf8)
        while true {
            if let range = buffer.range(of: mark) {
                let text = String(
                    decoding: buffer[buffer.startIndex..<range.lowerBound],
                    as: UTF8.self
                )
                buffer.removeSubrange(buffer.startIndex..<range.upperBound)
                return text
            }
            try fill()
        }
    }

    private func take(_ count: Int) throws -> Data {
        while buffer.count < count { try fill() }
        let data = Data(buffer.prefix(count))
        buffer.removeFirst(count)
        return data
    }

    private func fill() throws {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = unsafe recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else {
            throw count < 0 && errno == EAGAIN ? ConnectionError.timedOut : .noAnswer
        }
        buffer += chunk.prefix(count)
    }
}
