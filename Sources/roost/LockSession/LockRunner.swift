internal import Bytes
internal import Platform
internal import RoostClient
internal import Wire

/// Carries out what `LockSession` decides: the shell around one `lock`, `elect` or
/// `barrier`.
///
/// This thread only waits for signals, reports of the claim's threads and CMD's end. Whatever
/// blocks it cannot delay a keepalive; whatever blocks those ends CMD in time.
struct LockRunner: ~Copyable {
    private enum Token: UInt64 { case signals, reports, sights, findings, command, guardian }

    /// What this thread waits for.
    struct Sources: ~Copyable {
        let signals: SignalSource
        let reports: Mailbox<LockClaim.Report>
        let sights: Mailbox<Lookout.Sight>
        let findings: Mailbox<HealthWatch.Finding>
        var poller: Poller

        init(signals numbers: [Signal]) throws(SystemError) {
            let signals = try SignalSource(numbers)
            let reports = try Mailbox<LockClaim.Report>()
            let sights = try Mailbox<Lookout.Sight>()
            let findings = try Mailbox<HealthWatch.Finding>()
            let poller = try Poller()
            try poller.add(signals, token: Token.signals.rawValue, interest: .readable)
            try poller.add(reports, token: Token.reports.rawValue, interest: .readable)
            try poller.add(sights, token: Token.sights.rawValue, interest: .readable)
            try poller.add(findings, token: Token.findings.rawValue, interest: .readable)
            self.signals = signals
            self.reports = reports
            self.sights = sights
            self.findings = findings
            self.poller = poller
        }
    }

    /// Passed on to CMD; while there is none, they end the wait.
    private static let passedSignals: [Signal] = [
        .hangUp, .interrupt, .quit, .terminate, .user1, .user2,
    ]
    /// What stops and continues the shell's job that roost is part of.
    private static let jobSignals: [Signal] = [
        .terminalStop, .terminalInput, .terminalOutput, .goOn, .windowChange,
    ]
    /// A wait that is shorter is not worth a word.
    static let silenceNanoseconds: UInt64 = 1_000_000_000

    let plan: LockClaim.Plan
    /// The exit code where it is not won in time.
    let conflictCode: Int32
    let words: ContestWords
    let console: Console
    private let command: [[UInt8]]
    let manner: LockManner
    /// Since when it is queued for, for the patience.
    var begunAt = BootTime.now
    private var session: LockSession
    /// Nil while nothing is asked for.
    var claim: LockClaim?
    var claimNumber = 0
    var lease: [UInt8]?
    var token: UInt64 = 0
    private(set) var running: GuardedCommand?
    private(set) var sources: Sources
    private var guardianToken = Token.guardian.rawValue
    private(set) var exitReason: ExitReason?
    private(set) var failure: Failure?
    var lookout: Lookout?
    /// When to begin to say what is waited for; nil when that is not said.
    var speaksAt: BootTime?
    var lastWords: String?
    /// Whether it was said that CMD is ended because nothing can be proven any more.
    var hasSaidUnproven = false
    var insistence = LockClaim.Insistence.none
    /// Why this side is not well; nil while it is.
    private var sickness: String?
    /// What was run at losses and has not been seen to end.
    var handlers: [ChildProcess] = []

    private init(
        target: LockTarget,
        plan: LockClaim.Plan,
        command: [[UInt8]],
        manner: LockManner,
        conflictCode: Int32,
        console: Console,
        claim: LockClaim?,
        sources: consuming Sources
    ) {
        self.plan = plan
        self.command = command
        self.manner = manner
        session =
            claim == nil
            ? .sick(onLoss: manner.response, then: manner.sequel)
            : LockSession(onLoss: manner.response, then: manner.sequel)
        self.conflictCode = conflictCode
        self.console = console
        words = ContestWords(target: target)
        speaksAt =
            console.tellsOfWaiting ? begunAt.advanced(byNanoseconds: Self.silenceNanoseconds) : nil
        self.claim = claim
        self.sources = sources
    }

