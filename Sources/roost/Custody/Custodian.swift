internal import Bytes
internal import Platform
internal import RoostClient
internal import Wire

/// Carries out what `Custody` decides: the shell around one `lock` or `elect`.
///
/// This thread only waits for signals, reports of the candidacy's threads and CMD's end. Whatever
/// blocks it cannot delay a keepalive; whatever blocks those ends CMD in time.
struct Custodian: ~Copyable {
    private enum Token: UInt64 { case signals, reports, command, guardian }

    /// What this thread waits for.
    private struct Sources: ~Copyable {
        let signals: SignalSource
        let reports: Mailbox<Candidacy.Report>
        var poller: Poller

        init(signals numbers: [Signal]) throws(SystemError) {
            let signals = try SignalSource(numbers)
            let reports = try Mailbox<Candidacy.Report>()
            let poller = try Poller()
            try poller.add(signals, token: Token.signals.rawValue, interest: .readable)
            try poller.add(reports, token: Token.reports.rawValue, interest: .readable)
            self.signals = signals
            self.reports = reports
            self.poller = poller
        }
    }

    /// Passed on to CMD; while there is none, they end the wait.
    private static let passedSignals: [Signal] = [
        .hangUp, .interrupt, .quit, .terminate, .user1, .user2,
    ]
    /// How long giving the lease back may take when it was won, and when it was not.
    private static let releaseMillisecondsMax: UInt64 = 5_000
    private static let departureMillisecondsMax: UInt64 = 2_000

    private let plan: Candidacy.Plan
    private let command: [[UInt8]]
    private let conflictCode: Int32
    private let console: Console
    private let begunAt = BootTime.now
    private var custody = Custody()
    private var candidacy: Candidacy
    private var candidacyNumber = 0
    private var lease: [UInt8]?
    private var token: UInt64 = 0
    private var running: GuardedCommand?
    private var sources: Sources
    private var guardianToken = Token.guardian.rawValue
    private var farewell: Farewell?
    private var failure: Failure?

    private init(
        plan: Candidacy.Plan,
        command: [[UInt8]],
        conflictCode: Int32,
        console: Console,
        candidacy: Candidacy,
        sources: consuming Sources
    ) {
        self.plan = plan
        self.command = command
        self.conflictCode = conflictCode
        self.console = console
        self.candidacy = candidacy
        self.sources = sources
    }

    /// Starts to ask for a lease and a place in the queue.
    static func begin(
        plan: Candidacy.Plan,
        command: [[UInt8]],
        conflictCode: Int32,
        console: Console
    ) throws(Failure) -> Custodian {
        // A guardian that was killed must not take roost with it.
        Signal.brokenPipe.ignore()
        do throws(SystemError) {
            // Before any thread starts: threads inherit that the signals are blocked.
            let sources = try Sources(signals: Self.passedSignals + [.childEnded])
            let candidacy = try Candidacy(number: 0, plan: plan, reports: sources.reports)
            return Custodian(
                plan: plan,
                command: command,
                conflictCode: conflictCode,
                console: console,
                candidacy: candidacy,
                sources: sources
            )
        } catch { throw .local("cannot prepare to run a command: \(error)") }
    }

    /// Returns roost's exit code once everything is given up.
    mutating func run() throws(Failure) -> ExitCode {
        var events: [Poller.Event] = []
        while farewell == nil {
            do throws(SystemError) {
                try sources.poller.wait(
                    until: custody.nextDeadline?.onMonotonicClock,
                    into: &events
                )
            } catch { throw .local("cannot wait for events: \(error)") }
            try step(.elapsed)
            for event in events where farewell == nil { try handle(event) }
        }
        return try leave()
    }

    private mutating func handle(_ event: Poller.Event) throws(Failure) {
        switch Token(rawValue: event.token) {
        case .signals:
            while farewell == nil, let signal = sources.signals.next() {
                if signal == .childEnded {
                    running?.wakeIfStoppedByKeyboard()
                } else {
                    try step(.signalled(signal.rawValue))
                }
            }
        case .reports:
            for report in sources.reports.takeAll() where farewell == nil { try take(report) }
        case .command: try commandEnded()
        case .guardian, nil: try guardianEnded(token: event.token)
        }
    }

    /// Learns what the candidacy's threads have to say; those of an earlier lease are over.
    private mutating func take(_ report: Candidacy.Report) throws(Failure) {
        guard report.candidacy == candidacyNumber else { return }
        switch report.event {
        case .joined(let lease, let tenure):
            self.lease = lease
            try step(.joined(tenure))
        case .granted(let token):
            self.token = token
            try step(.granted)
            candidacy.prove(token: token)
        case .refused(let reply):
            failure = .notWon("\(noun) was not won in time: another holds it", reply)
            try step(.refused)
        case .confirmed(let sentAt): try step(.confirmed(sentAt: sentAt))
        case .lost: try step(.lost)
        case .failed(let error):
            let failure = Failure(error)
            self.failure = failure
            try step(.failed(exitCode: failure.exitCode.rawValue))
        }
    }

