/// What a guardian process decides, as a value: it ends CMD's process group when roost dies, and at
/// the deadlines when roost lives but does not act (stopped, starved, stuck on a full terminal).
package struct WatchdogPolicy: Sendable {
    /// What the guardian learns.
    package enum Input: Hashable, Sendable {
        case message(GuardianMessage)
        /// The pipe's other end is closed: roost is dead.
        case orphaned
        /// Time passed; nothing else happened.
        case elapsed
    }

    /// What the guardian process has to do.
    package enum Action: Hashable, Sendable {
        case terminate(group: Int32)
        case kill(group: Int32)
        /// Kill the group, see it dead, then give the lease back; nobody else is left to do it.
        case killAndRevoke(group: Int32)
        /// Nothing is left to watch over.
        case exit
    }

    private enum Phase: Hashable {
        /// No command runs yet.
        case idle
        case believing(terminateAt: BootTime, killAt: BootTime)
        case asked(killAt: BootTime)
        case killed
        case over
    }

    private var group: Int32?
    private var phase = Phase.idle

    package init() {}

    /// When `.elapsed` is due at the latest.
    package var nextDeadline: BootTime? {
        guard group != nil else { return nil }
        switch phase {
        case .believing(let terminateAt, _): return terminateAt
        case .asked(let killAt): return killAt
        case .idle, .killed, .over: return nil
        }
    }

    /// Absorbs one input and looks at the deadlines.
    package mutating func step(_ input: Input, now: BootTime) -> [Action] {
        guard phase != .over else { return [] }
        switch input {
        case .message(.dismissed):
            phase = .over
            return [.exit]
        case .orphaned:
            phase = .over
            return group.map { [.killAndRevoke(group: $0)] } ?? [.exit]
        case .message(let message): absorb(message)
        case .elapsed: break
        }
        return enforce(now: now)
    }

    private mutating func absorb(_ message: GuardianMessage) {
        switch (message, phase) {
        case (.protect(let group), _): self.group = group
        case (.believe(let terminateAt, let killAt), .idle),
            (.believe(let terminateAt, let killAt), .believing):
            phase = .believing(terminateAt: terminateAt, killAt: killAt)
        case (.asked(let killAt), .idle), (.asked(let killAt), .believing):
            phase = .asked(killAt: killAt)
        case (.asked(let sooner), .asked(let killAt)): phase = .asked(killAt: min(sooner, killAt))
        // A command that was asked to end is not believed again.
        case (.believe, .asked), (.believe, .killed), (.asked, .killed), (.dismissed, _),
            (_, .over):
            break
        }
    }

    private mutating func enforce(now: BootTime) -> [Action] {
        guard let group else { return [] }
        switch phase {
        case .believing(_, let killAt) where now >= killAt:
            phase = .killed
            return [.kill(group: group)]
        case .believing(let terminateAt, let killAt) where now >= terminateAt:
            phase = .asked(killAt: killAt)
            return [.terminate(group: group)]
        case .asked(let killAt) where now >= killAt:
            phase = .killed
            return [.kill(group: group)]
        default: return []
        }
    }
}
