internal import Keyspace

/// Who speaks on a connection.
package enum Principal: UInt8, Hashable, Sendable {
    /// Nobody in particular: no client is asked who it is.
    case anonymous = 0

    /// As whom they ask for a write.
    var caller: Caller {
        switch self {
        case .anonymous: .nobody
        }
    }
}

/// Counts changes of what principals may do. What was allowed in one epoch is asked anew in the
/// next.
package struct PermissionEpoch: Hashable, Comparable, Sendable {
    /// The first epoch, and the only one while there are no permissions to change.
    package static let initial = PermissionEpoch(rawValue: 0)

    /// Grows with every change.
    package let rawValue: UInt64

    /// The epoch of that number.
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The epoch after this one.
    package var next: PermissionEpoch { PermissionEpoch(rawValue: rawValue + 1) }

    package static func < (one: PermissionEpoch, other: PermissionEpoch) -> Bool {
        one.rawValue < other.rawValue
    }
}
