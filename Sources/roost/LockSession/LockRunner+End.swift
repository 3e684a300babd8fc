internal import Platform
internal import RoostClient
internal import Wire

extension LockRunner {
    /// How long giving the lease back may take when it was won, and when it was not.
    static let releaseMillisecondsMax: UInt64 = 5_000
    static let departureMillisecondsMax: UInt64 = 2_000

    /// Gives up everything, and ends.
    func leave() throws(Failure) -> ExitCode {
        guard let exitReason else { return .failed }
        if case .barrier = plan.target?.kind { return try leaveBarrier(exitReason) }
        switch exitReason {
        case .commandEnded, .commandSignalled, .handedOver: releaseHeld()
        case .unproven:
            if !hasSaidUnproven { say("\(words.noun) could no longer be proven when it ended") }
            release(within: Self.releaseMillisecondsMax)
        case .notWon, .failed, .signalled: release(within: Self.departureMillisecondsMax)
        }
        return try end(for: exitReason)
    }

    /// Says why, and ends as CMD ended.
    func end(for exitReason: ExitReason) throws(Failure) -> ExitCode {
        switch exitReason {
        case .notWon:
            // Nobody's concern where it is asked for, or no failure.
            let isSilent = console.voice == .quiet || conflictCode == 0
            if let failure, !isSilent { console.complain(failure) }
        case .failed: if let failure { throw failure }
        case .commandEnded, .commandSignalled, .signalled, .unproven, .handedOver: break
        }
        if let signal = dyingSignal(exitReason) { CurrentProcess.die(by: signal) }
        return ExitCode(rawValue: exitReason.exitCode(conflictCode: conflictCode))
    }

    /// The signal by which CMD died, where it came through roost or from the terminal.
    private func dyingSignal(_ exitReason: ExitReason) -> Signal? {
        if let number = exitReason.dyingSignal { return Signal(rawValue: number) }
        guard case .commandEnded(.killed(let number)) = exitReason else { return nil }
        // A supervisor signals all processes at once; ours may come after CMD is dead.
        while let signal = sources.signals.next() {
            if signal.rawValue == number { return signal }
        }
        return nil
    }

    /// Gives back what CMD held to its end, or says that it did not.
    private func releaseHeld() {
        guard let lease else { return }
        let revocation = Revocation(lease: lease, endpoints: plan.endpoints)
        let outcome = revocation.carryOut(
            fencedBy: environment.fence,
            within: Self.releaseMillisecondsMax
        )
        if outcome == .late {
            say(
                "\(words.noun) was taken away by force before the command ended: "
                    + "its last work may have met another holder's"
            )
        }
        complain(of: outcome)
    }

    /// Gives the lease back, and with it the place or what was won.
    func release(within milliseconds: UInt64) {
        guard let lease else { return }
        let revocation = Revocation(lease: lease, endpoints: plan.endpoints)
        complain(of: revocation.carryOut(within: milliseconds))
    }

    private func complain(of outcome: Revocation.Outcome) {
        guard case .left(let why) = outcome else { return }
        let seconds = plan.timeToLiveMilliseconds / 1000
        say("\(words.noun) could not be given back (\(why)); it ends within \(seconds) s")
    }

    /// CMD's environment.
    var environment: CommandEnvironment {
        CommandEnvironment(
            kind: words.target.kind,
            name: words.target.name,
            token: token,
            lease: lease ?? [],
            endpoints: plan.endpoints
        )
    }
}

extension Failure {
    init(_ error: LockClaimError) {
        self =
            switch error {
            case .client(let error): .client(error)
            case .answer(let reply): .answer(reply)
            case .system(let error): .local("cannot take part: \(error)")
            }
    }
}
