package import Bytes
package import Consensus
internal import Keyspace

/// One start of a member's process: counter and nonce are durable before the first hello. The
/// nonce is drawn anew each time; the counter rises when a peer has accepted the boot before. Two
/// copies of one directory sooner or later show the same counter with two nonces.
package struct BootStamp: Hashable, Sendable {
    package let counter: UInt64
    package let nonce: UInt64

    package init(counter: UInt64, nonce: UInt64) {
        self.counter = counter
        self.nonce = nonce
    }
}

/// What a member says of itself when a link opens, in both directions.
package struct PeerIdentity: Hashable, Sendable {
    /// Whether the sender leads; with its term that tells a peer whether its leader is still there.
    package enum Standing: UInt8, Hashable, Sendable {
        case notLeading = 0
        case leading = 1
    }

    package let cluster: ClusterID
    package internal(set) var id: MemberID
    package let name: [UInt8]
    package let boot: BootStamp
    /// The nonces of earlier starts with the same counter, which may have been accepted without
    /// hearing of it.
    package let earlierNonces: [UInt64]
    /// Where peers reach it: a member that was added since the receiver last heard of the
    /// membership is answered there.
    package let peerAddress: PeerAddress
    package let clientAddress: [UInt8]
    /// The log index of the membership it follows: who knows a later one knows better who belongs.
    package let membershipIndex: LogIndex
    package let term: Term
    /// Where its log ends. Who has once acknowledged more, in this term or of what is committed,
    /// has lost something.
    package let last: EntryID
    package let standing: Standing
    /// The build that it runs, for people; at most 64 bytes.
    package let version: [UInt8]
    /// A digest of the cluster's token; 0 where there is none.
    package let token: UInt64
    /// The newest feature level that it knows: 1 of one that speaks version 5.
    package var featureLevel = FeatureLevel.newest
}

/// The first frame on a link, from the side that dialled it.
package struct Hello: Hashable, Sendable {
    package let sender: PeerIdentity
    /// The incarnation that is expected to answer; nil as long as it is not known.
    package let expected: MemberID?
    /// What is spoken on the link, if it is accepted.
    package var version = ProtocolVersion.current
}

/// The first frame back on a link.
package struct HelloAnswer: Hashable, Sendable {
    /// What the answerer makes of the dialler; after a refusal it closes the link.
    package enum Verdict: Hashable, Sendable {
        case accepted
        /// Accepted, but the answerer remembers that the dialler was in that term at least and held
        /// more than it does now: its log counts as lost.
        case voteLost(shown: Term)
        case refused(HelloRefusal)
    }

    package let responder: PeerIdentity
    package let verdict: Verdict
    /// The hello's.
    package var version = ProtocolVersion.current
}

/// Why a member will not talk to the one that dialled it.
package enum HelloRefusal: UInt8, Hashable, Sendable {
    /// The dialler is empty, and the answerer's cluster does not know its incarnation.
    case emptyBesideFormedCluster = 0
    /// The dialler's boot is older than one seen before, or equal to it with another nonce.
    case copiedDirectory = 1
    case otherCluster = 2
    /// The dialler's incarnation is no member of the answerer's cluster.
    case notMember = 3
    /// The answerer is not the incarnation that was expected.
    case notExpected = 4
    /// The answerer forms a cluster from a list that does not name the dialler.
    case notInList = 5
    /// The dialler was given another cluster token than the answerer.
    case otherToken = 7
    /// The answerer hears another start of the dialler's incarnation: this one has to wait until
    /// that one is silent.
    case otherStartAlive = 6
}

/// Why the first frame on a link was not taken.
package enum GreetingError: Error, Hashable, Sendable {
    /// The sender speaks a version of the protocol that is not understood here; nothing after the
    /// number was read.
    case otherVersion(ProtocolVersion)
    /// No member of this version sends such bytes.
    case malformed(DecodingError)
}

