/// Which listener a request came through.
package struct ListenerKind: Hashable, Sendable {
    /// What is served there.
    package enum Calls: UInt8, Hashable, Sendable {
        case every = 0
        /// `/livez`, `/readyz`, `/health`, `/version` and `/metrics` alone.
        case health = 1
    }

    /// From where it can be reached.
    package enum Reach: UInt8, Hashable, Sendable {
        case network = 0
        /// From programs of this machine, any page in a browser among them.
        case loopback = 1
        /// A Unix socket: from programs that the file system lets, and from no page.
        case file = 2
    }

    /// How addresses begin that lead there.
    package enum Scheme: String, Hashable, Sendable {
        case http
        case https
    }

    package let calls: Calls
    package let reach: Reach
    package let scheme: Scheme

    /// A listener for those calls.
    package init(_ calls: Calls, reach: Reach, scheme: Scheme = .http) {
        self.calls = calls
        self.reach = reach
        self.scheme = scheme
    }

    /// The same, where TLS is spoken.
    package var secured: ListenerKind { ListenerKind(calls, reach: reach, scheme: .https) }

    /// Every call, from anywhere.
    package static let client = ListenerKind(.every, reach: .network)
    /// The health calls, from anywhere.
    package static let health = ListenerKind(.health, reach: .network)
}
