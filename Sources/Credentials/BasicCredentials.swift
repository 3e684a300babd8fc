internal import Bytes

/// A name and a password as a request brings them (RFC 7617).
package struct BasicCredentials: Hashable, Sendable {
    /// Bytes of the encoded text, at most.
    package static let textByteCountMax = 2048

    /// 1 to `SessionToken.userByteCountMax` bytes; a colon cannot stand in it.
    package let user: [UInt8]
    /// Secret.
    package let password: [UInt8]

    /// A name with its password.
    package init(user: [UInt8], password: [UInt8]) {
        self.user = user
        self.password = password
    }

    /// Reads what stands after `Basic` in the field.
    package init(parsing text: [UInt8]) throws(TokenFault) {
        guard text.count <= Self.textByteCountMax, let bytes = Base64.decode(text),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            (1...SessionToken.userByteCountMax).contains(colon)
        else { throw .noPassword }
        user = Array(bytes[..<colon])
        password = Array(bytes[(colon + 1)...])
    }

    /// What stands after `Basic` in a request's field.
    package var text: [UInt8] { Base64.encode(user + [UInt8(ascii: ":")] + password) }
}
