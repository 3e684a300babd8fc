package import Bytes
package import Consensus
internal import Keyspace

extension PeerMessage {
    /// The longest frame that is accepted, in bytes: a full batch and the longest entry.
    package static let frameByteCountMax = 32 << 20

    /// The whole answer to a ping.
    ///
    /// - Parameter wallClock: what the sender's shows, in milliseconds since 1970, if it is known.
    static func pongFrame(
        wallClock: UInt64?,
        speaking version: ProtocolVersion
    ) -> [UInt8] {
        guard let wallClock, version >= .sixth else { return [Tag.pong.rawValue] }
        var output = [Tag.clock.rawValue]
        output.append(littleEndian: wallClock)
        return output
    }

    /// The answer to a ping, if the frame is one.
    static func pong(_ frame: [UInt8]) -> Pong? {
        if frame == [Tag.pong.rawValue] { return Pong(wallClock: nil) }
        guard frame.count == 9, frame[0] == Tag.clock.rawValue else { return nil }
        return Pong(wallClock: frame.span.littleEndian(UInt64.self, at: 1))
    }

    /// What an answer to a ping tells.
    struct Pong {
        /// In milliseconds since 1970.
        let wallClock: UInt64?
    }

    private enum Tag: UInt8 {
        case raft = 1
        case forward = 2
        case forwarded = 3
        case storeWanted = 4
        case storePart = 5
        case stateHash = 6
        case founded = 7
        case ping = 8
        case pong = 9
        case startPutOff = 10
        case newcomer = 11
        case leadershipWanted = 12
        case newcomerAt = 13
        case clock = 14
        case tracedForward = 15
    }

    /// Appends the message; a frame is any number of them one after another.
    ///
    /// - Parameter version: what the link speaks: what it lacks is left out.
    package func encode(
        into output: inout [UInt8],
        speaking version: ProtocolVersion = .current
    ) {
        if case .newcomer(let newcomer) = self, version < .sixth {
            return PeerMessage.newcomer(newcomer.withoutAddress).encode(into: &output)
        }
        if case .forward(let forward) = self, version < .seventh, forward.isTraced {
            return PeerMessage.forward(forward.withoutTraces).encode(into: &output)
        }
        output.append(tag.rawValue)
        switch self {
        case .raft(let message): message.encode(into: &output)
        case .forward(let forward): forward.encode(into: &output)
        case .forwarded(let forwarded): forwarded.encode(into: &output)
        case .storeWanted(let place): place.encode(into: &output)
        case .storePart(let chunk): chunk.encode(into: &output)
        case .stateHash(let report): report.encode(into: &output)
        case .founded(let founding): founding.encode(into: &output)
        case .startPutOff(let dispute): dispute.encode(into: &output)
        case .newcomer(let newcomer): newcomer.encode(into: &output)
        case .leadershipWanted(let member):
            output.append(littleEndian: member?.rawValue ?? 0)
        case .clock(let milliseconds): output.append(littleEndian: milliseconds)
        case .ping, .pong: break
        }
    }

    private var tag: Tag {
        switch self {
        case .raft: .raft
        case .forward(let forward): forward.isTraced ? .tracedForward : .forward
        case .forwarded: .forwarded
        case .storeWanted: .storeWanted
        case .storePart: .storePart
        case .stateHash: .stateHash
        case .founded: .founded
        case .ping: .ping
        case .pong: .pong
        case .startPutOff: .startPutOff
        case .newcomer(let newcomer): newcomer.address == nil ? .newcomer : .newcomerAt
        case .leadershipWanted: .leadershipWanted
        case .clock: .clock
        }
    }

    /// The messages of a frame from outside, in order. Who sent it is what the handshake of its
    /// link proved, so that no message names it.
    package static func decodeFrame(
        _ bytes: [UInt8],
        from sender: MemberID,
        to receiver: MemberID
    ) throws(DecodingError) -> [PeerMessage] {
        guard bytes.count <= frameByteCountMax else {
            throw .limitExceeded(
                value: UInt64(bytes.count),
                limit: UInt64(frameByteCountMax),
                at: 0
            )
        }
        var reader = ByteReader(bytes)
        var messages: [PeerMessage] = []
        while !reader.isAtEnd {
            messages.append(try PeerMessage(from: &reader, sender: sender, receiver: receiver))
        }
        return messages
    }

