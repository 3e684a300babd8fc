internal import Bytes
internal import Consensus

/// The bytes of `identity`: Docs/Formats/identity.md.
extension Identity {
    static let magic: UInt64 = 0x5944_4974_736F_6F52  // "RoostIDY"
    /// The newest: with the feature level, from the second on; 3 is without.
    package static let formatVersion: UInt32 = 4
    private static let formatVersionAtFirstLevel: UInt32 = 3
    /// Far above any honest file: names and addresses of a large cluster.
    static let byteCountMax = 1 << 20
    private static let textByteCountMax = 1024

    /// The whole file.
    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: Self.magic)
        let hasLevel = featureLevel > 1
        bytes.append(
            littleEndian: hasLevel ? Self.formatVersion : Self.formatVersionAtFirstLevel
        )
        bytes.append(littleEndian: cluster.rawValue)
        bytes.append(littleEndian: member.rawValue)
        bytes.append(littleEndian: bootCounter)
        bytes.append(reception.rawValue)
        bytes.append(varint: UInt64(bootNonces.count))
        for nonce in bootNonces { bytes.append(littleEndian: nonce) }
        bytes.append(lengthPrefixed: name)
        bytes.append(varint: UInt64(founders.count))
        for founder in founders {
            bytes.append(littleEndian: founder.id.rawValue)
            bytes.append(lengthPrefixed: founder.name)
            bytes.append(lengthPrefixed: founder.peerAddress)
        }
        bytes.append(varint: UInt64(peerBoots.count))
        for boot in peerBoots {
            bytes.append(littleEndian: boot.peer.rawValue)
            bytes.append(littleEndian: boot.counter)
            bytes.append(littleEndian: boot.nonce)
        }
        if hasLevel { bytes.append(varint: featureLevel) }
        bytes.append(littleEndian: CRC32C.checksum(bytes.span))
        return bytes
    }

    init(decoding bytes: [UInt8]) throws(Damage) {
        let body = bytes.count - MemoryLayout<UInt32>.size
        guard body >= 36 else { throw .identity(at: 0, reason: .truncated(byteCount: bytes.count)) }
        let stored = bytes.span.littleEndian(UInt32.self, at: body)
        let computed = CRC32C.checksum(bytes.span.extracting(..<body))
        guard stored == computed else {
            throw .identity(at: 0, reason: .checksumMismatch(stored: stored, computed: computed))
        }
        var reader = ByteReader(bytes, in: 0..<body)
        do {
            let known = Self.formatVersionAtFirstLevel...Self.formatVersion
            guard try reader.readLittleEndian(UInt64.self) == Self.magic else {
                throw Damage.identity(at: 0, reason: .unknownFormat)
            }
            let version = try reader.readLittleEndian(UInt32.self)
            guard known.contains(version) else {
                throw Damage.identity(at: 0, reason: .unknownFormat)
            }
            self = try Self.decodeBody(&reader)
            if version == Self.formatVersion {
                featureLevel = try reader.readVarint()
                guard featureLevel > 1 else {
                    throw Damage.identity(at: reader.position, reason: .malformed)
                }
            }
            try reader.expectEnd()
        } catch let damage as Damage { throw damage } catch {
            throw .identity(at: reader.position, reason: .malformed)
        }
    }

    private static func decodeBody(_ reader: inout ByteReader) throws(DecodingError) -> Identity {
        let cluster = ClusterID(rawValue: try reader.readLittleEndian())
        let member = MemberID(rawValue: try reader.readLittleEndian())
        let bootCounter: UInt64 = try reader.readLittleEndian()
        let at = reader.position
        let tag = try reader.readByte()
        guard let reception = Reception(rawValue: tag) else {
            throw .unknownTag(UInt64(tag), at: at)
        }
        var nonces: [UInt64] = []
        for _ in 0..<(try reader.readCount(byteCountMin: 8)) {
            nonces.append(try reader.readLittleEndian())
        }
        var identity = Identity(
            member: member,
            name: try reader.readLengthPrefixed(limit: textByteCountMax),
            bootCounter: bootCounter,
            bootNonces: nonces,
            reception: reception
        )
        identity.cluster = cluster
        for _ in 0..<(try reader.readCount(byteCountMin: 10)) {
            identity.founders.append(
                Member(
                    id: MemberID(rawValue: try reader.readLittleEndian()),
                    name: try reader.readLengthPrefixed(limit: textByteCountMax),
                    peerAddress: try reader.readLengthPrefixed(limit: textByteCountMax)
                )
            )
        }
        for _ in 0..<(try reader.readCount(byteCountMin: 24)) {
            identity.record(
                PeerBoot(
                    peer: MemberID(rawValue: try reader.readLittleEndian()),
                    counter: try reader.readLittleEndian(),
                    nonce: try reader.readLittleEndian()
                )
            )
        }
        return identity
    }
}

extension Damage {
    fileprivate static func identity(at offset: Int, reason: Reason) -> Damage {
        Damage(file: .identity, offset: offset, reason: reason)
    }
}
