internal import Bytes
internal import Platform
internal import RoostClient

/// Keeps an instance registered while a command runs, or until a signal comes.
///
/// A signal that ends first has it drained: reported as critical while it still serves, for as long
/// as those need who look at the registry.
struct RegistrationRunner: ~Copyable {
    private enum Token: UInt64 { case signals, news, command }

    /// What this thread waits for.
    private struct Sources: ~Copyable {
        let signals: SignalSource
        let orders: Mailbox<RegistrationKeeper.Order>
        let news: Mailbox<RegistrationKeeper.News>
        var poller: Poller

        init() throws(SystemError) {
            let heard = endingSignals + passedSignals
            let signals = try SignalSource(heard.filter { !$0.wasIgnoredAtStart })
            let orders = try Mailbox<RegistrationKeeper.Order>()
            let news = try Mailbox<RegistrationKeeper.News>()
            let poller = try Poller()
            try poller.add(signals, token: Token.signals.rawValue, interest: .readable)
            try poller.add(news, token: Token.news.rawValue, interest: .readable)
            self.signals = signals
            self.orders = orders
            self.news = news
            self.poller = poller
        }
    }

    private enum Stage {
        case serving
        /// A signal came; it is passed on at that time.
        case draining(until: MonotonicTime, for: Signal)
        case ending
        /// Deregisters; then roost ends with this.
        case leaving(ExitCode, until: MonotonicTime)
    }

    /// What ends the command, after it was drained.
    private static let endingSignals: [Signal] = [.interrupt, .quit, .terminate]
    /// Passed on as they are.
    private static let passedSignals: [Signal] = [.hangUp, .user1, .user2, .windowChange]
    /// How long deregistering may take.
    private static let leaveMillisecondsMax: UInt64 = 5_000

    private let registration: RegisteredInstance
    private let drainMilliseconds: UInt64
    private let console: Console
    private var sources: Sources
    private var command: ChildProcess?
    private var stage = Stage.serving
    /// The signal that roost ends by, where there is no command whose end it tells.
    private var signal: Signal?
    private var result: ExitCode?

    /// Registers, then starts to keep it so.
    init(
        _ registration: RegisteredInstance,
        checking: RegistrationKeeper.Checking?,
        drainMilliseconds: UInt64,
        invocation: Invocation,
        console: Console
    ) throws(Failure) {
        self.registration = registration
        self.drainMilliseconds = drainMilliseconds
        self.console = console
        sources = try Self.registered(
            registration,
            checking: checking,
            invocation: invocation,
            console: console
        )
    }

    private static func registered(
        _ registration: RegisteredInstance,
        checking: RegistrationKeeper.Checking?,
        invocation: Invocation,
        console: Console
    ) throws(Failure) -> Sources {
        let health = RegisteredInstance.Health(
            checking == nil ? .passing : .critical,
            output: checking == nil ? "" : "not checked yet"
        )
        do {
            // Before any thread starts: threads inherit that the signals are blocked.
            let sources = try Sources()
            try registration.register(health, with: Service(invocation))
            console.remark("registered \(registration.words)")
            _ = try Thread(named: "registration") {
                [orders = sources.orders, news = sources.news] in
                do throws(Failure) {
                    var keeper = RegistrationKeeper(
                        registration,
                        health: health,
                        checking: checking,
                        service: try Service(invocation),
                        console: console,
                        orders: orders,
                        news: news
                    )
                    keeper.run()
                } catch { news.send(.left(error)) }
            }
            return sources
        } catch let failure as Failure { throw failure } catch {
            throw .local("cannot keep a registration: \(error)")
        }
    }

    /// Runs the command, if there is one, and returns when the instance is deregistered.
    mutating func run(_ arguments: [[UInt8]]) throws(Failure) -> ExitCode {
        do throws(SystemError) {
            if !arguments.isEmpty {
                let child = try CommandStub.start(arguments)
                try sources.poller.add(child, token: Token.command.rawValue, interest: .readable)
                command = child
            }
            var events: [Poller.Event] = []
            while result == nil {
                try sources.poller.wait(until: nextTime, into: &events)
                while let signal = sources.signals.next() { take(signal) }
                if let ending = try command?.ending() {
                    group?.kill()
                    command = nil
                    leave(with: ending.exitCode)
                }
                for item in sources.news.takeAll() { take(item) }
                passTime()
            }
        } catch { throw .local("cannot run the command: \(error)") }
        if let signal { CurrentProcess.die(by: signal) }
        return result ?? .done
    }

    private var group: ProcessGroup? { command.map { ProcessGroup(id: $0.id) } }

    private var nextTime: MonotonicTime? {
        switch stage {
        case .serving, .ending: nil
        case .draining(let time, _), .leaving(_, let time): time
        }
    }

    private mutating func take(_ signal: Signal) {
        if command != nil, Self.passedSignals.contains(signal) {
            group?.pass(signal)
            return
        }
        guard signal != .windowChange else { return }
        switch stage {
        case .serving where drainMilliseconds > 0:
            sources.orders.send(.drain)
            console.remark(
                "draining \(registration.words) for \(People.duration(milliseconds: drainMilliseconds))"
            )
            let end = Clock.monotonicNow().advanced(byMilliseconds: drainMilliseconds)
            stage = .draining(until: end, for: signal)
        // Whoever asks twice has no time.
        case .serving, .draining, .ending: end(by: signal)
        case .leaving: break
        }
    }

    /// Passes the signal on, or leaves where there is nobody to pass it to.
    private mutating func end(by signal: Signal) {
        guard let group else {
            self.signal = signal
            leave(with: .done)
            return
        }
        group.pass(signal)
        stage = .ending
    }

    private mutating func leave(with code: ExitCode) {
        if case .leaving = stage { return }
        sources.orders.send(.leave)
        let end = Clock.monotonicNow().advanced(byMilliseconds: Self.leaveMillisecondsMax)
        stage = .leaving(code, until: end)
    }

    private mutating func take(_ news: RegistrationKeeper.News) {
        guard case .left(let failure) = news else { return }
        if let failure {
            console.remark(
                "\(registration.words) stays until its time is up: \(failure.explanation)"
            )
        }
        guard case .leaving(let code, _) = stage else { return }
        result = code
    }

    private mutating func passTime() {
        guard let nextTime, Clock.monotonicNow() >= nextTime else { return }
        switch stage {
        case .serving, .ending: break
        case .draining(_, let signal): end(by: signal)
        case .leaving(let code, _):
            console.remark("\(registration.words) stays until its time is up: no member answers")
            result = code
        }
    }
}
