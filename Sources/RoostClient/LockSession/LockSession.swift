/// One `lock` or `elect` from its place in the queue to its exit, as a value: what happened goes in
/// with the time, what is to be done comes out.
///
/// CMD runs only while the lease can be proven. It starts after a keepalive that was SENT after the
/// grant was received has been confirmed, so that an old grant cannot start it; it is asked to end
/// at three quarters of the time to live and killed at nine tenths, both counted by `LeaseValidity`.
package struct LockSession: Sendable {
    /// What happened.
    package enum Input: Hashable, Sendable {
        /// A lease is granted and a place in the queue asked for: at the start and after
        /// `Action.rejoin`.
        case joined(LeaseValidity)
        /// The service says that the lock or leadership is ours.
        case granted
        /// What was granted may be held until then at most, as the answer to a request says that was
        /// sent at that time; comes before `granted`.
        case bounded(end: BootTime, sentAt: BootTime)
        /// The service will not grant it within the time that may be waited.
        case refused
        /// Nothing can be had from the service; roost exits with this code.
        case failed(exitCode: Int32)
        /// A keepalive, sent at this time, was confirmed.
        case confirmed(sentAt: BootTime)
        /// The service says that the lease, or what was granted to it, is gone.
        case lost
        /// A signal reached roost.
        case signalled(Int32)
        case ended(CommandEnding)
        /// Time passed; nothing else happened.
        case elapsed
    }

    /// What is to be done, in order.
    package enum Action: Hashable, Sendable {
        /// Start CMD, its guardian first.
        case start(LeaseValidity)
        /// Tell the guardian the new deadlines.
        case renew(LeaseValidity)
        /// The place in the queue is gone with its lease: take a new lease and queue again.
        case rejoin
        /// Pass a signal on to CMD's group.
        case pass(Int32)
        /// Ask CMD's group to end; it is killed at this time.
        case terminate(killAt: BootTime)
        /// Kill CMD's group.
        case kill
        /// Kill what is left of CMD's group, give up what is held, exit.
        case leave(ExitReason)
    }

    private enum Phase: Hashable {
        case joining
        case waiting(LeaseValidity)
        case proving(LeaseValidity, since: BootTime)
        case running(LeaseValidity)
        case ending(killAt: BootTime)
        case killed
        case over
    }

    /// When the service itself says that another may hold it already, CMD has at most this long
    /// between being asked and being killed.
    private static let graceAfterLossNanoseconds: UInt64 = 1_000_000_000

    private var phase = Phase.joining
    /// The signals that CMD was passed.
    private var passed: Set<Int32> = []

    /// Holds nothing and waits for nothing yet.
    package init() {}

    /// When `.elapsed` is due at the latest; nil while no time matters.
    package var nextDeadline: BootTime? {
        switch phase {
        case .running(let validity): validity.terminateAt
        case .ending(let killAt): killAt
        case .joining, .waiting, .proving, .killed, .over: nil
        }
    }

    /// Absorbs one input and looks at the deadlines.
    package mutating func step(_ input: Input, now: BootTime) -> [Action] {
        var actions = absorb(input, now: now)
        actions += enforce(now: now)
        return actions
    }

    private mutating func absorb(_ input: Input, now: BootTime) -> [Action] {
        switch input {
        case .joined(let validity): joined(validity)
        case .granted: granted(now: now)
        case .bounded(let end, let sentAt): bounded(end: end, sentAt: sentAt)
        case .refused: leaveQueue(.notWon)
        case .failed(let exitCode): leaveQueue(.failed(exitCode: exitCode))
        case .confirmed(let sentAt): confirmed(sentAt: sentAt, now: now)
        case .lost: lost(now: now)
        case .signalled(let number): signalled(number)
        case .ended(let ending): ended(ending)
        case .elapsed: []
        }
    }

    private mutating func joined(_ validity: LeaseValidity) -> [Action] {
        if phase == .joining { phase = .waiting(validity) }
        return []
    }

    private mutating func granted(now: BootTime) -> [Action] {
        if case .waiting(let validity) = phase { phase = .proving(validity, since: now) }
        return []
    }

    private mutating func bounded(end: BootTime, sentAt: BootTime) -> [Action] {
        if case .waiting(var validity) = phase {
            validity.bound(by: end, sentAt: sentAt)
            phase = .waiting(validity)
        }
        return []
    }

    private mutating func confirmed(sentAt: BootTime, now: BootTime) -> [Action] {
        switch phase {
        case .waiting(var validity):
            validity.confirm(sentAt: sentAt)
            phase = .waiting(validity)
            return []
        case .proving(var validity, let since):
            validity.confirm(sentAt: sentAt)
            guard sentAt >= since, validity.standing(at: now) == .proven else {
                phase = .proving(validity, since: since)
                return []
            }
            phase = .running(validity)
            return [.start(validity)]
        case .running(var validity):
            // One that arrives past the deadline it should have moved comes too late: by then the
            // guardian has acted.
            guard validity.standing(at: now) == .proven else { return [] }
            validity.confirm(sentAt: sentAt)
            phase = .running(validity)
            return [.renew(validity)]
        case .joining, .ending, .killed, .over: return []
        }
    }

    private mutating func lost(now: BootTime) -> [Action] {
        let grace = now.advanced(byNanoseconds: Self.graceAfterLossNanoseconds)
        switch phase {
        case .waiting, .proving:
            phase = .joining
            return [.rejoin]
        case .running(let validity): return terminate(killAt: min(validity.killAt, grace))
        case .ending(let killAt):
            phase = .ending(killAt: min(killAt, grace))
            return []
        case .joining, .killed, .over: return []
        }
    }

    private mutating func signalled(_ number: Int32) -> [Action] {
        switch phase {
        case .joining, .waiting, .proving: return leaveQueue(.signalled(number))
        case .running, .ending:
            passed.insert(number)
            return [.pass(number)]
        case .killed, .over: return []
        }
    }

    private mutating func ended(_ ending: CommandEnding) -> [Action] {
        switch phase {
        case .running: leave(exitReason(after: ending))
        case .ending, .killed: leave(.unproven)
        case .joining, .waiting, .proving, .over: []
        }
    }

    private func exitReason(after ending: CommandEnding) -> ExitReason {
        switch ending {
        case .interrupted(let signal): .commandSignalled(signal)
        case .killed(let signal) where passed.contains(signal): .commandSignalled(signal)
        case .killed, .exited: .commandEnded(ending)
        }
    }

    /// Leaves before CMD has started.
    private mutating func leaveQueue(_ exitReason: ExitReason) -> [Action] {
        switch phase {
        case .joining, .waiting, .proving: leave(exitReason)
        case .running, .ending, .killed, .over: []
        }
    }

    private mutating func leave(_ exitReason: ExitReason) -> [Action] {
        phase = .over
        return [.leave(exitReason)]
    }

    private mutating func terminate(killAt: BootTime) -> [Action] {
        phase = .ending(killAt: killAt)
        return [.terminate(killAt: killAt)]
    }

    private mutating func enforce(now: BootTime) -> [Action] {
        switch phase {
        case .running(let validity) where validity.standing(at: now) == .over:
            phase = .killed
            return [.kill]
        case .running(let validity) where validity.standing(at: now) == .doubtful:
            return terminate(killAt: validity.killAt)
        case .ending(let killAt) where now >= killAt:
            phase = .killed
            return [.kill]
        default: return []
        }
    }
}
