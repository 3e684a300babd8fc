internal import Bytes
internal import Platform
internal import Wire

/// Keeps one lease alive, on a thread of its own with a connection of its own, until the service
/// says that it is gone; tries all endpoints in turn when one does not answer.
struct LeaseKeeper: Sendable {
    enum Order: Hashable, Sendable {
        /// Send a keepalive at once, and look from now on whether the token still holds.
        case prove(token: UInt64)
    }

    private enum Outcome { case confirmed, gone, failed }

    private let lease: [UInt8]
    private let plan: LockClaim.Plan
    private let orders: Mailbox<Order>
    private let report: @Sendable (LockClaim.Report.Event) -> Void
    private let schedule: KeepaliveSchedule

    init(
        lease: [UInt8],
        plan: LockClaim.Plan,
        orders: Mailbox<Order>,
        report: @escaping @Sendable (LockClaim.Report.Event) -> Void
    ) {
        self.lease = lease
        self.plan = plan
        self.orders = orders
        self.report = report
        schedule = KeepaliveSchedule(timeToLiveNanoseconds: plan.timeToLiveMilliseconds * 1_000_000)
    }

    /// Returns when the lease, or what was granted to it, is gone.
    func run() {
        let client = Client(endpoints: plan.endpoints)
        var token: UInt64?
        var nextAt = BootTime.now.advanced(byNanoseconds: schedule.intervalNanoseconds)
        while true {
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
                if let token, isLost(token, for: client) { return report(.lost) }
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

    /// Whether the service says that the token no longer holds. No answer does not say so: the lease
    /// was confirmed a moment ago.
    private func isLost(_ token: UInt64, for client: Client) -> Bool {
        guard case .success(let reply) = client.result(of: plan.target.inquiry, until: deadline)
        else {
            client.moveOn()
            return false
        }
        switch reply.status {
        case 200: return !plan.target.isHeld(by: token, accordingTo: reply)
        case 404: return true
        default: return false
        }
    }

    private var deadline: MonotonicTime {
        Clock.monotonicNow().advanced(byNanoseconds: schedule.patienceNanoseconds)
    }
}
