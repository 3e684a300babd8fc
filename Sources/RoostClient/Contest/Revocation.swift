internal import Bytes
internal import Platform
internal import Wire

/// Gives a lease back, and with it every lock, leadership and key that belongs to it.
package struct Revocation: Sendable {
    /// What became of it.
    package enum Outcome: Hashable, Sendable {
        case done
        /// It is given back, but what it was to hold had ended before.
        case late
        /// The lease ends by itself when its time to live is over.
        case left(why: String)
    }

    private let lease: [UInt8]
    private let endpoints: [ServiceAddress]
    private let authorization: Authorization?

    package init(
        lease: [UInt8],
        endpoints: [ServiceAddress],
        authorization: Authorization? = .ofThisProcess
    ) {
        self.lease = lease
        self.endpoints = endpoints
        self.authorization = authorization
    }

    /// Asks all endpoints in turn, for at most this long; blocks its thread.
    @discardableResult
    package func carryOut(within timeoutMilliseconds: UInt64) -> Outcome {
        // Revoking twice is revoking once: the second answer, 404, says that it is gone.
        carryOut(.repeatable(.delete, path: path), missing: .done, within: timeoutMilliseconds)
    }

    /// The same, and tells whether what is named by `fence` was held to this moment.
    ///
    /// - Parameter fence: `NAME=TOKEN`, as in `Roost-Lock`.
    package func carryOut(fencedBy fence: [UInt8], within timeoutMilliseconds: UInt64) -> Outcome {
        let begun = Clock.monotonicNow()
        let key: IdempotencyKey
        do throws(SystemError) { key = try .fresh() } catch {
            return carryOut(within: timeoutMilliseconds)
        }
        var call = Call.write(.delete, path: path, key: key)
        call.setHeader("Roost-Lock", value: fence)
        let outcome = carryOut(call, missing: .late, within: timeoutMilliseconds)
        guard outcome == .late else { return outcome }
        let elapsed = Clock.monotonicNow().nanoseconds(since: begun) / 1_000_000
        let rest = timeoutMilliseconds > elapsed ? timeoutMilliseconds - elapsed : 1
        let second = carryOut(within: rest)
        return second == .done ? .late : second
    }

    private var path: [UInt8] { Call.path("/v1/leases", segment: lease) }

    /// - Parameter missing: what it means that there is no such lease.
    private func carryOut(
        _ call: Call,
        missing: Outcome,
        within timeoutMilliseconds: UInt64
    ) -> Outcome {
        do throws(ClientError) {
            let reply = try Client(endpoints: endpoints, authorization: authorization)
                .perform(call, timeoutMilliseconds: timeoutMilliseconds)
            switch reply.status {
            case 412: return .late
            case 404: return missing
            default:
                guard reply.isSuccess else {
                    return .left(why: "\(reply.endpoint) answers \(reply.status)")
                }
                return .done
            }
        } catch {
            switch error {
            case .unreachable(_, let evidence): return .left(why: evidence.joined(separator: "; "))
            case .refused(_, let reply):
                return .left(why: "\(reply.endpoint) answers \(reply.status)")
            }
        }
    }
}
