import Platform
import Testing

/// The client's end of one connection.
final class TestClient {
    private let socket: Socket
    private(set) var received: [UInt8] = []
    private(set) var end = Socket.Transfer.wouldBlock
    /// Whether the harness takes what arrives for it.
    var habit = Habit.reads

    enum Habit { case reads, neverReads }

    init(_ socket: consuming Socket) { self.socket = socket }

    var text: String { String(decoding: received, as: UTF8.self) }
    var hasEnded: Bool { end != .wouldBlock }

    /// Status codes of the answers so far.
    var statuses: [String] {
        text.split(separator: "HTTP/1.1 ").map { String($0.prefix(3)) }
            .filter { UInt16($0) != nil }
    }

    func send(_ text: String) {
        #expect(socket.send(Array(text.utf8)) == .bytes(text.utf8.count))
    }

    func endSending() { socket.endSending() }

    /// Takes what has arrived.
    func receive(_ limit: Int = .max) {
        var buffer = [UInt8](repeating: 0, count: min(limit, 64 << 10))
        var rest = limit
        while rest > 0 {
            switch socket.receive(into: &buffer) {
            case .bytes(let count):
                received.append(contentsOf: buffer[..<count])
                rest -= count
            case .wouldBlock: return
            case .ended, .failed:
                end = .ended
                return
            }
        }
    }
}
