package import Bytes
package import Platform

/// CMD while it runs: its process group, its guardian, the terminal it was lent.
package final class GuardedCommand {
    /// What to run, and in whose name.
    package struct Launch: Sendable {
        package let order: LaunchOrder
        package let lease: [UInt8]
        package let endpoints: [ServiceAddress]
        /// What the guardian is called in `ps`: what it guards.
        package let subject: String
        /// What becomes of CMD when the lease can no longer be proven.
        package let response: LossResponse
        /// The roost binary that serves as stub and guardian.
        package let executable: String

        package init(
            order: LaunchOrder,
            lease: [UInt8],
            endpoints: [ServiceAddress],
            subject: String,
            response: LossResponse = .terminate,
            executable: String = CurrentProcess.executablePath
        ) {
            self.order = order
            self.lease = lease
            self.endpoints = endpoints
            self.subject = subject
            self.response = response
            self.executable = executable
        }
    }

    /// How long to wait for the end of the processes that CMD left running.
    private static let deathMillisecondsMax: UInt64 = 2_000
    private static let lookMilliseconds: UInt64 = 500
    /// What the terminal sends to the group that reads it.
    private static let keyboardSignals: [Signal] = [.interrupt, .quit, .hangUp]

    /// Readable once CMD itself has ended.
    package let process: ChildProcess
    private let launch: Launch
    private let group: ProcessGroup
    private var loan = TerminalLoan()
    private var guardian: Guardian
    private var validity: LeaseValidity
    private var killAt: BootTime?
    /// Whether CMD's group had the terminal when the job was stopped.
    private var wasLent = false

    /// Starts the guardian, then CMD.
    ///
    /// CMD runs only after the guardian has been told its group: there is no moment at which the
    /// death of roost would leave it running.
    package init(_ launch: Launch, validity: LeaseValidity) throws(SystemError) {
        self.launch = launch
        self.validity = validity
        // It keeps its number in the stub: one that roost got is none that CMD is to inherit.
        let order = try PipeEnd.makePair()
        let orderDescriptor = order.reading.descriptor
        guardian = try Guardian(launch)
        var stub = ChildProcess.Launch(
            executable: launch.executable,
            arguments: ["roost", CommandStub.verb, String(orderDescriptor)]
        )
        stub.group = .own
        stub.descriptors = [.init(orderDescriptor, as: orderDescriptor)]
        stub.foregroundOf = loan.lendAtStart()
        process = try ChildProcess(stub)
        group = ProcessGroup(id: process.id)
        inform()
        // Where the time ran out while all this was prepared (a machine that slept), the stub ends
        // without an order; from here on the guardian watches the time.
        guard validity.standing(at: .now) == .proven else { return }
        // Fails only when the stub is dead already, which its end tells.
        do throws(SystemError) { try order.writing.write(launch.order.encoded()) } catch { return }
    }

    /// The guardian's process: readable once that has ended.
    package var guardianProcess: ChildProcess { guardian.process }

    /// Puts a new guardian in the place of one that was killed.
    package func replaceGuardian() throws(SystemError) {
        guardian = try Guardian(launch)
        inform()
    }

    /// Tells the guardian the deadlines that a confirmed keepalive moved.
    package func renew(_ validity: LeaseValidity) {
        self.validity = validity
        tellDeadlines()
    }

    private func tellDeadlines() {
        guard let deadlines = launch.response.guardianDeadlines(validity) else { return }
        guardian.send(.believe(terminateAt: deadlines.terminateAt, killAt: deadlines.killAt))
    }

    /// Asks CMD's group to end; the guardian kills it at the given time if nobody else does.
    package func terminate(killAt: BootTime) {
        self.killAt = killAt
        guardian.send(.asked(killAt: killAt))
        group.terminate()
    }

    /// Kills CMD's group.
    package func kill() { group.kill() }

    /// Passes a signal on; one that is stopped is woken to meet it.
    package func pass(_ signal: Signal) { group.pass(signal) }

    /// Tells CMD that the terminal has another size; it goes on being stopped if it is.
    package func passWindowChange() { group.send(.windowChange) }

    // MARK: - The shell's job

    /// Looks whether CMD is stopped, and does what that calls for.
    ///
    /// - Returns: how the job is to be stopped, nil when it is not.
    package func lookForStop() throws(SystemError) -> JobControl.Reaction? {
        guard let signal = try process.stop() else { return nil }
        return react(to: .commandStopped(signal))
    }

    /// When to look for a stop that nothing reports; nil when there can be none.
    ///
    /// The keyboard's stop may meet CMD between `vfork` and `exec`: the child stops, and CMD, which
    /// waits for it inside the system, neither stops nor ends.
    package var nextLook: MonotonicTime? {
        guard loan.isLent else { return nil }
        return Clock.monotonicNow().advanced(byMilliseconds: Self.lookMilliseconds)
    }

    /// As `lookForStop`, for a stop that nothing reports.
    package func lookForUntoldStop() -> JobControl.Reaction? {
        guard loan.isLent, ProcessStatus(ofProcess: String(process.id))?.state == "D",
            group.hasStoppedMember
        else { return nil }
        return react(to: .commandStopped(.terminalStop))
    }

    /// Does what an event calls for; how the job is to be stopped, nil when it is not.
    package func react(to event: JobControl.Event) -> JobControl.Reaction? {
        let reaction = JobControl.reaction(to: event, reader: loan.reader(beside: group))
        switch reaction {
        case .none: return nil
        case .wake: group.send(.goOn)
        case .lend:
            loan.lend(to: group)
            group.send(.goOn)
        case .withdraw:
            loan.takeBack()
            // What the keyboard sent just before is to be met too.
            if ProcessStatus.hasPending(Self.keyboardSignals, process: process.id) {
                group.send(.goOn)
            }
        case .takeBack: loan.yield()
        case .stop(let signal, let extent):
            if extent == .process { group.send(signal) }
            wasLent = loan.isLent
            loan.takeBack()
            return reaction
        }
        return nil
    }

    /// Lets CMD go on after the job was stopped by a signal.
    package func resume(after signal: Signal, outcome: CurrentProcess.StopOutcome) {
        let asksForTerminal = signal != .terminalStop
        if outcome == .refused, asksForTerminal, loan.reader(beside: group) == .elsewhere {
            // As the system does with a stopped group that nobody watches any more; woken alone, it
            // would ask again for ever.
            return group.pass(.hangUp)
        }
        goOn(asksForTerminal || wasLent ? .asked : .unasked)
    }

    /// Lets CMD go on because somebody continued the job.
    package func goOn() { goOn(.unasked) }

    private enum Wish { case asked, unasked }

    private func goOn(_ wish: Wish) {
        switch loan.reader(beside: group) {
        case .job: if wish == .asked || loan.isAlone { loan.lend(to: group) }
        case .elsewhere: loan.forget()
        case .command, .nobody: break
        }
        group.send(.goOn)
    }

    // MARK: - The end

    /// After CMD itself has ended: kills what is left of its group, takes the terminal back, dismisses
    /// the guardian, sees the group dead.
    package func finish() throws(SystemError) -> CommandEnding {
        // The ended process is not waited for yet, so its number still names this group only.
        group.kill()
        let reader = loan.reader(beside: group)
        // One that is gone was CMD's if it was lent.
        let hadTerminal = reader == .command || (loan.isLent && reader == .nobody)
        loan.takeBack()
        guardian.send(.dismissed)
        let ending = try process.wait()
        let deadline = Clock.monotonicNow().advanced(byMilliseconds: Self.deathMillisecondsMax)
        _ = group.isGone(by: deadline)
        switch ending {
        case .exited(let code): return .exited(code)
        case .killed(let signal):
            guard hadTerminal, Self.keyboardSignals.contains(signal) else {
                return .killed(signal: signal.rawValue)
            }
            loan.share(signal)
            return .interrupted(signal: signal.rawValue)
        }
    }

    private func inform() {
        tellDeadlines()
        if let killAt { guardian.send(.asked(killAt: killAt)) }
        guardian.send(.protect(group: group.id))
    }
}

/// The guardian as roost sees it.
private struct Guardian {
    let process: ChildProcess
    private let pipe: PipeEnd

    init(_ launch: GuardedCommand.Launch) throws(SystemError) {
        let pipe = try PipeEnd.makePair()
        let endpoints = launch.endpoints.map(\.description).joined(separator: ",")
        let files = launch.endpoints.lazy.compactMap(\.security).first?.files ?? ClientFiles()
        var guardian = ChildProcess.Launch(
            executable: launch.executable,
            arguments: [
                "roost: guardian of \(launch.subject)", GuardianProcess.verb, endpoints,
                String(decoding: launch.lease, as: UTF8.self), String(CurrentProcess.groupID),
            ] + files.arguments
        )
        guardian.group = .own
        guardian.descriptors = [
            .init(pipe.reading.descriptor, as: GuardianProcess.pipeDescriptor)
        ]
        process = try ChildProcess(guardian)
        self.pipe = pipe.writing
    }

    /// One that is dead hears nothing; its end is noticed elsewhere.
    func send(_ message: GuardianMessage) {
        do throws(SystemError) { try pipe.write(message.encoded()) } catch { return }
    }
}
