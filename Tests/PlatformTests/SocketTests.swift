import Bytes
import Platform
import Testing

@Suite("Sockets and the poller")
struct SocketTests {
    @Test func bytesCrossALoopbackConnectionAndItsEndIsSeen() throws {
        let listener = try Socket(listeningOn: address("127.0.0.1:0"))
        let place = try listener.localAddress()
        #expect(place.endpoint.description != "127.0.0.1:0", "the port that was taken")
        let (near, far) = try connection(through: listener, at: place)
        #expect(near.value.connectionFailure() == nil)

        var buffer = [UInt8](repeating: 0, count: 16)
        #expect(far.value.receive(into: &buffer) == .wouldBlock)
        #expect(near.value.send(Array("xxhello".utf8), from: 2) == .bytes(5))
        try ready(far.value, interest: .readable)
        #expect(far.value.receive(into: &buffer, at: 1) == .bytes(5))
        #expect(Array(buffer[1..<6]) == Array("hello".utf8))
        near.value.endSending()
        try ready(far.value, interest: .readable)
        #expect(far.value.receive(into: &buffer) == .ended)
        #expect(far.value.send([1]) == .bytes(1), "the other direction stays open")
    }

    @Test func aFullSocketTakesPartAndThenBlocks() throws {
        let listener = try Socket(listeningOn: address("127.0.0.1:0"))
        let (near, far) = try connection(through: listener, at: listener.localAddress())
        let bytes = [UInt8](repeating: 7, count: 64 << 20)
        var sent = 0
        while case .bytes(let count) = near.value.send(bytes, from: sent) { sent += count }
        #expect(sent > 0 && sent < bytes.count)
        #expect(near.value.send(bytes, from: sent) == .wouldBlock)
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        try ready(far.value, interest: .readable)
        guard case .bytes = far.value.receive(into: &buffer) else {
            Issue.record("nothing received")
            return
        }
    }

    @Test func nobodyListeningIsARefusal() throws {
        let place: SocketAddress
        do { place = try Socket(listeningOn: address("127.0.0.1:0")).localAddress() }
        do throws(SystemError) {
            let socket = try Socket(connectingTo: place)
            try ready(socket, interest: .writable)
            #expect(socket.connectionFailure()?.code == 111)
        } catch { #expect(error == SystemError(call: "connect", code: 111)) }
    }

    @Test func aSecondListenerOnAPortFails() throws {
        let first = try Socket(listeningOn: address("127.0.0.1:0"))
        let place = try first.localAddress()
        #expect(throws: SystemError(call: "bind", code: 98)) {
            _ = try Socket(listeningOn: place)
        }
    }

    @Test func anAbandonedUnixSocketIsReplacedALiveOneIsNot() throws {
        let directory = try TemporaryDirectory()
        let place = try address("unix:" + directory.path + "/s")
        do { _ = try Socket(listeningOn: place) }
        #expect(try directory.handle.names() == ["s"], "the file outlives its listener")
        let second = try Socket(listeningOn: place)
        #expect(throws: SystemError(call: "bind", code: 98)) {
            _ = try Socket(listeningOn: place)
        }
        guard case .accepted = second.accept() else {
            Issue.record("whether somebody listens is found out by connecting")
            return
        }
        let (near, far) = try connection(through: second, at: place)
        #expect(near.value.send([1]) == .bytes(1))
        var buffer: [UInt8] = [0]
        #expect(far.value.receive(into: &buffer) == .bytes(1))
    }

    @Test func aFileThatIsNoSocketIsNeverReplaced() throws {
        let directory = try TemporaryDirectory()
        _ = try directory.handle.open("precious", for: .creating)
        let place = try address("unix:" + directory.path + "/precious")
        #expect(throws: SystemError(call: "bind", code: 98)) {
            _ = try Socket(listeningOn: place)
        }
    }

    @Test func thePollerReportsTokensAndObservesItsDeadline() throws {
        var poller = try Poller()
        let wakeup = try Wakeup(.polled)
        let listener = try Socket(listeningOn: address("127.0.0.1:0"))
        try poller.add(wakeup, token: 7, interest: .readable)
        try poller.add(listener, token: 8, interest: .readable)
        var events: [Poller.Event] = []
        let deadline = Clock.monotonicNow().advanced(byMilliseconds: 5)
        try poller.wait(until: deadline, into: &events)
        #expect(events.isEmpty)
        #expect(Clock.monotonicNow() >= deadline, "never early")

        wakeup.signal()
        wakeup.signal()
        let near = try Socket(connectingTo: listener.localAddress())
        try poller.wait(until: soon(), into: &events)
        if events.count == 1 { try poller.wait(until: soon(), into: &events) }
        #expect(Set(events.map(\.token)) == [7, 8])
        wakeup.drain()
        try poller.remove(listener)
        try poller.wait(until: Clock.monotonicNow(), into: &events)
        #expect(events.isEmpty, "drained and removed")
        #expect(near.descriptor >= 0)
    }
}

/// Lets a move-only socket travel in a tuple.
private final class Owner {
    let value: Socket
    init(_ value: consuming Socket) { self.value = value }
}

private func address(_ text: String) throws -> SocketAddress {
    try #require(try Endpoint(parsing: text).numericAddress)
}

private func soon() -> MonotonicTime { Clock.monotonicNow().advanced(byMilliseconds: 10_000) }

private func ready(
    _ socket: borrowing Socket,
    interest: Readiness
) throws(SystemError) {
    let readiness = try Poller.wait(for: socket, interest: interest, until: soon())
    #expect(!readiness.isEmpty)
}

private func connection(
    through listener: borrowing Socket,
    at place: SocketAddress
) throws -> (Owner, Owner) {
    let near = try Socket(connectingTo: place)
    try ready(near, interest: .writable)
    try ready(listener, interest: .readable)
    guard case .accepted(let far) = listener.accept() else {
        throw SystemError(call: "accept", code: 0)
    }
    return (Owner(near), Owner(far))
}
