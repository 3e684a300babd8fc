package import Platform
internal import Wire

/// Gives a lease back, and with it every lock, leadership and key that belongs to it.
package struct Revocation: Sendable {
    /// What became of it.
    package enum Outcome: Hashable, Sendable {
        case done
        /// The lease ends by itself when its time to live is over.
        case left(why: String)
    }

    private let lease: [UInt8]
    private let endpoints: [Endpoint]

    package init(lease: [UInt8], endpoints: [Endpoint]) {
        self.lease = lease
        self.endpoints = endpoints
    }

    /// Asks all endpoints in turn, for at most this long; blocks its thread.
    @discardableResult
    package func carryOut(within timeoutMilliseconds: UInt64) -> Outcome {
        // Revoking twice is revoking once: the second answer, 404, says that it is gone.
        let call = Call.repeatable(.delete, Call.path("/v1/leases", lease))
        do throws(ClientError) {
            let reply = try Client(endpoints: endpoints)
                .perform(call, timeoutMilliseconds: timeoutMilliseconds)
            guard reply.isSuccess || reply.status == 404 else {
                return .left(why: "\(reply.endpoint) answers \(reply.status)")
            }
            return .done
        } catch {
            switch error {
            case .unreachable(_, let evidence): return .left(why: evidence.joined(separator: "; "))
            case .refused(_, let reply):
                return .left(why: "\(reply.endpoint) answers \(reply.status)")
            }
        }
    }
}
