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
    /// One path segment; see `isValid(name:)`.
    package let name: [UInt8]

    package init(kind: Kind, name: [UInt8]) {
        self.kind = kind
        self.name = name
    }

    /// Whether `name` may name a contest: 1 to 255 bytes of UTF-8 that make one segment of a path,
    /// so no `/`, no NUL, and neither `.` nor `..`.
    package static func isValid(name: [UInt8]) -> Bool {
        guard (1...nameByteCountMax).contains(name.count), name.span.isValidUTF8 else {
            return false
        }
        guard !name.contains(UInt8(ascii: "/")), !name.contains(0) else { return false }
        return name.count > 2 || !name.allSatisfy { $0 == UInt8(ascii: ".") }
    }

    package static func < (left: Contest, right: Contest) -> Bool {
        left.kind == right.kind
            ? left.name.lexicographicallyPrecedes(right.name)
            : left.kind.rawValue < right.kind.rawValue
    }
}
