internal import Bytes
package import Platform
internal import Wire

/// One lease and the place in a queue that belongs to it, worked for by threads of their own, so
/// that nothing which blocks the caller can delay a keepalive.
package final class LockClaim: Sendable {
    /// How long to stay in the queue.
    package enum Patience: Hashable, Sendable {
        case forEver
        /// 0 does not wait at all.
        case milliseconds(UInt64)
    }

    /// What a service that gives no lease leads to.
    package enum Insistence: Hashable, Sendable {
        /// The claim fails.
        case none
        /// It is asked again while the patience lasts.
        case untilGranted
    }

    /// What is wanted, and what may be spent on it.
    package struct Plan: Sendable {
        /// What is to be won; nil for nothing beside the lease.
        package let target: LockTarget?
        package let endpoints: [ServiceAddress]
        package let timeToLiveMilliseconds: UInt64
        package let patience: Patience
        /// How long a call may take that has no deadline of its own.
        package let timeoutMilliseconds: UInt64
        package var insistence = Insistence.none
        /// As whom it is asked for.
        package var authorization = Authorization.ofThisProcess

        package init(
            target: LockTarget?,
            endpoints: [ServiceAddress],
            timeToLiveMilliseconds: UInt64,
            patience: Patience,
            timeoutMilliseconds: UInt64
        ) {
            self.target = target
            self.endpoints = endpoints
            self.timeToLiveMilliseconds = timeToLiveMilliseconds
            self.patience = patience
            self.timeoutMilliseconds = timeoutMilliseconds
        }

        /// The same, with what is left of its patience after some of it is gone.
        package func continued(sinceNanoseconds elapsed: UInt64) -> Plan {
            guard case .milliseconds(let whole) = patience else { return self }
            let gone = elapsed / 1_000_000
            var plan = Plan(
                target: target,
                endpoints: endpoints,
                timeToLiveMilliseconds: timeToLiveMilliseconds,
                patience: .milliseconds(whole > gone ? whole - gone : 0),
                timeoutMilliseconds: timeoutMilliseconds
            )
            plan.insistence = insistence
            plan.authorization = authorization
            return plan
        }
    }

    /// What becomes of it; `claim` tells reports about an earlier one apart.
    package struct Report: Sendable {
        /// What happened; `joined` comes first, then `confirmed` again and again.
        package enum Event: Sendable {
            case joined(lease: [UInt8], LeaseValidity)
            /// - Parameter hold: until when it may be held at most; nil for as long as its lease.
            case granted(token: UInt64, hold: HoldEnd?)
            /// Not won in time; the answer says who holds it.
            case refused(Response)
            case confirmed(sentAt: BootTime)
            case lost
            /// It is held, and a candidate of higher priority asks for it.
            case asked
            case failed(LockClaimError)
        }

        package let claim: Int
        package let event: Event
    }

    /// When a hold ends by its own time, as the answer to a request says that was sent at `sentAt`.
    package struct HoldEnd: Hashable, Sendable {
        package let end: BootTime
        package let sentAt: BootTime
    }

    /// The wait that is asked for when there is no limit; each request is repeated long before.
    private static let waitMilliseconds: UInt64 = 3_600_000
    /// How long one member is waited for.
    private static let attemptMilliseconds: UInt64 = 5_000
    private static let graceMilliseconds: UInt64 = 1_000
    private static let pauseMilliseconds: UInt64 = 100

    private let number: Int
    private let plan: Plan
    private let reports: Mailbox<Report>
    private let orders: Mailbox<LeaseKeeper.Order>
    private let interruption: Interruption

    /// Starts to ask for a lease and a place.
    ///
    /// - Parameter number: what its reports bear.
    package init(
        number: Int,
        plan: Plan,
        reports: Mailbox<Report>
    ) throws(SystemError) {
        self.number = number
        self.plan = plan
        self.reports = reports
        orders = try Mailbox()
        interruption = try Interruption()
        _ = try Thread(named: "claim") { [self] in run() }
    }

    /// Asks for a proof of a grant: a keepalive at once, and from now on a look at whether the
    /// token still holds.
    package func prove(token: UInt64) { orders.send(.prove(token: token)) }

    /// Ends its threads: nobody wants it any more. A lease that comes all the same is given back; one
    /// that was reported is the caller's to give back.
    package func abandon() {
        interruption.interrupt()
        orders.send(.stop)
    }

    private func run() {
        do throws(LockClaimError) {
            let client = Client(
                endpoints: plan.endpoints,
                authorization: plan.authorization,
                interruption: interruption
            )
            let (lease, validity) = try insist(client)
            guard !interruption.isCalled else { return revoke(lease) }
            report(.joined(lease: lease, validity))
            try startKeeper(lease: lease)
            guard let target = plan.target else {
                return report(.granted(token: 0, hold: nil))
            }
            report(try queue(client, for: target, lease: lease))
        } catch { report(.failed(error)) }
    }

    private func revoke(_ lease: [UInt8]) {
        Revocation(lease: lease, endpoints: plan.endpoints, authorization: plan.authorization)
            .carryOut(within: plan.timeoutMilliseconds)
    }

    private func report(_ event: Report.Event) {
        reports.send(Report(claim: number, event: event))
    }

    /// A lease, asked for as long as the plan insists on it.
    private func insist(_ client: Client) throws(LockClaimError) -> (lease: [UInt8], LeaseValidity)
    {
        let begun = Clock.monotonicNow()
        while true {
            do throws(LockClaimError) { return try grant(client) } catch {
                guard plan.insistence == .untilGranted, !interruption.isCalled,
                    case .client(let why) = error
                else {
                    throw error
                }
                try giveUpIfLate(begun, error: why)
            }
        }
    }

    private func grant(_ client: Client) throws(LockClaimError) -> (lease: [UInt8], LeaseValidity) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("ttl", string: Array("\(plan.timeToLiveMilliseconds)ms".utf8))
        writer.endObject()
        let reply: Response
        let sentAt = BootTime.now
        let key = try freshKey()
        do throws(ClientError) {
            reply = try client.perform(
                .write(.post, path: Array("/v1/leases".utf8), body: writer.output, key: key),
                timeoutMilliseconds: plan.timeoutMilliseconds
            )
        } catch { throw .client(error) }
        guard reply.isSuccess, let lease = reply.json?["id"]?.string else { throw .answer(reply) }
        let validity = LeaseValidity(
            timeToLiveNanoseconds: plan.timeToLiveMilliseconds * 1_000_000,
            grantSentAt: sentAt
        )
        return (lease, validity)
    }

    private func freshKey() throws(LockClaimError) -> IdempotencyKey {
        do throws(SystemError) {
            return try IdempotencyKey.fresh()
        } catch { throw .system(error) }
    }

    private func startKeeper(lease: [UInt8]) throws(LockClaimError) {
        let keeper = LeaseKeeper(
            lease: lease,
            plan: plan,
            orders: orders,
            interruption: interruption
        ) { [self] event in report(event) }
        do throws(SystemError) {
            _ = try Thread(named: "keepalive") { keeper.run() }
        } catch { throw .system(error) }
    }

    // MARK: - The queue

    /// Waits for the grant. Each request asks for all the time that is left, but is given up and
    /// repeated elsewhere before that: the place belongs to the lease, and a member that hangs is
    /// noticed.
    private func queue(
        _ client: Client,
        for target: LockTarget,
        lease: [UInt8]
    ) throws(LockClaimError) -> Report.Event {
        let begun = Clock.monotonicNow()
        // Once one request may have got a place, no failure of a later one takes that back.
        var effect = Effect.none
        while !interruption.isCalled {
            let waitMilliseconds = remainingMilliseconds(since: begun)
            let now = Clock.monotonicNow()
            let limit = min(waitMilliseconds, Self.attemptMilliseconds) + Self.graceMilliseconds
            let sentAt = BootTime.now
            let call = target.request(lease: lease, waitMilliseconds: waitMilliseconds)
            switch client.result(of: call, until: now.advanced(byMilliseconds: limit)) {
            case .success(let reply):
                if let event = try Self.event(of: reply, sentAt: sentAt) { return event }
                if waitMilliseconds == 0, reply.status == 409 { return .refused(reply) }
                if reply.status == 503, ServiceProblem(reply)?.effect != Effect.none {
                    effect = .unknown
                }
                try giveUpIfLate(begun, error: .refused(effect, reply))
                Pause.until(now.advanced(byMilliseconds: Self.pauseMilliseconds))
            case .failure(let error):
                let evidence = ["\(client.endpoint): \(error.why)"]
                if case .interrupted = error { effect = .unknown }
                try giveUpIfLate(begun, error: .unreachable(effect, evidence: evidence))
                if case .unreachable = error {
                    Pause.until(now.advanced(byMilliseconds: Self.pauseMilliseconds))
                }
            }
            client.moveOn()
        }
        return .lost
    }

    /// How long the next request may wait.
    private func remainingMilliseconds(since begun: MonotonicTime) -> UInt64 {
        guard case .milliseconds(let patience) = plan.patience else { return Self.waitMilliseconds }
        let elapsed = Clock.monotonicNow().nanoseconds(since: begun) / 1_000_000
        return min(patience > elapsed ? patience - elapsed : 0, Self.waitMilliseconds)
    }

    /// A queue that may be waited in for ever is never given up; another is, when no member has
    /// answered for the time of a call beyond the patience.
    private func giveUpIfLate(
        _ begun: MonotonicTime,
        error: ClientError
    ) throws(LockClaimError) {
        guard case .milliseconds(let patience) = plan.patience else { return }
        let elapsed = Clock.monotonicNow().nanoseconds(since: begun) / 1_000_000
        if elapsed >= patience.addingReportingOverflow(plan.timeoutMilliseconds).partialValue {
            throw .client(error)
        }
    }

    /// When the hold ends by its own time: what is left of it counts from when the request was sent,
    /// which is not after the service looked.
    private static func holdEnd(in reply: Response, sentAt: BootTime) -> HoldEnd? {
        guard case .number(let seconds)? = reply.json?["hold_remaining"],
            let left = TimeSpan(seconds: seconds)
        else { return nil }
        let end = sentAt.advanced(byNanoseconds: left.milliseconds * 1_000_000)
        return HoldEnd(end: end, sentAt: sentAt)
    }

    /// What an answer decides; nil when it asks to try again.
    private static func event(
        of reply: Response,
        sentAt: BootTime
    ) throws(LockClaimError) -> Report.Event? {
        switch reply.status {
        case 200:
            let token = reply.json?["token"] ?? reply.json?["generation"]
            guard let token = token?.whole else { throw .answer(reply) }
            return .granted(token: token, hold: holdEnd(in: reply, sentAt: sentAt))
        case 404 where reply.json?["what"]?.string == Array("lease".utf8): return .lost
        case 410 where ServiceProblem(reply)?.has("lease-ended") == true: return .lost
        case 409:
            let problem = ServiceProblem(reply)
            if problem?.has("barrier-full") == true { return nil }
            for code in ["permits-differ", "parties-differ", "broken", "feature-level"]
                as [StaticString]
            where problem?.has(code) == true { throw .answer(reply) }
            return .refused(reply)
        case 429, 503: return nil
        default: throw .answer(reply)
        }
    }
}

/// Why a claim cannot go on.
package enum LockClaimError: Error, Sendable {
    case client(ClientError)
    /// An answer that refuses it for good.
    case answer(Response)
    case system(SystemError)
}
