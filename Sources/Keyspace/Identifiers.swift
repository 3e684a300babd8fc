internal import Bytes

/// A position in the store's history: every change gets the next one. Zero is no revision.
package struct Revision: OrderedInteger {
    /// Before the first change.
    package static let zero = Revision(rawValue: 0)

    /// How many changes lie behind it.
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The revision after this one.
    package var next: Revision { Revision(rawValue: rawValue + 1) }
}

/// A lease, named by the log index of the entry that granted it. Written as lower-case hexadecimal.
package struct LeaseID: OrderedInteger {
    /// The log index; 0 is no lease.
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// The fencing token of a grant: the revision at which ownership was granted. It only grows for one
/// name.
package struct FencingToken: OrderedInteger {
    /// The revision of the grant.
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// The position of one event: `sub` counts from 0 over all events of the revision, whatever a
/// watch's filter.
package struct EventID: Hashable, Comparable, Sendable {
    /// The revision of the change.
    package let revision: Revision
    /// Counts from 0 within the revision.
    package let sub: UInt32

    package init(revision: Revision, sub: UInt32) {
        self.revision = revision
        self.sub = sub
    }

    package static func < (left: EventID, right: EventID) -> Bool {
        (left.revision, left.sub) < (right.revision, right.sub)
    }
}

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
