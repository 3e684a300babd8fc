internal import Bytes
internal import Platform
internal import RoostClient

/// Keeps a registration alive and true, on a thread of its own: checks, reports, and in the end says
/// goodbye. A service that is away delays nothing but this.
struct RegistrationKeeper {
    /// What the keeper is asked to do.
    enum Order: Sendable {
        /// To tell that the instance takes no more work.
        case drain
        case leave
    }

    /// What it has done of that.
    enum News: Sendable {
        case draining
        case left(Failure?)
    }

    /// A check, and what it takes to call the instance sick.
    struct Checking: Sendable {
        let check: InstanceCheck
        let intervalMilliseconds: UInt64
        /// So many failures one after another.
        let failureCountMax: UInt64
    }

    /// After a report that did not arrive.
    private static let retryMilliseconds: UInt64 = 1_000

    private let registration: RegisteredInstance
    private let checking: Checking?
    private let service: Service
    private let console: Console
    private let orders: Mailbox<Order>
    private let news: Mailbox<News>
    private var health: RegisteredInstance.Health
    private var failureCount: UInt64 = 0
    private var isDraining = false
    private var isSilent = false
    private var checksAt: MonotonicTime
    private var reportsAt: MonotonicTime

    /// - Parameter health: as it was registered.
    init(
        _ registration: RegisteredInstance,
        health: RegisteredInstance.Health,
        checking: Checking?,
        service: Service,
        console: Console,
        orders: Mailbox<Order>,
        news: Mailbox<News>
    ) {
        self.registration = registration
        self.health = health
        self.checking = checking
        self.service = service
        self.console = console
        self.orders = orders
        self.news = news
        let now = Clock.monotonicNow()
        checksAt = now
        reportsAt = now.advanced(byMilliseconds: registration.intervalMilliseconds)
    }

    /// Returns when it was asked to leave.
    mutating func run() {
        while true {
            do throws(SystemError) { try orders.wait(until: nextTime) } catch {
                news.send(.left(.local("cannot wait: \(error)")))
                return
            }
            for order in orders.takeAll() {
                switch order {
                case .drain:
                    isDraining = true
                    health = .init(.critical, output: "draining")
                    report()
                    news.send(.draining)
                case .leave:
                    news.send(.left(leave()))
                    return
                }
            }
            check()
            if Clock.monotonicNow() >= reportsAt { report() }
        }
    }

    private var nextTime: MonotonicTime {
        checking == nil || isDraining ? reportsAt : min(reportsAt, checksAt)
    }

    /// Looks whether the instance is well, if it is time, and reports where that has changed.
    private mutating func check() {
        guard let checking, !isDraining, Clock.monotonicNow() >= checksAt else { return }
        let before = health
        if let fault = checking.check.fault() {
            failureCount += 1
            let isSick = before.status == .critical || failureCount >= checking.failureCountMax
            health = .init(isSick ? .critical : .warning, output: fault)
        } else {
            failureCount = 0
            health = .init(.passing)
        }
        let now = Clock.monotonicNow()
        checksAt = now.advanced(byMilliseconds: checking.intervalMilliseconds)
        guard health != before else { return }
        if health.status != before.status {
            let why = health.output.isEmpty ? "" : ": \(health.output)"
            console.remark("\(registration.words) is \(health.status.rawValue)\(why)")
        }
        report()
    }

    private mutating func report() {
        let begun = Clock.monotonicNow()
        do throws(Failure) {
            try registration.report(health, with: service)
            if isSilent { console.remark("\(registration.words) is registered again") }
            isSilent = false
            reportsAt = begun.advanced(byMilliseconds: registration.intervalMilliseconds)
        } catch {
            if !isSilent {
                console.remark("cannot report for \(registration.words): \(error.explanation)")
            }
            isSilent = true
            reportsAt = Clock.monotonicNow().advanced(byMilliseconds: Self.retryMilliseconds)
        }
    }

    /// Nil where the registration is gone.
    private func leave() -> Failure? {
        do throws(Failure) {
            try registration.deregister(with: service)
            return nil
        } catch { return error }
    }
}
