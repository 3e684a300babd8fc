package import Keyspace

/// Who asks, as far as that was proven: on a connection by its certificate, in a request by what
/// `Authorization` says.
package struct Principal: Hashable, Sendable {
    /// Nobody in particular.
    package static let anonymous = Principal(.nobody)

    /// As whom they ask for a read or a write. What they may do is decided where that is done.
    package let caller: Caller
    /// When what proves it is over, in Unix seconds; nil where it has no end of its own.
    package let expiry: UInt64?

    package init(_ caller: Caller, expiry: UInt64? = nil) {
        self.caller = caller
        self.expiry = expiry
    }

    /// Whether it is nobody in particular.
    package var isAnonymous: Bool { if case .nobody = caller { true } else { false } }

    /// Whether what proves it is over.
    ///
    /// - Parameter now: Unix seconds.
    package func isOver(at now: UInt64) -> Bool { expiry.map { $0 <= now } ?? false }
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
