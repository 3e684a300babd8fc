import Bytes
import Consensus
import TestSupport
import Testing

@testable import Replica

@Suite("the version of the peer protocol (Docs/Formats/peer.md)")
struct PeerProtocolTests {
    private static let version = ProtocolVersion(rawValue: 8)
    /// What version 5 sends, which the release before speaks: the first messages of
    /// `PeerMessageTests.samples`, in hexadecimal. These bytes never change.
    private static let messages: [String] = [
        "0100050000000000000004000000000000001100000000000000",
        "01010500000000000000010600000000000000",
        "010205000000000000000400000000000000110000000000000001",
        "0103050000000000000000",
        "0104050000000000000003000000000000000a000000000000000b000000000000000d0000000000"
            + "00000300840701030102030200000000ac02020104",
        "0105050000000000000004000000000000000900000000000000",
        "01060500000000000000040000000000000002000000000000000300000000000000",
        "01070500000000000000030000000000000004000000000000000800000000000000",
        "010805000000000000000800000000000000",
        "010905000000000000004d00000000000000",
        "010a0500000000000000",
        "010b0500000000000000020000000000000032000000000000000c000000000000000a0000000000"
            + "0000020908",
        "010c0500000000000000020000000000000032000000000000000c00000000000000",
        "010d0500000000000000",
        "010e05000000000000000100000000000000",
        "010f050000000000000001000000000000000200000000000000",
        "022800000000000000020001050100",
        "032800000000000000020005000000000000000d00000000000000",
        "032800000000000000020102",
        "04000000000000000001000000000000000000000000000000",
        "0502000000000000003200000000000000010000000000000000000000000000000101",
        "06000400000000000063000000000000000000000000000000",
        "07030000000000000001010000000000000001410142",
        "08",
        "09",
        "0a090000000000000003000000000000000400000000000000c8010500000000000000060000000000"
            + "0000",
        "0b1100000000000000026e34",
        "0c0000000000000000",
        "0c0300000000000000",
    ]
    /// What versions from 6 on send beside them.
    private static let messagesOfSixth: [String] = [
        "0d1100000000000000026e3403683a34", "0e0068e5cf8b010000",
    ]
    /// And versions from 7 on.
    private static let messagesOfSeventh: [String] = ["0f28000000000000000200010502aabb010000"]
    private static let hello: String =
        "52535448454c4c4f0500000005000000000000000700000000000000026e31030000000000000004"
        + "0000000000000001060000000000000006686f73743a3206686f73743a310900000000000000080000000000000007000000000000000b00"
        + "000000000000010530"
        + "2e312e3008070605040302010900000000000000"
    private static let welcome: String =
        "52535448454c4c4f0500000005000000000000000700000000000000026e31030000000000000004"
        + "0000000000000001060000000000000006686f73743a3206686f73743a310900000000000000080000000000000007000000000000000b00"
        + "00000000000001"
        + "05302e312e30080706050403020100"
    private static let next = ProtocolVersion(rawValue: version.rawValue + 1)
    private static let remedy: Comment =
        "the peer protocol changed: raise ProtocolVersion.current, and add to this table"

    private static func text(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test("the forms of all messages belong to the version: neither changes alone")
    func forms() {
        #expect(ProtocolVersion.current == Self.version, Self.remedy)
        let messages = PeerMessageTests.samples.map { Self.text(PeerMessageTests.frame([$0])) }
        #expect(
            messages == Self.messages + Self.messagesOfSixth + Self.messagesOfSeventh,
            Self.remedy
        )
        let me = PeerMessageTests.identity
        let hello = Hello(sender: me, expected: PeerMessageTests.peer)
        #expect(Self.text(hello.encode()) == Self.eighth(Self.hello, before: 16), Self.remedy)
        let welcome = HelloAnswer(responder: me, verdict: .accepted)
        #expect(Self.text(welcome.encode()) == Self.eighth(Self.welcome, before: 2), Self.remedy)
    }

    /// The bytes of version 5 as version 8 has them, and 6 and 7 but for their numbers: the number, and
    /// the newest feature level after the introduction.
    ///
    /// - Parameter digits: how many hexadecimal digits follow the introduction.
    private static func eighth(_ fifth: String, before digits: Int) -> String {
        let start = fifth.prefix(16) + "08" + fifth.dropFirst(18).dropLast(digits)
        return start + "04" + fifth.suffix(digits)
    }

    @Test("what the release before sends is understood, and what it understands is sent to it")
    func fifth() throws {
        var me = PeerMessageTests.identity
        me.featureLevel = 1
        let hello = Hello(sender: me, expected: PeerMessageTests.peer, version: .fifth)
        #expect(Self.text(hello.encode()) == Self.hello)
        #expect(try Hello(decoding: Self.bytes(Self.hello)) == hello)
        let welcome = HelloAnswer(responder: me, verdict: .accepted, version: .fifth)
        #expect(Self.text(welcome.encode()) == Self.welcome)
        #expect(try HelloAnswer(decoding: Self.bytes(Self.welcome)) == welcome)
        for message in PeerMessageTests.samples {
            if case .clock = message { continue }
            var frame: [UInt8] = []
            message.encode(into: &frame, speaking: .fifth)
            #expect(Self.messages.contains(Self.text(frame)), "\(message)")
        }
        let pong = PeerMessage.pongFrame(wallClock: 1_700_000_000_000, speaking: .fifth)
        #expect(Self.text(pong) == "09")
    }

