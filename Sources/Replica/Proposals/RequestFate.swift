internal import Bytes
package import Keyspace

/// What is known of the entries of one client's request, of all of them: that none is in any log,
/// or that one may be. It only ever moves from the first to the second.
///
/// A request may take several entries: a place in a queue is asked for by one and given up by
/// another, and one under an idempotency key may have been sent before, through any member. That
/// its last entry came to nothing says nothing of those before it, so whoever tells a client of a
/// failure asks here.
package struct RequestFate: Hashable, Sendable {
    /// Whether anything of a request was carried out, or will be.
    package enum Application: UInt8, Hashable, Sendable {
        /// None of its entries is in any log.
        case certainlyNot = 0
        /// One may be, or is.
        case unknown = 1
    }

    /// What is known of the request, however often and through whomever it was sent.
    package private(set) var application: Application
    /// What is known of what this member was sent, this time.
    package private(set) var sending = Application.certainlyNot

    /// Nothing of the request was proposed yet.
    package init(_ request: Request) {
        application = request.idempotency == nil ? .certainlyNot : .unknown
    }

    /// A request without an idempotency key, of which nothing was proposed yet.
    package static let unkeyed = RequestFate()

    private init() { application = .certainlyNot }

    /// An entry of the request was applied.
    package mutating func note(_ answer: Answer) {
        if planted(.queuedPlaceForgotten) { return }
        application = .unknown
        sending = .unknown
    }

    /// A proposal of the request has no answer.
    package mutating func note(_ failure: ProposalFailure) {
        guard failure == .unknown else { return }
        application = .unknown
        sending = .unknown
    }
}
