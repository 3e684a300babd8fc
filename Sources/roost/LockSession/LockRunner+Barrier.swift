internal import Platform
internal import RoostClient

extension LockRunner {
    private enum Token: UInt64 { case signals, outcomes }

    /// What ends the wait for the others.
    private static let endingSignals: [Signal] = [.hangUp, .interrupt, .quit, .terminate]

    /// Leaves as CMD ended, with the others where it ran to its end.
    func leaveBarrier(_ exitReason: ExitReason) throws(Failure) -> ExitCode {
        var code: ExitCode?
        switch exitReason {
        case .commandEnded, .commandSignalled, .handedOver: code = try depart()
        case .unproven: break
        case .notWon, .failed, .signalled:
            // Before the lease ends: that would break it for those who wait on.
            if let lease, let target = plan.target {
                BarrierDeparture.withdraw(
                    lease,
                    from: target,
                    endpoints: plan.endpoints,
                    within: Self.departureMillisecondsMax
                )
            }
        }
        release(within: Self.releaseMillisecondsMax)
        let own = try end(for: exitReason)
        return own == .done ? code ?? own : own
    }

    /// Says that CMD has ended and waits for the others; what roost's exit code is then, where CMD's
    /// own says nothing else.
    private func depart() throws(Failure) -> ExitCode? {
        guard let lease, let target = plan.target else { return nil }
        let departure = BarrierDeparture(from: target, plan, lease: lease, generation: token)
        do throws(SystemError) {
            let outcomes = try Mailbox<BarrierDeparture.Outcome>()
            var poller = try Poller()
            try poller.add(sources.signals, token: Token.signals.rawValue, interest: .readable)
            try poller.add(outcomes, token: Token.outcomes.rawValue, interest: .readable)
            _ = try Thread(named: "departure") { outcomes.send(departure.carryOut()) }
            var events: [Poller.Event] = []
            while true {
                try poller.wait(until: nil, into: &events)
                if let outcome = outcomes.takeAll().first { return code(after: outcome) }
                while let signal = sources.signals.next() {
                    guard Self.endingSignals.contains(signal) else { continue }
                    say("the others have not left \(words.noun) yet; not waiting for them")
                    return ExitCode(rawValue: 128 + signal.rawValue)
                }
            }
        } catch { throw .local("cannot wait for the others: \(error)") }
    }

    private func code(after outcome: BarrierDeparture.Outcome) -> ExitCode {
        switch outcome {
        case .left: return .done
        case .late:
            say("not all have left \(words.noun) in time")
            return ExitCode(rawValue: conflictCode)
        case .broken(let reply):
            say(Failure.answer(reply).explanation)
            return .lost
        case .failed(let error):
            let failure = Failure.client(error)
            say(failure.explanation)
            return failure.exitCode
        }
    }
}