    private init(from reader: inout ByteReader, sender: MemberID, receiver: MemberID)
        throws(DecodingError)
    {
        let at = reader.position
        let byte = try reader.readByte()
        guard let tag = Tag(rawValue: byte) else { throw .unknownTag(UInt64(byte), at: at) }
        switch tag {
        case .raft: self = .raft(try Message(from: &reader, sender: sender, receiver: receiver))
        case .forward: self = .forward(try Forward(from: &reader, hasTraces: false))
        case .tracedForward: self = .forward(try Forward(from: &reader, hasTraces: true))
        case .forwarded: self = .forwarded(try Forwarded(from: &reader))
        case .storeWanted: self = .storeWanted(try SnapshotOffset(from: &reader))
        case .storePart: self = .storePart(try SnapshotChunk(from: &reader))
        case .stateHash: self = .stateHash(try StateHashReport(from: &reader))
        case .founded: self = .founded(try Founding(from: &reader))
        case .ping: self = .ping
        case .pong: self = .pong
        case .startPutOff: self = .startPutOff(try StartDispute(from: &reader))
        case .newcomer: self = .newcomer(try Newcomer(from: &reader, hasAddress: false))
        case .newcomerAt: self = .newcomer(try Newcomer(from: &reader, hasAddress: true))
        case .clock: self = .clock(milliseconds: try reader.readLittleEndian())
        case .leadershipWanted:
            let id: UInt64 = try reader.readLittleEndian()
            self = .leadershipWanted(id == 0 ? nil : MemberID(rawValue: id))
        }
    }
}

extension Forward {
    fileprivate func encode(into output: inout [UInt8]) {
        output.append(littleEndian: first)
        output.append(varint: UInt64(items.count))
        let isTraced = isTraced
        for item in items {
            output.append(item.growth.rawValue)
            output.append(lengthPrefixed: item.payload)
            if isTraced { output.append(lengthPrefixed: item.trace) }
        }
    }

    fileprivate init(from reader: inout ByteReader, hasTraces: Bool) throws(DecodingError) {
        let at = reader.position
        first = try reader.readLittleEndian()
        let count = try reader.readCount(byteCountMin: 2)
        guard first <= UInt64.max - UInt64(count) else { throw .invalidValue(at: at) }
        var items: [Item] = []
        items.reserveCapacity(count)
        for _ in 0..<count {
            let at = reader.position
            let byte = try reader.readByte()
            guard let growth = Growth(rawValue: byte) else {
                throw .unknownTag(UInt64(byte), at: at)
            }
            let payload = try reader.readLengthPrefixed(limit: Entry.payloadByteCountMax)
            let trace =
                hasTraces
                ? try reader.readLengthPrefixed(limit: EncodedWrite.traceByteCountMax) : []
            items.append(Item(growth: growth, payload: payload, trace: trace))
        }
        self.items = items
        guard isTraced == hasTraces else { throw .invalidValue(at: at) }
    }
}

extension Forwarded {
    fileprivate func encode(into output: inout [UInt8]) {
        output.append(littleEndian: first)
        output.append(varint: count)
        switch verdict {
        case .proposed(let id):
            output.append(0)
            output.append(id)
        case .refused(let cause):
            output.append(1)
            output.append(cause.rawValue)
        }
    }

    fileprivate init(from reader: inout ByteReader) throws(DecodingError) {
        first = try reader.readLittleEndian()
        let start = reader.position
        count = try reader.readVarint()
        // One answer is about one frame of at least two bytes a write.
        guard count <= UInt64(PeerMessage.frameByteCountMax), first <= UInt64.max - count else {
            throw .invalidValue(at: start)
        }
        let at = reader.position
        switch try reader.readByte() {
        case 0: verdict = .proposed(try reader.readEntryID())
        case 1:
            let byte = try reader.readByte()
            guard let cause = ProposalFailure.Cause(rawValue: byte) else {
                throw .unknownTag(UInt64(byte), at: at + 1)
            }
            verdict = .refused(cause)
        case let byte: throw .unknownTag(UInt64(byte), at: at)
        }
    }
}

