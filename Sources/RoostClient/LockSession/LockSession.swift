internal import Platform

/// One `lock` or `elect` from its place in the queue to its exit, as a value: what happened goes in
/// with the time, what is to be done comes out.
///
/// CMD runs only while the lease can be proven. It starts after a keepalive that was SENT after the
/// grant was received has been confirmed, so that an old grant cannot start it; it is asked to end
/// at three quarters of the time to live and killed at nine tenths, both counted by `LeaseValidity`.
///
/// One that is watched for sickness begins without asking for anything, and holds and asks for
/// nothing while it is sick.
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
        /// A candidate of higher priority asks for what is held.
        case asked
        /// The watch over this side's health says that.
        case sick
        case well
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
        /// Give back what is held and asked for.
        case withdraw(Surrender)
        /// Take a lease and queue: after `withdraw`, and where the session begins sick.
        case queue
        /// CMD goes on though nothing can be proven any more: say so.
        case tell
        /// Pass a signal on to CMD's group.
        case pass(Int32)
        /// Ask CMD's group to end; it is killed at this time.
        case terminate(killAt: BootTime)
        /// Kill CMD's group.
        case kill
        /// Kill what is left of CMD's group, give up what is held, exit.
        case leave(ExitReason)
    }

    /// Why something is given up that goes on to be wanted.
    package enum Surrender: Hashable, Sendable { case lost, sick, asked }

    private enum Phase: Hashable {
        /// Holds nothing and asks for nothing until this side is well.
        case ailing
        case joining
        case waiting(LeaseValidity)
        case proving(LeaseValidity, since: BootTime)
        case running(LeaseValidity)
        case ending(killAt: BootTime, Surrender)
        case killed(Surrender)
        /// CMD goes on though nothing can be proven.
        case unbound
        case over
    }

    private enum Health { case well, sick }

    /// When the service itself says that another may hold it already, CMD has at most this long
    /// between being asked and being killed.
    private static let graceAfterLossNanoseconds: UInt64 = 1_000_000_000
    /// Who gives up what is still held gives CMD so long.
    private static let graceOfSurrenderNanoseconds: UInt64 = 5_000_000_000
    /// Whoever sends one of these wants an end, not another beginning.
    private static let endingSignals = [Signal.interrupt, .quit, .terminate].map(\.rawValue)

    private let response: LossResponse
    private let sequel: LossSequel
    private var phase: Phase
    private var health = Health.well
    /// The signals that CMD was passed.
    private var passed: Set<Int32> = []

    /// Holds nothing yet, and waits to be `joined`.
    package init(onLoss response: LossResponse = .terminate, then sequel: LossSequel = .leave) {
        self.response = response
        self.sequel = sequel
        phase = .joining
    }

    /// As `init`, of a side that asks for nothing until it is said to be well.
    package static func sick(
        onLoss response: LossResponse = .terminate,
        then sequel: LossSequel = .leave
    ) -> LockSession {
        var session = LockSession(onLoss: response, then: sequel)
        session.phase = .ailing
        session.health = .sick
        return session
    }

    /// When `.elapsed` is due at the latest; nil while no time matters.
    package var nextDeadline: BootTime? {
        switch phase {
        case .running(let validity): validity.terminateAt
        case .ending(let killAt, _): killAt
        case .ailing, .joining, .waiting, .proving, .killed, .unbound, .over: nil
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
        case .asked: surrender(for: .asked, now: now)
        case .sick: sickened(now: now)
        case .well: recovered()
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
        case .ailing, .joining, .ending, .killed, .unbound, .over: return []
        }
    }

    private mutating func lost(now: BootTime) -> [Action] {
        let grace = now.advanced(byNanoseconds: Self.graceAfterLossNanoseconds)
        switch phase {
        case .waiting, .proving:
            phase = .joining
            return [.rejoin]
        case .running(let validity): return lose(killAt: min(validity.killAt, grace))
        case .ending(let killAt, _):
            phase = .ending(killAt: min(killAt, grace), .lost)
            return []
        case .ailing, .joining, .killed, .unbound, .over: return []
        }
    }

    /// What CMD runs under is lost, or can no longer be proven.
    private mutating func lose(killAt: BootTime) -> [Action] {
        switch response {
        case .terminate: return terminate(killAt: killAt, for: .lost)
        case .kill:
            phase = .killed(.lost)
            return [.kill]
        case .goOn, .tell:
            phase = .unbound
            return [.tell]
        }
    }

    // MARK: - Giving up what is held

    private mutating func sickened(now: BootTime) -> [Action] {
        health = .sick
        switch phase {
        case .joining, .waiting, .proving:
            phase = .ailing
            return [.withdraw(.sick)]
        case .running, .ailing, .ending, .killed, .unbound, .over:
            return surrender(for: .sick, now: now)
        }
    }

    private mutating func recovered() -> [Action] {
        health = .well
        guard phase == .ailing else { return [] }
        phase = .joining
        return [.queue]
    }

    /// Ends CMD, which holds what it runs under to its end.
    private mutating func surrender(for cause: Surrender, now: BootTime) -> [Action] {
        guard case .running(let validity) = phase else { return [] }
        let grace = now.advanced(byNanoseconds: Self.graceOfSurrenderNanoseconds)
        return terminate(killAt: min(validity.killAt, grace), for: cause)
    }

    // MARK: - Ends

    private mutating func signalled(_ number: Int32) -> [Action] {
        switch phase {
        case .ailing, .joining, .waiting, .proving: return leaveQueue(.signalled(number))
        case .running, .ending, .unbound:
            passed.insert(number)
            return [.pass(number)]
        case .killed, .over: return []
        }
    }

    private mutating func ended(_ ending: CommandEnding) -> [Action] {
        switch phase {
        case .running: leave(exitReason(after: ending))
        case .unbound where response == .tell: afterSurrender(.lost, endedAs: ending)
        case .unbound: leave(exitReason(after: ending))
        case .ending(_, let cause), .killed(let cause): afterSurrender(cause, endedAs: ending)
        case .ailing, .joining, .waiting, .proving, .over: []
        }
    }

    /// CMD has ended because of what it ran under: either that is the end, or it is wanted again.
    private mutating func afterSurrender(
        _ cause: Surrender,
        endedAs ending: CommandEnding
    ) -> [Action] {
        let isToEnd = Self.endingSignals.contains(where: passed.contains)
        switch cause {
        case .lost where isToEnd || sequel == .leave: return leave(.unproven)
        case .asked where isToEnd || sequel == .leave: return leave(.handedOver)
        case .sick where isToEnd: return leave(exitReason(after: ending))
        case .lost, .asked, .sick: break
        }
        passed = []
        guard health == .well else {
            phase = .ailing
            return [.withdraw(cause)]
        }
        phase = .joining
        return [.withdraw(cause), .queue]
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
        case .ailing, .joining, .waiting, .proving: leave(exitReason)
        case .running, .ending, .killed, .unbound, .over: []
        }
    }

    private mutating func leave(_ exitReason: ExitReason) -> [Action] {
        phase = .over
        return [.leave(exitReason)]
    }

    private mutating func terminate(killAt: BootTime, for cause: Surrender) -> [Action] {
        phase = .ending(killAt: killAt, cause)
        return [.terminate(killAt: killAt)]
    }

    private mutating func enforce(now: BootTime) -> [Action] {
        switch phase {
        case .running(let validity):
            switch validity.standing(at: now) {
            case .proven: return []
            case .over where response == .terminate:
                phase = .killed(.lost)
                return [.kill]
            case .over, .doubtful: return lose(killAt: validity.killAt)
            }
        case .ending(let killAt, let cause) where now >= killAt:
            phase = .killed(cause)
            return [.kill]
        default: return []
        }
    }
}
