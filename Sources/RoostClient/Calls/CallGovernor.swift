internal import Bytes
internal import Platform

/// What the threads of one client know together of the members: which of them are worth a call, and
/// how many retries may be made.
package final class CallGovernor: Sendable {
    /// What became of an attempt.
    enum Outcome { case answered, failed }

    private struct State {
        var breakers: [ServiceAddress: CircuitBreaker] = [:]
        var budget: RetryBudget
        var jitter: SplitMix64
    }

    private let state: Locked<State>

    /// - Parameter seed: of the jitter.
    package init(seed: UInt64) {
        let budget = RetryBudget(now: Clock.monotonicNow())
        state = Locked(State(budget: budget, jitter: SplitMix64(seed: seed)))
    }

    /// A call begins that is no retry.
    func beginCall() {
        let now = Clock.monotonicNow()
        state.withLock { $0.budget.saveForCall(now: now) }
    }

    /// When another attempt may be made.
    func retryTime() -> MonotonicTime {
        let now = Clock.monotonicNow()
        return state.withLock { $0.budget.spend(now: now) }
    }

    /// The first member from `number` on that is worth a call; `number` itself where none is.
    func admitted(_ endpoints: [ServiceAddress], from number: Int) -> Int {
        let now = Clock.monotonicNow()
        return state.withLock { state in
            for offset in endpoints.indices {
                let candidate = (number + offset) % endpoints.count
                let isWorth =
                    state.breakers[endpoints[candidate]]?.admits(now: now) ?? true
                if isWorth { return candidate }
            }
            return number
        }
    }

    func note(_ outcome: Outcome, of endpoint: ServiceAddress) {
        let now = Clock.monotonicNow()
        state.withLock { state in
            switch outcome {
            case .answered: state.breakers[endpoint] = nil
            case .failed:
                var breaker = state.breakers[endpoint] ?? CircuitBreaker()
                breaker.failed(now: now, jitter: &state.jitter)
                state.breakers[endpoint] = breaker
            }
        }
    }
}
