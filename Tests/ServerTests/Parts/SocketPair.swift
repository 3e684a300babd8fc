import Bytes
import Platform
import Testing

@testable import Server

/// A connection over the loopback interface: the server's end as a channel, the client's as a
/// socket.
struct SocketPair: ~Copyable {
    var channel: ByteChannel
    let client: Socket

    init() throws {
        let place = try #require(try Endpoint(parsing: "127.0.0.1:0").numericAddress)
        let listener = try Socket(listeningOn: place)
        let client = try Socket(connectingTo: try listener.localAddress())
        let deadline = Clock.monotonicNow().advanced(byMilliseconds: 10_000)
        _ = try Poller.wait(for: listener, interest: .readable, until: deadline)
        switch listener.accept() {
        case .accepted(let socket): self.init(ByteChannel(socket), client: client)
        case .none: throw SystemError(call: "accept", code: 0)
        case .exhausted(let error): throw error
        }
    }

    private init(_ channel: consuming ByteChannel, client: consuming Socket) {
        self.channel = channel
        self.client = client
    }

    /// The server's end alone.
    consuming func takeChannel() -> ByteChannel { channel }
}
