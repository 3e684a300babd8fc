internal import Bytes

/// The name of a user or a role: 1 to `byteCountMax` bytes of UTF-8 without control characters.
package struct AccessName: Hashable, Comparable, Sendable {
    /// The longest, in bytes; also that of who is told to have written a version.
    package static let byteCountMax = 255

    package let bytes: [UInt8]

    init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    /// Accepts bytes from outside; nil for what names nobody.
    package init?(_ bytes: [UInt8]) {
        guard (1...Self.byteCountMax).contains(bytes.count), bytes.span.isValidUTF8,
            !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F })
        else { return nil }
        self.bytes = bytes
    }

    /// What the names of subjects of outside tokens begin with.
    package static let outsideKind = Array("jwt:".utf8)

    /// Whether a new user may have it: none that a subject of an outside token has, and without a
    /// blank at an end, which nobody sees.
    package var isUsersName: Bool {
        let blank = UInt8(ascii: " ")
        return !bytes.starts(with: Self.outsideKind) && bytes.first != blank && bytes.last != blank
    }

    /// Whether its user can have a password: `Basic` ends a name with a colon (RFC 7617, 2).
    package var mayHavePassword: Bool { !bytes.contains(UInt8(ascii: ":")) }

    package static func < (left: AccessName, right: AccessName) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

/// Numbers the changes of users, roles and what goes with them. Zero is before the first.
package struct AuthRevision: OrderedInteger {
    /// That of a cluster in which nobody ever changed anything of that.
    package static let initial = AuthRevision(rawValue: 0)

    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The one after.
    var next: AuthRevision { AuthRevision(rawValue: rawValue + 1) }
}
