import Bytes
import Consensus
import Keyspace
import Testing

@testable import Replica

@Suite("peer frames: every message comes back as it went, and no bytes from outside trap")
struct PeerMessageTests {
    static let me = MemberID(rawValue: 7)
    static let peer = MemberID(rawValue: 9)

    private static func id(_ term: UInt64, index: UInt64) -> EntryID {
        EntryID(term: Term(rawValue: term), index: LogIndex(rawValue: index))
    }

    private static func raft(_ body: Message.Body) -> PeerMessage {
        .raft(Message(from: peer, to: me, term: Term(rawValue: 5), body: body))
    }

    static let samples: [PeerMessage] = [
        raft(.preVote(lastEntry: id(4, index: 17))),
        raft(.preVoteAnswer(.granted, campaignTerm: Term(rawValue: 6))),
        raft(.requestVote(lastEntry: id(4, index: 17), cause: .transfer)),
        raft(.vote(.refused)),
        raft(
            .appendEntries(
                AppendEntries(
                    previous: id(3, index: 10),
                    entries: [
                        Entry(
                            id: id(3, index: 11),
                            time: ClusterTime(rawValue: 900),
                            kind: .command,
                            payload: [1, 2, 3]
                        ),
                        Entry(
                            id: id(5, index: 12),
                            time: ClusterTime(rawValue: 900),
                            kind: .empty,
                            payload: []
                        ),
                        Entry(
                            id: id(5, index: 13),
                            time: ClusterTime(rawValue: 1200),
                            kind: .membership,
                            payload: [4]
                        ),
                    ],
                    commitIndex: LogIndex(rawValue: 11),
                    lastIndex: LogIndex(rawValue: 13)
                )
            )
        ),
        raft(
            .appendEntriesResponse(
                .accepted(match: LogIndex(rawValue: 4), verified: LogIndex(rawValue: 9))
            )
        ),
        raft(
            .appendEntriesResponse(.refused(previous: LogIndex(rawValue: 4), hint: id(2, index: 3)))
        ),
        raft(
            .heartbeat(
                Heartbeat(
                    commitIndex: LogIndex(rawValue: 3),
                    lastIndex: LogIndex(rawValue: 4),
                    round: ReadRound(rawValue: 8)
                )
            )
        ),
        raft(.heartbeatResponse(ReadRound(rawValue: 8))),
        raft(.commit(LogIndex(rawValue: 77))),
        raft(.termIsStale),
        raft(
            .installSnapshot(
                SnapshotChunk(
                    snapshot: id(2, index: 50),
                    offset: 10,
                    bytes: [9, 8],
                    totalByteCount: 12
                )
            )
        ),
        raft(.installSnapshotResponse(SnapshotOffset(snapshot: id(2, index: 50), nextOffset: 12))),
        raft(.timeoutNow),
        raft(.readIndex(ReadRequest(rawValue: 1))),
        raft(.readIndexAnswer(ReadRequest(rawValue: 1), LogIndex(rawValue: 2))),
        .forward(
            Forward(
                first: 40,
                items: [
                    Forward.Item(growth: .grows, payload: [5]),
                    Forward.Item(growth: .relieves, payload: []),
                ]
            )
        ),
        .forwarded(Forwarded(first: 40, count: 2, verdict: .proposed(id(5, index: 13)))),
        .forwarded(Forwarded(first: 40, count: 2, verdict: .refused(.noSpace))),
        .storeWanted(SnapshotOffset(snapshot: id(0, index: 1), nextOffset: 0)),
        .storePart(
            SnapshotChunk(snapshot: id(2, index: 50), offset: 0, bytes: [1], totalByteCount: 1)
        ),
        .stateHash(
            StateHashReport(index: LogIndex(rawValue: 1024), hash: StateHash(rawValue: 99))
        ),
        .founded(
            Founding(
                cluster: ClusterID(rawValue: 3),
                members: [
                    Founding.Member(
                        id: MemberID(rawValue: 1),
                        name: [65],
                        address: PeerAddress(text: [66])
                    )
                ]
            )
        ),
        .ping, .pong,
        .startPutOff(
            StartDispute(
                member: MemberID(rawValue: 9),
                heard: BootStamp(counter: 3, nonce: 4),
                silenceMilliseconds: 200,
                other: BootStamp(counter: 5, nonce: 6)
            )
        ),
        .newcomer(newcomer(at: nil)),
        .leadershipWanted(nil), .leadershipWanted(MemberID(rawValue: 3)),
        .newcomer(newcomer(at: PeerAddress(text: Array("h:4".utf8)))),
        .clock(milliseconds: 1_700_000_000_000),
        .forward(
            Forward(
                first: 40,
                items: [
                    Forward.Item(growth: .grows, payload: [5], trace: [0xAA, 0xBB]),
                    Forward.Item(growth: .relieves, payload: []),
                ]
            )
        ),
    ]

