/// Why a call has no answer that decides it.
package enum ClientError: Error, Sendable {
    /// No endpoint gave an answer; `evidence` is one line for each that was tried last.
    case unreachable(Effect, evidence: [String])
    /// The members answer that they cannot carry it out now (503, 429).
    case refused(Effect, Response)

    package var effect: Effect {
        switch self {
        case .unreachable(let effect, _), .refused(let effect, _): effect
        }
    }
}
