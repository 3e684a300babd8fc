import Bytes
import Platform
import RoostClient
import Wire

/// A member that answers as a test says: one thread a connection, over real sockets.
final class ScriptedMember: Sendable {
    /// What to do with a request.
    enum Answer: Sendable {
        case respond(status: Int, headers: [String] = [], body: String)
        /// Bytes as they are, then the end of the connection.
        case stream(String)
        /// No answer, the connection staying as it is.
        case silence
        /// The end of the connection without an answer.
        case hangUp
    }

    let endpoint: ServiceAddress
    /// Every request that arrived, in order.
    let requests = LockedQueue<HTTPRequest>()
    private let script: @Sendable (HTTPRequest) -> Answer

    init(_ script: @escaping @Sendable (HTTPRequest) -> Answer) throws {
        self.script = script
        let address = try Endpoint(parsing: "127.0.0.1:0").resolve()[0]
        let listener = try Socket(listeningOn: address)
        endpoint = ServiceAddress(try listener.localAddress().endpoint)
        _ = try Thread(named: "member", owning: listener) { [weak self] listener in
            while true {
                _ = try? Poller.wait(for: listener, interest: .readable, until: nil)
                switch listener.accept() {
                case .accepted(let socket):
                    guard let self else { return }
                    _ = try? Thread(named: "connection", owning: socket) { socket in
                        self.serve(socket)
                    }
                case .none: break
                case .exhausted: return
                }
            }
        }
    }

    private func serve(_ socket: consuming Socket) {
        var parser = RequestParser()
        var input: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            switch socket.receive(into: &buffer) {
            case .bytes(let count): input += buffer[..<count]
            case .wouldBlock:
                _ = try? Poller.wait(for: socket, interest: .readable, until: nil)
                continue
            case .ended, .failed: return
            }
            var offset = 0
            while case .request(let request) = parser.next(input.span, from: &offset) {
                requests.append(request)
                guard answer(request, on: socket) else { return }
            }
            input.removeFirst(offset)
        }
    }

    /// Whether the connection goes on.
    private func answer(_ request: HTTPRequest, on socket: borrowing Socket) -> Bool {
        switch script(request) {
        case .respond(let status, let headers, let body):
            let fields = headers + ["Content-Length: \(body.utf8.count)"]
            let head = (["HTTP/1.1 \(status) X"] + fields).joined(separator: "\r\n")
            return send("\(head)\r\n\r\n\(body)", to: socket)
        case .stream(let text):
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
            _ = send(head + text, to: socket)
            return false
        case .silence: return true
        case .hangUp: return false
        }
    }

    private func send(_ text: String, to socket: borrowing Socket) -> Bool {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            switch socket.send(bytes, from: sent) {
            case .bytes(let count): sent += count
            case .wouldBlock: _ = try? Poller.wait(for: socket, interest: .writable, until: nil)
            case .ended, .failed: return false
            }
        }
        return true
    }
}

extension HTTPRequest {
    var pathText: String { String(decoding: rawPath, as: UTF8.self) }
    func headerText(_ name: StaticString) -> String? {
        header(name).map { String(decoding: $0, as: UTF8.self) }
    }
}
