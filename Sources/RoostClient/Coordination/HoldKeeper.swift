internal import Bytes
internal import Platform

/// Wins something and keeps it alive, on threads of its own: what `LockSession` decides, carried out
/// for a task in the place of a command.
final class HoldKeeper: Sendable {
    private enum Token: UInt64 { case reports, orders }

    /// Asks for the end.
    private enum Order: Sendable { case leave }

    private struct State {
        var isLost = false
        /// Called once, when what is held can no longer be proven.
        var lossBody: (@Sendable () -> Void)?
        var lease: [UInt8]?
    }

    private let plan: LockClaim.Plan
    private let reports: Mailbox<LockClaim.Report>
    private let orders: Mailbox<Order>
    private let state = Locked(State())
    private let winning = Promise<Result<UInt64, RoostError>>()
    private let leaving = Promise<Void>()

    /// Begins to ask for it.
    init(_ plan: LockClaim.Plan) throws(SystemError) {
        self.plan = plan
        reports = try Mailbox()
        orders = try Mailbox()
        _ = try Thread(named: "hold") { [self] in run() }
    }

    /// The fencing token, once it is won and proven; a task that is cancelled leaves the queue.
    func token() async throws(RoostError) -> UInt64 {
        let result = await withTaskCancellationHandler {
            await winning.value
        } onCancel: {
            leave()
        }
        // It may have been won in the same moment: nothing is done in its name any more.
        guard !Task.isCancelled else {
            await release()
            throw .cancelled(.none)
        }
        return try result.get()
    }

    /// Whether it was held no longer at some time before it was given back.
    var isLost: Bool { state.withLock { $0.isLost } }

    /// The lease, once there is one.
    var lease: [UInt8]? { state.withLock { $0.lease } }

    /// Has `body` called when what is held can no longer be proven; at once if that has been.
    func onLoss(_ body: @escaping @Sendable () -> Void) {
        let isLost = state.withLock { state in
            if !state.isLost { state.lossBody = body }
            return state.isLost
        }
        if isLost { body() }
    }

    /// Asks for the end, and does not wait for it.
    func leave() { orders.send(.leave) }

    /// Gives everything back; returns when the service has it, or has not answered for long.
    func release() async {
        leave()
        await leaving.value
    }

    // MARK: - The thread

    private func run() {
        do throws(SystemError) {
            var run = try HoldRun(plan: plan, reports: reports, keeper: self)
            var poller = try Poller()
            try poller.add(reports, token: Token.reports.rawValue, interest: .readable)
            try poller.add(orders, token: Token.orders.rawValue, interest: .readable)
            var events: [Poller.Event] = []
            while !run.isOver {
                try poller.wait(until: run.nextDeadline, into: &events)
                try run.step(.elapsed)
                for report in reports.takeAll() { try run.take(report) }
                if !orders.takeAll().isEmpty { try run.leave() }
            }
            run.end()
        } catch {
            lost()
            winning.keep(.failure(RoostError(error)))
        }
        leaving.keep(())
    }

    fileprivate func lost() {
        let body = state.withLock { state in
            state.isLost = true
            defer { state.lossBody = nil }
            return state.lossBody
        }
        body?()
    }

    fileprivate func won(_ token: UInt64) { winning.keep(.success(token)) }

    fileprivate func missed(_ error: RoostError) { winning.keep(.failure(error)) }

    fileprivate func joined(_ lease: [UInt8]) { state.withLock { $0.lease = lease } }
}

/// One hold from its place in the queue to its end.
private struct HoldRun {
    private static let releaseMillisecondsMax: UInt64 = 5_000
    private static let departureMillisecondsMax: UInt64 = 2_000

    private let plan: LockClaim.Plan
    private let reports: Mailbox<LockClaim.Report>
    private let keeper: HoldKeeper
    private let begunAt = BootTime.now
    private var session = LockSession()
    private var claim: LockClaim
    private var claimNumber = 0
    private var lease: [UInt8]?
    private var token: UInt64 = 0
    private var failure: RoostError?
    private var isRunning = false
    private(set) var isOver = false

    init(
        plan: LockClaim.Plan,
        reports: Mailbox<LockClaim.Report>,
        keeper: HoldKeeper
    ) throws(SystemError) {
        self.plan = plan
        self.reports = reports
        self.keeper = keeper
        claim = try LockClaim(number: 0, plan: plan, reports: reports)
    }

    var nextDeadline: MonotonicTime? { session.nextDeadline?.onMonotonicClock }

    mutating func take(_ report: LockClaim.Report) throws(SystemError) {
        guard report.claim == claimNumber, !isOver else { return }
        switch report.event {
        case .joined(let lease, let validity):
            self.lease = lease
            keeper.joined(lease)
            try step(.joined(validity))
        case .granted(let token, let hold):
            self.token = token
            if let hold { try step(.bounded(end: hold.end, sentAt: hold.sentAt)) }
            try step(.granted)
            claim.prove(token: token)
        case .refused(let reply):
            failure = .refused(ServiceRefusal(reply))
            try step(.refused)
        case .confirmed(let sentAt): try step(.confirmed(sentAt: sentAt))
        case .lost: try step(.lost)
        case .asked: try step(.asked)
        case .failed(let error):
            failure = RoostError(error)
            try step(.failed(exitCode: 1))
        }
    }

    /// What was to be done is done, or nobody waits for it any more.
    mutating func leave() throws(SystemError) {
        guard !isOver else { return }
        try step(isRunning ? .ended(.exited(0)) : .signalled(0))
    }

    mutating func step(_ input: LockSession.Input) throws(SystemError) {
        for action in session.step(input, now: .now) {
            switch action {
            case .start:
                isRunning = true
                keeper.won(token)
            case .terminate, .kill: keeper.lost()
            case .rejoin: try rejoin()
            case .leave: isOver = true
            case .renew, .pass, .withdraw, .queue, .tell: break
            }
        }
    }

    private mutating func rejoin() throws(SystemError) {
        claim.abandon()
        revoke(within: Self.departureMillisecondsMax)
        lease = nil
        claimNumber += 1
        claim = try LockClaim(
            number: claimNumber,
            plan: plan.continued(sinceNanoseconds: BootTime.now.nanoseconds(since: begunAt)),
            reports: reports
        )
    }

    /// Gives back what is held.
    func end() {
        claim.abandon()
        revoke(within: isRunning ? Self.releaseMillisecondsMax : Self.departureMillisecondsMax)
        keeper.missed(failure ?? .cancelled(.none))
    }

    private func revoke(within milliseconds: UInt64) {
        guard let lease else { return }
        Revocation(lease: lease, endpoints: plan.endpoints, authorization: plan.authorization)
            .carryOut(within: milliseconds)
    }
}
