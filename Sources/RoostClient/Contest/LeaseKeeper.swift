internal import Bytes
internal import Platform
internal import Wire

/// Keeps one lease alive, on a thread of its own with a connection of its own, until the service
/// says that it is gone; tries all endpoints in turn when one does not answer.
struct LeaseKeeper: Sendable {
    enum Order: Hashable, Sendable {
        /// Send a keepalive at once, and look from now on whether the token still holds.
        case prove(token: UInt64)
        /// Nobody wants the lease any more.
        case stop
    }

    private enum Outcome { case confirmed, gone, failed }
    /// Where the token stands: `asked` is held, and wanted by a candidate of higher priority.
    private enum Standing { case held, asked, lost }

    private let lease: [UInt8]
    private let plan: LockClaim.Plan
    private let orders: Mailbox<Order>
    private let interruption: Interruption
    private let report: @Sendable (LockClaim.Report.Event) -> Void
    private let schedule: KeepaliveSchedule

    init(
        lease: [UInt8],
        plan: LockClaim.Plan,
        orders: Mailbox<Order>,
        interruption: Interruption,
        report: @escaping @Sendable (LockClaim.Report.Event) -> Void
    ) {
        self.lease = lease
        self.plan = plan
        self.orders = orders
        self.interruption = interruption
        self.report = report
        schedule = KeepaliveSchedule(timeToLiveNanoseconds: plan.timeToLiveMilliseconds * 1_000_000)
    }

    /// Returns when the lease, or what was granted to it, is gone or not wanted any more.
    func run() {
        let client = Client(
            endpoints: plan.endpoints,
            authorization: plan.authorization,
            interruption: interruption
        )
        var token: UInt64?
        var nextAt = BootTime.now.advanced(byNanoseconds: schedule.intervalNanoseconds)
        while !interruption.isCalled {
            wait(until: nextAt)
            for case .prove(let granted) in orders.takeAll() {
                token = granted
                nextAt = BootTime.now
            }
            guard BootTime.now >= nextAt else { continue }
            let sentAt = BootTime.now
            switch keepAlive(client) {
            case .confirmed:
                report(.confirmed(sentAt: sentAt))
                nextAt = schedule.next(afterConfirmed: sentAt)
                switch token.map({ standing(of: $0, for: client) }) {
                case .lost: return report(.lost)
                case .asked: report(.asked)
                case .held, nil: break
                }
            case .gone: return report(.lost)
            case .failed:
                client.moveOn()
                nextAt = schedule.next(afterFailure: BootTime.now)
            }
        }
    }

    private func wait(until time: BootTime) {
        do throws(SystemError) {
            try orders.wait(until: time.onMonotonicClock)
        } catch { Pause.until(time.onMonotonicClock) }
    }

    private func keepAlive(_ client: Client) -> Outcome {
        var call = Call.repeatable(
            .post,
            path: Call.path("/v1/leases", segment: lease) + Array("/keepalive".utf8)
        )
        call.add("timeout", value: "\(schedule.patienceNanoseconds / 1_000_000)ms")
        guard case .success(let reply) = client.result(of: call, until: deadline) else {
            return .failed
        }
        if reply.isSuccess { return .confirmed }
        return reply.status == 404 ? .gone : .failed
    }

    /// What the service says about the token. No answer does not say that it is lost: the lease was
    /// confirmed a moment ago.
    private func standing(of token: UInt64, for client: Client) -> Standing {
        guard let target = plan.target else { return .held }
        guard case .success(let reply) = client.result(of: target.inquiry, until: deadline) else {
            client.moveOn()
            return .held
        }
        switch reply.status {
        case 200:
            guard target.isHeld(by: token, accordingTo: reply) else { return .lost }
            return target.isAskedFor(accordingTo: reply) ? .asked : .held
        case 404: return .lost
        default: return .held
        }
    }

    private var deadline: MonotonicTime {
        Clock.monotonicNow().advanced(byNanoseconds: schedule.patienceNanoseconds)
    }
}