/// How every hello and every answer begins, in all versions of the protocol alike.
private enum Preamble {
    /// Bytes that are no hello are told apart before anything is believed.
    static let magic: UInt64 = 0x4F4C_4C45_4854_5352  // "RSTHELLO", first byte lowest.

    static func bytes(_ version: ProtocolVersion) -> [UInt8] {
        var output: [UInt8] = []
        output.append(littleEndian: magic)
        output.append(littleEndian: version.rawValue)
        return output
    }

    /// Reads a first frame, the rest of it by `rest`, if it is of one of those versions.
    static func read<Greeting>(
        _ bytes: [UInt8],
        versions: ClosedRange<ProtocolVersion>,
        rest: (inout ByteReader, ProtocolVersion) throws(DecodingError) -> Greeting
    ) throws(GreetingError) -> Greeting {
        var reader = ByteReader(bytes)
        let version: ProtocolVersion
        do { version = try reader.readPreamble() } catch { throw .malformed(error) }
        guard versions.contains(version) else { throw .otherVersion(version) }
        do { return try rest(&reader, version) } catch { throw .malformed(error) }
    }
}

extension PeerIdentity {
    fileprivate static let nameByteCountMax = 255
    fileprivate static let versionByteCountMax = 64

    fileprivate func encode(into output: inout [UInt8], speaking protocolVersion: ProtocolVersion) {
        output.append(littleEndian: cluster.rawValue)
        output.append(littleEndian: id.rawValue)
        output.append(lengthPrefixed: name)
        output.append(littleEndian: boot.counter)
        output.append(littleEndian: boot.nonce)
        output.append(varint: UInt64(earlierNonces.count))
        for nonce in earlierNonces { output.append(littleEndian: nonce) }
        output.append(lengthPrefixed: peerAddress.text)
        output.append(lengthPrefixed: clientAddress)
        output.append(littleEndian: membershipIndex.rawValue)
        output.append(littleEndian: term.rawValue)
        output.append(last)
        output.append(standing.rawValue)
        output.append(lengthPrefixed: version)
        output.append(littleEndian: token)
        if protocolVersion >= .sixth { output.append(varint: featureLevel) }
    }

    fileprivate init(
        from reader: inout ByteReader,
        speaking protocolVersion: ProtocolVersion
    ) throws(DecodingError) {
        cluster = ClusterID(rawValue: try reader.readLittleEndian())
        id = MemberID(rawValue: try reader.readLittleEndian())
        name = try reader.readLengthPrefixed(limit: Self.nameByteCountMax)
        boot = BootStamp(
            counter: try reader.readLittleEndian(),
            nonce: try reader.readLittleEndian()
        )
        var nonces: [UInt64] = []
        for _ in 0..<(try reader.readCount(byteCountMin: 8)) {
            nonces.append(try reader.readLittleEndian())
        }
        earlierNonces = nonces
        peerAddress = PeerAddress(
            text: try reader.readLengthPrefixed(limit: PeerAddress.byteCountMax)
        )
        clientAddress = try reader.readLengthPrefixed(limit: PeerAddress.byteCountMax)
        membershipIndex = try reader.readLogIndex()
        term = try reader.readTerm()
        last = try reader.readEntryID()
        let at = reader.position
        let tag = try reader.readByte()
        guard let standing = Standing(rawValue: tag) else {
            throw .unknownTag(UInt64(tag), at: at)
        }
        self.standing = standing
        version = try reader.readLengthPrefixed(limit: Self.versionByteCountMax)
        token = try reader.readLittleEndian()
        featureLevel = protocolVersion >= .sixth ? try reader.readVarint() : 1
    }
}

extension Hello {
    /// The whole frame: preamble, introduction, then the expected incarnation, 0 for nil.
    package func encode() -> [UInt8] {
        var output = Preamble.bytes(version)
        sender.encode(into: &output, speaking: version)
        output.append(littleEndian: expected?.rawValue ?? 0)
        return output
    }

