import Bytes
import Platform
import Testing

@testable import Server

@Suite("A channel carries bytes both ways and asks the poller for what its owner's wishes need")
struct ByteChannelTests {
    /// What the poller says of the channel within a moment.
    private static func readiness(_ poller: inout Poller) throws -> Readiness {
        var events: [Poller.Event] = []
        try poller.wait(
            until: Clock.monotonicNow().advanced(byMilliseconds: 20),
            into: &events
        )
        #expect(events.allSatisfy { $0.token == 7 })
        return events.reduce(into: []) { $0.formUnion($1.readiness) }
    }

    @Test func bytesGoBothWays() throws {
        var pair = try SocketPair()
        var buffer = [UInt8](repeating: 0, count: 16)
        #expect(pair.channel.receive(into: &buffer) == .wouldBlock)
        #expect(pair.client.send([1, 2, 3]) == .bytes(3))
        var poller = try Poller()
        try pair.channel.register(with: poller, token: 7)
        #expect(try Self.readiness(&poller) == .readable)
        #expect(pair.channel.receive(into: &buffer) == .bytes(3) && buffer[..<3] == [1, 2, 3])
        #expect(pair.channel.send([9, 8, 7], from: 1) == .bytes(2))
        let deadline = Clock.monotonicNow().advanced(byMilliseconds: 10_000)
        _ = try Poller.wait(for: pair.client, interest: .readable, until: deadline)
        #expect(pair.client.receive(into: &buffer) == .bytes(2) && buffer[..<2] == [8, 7])
    }

    @Test func thePollerIsAskedForWhatTheWishesNeed() throws {
        var pair = try SocketPair()
        var poller = try Poller()
        try pair.channel.register(with: poller, token: 7)
        #expect(pair.channel.interest == .readable)
        #expect(try Self.readiness(&poller) == [])
        pair.channel.watch(for: [.toReceive, .toSend], with: poller, token: 7)
        #expect(pair.channel.interest == [.readable, .writable])
        #expect(try Self.readiness(&poller) == .writable)
        _ = pair.client.send([1])
        pair.channel.watch(for: [], with: poller, token: 7)
        #expect(try Self.readiness(&poller) == [])
        pair.channel.watch(for: .toReceive, with: poller, token: 7)
        #expect(try Self.readiness(&poller) == .readable)
    }

    @Test func theEndOfEitherSideIsToldToTheOther() throws {
        var pair = try SocketPair()
        var buffer = [UInt8](repeating: 0, count: 16)
        pair.channel.endSending()
        let deadline = Clock.monotonicNow().advanced(byMilliseconds: 10_000)
        _ = try Poller.wait(for: pair.client, interest: .readable, until: deadline)
        #expect(pair.client.receive(into: &buffer) == .ended)
        #expect(pair.client.send([5]) == .bytes(1))
        pair.client.endSending()
        var poller = try Poller()
        try pair.channel.register(with: poller, token: 7)
        #expect(try Self.readiness(&poller).contains(.readable))
        #expect(pair.channel.receive(into: &buffer) == .bytes(1))
        _ = try Self.readiness(&poller)
        #expect(pair.channel.receive(into: &buffer) == .ended)
    }

    @Test func aChannelThatIsFullTakesNothing() throws {
        var pair = try SocketPair()
        let bytes = [UInt8](repeating: 1, count: 1 << 20)
        var sentByteCount = 0
        var last = Socket.Transfer.bytes(0)
        while sentByteCount < 1 << 28 {
            last = pair.channel.send(bytes, from: 0)
            guard case .bytes(let count) = last else { break }
            sentByteCount += count
        }
        #expect(last == .wouldBlock)
    }
}