extension Founding {
    fileprivate func encode(into output: inout [UInt8]) {
        output.append(littleEndian: cluster.rawValue)
        output.append(varint: UInt64(members.count))
        for member in members {
            output.append(littleEndian: member.id.rawValue)
            output.append(lengthPrefixed: member.name)
            output.append(lengthPrefixed: member.address.text)
        }
    }

    fileprivate init(from reader: inout ByteReader) throws(DecodingError) {
        let start = reader.position
        cluster = ClusterID(rawValue: try reader.readLittleEndian())
        guard cluster != .unformed else { throw .invalidValue(at: start) }
        let at = reader.position
        let count = try reader.readCount(byteCountMin: 10)
        guard (1...Self.memberCountMax).contains(count) else {
            throw .limitExceeded(
                value: UInt64(count),
                limit: UInt64(Self.memberCountMax),
                at: at
            )
        }
        var members: [Member] = []
        for _ in 0..<count {
            let id = MemberID(rawValue: try reader.readLittleEndian())
            let name = try reader.readLengthPrefixed(limit: 255)
            let address = try reader.readLengthPrefixed(limit: PeerAddress.byteCountMax)
            guard !members.contains(where: { $0.id == id || $0.name == name }) else {
                throw .invalidValue(at: at)
            }
            members.append(Member(id: id, name: name, address: PeerAddress(text: address)))
        }
        self.members = members
    }
}

extension Newcomer {
    fileprivate func encode(into output: inout [UInt8]) {
        output.append(littleEndian: id.rawValue)
        output.append(lengthPrefixed: name)
        if let address { output.append(lengthPrefixed: address.text) }
    }

    fileprivate init(from reader: inout ByteReader, hasAddress: Bool) throws(DecodingError) {
        id = MemberID(rawValue: try reader.readLittleEndian())
        name = try reader.readLengthPrefixed(limit: Member.nameByteCountMax)
        address =
            hasAddress
            ? PeerAddress(text: try reader.readLengthPrefixed(limit: PeerAddress.byteCountMax))
            : nil
    }

    fileprivate var withoutAddress: Newcomer { Newcomer(id: id, name: name, address: nil) }
}

extension StartDispute {
    fileprivate func encode(into output: inout [UInt8]) {
        output.append(littleEndian: member.rawValue)
        output.append(littleEndian: heard.counter)
        output.append(littleEndian: heard.nonce)
        output.append(varint: silenceMilliseconds)
        output.append(littleEndian: other.counter)
        output.append(littleEndian: other.nonce)
    }

    fileprivate init(from reader: inout ByteReader) throws(DecodingError) {
        member = MemberID(rawValue: try reader.readLittleEndian())
        heard = BootStamp(
            counter: try reader.readLittleEndian(),
            nonce: try reader.readLittleEndian()
        )
        let at = reader.position
        silenceMilliseconds = try reader.readVarint()
        guard silenceMilliseconds <= Self.silenceMillisecondsMax else {
            throw .limitExceeded(
                value: silenceMilliseconds,
                limit: Self.silenceMillisecondsMax,
                at: at
            )
        }
        let start = reader.position
        other = BootStamp(
            counter: try reader.readLittleEndian(),
            nonce: try reader.readLittleEndian()
        )
        guard other != heard else { throw .invalidValue(at: start) }
    }
}

extension StateHashReport {
    fileprivate func encode(into output: inout [UInt8]) {
        output.append(littleEndian: index.rawValue)
        output.append(littleEndian: hash.rawValue)
    }

    fileprivate init(from reader: inout ByteReader) throws(DecodingError) {
        index = try reader.readLogIndex()
        hash = StateHash(rawValue: try reader.readLittleEndian())
    }
}
