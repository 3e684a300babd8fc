package import Keyspace

/// Who asks, as far as that was proven: on a connection by its certificate, in a request by what
/// `Authorization` says.
package struct Principal: Hashable, Sendable {
    /// Nobody in particular.
    package static let anonymous = Principal(.nobody)

    /// As whom they ask for a read or a write. What they may do is decided where that is done.
    package let caller: Caller
    private let proof: Proof

    /// What proves it.
    private indirect enum Proof: Hashable, Sendable {
        /// A password, which the request says; nothing, of nobody.
        case said
        /// The connection's.
        case certificate
        /// A token that is over then, and the key of the cluster that signed it, unless another
        /// issuer's did.
        case token(expiry: UInt64, key: UInt64?)
    }

    /// Nobody, or somebody whose password came along.
    package init(_ caller: Caller) {
        self.caller = caller
        proof = .said
    }

    /// Whom the verified certificate of the connection names.
    package init(certified user: AccessName, asOf revision: AuthRevision) {
        caller = .user(user, asOf: revision)
        proof = .certificate
    }

    /// - Parameters:
    ///   - expiry: of the token that proves it, in Unix seconds.
    ///   - key: that signed it; nil for one of another issuer's.
    package init(_ caller: Caller, expiry: UInt64, signedBy key: UInt64? = nil) {
        self.caller = caller
        proof = .token(expiry: expiry, key: key)
    }

    /// When what proves it is over, in Unix seconds; nil where it has no end of its own.
    package var expiry: UInt64? {
        if case .token(let expiry, _) = proof { expiry } else { nil }
    }

    /// What proves it, in a word.
    var means: StaticString {
        switch proof {
        case .said: "password"
        case .certificate: "certificate"
        case .token: "token"
        }
    }

    /// Whether a password came along with the request, unless it is nobody's.
    var saysPassword: Bool { proof == .said }

    /// Whether the cluster's key that signed what proves it is one no more.
    func isOutlived(in access: borrowing AccessControl) -> Bool {
        guard case .token(_, let key?) = proof else { return false }
        return !access.signingKeys.contains { $0.id == key }
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
