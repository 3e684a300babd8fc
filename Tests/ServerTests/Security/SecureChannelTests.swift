import Bytes
import Platform
import TLS
import TestSupport
import Testing

@testable import Server

/// A client's end of a connection, which speaks TLS over a socket, and the server's as a channel.
private final class SecurePair {
    var channel: ByteChannel
    let socket: Socket
    private let session: TLSSession?
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)
    private(set) var received: [UInt8] = []
    private(set) var fault: TLSFault?
    private var sent = 0

    init(
        _ server: TLSContext,
        client: TLSContext?,
        plainText: ChannelSecurity.PlainText = .refused
    ) throws {
        let place = try #require(try Endpoint(parsing: "127.0.0.1:0").numericAddress)
        let listener = try Socket(listeningOn: place)
        socket = try Socket(connectingTo: try listener.localAddress())
        _ = try Poller.wait(for: listener, interest: .readable, until: Self.deadline)
        let security = ChannelSecurity(context: server, plainText: plainText)
        switch listener.accept() {
        case .accepted(let socket): channel = ByteChannel(socket, security: security)
        case .none: throw SystemError(call: "accept", code: 0)
        case .exhausted(let error): throw error
        }
        session = try client.map { try TLSSession(connecting: $0, host: "n1.test") }
    }

    var isHandshaking: Bool { channel.isHandshaking }
    var hasEnded: Bool { channel.hasEnded }
    var certificate: CertificateFacts? { channel.certificate }

    static var deadline: MonotonicTime { Clock.monotonicNow().advanced(byMilliseconds: 10_000) }

    /// Lets the client send and receive what it can.
    func turnClient(sending bytes: [UInt8] = []) {
        guard let session else { return }
        do throws(TLSFault) {
            try session.encrypt(bytes, from: sent)
            _ = session.sendOutput { output in
                guard case .bytes(let count) = socket.send(output) else { return (0, ()) }
                return (count, ())
            }
            sent += session.takeSentByteCount()
            guard
                case .bytes(let count) = socket.receive(
                    into: &buffer,
                    at: TLSSession.receptionOffset
                )
            else { return }
            let reception = try session.receive(in: &buffer, count: count)
            received += buffer[..<reception.byteCount]
        } catch { fault = error }
    }

    func endSending() {
        session?.endSending()
        turnClient()
    }
}

@Suite("A channel carries the same bytes under TLS")
struct SecureChannelTests {
    private let server: TLSContext
    private let client: TLSContext

    init() throws {
        let authority = try Authority()
        server = try TLSContext(.listener(.optional), material: try authority.member())
        client = try TLSContext(.caller(.full), material: try authority.client("ann"))
    }

    /// Receives until something else comes than nothing.
    private static func reception(
        _ pair: SecurePair,
        into buffer: inout [UInt8],
        sending bytes: [UInt8] = []
    ) -> ByteChannel.Reception {
        let deadline = SecurePair.deadline
        while Clock.monotonicNow() < deadline {
            pair.turnClient(sending: bytes)
            let reception = pair.channel.receive(into: &buffer)
            if reception != .wouldBlock { return reception }
        }
        return .wouldBlock
    }

    @Test("bytes arrive both ways, and the client's certificate is known")
    func bytes() throws {
        let pair = try SecurePair(server, client: client)
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        #expect(pair.isHandshaking && pair.certificate == nil)
        #expect(pair.channel.send([1], from: 0) == .wouldBlock)
        #expect(Self.reception(pair, into: &buffer, sending: [1, 2, 3]) == .bytes(3))
        #expect(buffer[..<3] == [1, 2, 3])
        #expect(pair.isHandshaking == false)
        let certificate = try #require(pair.certificate)
        #expect(CertificateUser.commonName.name(in: certificate) == Array("ann".utf8))
        #expect(CertificateUser.host.name(in: certificate) == nil)

        let answer = (0..<(3 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 11) }
        var sent = 0
        let deadline = SecurePair.deadline
        while pair.received.count < answer.count, Clock.monotonicNow() < deadline {
            if case .bytes(let count) = pair.channel.send(answer, from: sent) { sent += count }
            // Bounded, however slow the client is.
            #expect(pair.channel.waitingByteCount < 96 << 10)
            pair.turnClient()
        }
        #expect(sent == answer.count && pair.received == answer)
        pair.endSending()
        #expect(Self.reception(pair, into: &buffer) == .ended)
        #expect(pair.hasEnded)
    }

    @Test("the poller is asked for what TLS needs, whatever the owner wishes")
    func readiness() throws {
        let pair = try SecurePair(server, client: client)
        let poller = try Poller()
        try pair.channel.register(with: poller, token: 7)
        #expect(pair.channel.interest == .readable)
        pair.channel.watch(for: [.toSend], with: poller, token: 7)
        #expect(pair.channel.interest == .readable, "nothing can be sent yet")
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        #expect(Self.reception(pair, into: &buffer, sending: [1]) == .bytes(1))
        pair.channel.watch(for: [], with: poller, token: 7)
        #expect(pair.channel.interest == [])
        let much = [UInt8](repeating: 1, count: 1 << 20)
        while case .bytes = pair.channel.send(much, from: 0), pair.channel.waitingByteCount == 0 {}
        pair.channel.watch(for: [], with: poller, token: 7)
        #expect(pair.channel.interest == .writable, "what is encrypted has to leave")
    }

    @Test("a client without TLS is told, or served, as the listener says")
    func plain() throws {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let request = Array("GET / HTTP/1.1\r\n\r\n".utf8)
        let refusing = try SecurePair(server, client: nil)
        _ = refusing.socket.send(request)
        #expect(Self.reception(refusing, into: &buffer) == .insecure)
        #expect(refusing.channel.send([7], from: 0) == .bytes(1))
        let taking = try SecurePair(server, client: nil, plainText: .taken)
        _ = taking.socket.send(request)
        #expect(Self.reception(taking, into: &buffer) == .bytes(request.count))
        #expect(Array(buffer[..<request.count]) == request)
    }

    @Test("what is no TLS behind a handshake's first byte is a fault")
    func garbage() throws {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let pair = try SecurePair(server, client: nil)
        _ = pair.socket.send([0x16, 3, 1, 0, 4, 9, 9, 9, 9])
        guard case .refused(.violation) = Self.reception(pair, into: &buffer) else {
            Issue.record("it is taken")
            return
        }
    }
}