    /// - Parameter versions: those that are understood; a hello of another one is an error that
    ///   names it.
    package init(
        decoding bytes: [UInt8],
        versions: ClosedRange<ProtocolVersion> = ProtocolVersion.known
    ) throws(GreetingError) {
        self = try Preamble.read(bytes, versions: versions) {
            reader,
            version throws(DecodingError) in
            try Hello(from: &reader, speaking: version)
        }
    }

    private init(
        from reader: inout ByteReader,
        speaking version: ProtocolVersion
    ) throws(DecodingError) {
        self.version = version
        sender = try PeerIdentity(from: &reader, speaking: version)
        let expected: UInt64 = try reader.readLittleEndian()
        self.expected = expected == 0 ? nil : MemberID(rawValue: expected)
        try reader.expectEnd()
    }
}

extension HelloAnswer {
    /// The whole answer to a hello of another version: the preamble alone, which all can read.
    static func otherVersionFrame(_ own: ProtocolVersion) -> [UInt8] { Preamble.bytes(own) }

    /// The whole frame: preamble, introduction, then 0 for acceptance, 1 and the refusal's raw value,
    /// or 2 and the term that the forgetful dialler has shown.
    package func encode() -> [UInt8] {
        var output = Preamble.bytes(version)
        responder.encode(into: &output, speaking: version)
        switch verdict {
        case .accepted: output.append(0)
        case .refused(let refusal):
            output.append(1)
            output.append(refusal.rawValue)
        case .voteLost(let shown):
            output.append(2)
            output.append(littleEndian: shown.rawValue)
        }
        return output
    }

    /// - Parameter versions: those that are understood; an answer of another one is an error that
    ///   names it.
    package init(
        decoding bytes: [UInt8],
        versions: ClosedRange<ProtocolVersion> = ProtocolVersion.known
    ) throws(GreetingError) {
        self = try Preamble.read(bytes, versions: versions) {
            reader,
            version throws(DecodingError) in
            try HelloAnswer(from: &reader, speaking: version)
        }
    }

    private init(
        from reader: inout ByteReader,
        speaking version: ProtocolVersion
    ) throws(DecodingError) {
        self.version = version
        responder = try PeerIdentity(from: &reader, speaking: version)
        let at = reader.position
        switch try reader.readByte() {
        case 0: verdict = .accepted
        case 1:
            let tag = try reader.readByte()
            guard let refusal = HelloRefusal(rawValue: tag) else {
                throw .unknownTag(UInt64(tag), at: at + 1)
            }
            verdict = .refused(refusal)
        case 2: verdict = .voteLost(shown: try reader.readTerm())
        case let tag: throw .unknownTag(UInt64(tag), at: at)
        }
        try reader.expectEnd()
    }
}

extension ByteReader {
    fileprivate mutating func readPreamble() throws(DecodingError) -> ProtocolVersion {
        let magic: UInt64 = try readLittleEndian()
        guard magic == Preamble.magic else { throw .unknownTag(magic, at: 0) }
        return ProtocolVersion(rawValue: try readLittleEndian())
    }

    /// Reads a term that honest members can reach.
    mutating func readTerm() throws(DecodingError) -> Term {
        let at = position
        let term = Term(rawValue: try readLittleEndian())
        guard term <= .highest else { throw .invalidValue(at: at) }
        return term
    }

    /// Reads an index that honest members can reach.
    mutating func readLogIndex() throws(DecodingError) -> LogIndex {
        let at = position
        let index = LogIndex(rawValue: try readLittleEndian())
        guard index <= .highest else { throw .invalidValue(at: at) }
        return index
    }

    mutating func readEntryID() throws(DecodingError) -> EntryID {
        EntryID(term: try readTerm(), index: try readLogIndex())
    }
}

extension [UInt8] {
    mutating func append(_ id: EntryID) {
        append(littleEndian: id.term.rawValue)
        append(littleEndian: id.index.rawValue)
    }
}
