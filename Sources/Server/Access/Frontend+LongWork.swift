internal import API
internal import Bytes
internal import Replica

/// A call that waits for work on a password.
struct PasswordWait<Spoken: Conversation> {
    let call: InFlightRequest<Spoken>
    let task: PasswordTask
    let source: ClientSource
}

extension Frontend {
    /// Brings what other threads have done to the calls that wait for it. What was drawn for one that
    /// is over is let go.
    func takeWorked(_ context: borrowing ReadContext) {
        for drawn in background.takeDrawn() {
            guard case .call(let call) = tickets.remove(drawn.ticket.rawValue),
                call.exchange != nil
            else {
                released.append(drawn.drawing.state)
                continue
            }
            resume(call, resumption: .worked(.backup(drawn.drawing)), in: context)
        }
        for done in background.passwords.takeDone() { handle(done, in: context) }
    }

    /// Hands over the work that calls have asked for, as far as it is admitted.
    func handOutPasswords(in context: borrowing ReadContext) {
        guard !works.isEmpty else { return }
        var asked: [PasswordWait<Spoken>] = []
        swap(&asked, &works)
        for wait in asked {
            let number = wait.call.number
            if let seconds = delay(of: wait, now: context.now) {
                turnAway(wait.call, seconds: seconds, in: context)
            } else if case .taken = background.passwords.submit(wait.task, number: number) {
                working[number] = wait
            } else {
                turnAway(wait.call, seconds: 1, in: context)
            }
        }
    }

    private func delay(of wait: PasswordWait<Spoken>, now: MonotonicTime) -> UInt64? {
        guard case .check = wait.task.goal else { return nil }
        return tries.waitSeconds(user: wait.task.user, from: wait.source, now: now)
    }

    private func turnAway(_ call: Call, seconds: UInt64, in context: borrowing ReadContext) {
        resume(
            call,
            resumption: .worked(.password(.turnedAway(retryAfterSeconds: seconds))),
            in: context
        )
    }

    /// Brings back what came of it.
    func handle(_ done: PasswordDesk.Done, in context: borrowing ReadContext) {
        guard let wait = working.removeValue(forKey: done.number) else { return }
        switch done.outcome {
        case .right:
            context.gate.note(provenBy: wait.task)
            tries.noteRight(user: wait.task.user)
        case .wrong: tries.noteWrong(user: wait.task.user, from: wait.source, now: context.now)
        case .hashed, .drawn, .impossible, .turnedAway: break
        }
        guard case .waiting = wait.call.stage else { return }
        resume(wait.call, resumption: .worked(.password(done.outcome)), in: context)
        countLate(wait.call, now: context.now)
    }
}
