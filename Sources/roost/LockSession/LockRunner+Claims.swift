internal import Platform
internal import RoostClient

extension LockRunner {
    /// A new lease and a new place at the end of the queue.
    mutating func rejoin() throws(Failure) {
        say("the place in the queue was lost with its lease; queueing again")
        claim?.abandon()
        release(within: Self.departureMillisecondsMax)
        lease = nil
        try beginClaim()
    }

    /// Gives back what is held and asked for; what its threads still report is of the past.
    mutating func withdraw(for cause: LockSession.Surrender) {
        if cause == .lost, !hasSaidUnproven { say("\(words.noun) was lost") }
        release(within: Self.departureMillisecondsMax)
        endLookout()
        lease = nil
        token = 0
        claim?.abandon()
        claim = nil
        claimNumber += 1
        hasSaidUnproven = false
    }

    /// Queues, its patience new.
    mutating func queue() throws(Failure) {
        begunAt = BootTime.now
        lastWords = nil
        if console.tellsOfWaiting {
            speaksAt = begunAt.advanced(byNanoseconds: Self.silenceNanoseconds)
        }
        try beginClaim()
    }

    private mutating func beginClaim() throws(Failure) {
        claimNumber += 1
        var plan = plan.continued(sinceNanoseconds: BootTime.now.nanoseconds(since: begunAt))
        plan.insistence = insistence
        do throws(SystemError) {
            claim = try LockClaim(number: claimNumber, plan: plan, reports: sources.reports)
        } catch { throw .local("cannot queue again: \(error)") }
    }

    /// CMD goes on: says so, and runs what is to be run at a loss.
    mutating func tellLoss() {
        hasSaidUnproven = true
        say("\(words.noun) can no longer be proven: the command goes on without it")
        guard let handler = manner.handler else { return }
        do throws(SystemError) {
            let process = running.map { ["ROOST_COMMAND_PID=\($0.process.id)"] } ?? []
            let variables = environment.variables.map { String(decoding: $0, as: UTF8.self) }
            var launch = ChildProcess.Launch(
                executable: "/bin/sh",
                arguments: ["/bin/sh", "-c", handler]
            )
            launch.environment = variables + process
            launch.group = .own
            handlers.append(try ChildProcess(launch))
        } catch { say("cannot run '\(handler)': \(error)") }
    }

    mutating func buryHandlers() {
        handlers.removeAll { handler in
            do throws(SystemError) { return try handler.ending() != nil } catch { return true }
        }
    }
}
