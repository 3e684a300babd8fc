import Bytes
import Platform
import Replica
import Testing
import Transport

@Suite("Connections between members")
struct PeerTransportTests {
    @Test(arguments: ["127.0.0.1", "localhost"])
    func framesCrossADialledLinkBothWays(_ host: String) throws {
        let (near, far) = (try Station(), try Station())
        near.dial(far.address(host: host))
        let out = try first(of: near, turning: [far], opened)
        let into = try first(of: far, turning: [near], accepted)
        near.send([1, 2, 3], on: out)
        #expect(try first(of: far, frame) == [1, 2, 3])
        far.send([4], on: into)
        #expect(try first(of: near, frame) == [4])
    }

    @Test func aLargeFrameArrivesWholeOverManyTurns() throws {
        let (near, far) = (try Station(), try Station())
        near.dial(far.address())
        let out = try first(of: near, turning: [far], opened)
        near.send([0], on: out)
        let bytes = (0..<(6 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        near.send(bytes, on: out)
        let got = try first(of: far, turning: [near]) { input -> [UInt8]? in
            guard let bytes = frame(input), bytes.count > 1 else { return nil }
            return bytes
        }
        #expect(got == bytes)
    }

    @Test func aPeerThatIsGoneIsARefusalAtOnce() throws {
        let near = try Station()
        let address: PeerAddress
        do {
            let far = try Station()
            address = far.address()
            near.dial(address)
            _ = try first(of: near, turning: [far], opened)
            _ = try first(of: far, turning: [near], accepted)
        }
        #expect(try first(of: near, closed) == .refused)
        near.dial(address)
        #expect(try first(of: near, failed) == .refused)
    }

    @Test func aDialWithoutAnAnswerTimesOutAndSaysNothingOfThePeer() throws {
        let near = try Station()
        near.dial(PeerAddress(text: Array("no-such-host.invalid:1".utf8)))
        #expect(near.transport.nextDeadline != nil)
        near.transport.tick(now: MonotonicTime(rawValue: .max), into: &near.inputs)
        #expect(near.inputs.compactMap(failed) == [.timedOut])
        #expect(near.transport.nextDeadline == nil)
    }

    @Test func aLinkClosedByOrderIsNotReported() throws {
        let (near, far) = (try Station(), try Station())
        near.dial(far.address())
        let out = try first(of: near, turning: [far], opened)
        near.transport.send([Frame(link: out, bytes: [9])])
        near.transport.close([out], poller: near.poller)
        #expect(try first(of: far, frame) == [9], "what was queued is sent first")
        #expect(try first(of: far, closed) == .refused)
        #expect(near.inputs.compactMap(closed).isEmpty)
        #expect(near.transport.linkCount == 0)
    }

    @Test func bytesThatAreNoFrameEndTheLink() throws {
        let far = try Station()
        let stranger = try Socket(connectingTo: far.place)
        _ = try first(of: far, accepted)
        #expect(stranger.send(Array("GET / HTTP/1.1\r\n\r\n".utf8)) != .wouldBlock)
        #expect(try first(of: far, closed) == .refused)
    }
}
