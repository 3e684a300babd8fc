internal import Bytes

/// The right of somebody who is told of changes for long: it is looked at again whenever it may have
/// ended, before anything more is told.
package struct StandingRight: Hashable, Sendable {
    /// The permissions under which it was there last; nil before it was first looked at.
    private var seen: AuthRevision?

    package init() {}

    /// Whether it has to be looked at before more is told as of that state.
    ///
    /// - Complexity: O(1)
    package func isInDoubt(in keyspace: Keyspace) -> Bool {
        guard keyspace.isAccessControlled else { return false }
        if planted(.watchOutlivesRight), seen != nil { return false }
        return seen != keyspace.accessRevision
    }

    /// It was looked at in that state, and is there.
    package mutating func stood(in keyspace: Keyspace) { seen = keyspace.accessRevision }
}