    private mutating func step(_ input: Custody.Input) throws(Failure) {
        for action in custody.step(input, now: .now) {
            switch action {
            case .start(let tenure): try start(tenure)
            case .renew(let tenure): running?.renew(tenure)
            case .rejoin: try rejoin()
            case .pass(let number): running?.pass(Signal(rawValue: number))
            case .terminate(let killAt):
                // First what matters: standard error may block.
                running?.terminate(killAt: killAt)
                Console.note("\(noun) can no longer be proven: ending the command")
            case .kill: running?.kill()
            case .leave(let farewell): self.farewell = farewell
            }
        }
    }

    // MARK: - Actions

    private mutating func start(_ tenure: Tenure) throws(Failure) {
        let launch = GuardedCommand.Launch(
            order: LaunchOrder(arguments: command, environment: environment),
            lease: lease ?? [],
            endpoints: plan.endpoints
        )
        do throws(SystemError) {
            let running = try GuardedCommand(launch, tenure: tenure)
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
            failure = .local("cannot start the command: \(error)")
            farewell = .failed(exitCode: ExitCode.failed.rawValue)
        }
    }

    /// A new lease and a new place at the end of the queue.
    private mutating func rejoin() throws(Failure) {
        Console.note("the place in the queue was lost with its lease; queueing again")
        release(within: Self.departureMillisecondsMax)
        lease = nil
        candidacyNumber += 1
        do throws(SystemError) {
            candidacy = try Candidacy(
                number: candidacyNumber,
                plan: plan.continued(sinceNanoseconds: BootTime.now.nanoseconds(since: begunAt)),
                reports: sources.reports
            )
        } catch { throw .local("cannot queue again: \(error)") }
    }

    private mutating func commandEnded() throws(Failure) {
        guard let running else { return }
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
        } catch { Console.note("no guardian stands by the command any more: \(error)") }
    }

    // MARK: - The end

    private mutating func leave() throws(Failure) -> ExitCode {
        guard let farewell else { return .failed }
        let hasRun: Bool
        switch farewell {
        case .commandEnded, .unproven: hasRun = true
        case .notWon, .failed, .signalled: hasRun = false
        }
        release(within: hasRun ? Self.releaseMillisecondsMax : Self.departureMillisecondsMax)
        switch farewell {
        case .notWon: if let failure { console.complain(failure) }
        case .failed: if let failure { throw failure }
        case .commandEnded, .signalled, .unproven: break
        }
        return ExitCode(rawValue: farewell.exitCode(conflictCode: conflictCode))
    }

    /// Gives the lease back, and with it the place or what was won.
    private func release(within milliseconds: UInt64) {
        guard let lease else { return }
        let revocation = Revocation(lease: lease, endpoints: plan.endpoints)
        if case .left(let why) = revocation.carryOut(within: milliseconds) {
            let seconds = plan.timeToLiveMilliseconds / 1000
            Console.note("\(noun) could not be given back (\(why)); it ends within \(seconds) s")
        }
    }

    private var noun: String {
        let name = String(decoding: plan.contest.name, as: UTF8.self)
        return switch plan.contest.kind {
        case .exclusiveLock, .sharedLock: "lock '\(name)'"
        case .election: "leadership of '\(name)'"
        }
    }

    /// CMD's environment: ours, with what it is told about what is held.
    private var environment: [[UInt8]] {
        var fence: [UInt8] = []
        PercentEncoding.append(component: plan.contest.name, to: &fence)
        fence += Array("=\(token)".utf8)
        let outer = Environment.value(of: "ROOST_FENCE").flatMap { $0.isEmpty ? nil : $0 }
        if let outer { fence = Array(outer.utf8) + [UInt8(ascii: ",")] + fence }
        let endpoints = plan.endpoints.map(\.description).joined(separator: ",")
        let told: [(name: String, value: [UInt8])] = [
            ("ROOST_LOCK_NAME", plan.contest.name),
            ("ROOST_LOCK_TOKEN", Array(String(token).utf8)),
            ("ROOST_LOCK_LEASE", lease ?? []),
            ("ROOST_FENCE", fence),
            ("ROOST_ENDPOINTS", Array(endpoints.utf8)),
        ]
        let kept = ProcessImage.environment.filter { entry in
            !told.contains { entry.starts(with: ($0.name + "=").utf8) }
        }
        return kept + told.map { Array(($0.name + "=").utf8) + $0.value }
    }
}

extension Failure {
    fileprivate init(_ error: CandidacyError) {
        self =
            switch error {
            case .client(let error): .client(error)
            case .answer(let reply): .answer(reply)
            case .system(let error): .local("cannot take part: \(error)")
            }
    }
}
