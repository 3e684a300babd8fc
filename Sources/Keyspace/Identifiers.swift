internal import Bytes

/// A position in the store's history: every change gets the next one. Zero is no revision.
package struct Revision: OrderedInteger {
    /// Before the first change.
    package static let zero = Revision(rawValue: 0)

    /// How many changes led to it.
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
