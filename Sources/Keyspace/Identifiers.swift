internal import Bytes

/// A position in the store's history: every change gets the next one. Zero is no revision.
package struct Revision: OrderedInteger {
    /// No revision.
    package static let zero = Revision(rawValue: 0)

    /// That of a store without any change, as in etcd: the first change gets the next.
    package static let initial = Revision(rawValue: 1)

    /// One more than the changes that led to it.
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The revision after this one.
    package var next: Revision { Revision(rawValue: rawValue + 1) }
}

/// A lease, named by whoever asked for it or, as a rule, by the log index of the entry that granted
/// it. Written as lower-case hexadecimal.
package struct LeaseID: OrderedInteger {
    /// The greatest id: they have 63 bits, as in etcd.
    package static let max = LeaseID(rawValue: UInt64(Int64.max))

    /// 1 to `max`; 0 is no lease.
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

/// Milliseconds since 1970 by the leader's wall clock, as all members know it: for people, and for
/// dialects that show times. Nothing is decided by it.
package struct WallTime: OrderedInteger {
    /// Before the cluster knew any wall clock.
    package static let unknown = WallTime(rawValue: 0)

    /// The end of the year 9999, after which RFC 3339 has no words.
    package static let max = WallTime(rawValue: 253_402_300_799_999)

    /// Milliseconds since 1970, UTC; 0 is unknown.
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
}
