internal import Bytes
package import Platform

/// CMD while it runs: its process group, its guardian, the terminal it was lent.
package final class GuardedCommand {
    /// What to run, and in whose name.
    package struct Launch: Sendable {
        package let order: LaunchOrder
        package let lease: [UInt8]
        package let endpoints: [Endpoint]
        /// The roost binary that serves as stub and guardian.
        package let executable: String

        package init(
            order: LaunchOrder,
            lease: [UInt8],
            endpoints: [Endpoint],
            executable: String = CurrentProcess.executablePath
        ) {
            self.order = order
            self.lease = lease
            self.endpoints = endpoints
            self.executable = executable
        }
    }

    /// How long the end of what CMD left behind is waited for.
    private static let deathMillisecondsMax: UInt64 = 2_000

    /// Readable once CMD itself has ended.
    package let process: ChildProcess
    private let launch: Launch
    private let group: ProcessGroup
    private let terminal: Terminal?
    private var guardian: Guardian
    private var tenure: Tenure
    private var killAt: BootTime?

    /// Starts the guardian, then CMD.
    ///
    /// CMD runs only after the guardian has been told its group: there is no moment at which the
    /// death of roost would leave it running.
    package init(_ launch: Launch, tenure: Tenure) throws(SystemError) {
        self.launch = launch
        self.tenure = tenure
        terminal = Self.lentTerminal()
        let order = try PipeEnd.makePair()
        guardian = try Guardian(launch)
        var stub = ChildProcess.Launch(
            executable: launch.executable,
            arguments: ["roost", CommandStub.verb]
        )
        stub.group = .own
        stub.descriptors = [.init(order.reading.descriptor, as: CommandStub.orderDescriptor)]
        stub.foregroundOf = terminal?.descriptor
        process = try ChildProcess(stub)
        group = ProcessGroup(id: process.id)
        inform()
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
    package func renew(_ tenure: Tenure) {
        self.tenure = tenure
        guardian.send(.believe(terminateAt: tenure.guardianAsksAt, killAt: tenure.killAt))
    }

    /// Asks CMD's group to end; the guardian kills it at the given time if nobody else does.
    package func terminate(killAt: BootTime) {
        self.killAt = killAt
        guardian.send(.asked(killAt: killAt))
        group.terminate()
    }

    /// Kills CMD's group.
    package func kill() { group.kill() }

    /// Passes a signal on.
    package func pass(_ signal: Signal) { group.send(signal) }

    /// Wakes CMD if the keyboard stopped it: whoever holds a lock cannot be put aside, for the
    /// shell that would take it up again waits for roost, and the lease runs on meanwhile.
    package func wakeIfStoppedByKeyboard() {
        guard terminal != nil else { return }
        group.send(.goOn)
    }

    /// After CMD itself has ended: kills what is left of its group, sees it dead, dismisses the
    /// guardian, takes the terminal back.
    package func finish() throws(SystemError) -> CommandEnding {
        // The ended process is not waited for yet, so its number still names this group only.
        group.kill()
        guardian.send(.dismissed)
        let ending = try process.wait()
        let deadline = Clock.monotonicNow().advanced(byMilliseconds: Self.deathMillisecondsMax)
        _ = group.isGone(by: deadline)
        takeTerminalBack()
        return switch ending {
        case .exited(let code): .exited(code)
        case .killed(let signal): .killed(signal: signal.rawValue)
        }
    }

    private func inform() {
        guardian.send(.believe(terminateAt: tenure.guardianAsksAt, killAt: tenure.killAt))
        if let killAt { guardian.send(.asked(killAt: killAt)) }
        guardian.send(.protect(group: group.id))
    }

    /// The terminal, when roost's group is the one that reads it.
    private static func lentTerminal() -> Terminal? {
        let streams: [StandardStream] = [.input, .output, .error]
        guard let terminal = streams.lazy.compactMap({ Terminal(at: $0) }).first else { return nil }
        do throws(SystemError) {
            return try terminal.foregroundGroup() == CurrentProcess.groupID ? terminal : nil
        } catch { return nil }
    }

    private func takeTerminalBack() {
        guard let terminal else { return }
        do throws(SystemError) {
            try terminal.setForegroundGroup(CurrentProcess.groupID)
        } catch { StandardStream.error.print("roost: cannot take the terminal back: \(error)\n") }
    }
}

/// The guardian as roost sees it.
private struct Guardian {
    let process: ChildProcess
    private let pipe: PipeEnd

    init(_ launch: GuardedCommand.Launch) throws(SystemError) {
        let pipe = try PipeEnd.makePair()
        let endpoints = launch.endpoints.map(\.description).joined(separator: ",")
        var guardian = ChildProcess.Launch(
            executable: launch.executable,
            arguments: [
                "roost", GuardianProcess.verb, endpoints,
                String(decoding: launch.lease, as: UTF8.self),
            ]
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