    private static func bytes(_ text: String) -> [UInt8] {
        let digits = Array(text)
        return stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(digits[$0...$0 + 1]), radix: 16)
        }
    }

    @Test("every number that names a kind, a cause or a verdict belongs to the version")
    func tags() {
        func names<Value: RawRepresentable>(_ type: Value.Type) -> [String]
        where Value.RawValue == UInt8 {
            (0...UInt8.max).compactMap { raw in type.init(rawValue: raw).map { "\($0)" } }
        }
        #expect(
            names(HelloRefusal.self) == [
                "emptyBesideFormedCluster", "copiedDirectory", "otherCluster", "notMember",
                "notExpected", "notInList", "otherStartAlive", "otherToken",
            ],
            Self.remedy
        )
        #expect(
            names(ProposalFailure.Cause.self) == [
                "noLeader", "tooManyInFlight", "noSpace", "notServing", "lostLeadership",
                "tooLarge", "membership",
            ],
            Self.remedy
        )
        #expect(names(Growth.self) == ["grows", "relieves"], Self.remedy)
        #expect(names(Entry.Kind.self) == ["empty", "command", "membership"], Self.remedy)
        #expect(names(Message.Vote.self) == ["refused", "granted"], Self.remedy)
        #expect(names(Message.CampaignCause.self) == ["timeout", "transfer"], Self.remedy)
        #expect(names(PeerIdentity.Standing.self) == ["notLeading", "leading"], Self.remedy)
    }

    @Test("every tag that is understood has a sample in the table")
    func complete() {
        let frames = PeerMessageTests.samples.map { PeerMessageTests.frame([$0]) }
        for tag in 0...UInt8.max {
            #expect(
                isKnown([tag], at: 0) == frames.contains { $0[0] == tag },
                "message \(tag) has no sample"
            )
            #expect(
                isKnown([1, tag], at: 1) == frames.contains { $0.starts(with: [1, tag]) },
                "consensus message \(tag) has no sample"
            )
        }
    }

    private func isKnown(_ bytes: [UInt8], at place: Int) -> Bool {
        do throws(DecodingError) {
            _ = try PeerMessage.decodeFrame(
                bytes,
                from: PeerMessageTests.peer,
                to: PeerMessageTests.me
            )
            return true
        } catch { return error != .unknownTag(UInt64(bytes[place]), at: place) }
    }

    @Test("a hello of another version is told apart from a stranger's bytes")
    func otherVersion() {
        let hello = Hello(sender: PeerMessageTests.identity, expected: nil).encode()
        var next = hello
        next[8] += 1
        #expect(throws: GreetingError.otherVersion(Self.next)) {
            try Hello(decoding: next)
        }
        // Nothing after the number is looked at: it may have any form.
        #expect(throws: GreetingError.otherVersion(Self.next)) {
            try HelloAnswer(decoding: Array(next.prefix(12)))
        }
        next[0] ^= 1
        #expect(throws: GreetingError.self) { try Hello(decoding: next) }
    }

    /// The last member's hellos and answers carry another version.
    private func upgrade(_ number: Int, of harness: ReplicaHarness) {
        harness.carry = { sender, frame in
            guard sender == number, frame.starts(with: Array("RSTHELLO".utf8)) else {
                return .whole(frame)
            }
            var other = frame
            other[8] += 1
            return .whole(other)
        }
    }

    @Test("a member of another version is refused, named to the operator once, and welcome again")
    func mixed() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        harness.kill(2)
        upgrade(2, of: harness)
        try harness.start(2)
        harness.run(3_000)
        let notice = Notice.otherProtocol(
            peer: ReplicaHarness.address(2),
            version: Self.next,
            spoken: ProtocolVersion.current...ProtocolVersion.current
        )
        for number in 0..<2 { #expect(harness.members[number].notices == [notice]) }
        #expect(harness.put("/a", value: "1", at: 0)?.revision == 2)
        #expect(harness.members[0].unreadiness.isEmpty)
        #expect(harness.value("/a", at: 2) == nil)
        harness.kill(1)
        #expect(harness.run(2_000) { harness.members[0].unreadiness.contains(.noLeader) })
        #expect(harness.members[0].unreadiness.contains(.otherProtocol))
        harness.carry = { _, frame in .whole(frame) }
        try harness.start(1)
        #expect(harness.settle())
        #expect(harness.value("/a", at: 2) == "1")
        #expect(harness.members.allSatisfy { !$0.unreadiness.contains(.otherProtocol) })
    }

    @Test("the answer to a hello of another version is the preamble, which every version reads")
    func refusal() throws {
        let harness = ReplicaHarness(3)
        var answers: [[UInt8]] = []
        harness.carry = { sender, frame in
            if sender == 0, frame.count == 12 { answers.append(frame) }
            var other = frame
            if sender == 1, frame.starts(with: Array("RSTHELLO".utf8)) { other[8] += 1 }
            return .whole(other)
        }
        try harness.startAll()
        harness.run(100)
        let preamble = Array("RSTHELLO".utf8) + [UInt8(Self.version.rawValue), 0, 0, 0]
        #expect(!answers.isEmpty && answers.allSatisfy { $0 == preamble })
        #expect(harness.members[0].status?.role == .forming)
        #expect(harness.members[0].unreadiness.contains(.otherProtocol))
    }
}