    /// Starts to ask for a lease and a place in the queue; where health is watched, once that is
    /// well.
    static func begin(
        target: LockTarget,
        plan: LockClaim.Plan,
        command: [[UInt8]],
        manner: LockManner,
        conflictCode: Int32,
        console: Console
    ) throws(Failure) -> LockRunner {
        // A guardian that was killed must not take roost with it.
        Signal.brokenPipe.ignore()
        // Where this is ignored, nobody learns how a child ended.
        Signal.childEnded.restoreDefault()
        do throws(SystemError) {
            // Before any thread starts: threads inherit that the signals are blocked.
            let heard = (Self.passedSignals + Self.jobSignals).filter { !$0.wasIgnoredAtStart }
            let sources = try Sources(signals: heard + [.childEnded])
            var claim: LockClaim?
            if let health = manner.health {
                try HealthWatch.begin(health, findings: sources.findings)
            } else {
                claim = try LockClaim(number: 0, plan: plan, reports: sources.reports)
            }
            return LockRunner(
                target: target,
                plan: plan,
                command: command,
                manner: manner,
                conflictCode: conflictCode,
                console: console,
                claim: claim,
                sources: sources
            )
        } catch { throw .local("cannot prepare to run a command: \(error)") }
    }

    /// Returns roost's exit code once everything is given up.
    mutating func run() throws(Failure) -> ExitCode {
        var events: [Poller.Event] = []
        while exitReason == nil {
            do throws(SystemError) {
                try sources.poller.wait(until: nextDeadline, into: &events)
            } catch { throw .local("cannot wait for events: \(error)") }
            try step(.elapsed)
            beginToSpeak()
            if case .stop(let signal, let extent)? = running?.lookForUntoldStop() {
                try stop(by: signal, extent: extent)
            }
            for event in events where exitReason == nil { try handle(event) }
        }
        return try leave()
    }

    private var nextDeadline: MonotonicTime? {
        let times = [session.nextDeadline, speaksAt].compactMap { $0?.onMonotonicClock }
        return (times + [running?.nextLook].compactMap(\.self)).min()
    }

    private mutating func handle(_ event: Poller.Event) throws(Failure) {
        switch Token(rawValue: event.token) {
        case .signals:
            while exitReason == nil, let signal = sources.signals.next() { try take(signal) }
        case .reports:
            for report in sources.reports.takeAll() where exitReason == nil { try take(report) }
        case .sights:
            for sight in sources.sights.takeAll() where exitReason == nil { tell(of: sight) }
        case .findings:
            for finding in sources.findings.takeAll() where exitReason == nil { try take(finding) }
        case .command: try commandEnded()
        case .guardian, nil: try guardianEnded(token: event.token)
        }
    }

    /// Learns what the claim's threads have to say; those of an earlier lease are over.
    private mutating func take(_ report: LockClaim.Report) throws(Failure) {
        guard report.claim == claimNumber else { return }
        switch report.event {
        case .joined(let lease, let validity):
            self.lease = lease
            try step(.joined(validity))
        case .granted(let token, let hold):
            self.token = token
            endLookout()
            if let hold { try step(.bounded(end: hold.end, sentAt: hold.sentAt)) }
            if console.voice == .verbose { say("\(words.noun) is won, token \(token)") }
            insistence = manner.sequel == .again ? .untilGranted : .none
            try step(.granted)
            claim?.prove(token: token)
        case .refused(let reply):
            failure = .notWon(words.refusal(reply), reply)
            try step(.refused)
        case .confirmed(let sentAt): try step(.confirmed(sentAt: sentAt))
        case .lost: try step(.lost)
        case .asked: try step(.asked)
        case .failed(let error):
            let failure = Failure(error)
            self.failure = failure
            try step(.failed(exitCode: failure.exitCode.rawValue))
        }
    }

    private mutating func take(_ finding: HealthWatch.Finding) throws(Failure) {
        switch finding {
        case .well:
            if sickness != nil { say("well again: asking for \(words.noun)") }
            sickness = nil
            try step(.well)
        case .sick(let why):
            if sickness == nil { say("sick (\(why)): not asking for \(words.noun) until well") }
            sickness = why
            try step(.sick)
        }
    }

    private mutating func step(_ input: LockSession.Input) throws(Failure) {
        for action in session.step(input, now: .now) {
            switch action {
            case .start(let validity): try start(validity)
            case .renew(let validity): running?.renew(validity)
            case .rejoin: try rejoin()
            case .withdraw(let cause): withdraw(for: cause)
            case .queue: try queue()
            case .tell: tellLoss()
            case .pass(let number): running?.pass(Signal(rawValue: number))
            case .terminate(let killAt):
                // First what matters: standard error may block.
                running?.terminate(killAt: killAt)
                sayEnding(for: input)
            case .kill:
                running?.kill()
                sayUnproven()
            case .leave(let exitReason): self.exitReason = exitReason
            }
        }
    }

    // MARK: - Signals

