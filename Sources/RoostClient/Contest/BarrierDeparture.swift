internal import Bytes
internal import Platform
internal import Wire

/// Leaves a barrier.
package struct BarrierDeparture: Sendable {
    /// What became of it.
    package enum Outcome: Sendable {
        /// All have left.
        case left
        /// It broke before all had left, or nobody knows any more.
        case broken(Response)
        /// This party has left, others have not in time.
        case late
        case failed(ClientError)
    }

    /// The wait that is asked for when there is no limit; each request is repeated long before.
    private static let waitMilliseconds: UInt64 = 3_600_000
    /// How long one member is waited for.
    private static let attemptMilliseconds: UInt64 = 5_000
    private static let graceMilliseconds: UInt64 = 1_000
    private static let pauseMilliseconds: UInt64 = 100

    private let plan: LockClaim.Plan
    private let target: LockTarget
    private let lease: [UInt8]
    private let generation: UInt64

    /// - Parameter plan: how long it waits, and whom it asks.
    package init(
        from target: LockTarget,
        _ plan: LockClaim.Plan,
        lease: [UInt8],
        generation: UInt64
    ) {
        self.plan = plan
        self.target = target
        self.lease = lease
        self.generation = generation
    }

    private var path: [UInt8] { target.path + Array("/leave".utf8) }

    /// Says that this party is done, and waits as long as the plan has patience until all have left;
    /// blocks its thread.
    package func carryOut() -> Outcome {
        let client = Client(endpoints: plan.endpoints)
        let begun = Clock.monotonicNow()
        while true {
            let now = Clock.monotonicNow()
            let wait = max(remainingMilliseconds(since: begun, now: now), 1)
            let limit = min(wait, Self.attemptMilliseconds) + Self.graceMilliseconds
            let result = client.result(
                of: request(waitMilliseconds: wait),
                until: now.advanced(byMilliseconds: limit)
            )
            switch result {
            case .success(let reply):
                if let outcome = Self.outcome(of: reply) { return outcome }
                if isLate(since: begun) { return .failed(.refused(.unknown, reply)) }
            case .failure(let error):
                let evidence = ["\(client.endpoint): \(error.why)"]
                if isLate(since: begun) {
                    return .failed(.unreachable(.unknown, evidence: evidence))
                }
            }
            client.moveOn()
            Pause.until(now.advanced(byMilliseconds: Self.pauseMilliseconds))
        }
    }

    private func request(waitMilliseconds: UInt64) -> Call {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("lease", string: lease)
        writer.member("generation", number: generation)
        writer.member("wait", string: Array("\(waitMilliseconds)ms".utf8))
        writer.endObject()
        return .repeatable(.post, path: path, body: writer.output)
    }

    private func remainingMilliseconds(since begun: MonotonicTime, now: MonotonicTime) -> UInt64 {
        guard case .milliseconds(let patience) = plan.patience else { return Self.waitMilliseconds }
        let elapsed = now.nanoseconds(since: begun) / 1_000_000
        return min(patience > elapsed ? patience - elapsed : 0, Self.waitMilliseconds)
    }

    /// Whether no member has answered for the time of a call beyond the patience.
    private func isLate(since begun: MonotonicTime) -> Bool {
        guard case .milliseconds(let patience) = plan.patience else { return false }
        let elapsed = Clock.monotonicNow().nanoseconds(since: begun) / 1_000_000
        return elapsed >= patience.addingReportingOverflow(plan.timeoutMilliseconds).partialValue
    }

    /// What an answer decides; nil when it asks to try again.
    private static func outcome(of reply: Response) -> Outcome? {
        let problem = ServiceProblem(reply)
        switch reply.status {
        case 200: return .left
        case 409 where problem?.has("wait-timeout") == true: return .late
        case 429, 503: return nil
        default: return .broken(reply)
        }
    }

    /// Gives the place up of one who waits, unless the barrier is open already, for at most so long.
    /// Where it is open, or nobody answers, the end of the lease breaks it for the others.
    package static func withdraw(
        _ lease: [UInt8],
        from target: LockTarget,
        endpoints: [ServiceAddress],
        within milliseconds: UInt64
    ) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("lease", string: lease)
        writer.member("withdraw", bool: true)
        writer.endObject()
        let path = target.path + Array("/leave".utf8)
        do throws(ClientError) {
            _ = try Client(endpoints: endpoints).perform(
                .repeatable(.post, path: path, body: writer.output),
                timeoutMilliseconds: milliseconds
            )
        } catch { return }
    }
}
