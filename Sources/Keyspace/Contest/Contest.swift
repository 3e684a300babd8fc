internal import Bytes

/// What is contended for: a lock, or leadership in an election. The two are separate name spaces.
package struct Contest: Hashable, Comparable, Sendable {
    /// Which of the two name spaces.
    package enum Kind: UInt8, Hashable, Sendable {
        case lock = 0
        case election = 1
    }

    /// The longest name, in bytes.
    package static let nameByteCountMax = 255

    /// The most holders that an answer lists; a shared lock may have more.
    package static let holdersShownMax = 16

    /// Lock or election.
    package let kind: Kind
    /// See `isValid(name:)`.
    package let name: [UInt8]

    package init(kind: Kind, name: [UInt8]) {
        self.kind = kind
        self.name = name
    }

    /// Whether `name` may name a contest: 1 to 255 bytes of UTF-8 without NUL, segments joined by
    /// `/` of which none is empty, `.` or `..`: what follows the first slash of a path.
    package static func isValid(name: [UInt8]) -> Bool {
        guard (1...nameByteCountMax).contains(name.count) else { return false }
        return Key(unchecked: [UInt8(ascii: "/")] + name).isPath
    }

    package static func < (left: Contest, right: Contest) -> Bool {
        left.kind == right.kind
            ? left.name.lexicographicallyPrecedes(right.name)
            : left.kind.rawValue < right.kind.rawValue
    }
}
