package import Bytes

/// What happened to a request, as far as it can be known.
public enum Effect: Hashable, Sendable {
    /// The service carried out nothing of it.
    case none
    /// The answer is lost: it may be carried out, now or later.
    case unknown
}

/// Which endpoint a call tries next, and when it gives up, as a value.
///
/// A read is repeated after any failure. A write is repeated after a failure that cannot have
/// carried it out, and after any failure when it is repeatable (an idempotency key, or an effect
/// that is the same twice). Once one attempt may have been carried out, only an answer of the
/// service takes that doubt away, never the failure of a later attempt.
package struct Attempts: Sendable {
    /// What sending a request twice may do.
    package enum Safety: Hashable, Sendable {
        case read
        case repeatableWrite
        case singleWrite
    }

    /// How an attempt ended without a decision.
    package enum Failure: Hashable, Sendable {
        /// No byte of the request left this machine.
        case unreachable
        /// Bytes had left when the connection broke or the time ran out.
        case interrupted
        /// An answer that asks to try again: 503 or 429.
        case refused(Effect, retryAfterMilliseconds: UInt64)
    }

    /// What the caller does next.
    package enum Step: Hashable, Sendable {
        /// Try the endpoint of this number, until this time at the latest.
        case attempt(endpoint: Int, until: MonotonicTime)
        /// Rest, then ask again.
        case pause(until: MonotonicTime)
        case giveUp(Effect)
    }

    private enum Answerer { case nobody, somebody }

    /// Rests between two rounds over the endpoints grow from the first to the second.
    private static let pauseMillisecondsMin: UInt64 = 25
    private static let pauseMillisecondsMax: UInt64 = 400
    /// What an endpoint gets beyond the time that it was told, so that its own refusal, which says
    /// whether the request was carried out, arrives first.
    private static let graceMilliseconds: UInt64 = 500
    /// How long one member is at least told to work on a request when there are others: longer than
    /// the choice of a new leader takes, short enough to pass over a member that hangs.
    private static let shareMillisecondsMin: UInt64 = 1_000
    /// Who has more patience than that gives a member this part of it: a disk may take seconds for
    /// a sync, and a write that is sent again is written again.
    private static let sharedDivisor: UInt64 = 10
    /// A member alone gets this part of the time, so that one that hangs is asked again.
    private static let shareDivisor: UInt64 = 4
    /// The last attempt is broken off this part of the time after its end: within a tenth, what the
    /// process itself takes included.
    private static let overtimeDivisor: UInt64 = 16

    /// How long one endpoint is told to work on the request. The same for every attempt: it is
    /// part of the request, and a request repeated under its key must be the same.
    package let shareMilliseconds: UInt64
    /// The endpoint that answered last, or that the next attempt begins with.
    package private(set) var endpoint: Int
    private var endpointCount: Int
    private let safety: Safety
    /// When the last attempt begins, and when it is broken off.
    private let deadline: MonotonicTime
    private let limit: MonotonicTime
    private let patienceMilliseconds: UInt64
    private var effect = Effect.none
    private var attemptCount = 0
    private var hasAnswered = Answerer.nobody
    private var pause = Self.pauseMillisecondsMin
    private var resumesAt: MonotonicTime?
    private var jitter: SplitMix64?
    private var isBrokenOff = false

    /// - Parameters:
    ///   - first: the endpoint to begin with, from 0 below `endpointCount`.
    ///   - timeoutMilliseconds: when the last attempt begins; it is broken off a sixteenth of this
    ///     time later. Since a write that is broken off leaves a doubt, one that members answered
    ///     and surely did not carry out is not begun again without its whole time.
    ///   - waitMilliseconds: how long the request itself asks the service to wait, beyond its
    ///     share and beyond `timeoutMilliseconds`.
    ///   - jitter: shortens each rest by up to a half, so that many callers do not come back at once.
    package init(
        endpointCount: Int,
        first: Int,
        safety: Safety,
        timeoutMilliseconds: UInt64,
        waitMilliseconds: UInt64 = 0,
        jitter: SplitMix64? = nil,
        now: MonotonicTime
    ) {
        invariant(endpointCount > 0, "a call needs an endpoint")
        invariant((0..<endpointCount).contains(first), "endpoint \(first) of \(endpointCount)")
        self.endpointCount = endpointCount
        self.safety = safety
        self.jitter = jitter
        endpoint = first
        let (total, overflowed) = timeoutMilliseconds.addingReportingOverflow(waitMilliseconds)
        deadline = now.advanced(byMilliseconds: overflowed ? .max : total)
        limit = deadline.advanced(byMilliseconds: timeoutMilliseconds / Self.overtimeDivisor)
        let least = min(timeoutMilliseconds, Self.shareMillisecondsMin)
        let divisor = endpointCount == 1 ? Self.shareDivisor : Self.sharedDivisor
        shareMilliseconds = max(timeoutMilliseconds / divisor, least)
        let patience = shareMilliseconds.addingReportingOverflow(waitMilliseconds)
        patienceMilliseconds = patience.overflow ? .max : patience.partialValue
    }

    /// What to do now.
    package mutating func next(now: MonotonicTime) -> Step {
        if effect == .unknown, safety == .singleWrite { return .giveUp(.unknown) }
        if isBrokenOff { return .giveUp(effect) }
        let beginsAt = max(now, resumesAt ?? now)
        let answeredBy = beginsAt.advanced(byMilliseconds: patienceMilliseconds)
        guard now < deadline, answeredBy <= limit || wouldLeaveNoDoubt else {
            return .giveUp(effect)
        }
        if now < beginsAt { return .pause(until: min(beginsAt, deadline)) }
        resumesAt = nil
        let until = answeredBy.advanced(byMilliseconds: Self.graceMilliseconds)
        return .attempt(endpoint: endpoint, until: min(until, limit))
    }

    /// Whether another attempt, broken off, would leave nothing unknown that is known now.
    private var wouldLeaveNoDoubt: Bool {
        safety == .read || effect == .unknown || hasAnswered == .nobody
    }

    /// Nobody waits for the answer any more: no further attempt begins.
    package mutating func breakOff() { isBrokenOff = true }

    /// Rests at least until `time` before the next attempt.
    package mutating func rest(until time: MonotonicTime) {
        resumesAt = max(time, resumesAt ?? time)
    }

    /// The members were found anew: there are so many, and that one was asked.
    package mutating func follow(_ endpoint: Int, of count: Int) {
        invariant((0..<count).contains(endpoint), "endpoint \(endpoint) of \(count)")
        self.endpoint = endpoint
        endpointCount = count
    }

    /// Learns how the attempt ended, and moves on to the next endpoint.
    package mutating func failed(_ failure: Failure, now: MonotonicTime) {
        attemptCount += 1
        endpoint = (endpoint + 1) % endpointCount
        if case .refused = failure { hasAnswered = .somebody }
        if safety != .read {
            switch failure {
            case .interrupted, .refused(.unknown, _): effect = .unknown
            case .unreachable, .refused(.none, _): break
            }
        }
        rest(after: failure, now: now)
    }

    /// A round over all endpoints, or an answer that names a time, is followed by a rest.
    private mutating func rest(after failure: Failure, now: MonotonicTime) {
        var milliseconds: UInt64 = 0
        if attemptCount.isMultiple(of: endpointCount) {
            let reduction = jitter?.next(upperBound: pause / 2 + 1) ?? 0
            milliseconds = pause - reduction
            pause = min(pause * 2, Self.pauseMillisecondsMax)
        }
        if case .refused(_, let retryAfter) = failure, endpointCount == 1 {
            milliseconds = max(milliseconds, retryAfter)
        }
        resumesAt = milliseconds > 0 ? now.advanced(byMilliseconds: milliseconds) : nil
    }
}
