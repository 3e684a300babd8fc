internal import Bytes
internal import Platform

/// The guardian: a process in a group of its own that outlives roost just long enough to end what
/// roost was running. It decides by `WatchdogPolicy`.
package enum GuardianProcess {
    /// The hidden subcommand of roost that is the guardian; arguments: endpoints, lease
    /// id, the process group that roost is in, and `ClientFiles.arguments`.
    package static let verb = "__guardian"
    /// The descriptor at which roost's messages arrive.
    static let pipeDescriptor: Int32 = 3

    /// How long the end of a killed group is waited for. A process that the system cannot end (a
    /// dead network file system) leaves the lease to run out by itself.
    private static let deathMillisecondsMax: UInt64 = 10_000
    private static let revocationMilliseconds: UInt64 = 5_000

    /// What ends a process by default and may be meant for CMD, not for its guardian.
    private static let ignored: [Signal] = [
        .hangUp, .interrupt, .quit, .terminate, .user1, .user2, .brokenPipe, .terminalStop,
        .terminalInput, .terminalOutput,
    ]

    /// Guards until roost dismisses the guardian or dies.
    ///
    /// - Parameter job: the process group that roost is in, which gets the terminal back.
    package static func run(endpoints: [ServiceAddress], lease: [UInt8], job: Int32) -> Int32 {
        CurrentProcess.setName("roost-guardian")
        for signal in ignored { signal.ignore() }
        releaseInheritance()
        let pipe: PipeEnd
        do throws(SystemError) { pipe = try .inherited(pipeDescriptor) } catch { return 1 }
        var policy = WatchdogPolicy()
        while true {
            let input = nextInput(from: pipe, until: policy.nextDeadline)
            for action in policy.step(input, now: .now) {
                switch action {
                case .terminate(let group): ProcessGroup(id: group).terminate()
                case .kill(let group): ProcessGroup(id: group).kill()
                case .killAndRevoke(let group):
                    let group = ProcessGroup(id: group)
                    if end(group, for: job) {
                        let revocation = Revocation(lease: lease, endpoints: endpoints)
                        revocation.carryOut(within: revocationMilliseconds)
                    }
                    return 0
                case .exit: return 0
                }
            }
        }
    }

    /// Whoever reads what CMD writes must not wait for the guardian.
    private static func releaseInheritance() {
        for stream in StandardStream.allCases { stream.abandon() }
        // Where the system cannot, they are closed when the guardian ends.
        try? CurrentProcess.closeDescriptors(above: pipeDescriptor)
    }

    private static func nextInput(from pipe: PipeEnd, until deadline: BootTime?)
        -> WatchdogPolicy.Input
    {
        do throws(SystemError) {
            let readiness = try Poller.wait(
                for: pipe,
                interest: .readable,
                until: deadline?.onMonotonicClock
            )
            guard !readiness.isEmpty else { return .elapsed }
        } catch { return .orphaned }
        var buffer = [UInt8](repeating: 0, count: GuardianMessage.byteCount)
        guard case .bytes(let count) = pipe.read(into: &buffer),
            let message = GuardianMessage(decoding: buffer[..<count])
        else { return .orphaned }
        return .message(message)
    }

    /// Gives the group's terminal back to the job that roost was part of, and ends it. When it is
    /// seen dead, nothing runs in the lease's name any more and the next in the queue need not wait
    /// for its end.
    private static func end(_ group: ProcessGroup, for job: Int32) -> Bool {
        // First, for a script that roost was part of may read the next moment.
        Terminal.rescue(from: group, for: job)
        group.kill()
        let deadline = Clock.monotonicNow().advanced(byMilliseconds: deathMillisecondsMax)
        return group.isGone(by: deadline)
    }
}