    private mutating func take(_ signal: Signal) throws(Failure) {
        switch signal {
        case .childEnded:
            buryHandlers()
            if case .stop(let signal, let extent)? = try lookForStop() {
                try stop(by: signal, extent: extent)
            }
        case .terminalStop, .terminalInput, .terminalOutput:
            guard let running else { return try stop(by: signal, extent: .process) }
            if case .stop(let signal, let extent)? = running.react(to: .jobStopped(signal)) {
                try stop(by: signal, extent: extent)
            }
        case .goOn: running?.goOn()
        case .windowChange: running?.passWindowChange()
        default: try step(.signalled(signal.rawValue))
        }
    }

    private func lookForStop() throws(Failure) -> JobControl.Reaction? {
        do throws(SystemError) {
            return try running?.lookForStop()
        } catch { throw .local("cannot see whether the command is stopped: \(error)") }
    }

    /// Stops roost, and so what the shell takes for the job, until somebody continues it.
    private mutating func stop(
        by signal: Signal,
        extent: CurrentProcess.StopExtent
    ) throws(Failure) {
        if running != nil, console.tellsOfWaiting, let end = session.nextDeadline {
            let seconds = end.nanoseconds(since: .now) / 1_000_000_000
            say("stopped; \(words.noun) is lost unless this goes on within \(seconds) s")
        }
        let outcome: CurrentProcess.StopOutcome
        do throws(SystemError) {
            outcome = try CurrentProcess.stop(by: signal, extent: extent)
        } catch { throw .local("cannot stop: \(error)") }
        // What is over is over before anything is woken.
        try step(.elapsed)
        running?.resume(after: signal, outcome: outcome)
    }

    // MARK: - Words

    private mutating func beginToSpeak() {
        guard let time = speaksAt, BootTime.now >= time else { return }
        speaksAt = nil
        do throws(SystemError) {
            lookout = try Lookout(
                target: words.target,
                endpoints: plan.endpoints,
                sights: sources.sights
            )
        } catch { say("cannot look who holds \(words.noun): \(error)") }
    }

    mutating func endLookout() {
        speaksAt = nil
        lookout?.end()
        lookout = nil
    }

    /// Says what is waited for, whenever that has become something else.
    private mutating func tell(of sight: Lookout.Sight) {
        guard lookout != nil, let text = words.waiting(sight, lease: lease), text != lastWords
        else { return }
        lastWords = text
        say(text)
    }

    private mutating func sayUnproven() {
        guard !hasSaidUnproven else { return }
        hasSaidUnproven = true
        say("\(words.noun) can no longer be proven: ending the command")
    }

    /// Says why CMD is asked to end.
    private mutating func sayEnding(for input: LockSession.Input) {
        switch input {
        case .sick: break
        case .asked: say("another of higher priority asks for \(words.noun): ending the command")
        default: sayUnproven()
        }
    }

    /// Says something on standard error that is no result.
    func say(_ text: String) { console.remark(text) }

    // MARK: - Actions

    private mutating func start(_ validity: LeaseValidity) throws(Failure) {
        let launch = GuardedCommand.Launch(
            order: LaunchOrder(arguments: command, environment: environment.variables),
            lease: lease ?? [],
            endpoints: plan.endpoints,
            subject: words.noun,
            response: manner.response
        )
        do throws(SystemError) {
            let running = try GuardedCommand(launch, validity: validity)
            self.running = running
            try sources.poller.add(
                running.process,
                token: Token.command.rawValue,
                interest: .readable
            )
            try sources.poller.add(
                running.guardianProcess,
                token: Token.guardian.rawValue,
                interest: .readable
            )
        } catch {
            // One that runs already is dead before anything is given back.
            _ = try? running?.finish()
            running = nil
            failure = .local("cannot start the command: \(error)")
            exitReason = .failed(exitCode: ExitCode.failed.rawValue)
        }
    }

    private mutating func commandEnded() throws(Failure) {
        guard let running else { return }
        // A signal that is on its way already may be why it ended.
        while let signal = sources.signals.next() {
            if signal != .childEnded { try take(signal) }
        }
        let ending: CommandEnding
        do throws(SystemError) {
            ending = try running.finish()
        } catch { throw .local("cannot see how the command ended: \(error)") }
        self.running = nil
        try step(.ended(ending))
    }

    /// Puts another guardian in the place of one that was killed. An event of an earlier one may
    /// still be on its way.
    private mutating func guardianEnded(token: UInt64) throws(Failure) {
        guard let running, token == guardianToken else { return }
        do throws(SystemError) {
            guard try running.guardianProcess.ending() != nil else { return }
            try running.replaceGuardian()
            guardianToken += 1
            try sources.poller.add(
                running.guardianProcess,
                token: guardianToken,
                interest: .readable
            )
        } catch { say("no guardian stands by the command any more: \(error)") }
    }
}