    static func newcomer(at address: PeerAddress?) -> Newcomer {
        Newcomer(id: MemberID(rawValue: 17), name: Array("n4".utf8), address: address)
    }

    static let identity = PeerIdentity(
        cluster: ClusterID(rawValue: 5),
        id: me,
        name: Array("n1".utf8),
        boot: BootStamp(counter: 3, nonce: 4),
        earlierNonces: [6],
        peerAddress: PeerAddress(text: Array("host:2".utf8)),
        clientAddress: Array("host:1".utf8),
        membershipIndex: LogIndex(rawValue: 9),
        term: Term(rawValue: 8),
        last: id(7, index: 11),
        standing: .leading,
        version: Array("0.1.0".utf8),
        token: 0x0102_0304_0506_0708
    )

    static func frame(_ messages: [PeerMessage]) -> [UInt8] {
        var bytes: [UInt8] = []
        for message in messages { message.encode(into: &bytes) }
        return bytes
    }

    @Test("there and back, alone and together")
    func roundTrip() throws {
        for sample in Self.samples {
            let bytes = Self.frame([sample])
            let decoded = try PeerMessage.decodeFrame(bytes, from: Self.peer, to: Self.me)
            #expect(Self.frame(decoded) == bytes && decoded.count == 1)
            #expect("\(decoded[0])" == "\(sample)")
        }
        let bytes = Self.frame(Self.samples)
        let decoded = try PeerMessage.decodeFrame(bytes, from: Self.peer, to: Self.me)
        #expect(decoded.count == Self.samples.count && Self.frame(decoded) == bytes)
    }

    @Test("every prefix of a message is refused")
    func truncated() {
        for sample in Self.samples {
            let bytes = Self.frame([sample])
            for count in 1..<max(bytes.count, 2) where count < bytes.count {
                let prefix = Array(bytes.prefix(count))
                #expect(throws: DecodingError.self) {
                    try PeerMessage.decodeFrame(prefix, from: Self.peer, to: Self.me)
                }
            }
        }
    }

    @Test("a start that is put off because of itself is refused")
    func selfDispute() {
        let start = BootStamp(counter: 3, nonce: 4)
        let bytes = Self.frame([
            .startPutOff(
                StartDispute(member: Self.peer, heard: start, silenceMilliseconds: 0, other: start)
            )
        ])
        #expect(throws: DecodingError.self) {
            try PeerMessage.decodeFrame(bytes, from: Self.peer, to: Self.me)
        }
    }

    @Test("terms and indexes above 2^62 are refused at the door")
    func outOfRange() {
        var bytes: [UInt8] = [1, 9]
        bytes.append(littleEndian: UInt64(1) << 63)
        bytes.append(littleEndian: UInt64(0))
        #expect(throws: DecodingError.self) {
            try PeerMessage.decodeFrame(bytes, from: Self.peer, to: Self.me)
        }
    }

    @Test("hello and its answer, there and back; a stranger's bytes are refused")
    func handshake() throws {
        let hello = Hello(sender: Self.identity, expected: Self.peer)
        #expect(try Hello(decoding: hello.encode()) == hello)
        for verdict: HelloAnswer.Verdict in [
            .accepted, .voteLost(shown: Term(rawValue: 8)), .refused(.copiedDirectory),
            .refused(.notMember), .refused(.otherCluster), .refused(.otherStartAlive),
        ] {
            let answer = HelloAnswer(responder: Self.identity, verdict: verdict)
            #expect(try HelloAnswer(decoding: answer.encode()) == answer)
        }
        #expect(throws: GreetingError.self) { try Hello(decoding: Array("GET / HTTP/1.1".utf8)) }
        for count in 0..<hello.encode().count {
            #expect(throws: GreetingError.self) {
                try Hello(decoding: Array(hello.encode().prefix(count)))
            }
        }
    }
}
