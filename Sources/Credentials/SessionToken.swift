internal import Bytes

/// What a login gives: a text that says whose it is and until when, signed with a key of the cluster.
///
/// Nothing is kept of it: who has the key can tell that the cluster gave it out. The text is
/// `roost1_` and base64 for addresses, without padding, of:
///
/// | bytes  | field                                       |
/// |--------|---------------------------------------------|
/// | varint | number of the key                           |
/// | varint | auth revision that the user's rights are of |
/// | varint | when it was given out, in Unix seconds      |
/// | varint | seconds that it is valid                    |
/// | rest   | the user's name                             |
/// | 32     | HMAC-SHA-256 of `roost1_` and the above     |
package struct SessionToken: Hashable, Sendable {
    /// Bytes of a text, at most.
    package static let textByteCountMax = 512
    /// Bytes of a user's name, at most.
    package static let userByteCountMax = 256
    /// The longest life, in seconds: 30 days.
    package static let lifeSecondsMax: UInt64 = 30 * 24 * 3600
    /// The life of a token of which nothing else is asked, in seconds: 12 hours.
    package static let lifeSecondsDefault: UInt64 = 12 * 3600

    static let prefix = Array("roost1_".utf8)

    /// Number of the key that signs it.
    package let key: UInt64
    /// Name, 1 to `userByteCountMax` bytes.
    package let user: [UInt8]
    /// Revision of the permissions when it was given out. A later change of the user ends it.
    package let authRevision: UInt64
    /// When it was given out, in Unix seconds.
    package let issued: UInt64
    /// How long it is valid from then on, in seconds, from 1 to `lifeSecondsMax`.
    package let lifeSeconds: UInt64

    /// A token that can be signed.
    ///
    /// - Parameters:
    ///   - user: 1 to `userByteCountMax` bytes.
    ///   - lifeSeconds: brought into the range from 1 to `lifeSecondsMax`.
    package init(
        key: UInt64,
        user: [UInt8],
        authRevision: UInt64,
        issued: UInt64,
        lifeSeconds: UInt64
    ) {
        invariant(
            (1...Self.userByteCountMax).contains(user.count),
            "a token for a name of \(user.count) bytes"
        )
        self.key = key
        self.user = user
        self.authRevision = authRevision
        self.issued = issued
        self.lifeSeconds = min(max(lifeSeconds, 1), Self.lifeSecondsMax)
    }

    /// When it is over, in Unix seconds.
    package var expiry: UInt64 {
        let (sum, overflowed) = issued.addingReportingOverflow(lifeSeconds)
        return overflowed ? .max : sum
    }

    /// Whether a text looks like one, so that it is not taken for another kind of credential.
    package static func isForm(of text: some Collection<UInt8>) -> Bool {
        text.starts(with: prefix)
    }

    /// The text to be given out.
    package func text(signedBy code: MessageCode) -> [UInt8] {
        let payload = payload
        let signed = payload + code.code(for: Self.prefix + payload)
        return Self.prefix + UnpaddedBase64.encode(signed, alphabet: .url)
    }

    private var payload: [UInt8] {
        var payload: [UInt8] = []
        for number in [key, authRevision, issued, lifeSeconds] { payload.append(varint: number) }
        return payload + user
    }

    /// What a text says, before it is believed, and what its signature is to be made of.
    static func parse(
        _ text: some Collection<UInt8>
    ) throws(TokenFault) -> (token: SessionToken, message: [UInt8], code: [UInt8]) {
        guard text.count <= textByteCountMax else { throw .tooLong(byteCount: text.count) }
        guard isForm(of: text),
            let bytes = UnpaddedBase64.decode(text.dropFirst(prefix.count), alphabet: .url),
            bytes.count > MessageCode.byteCount
        else { throw .malformed }
        let payload = Array(bytes.dropLast(MessageCode.byteCount))
        let token: SessionToken
        do { token = try SessionToken(payload: payload) } catch { throw .malformed }
        return (token, prefix + payload, Array(bytes.suffix(MessageCode.byteCount)))
    }

    private init(payload: [UInt8]) throws(DecodingError) {
        var reader = ByteReader(payload)
        key = try reader.readVarint()
        authRevision = try reader.readVarint()
        issued = try reader.readVarint()
        let start = reader.position
        lifeSeconds = try reader.readVarint()
        guard (1...Self.lifeSecondsMax).contains(lifeSeconds) else {
            throw .limitExceeded(value: lifeSeconds, limit: Self.lifeSecondsMax, at: start)
        }
        guard reader.remaining <= Self.userByteCountMax else {
            throw .trailingBytes(count: reader.remaining)
        }
        guard reader.remaining > 0 else { throw .truncated(needed: 1, available: 0) }
        user = try reader.readBytes(count: reader.remaining)
    }
}
