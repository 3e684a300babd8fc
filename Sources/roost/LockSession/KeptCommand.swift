internal import Bytes
internal import Platform
internal import RoostClient

/// A command that `/bin/sh` runs to its end, in a process group that ends with roost: the signals
/// that end roost end the group first, and its keeper kills it when roost is gone.
struct KeptCommand {
    /// What ends roost, and the command with it.
    private static let endingSignals: [Signal] = [.hangUp, .interrupt, .quit, .terminate]
    /// Between the request to end and SIGKILL.
    private static let graceMilliseconds: UInt64 = 2_000

    let command: String
    /// `NAME=VALUE` each.
    let environment: [String]
    /// What is on its standard input.
    let input: [UInt8]

    /// Runs it.
    func run() throws(SystemError) -> ChildProcess.Ending {
        let signals = try SignalSource(Self.endingSignals.filter { !$0.wasIgnoredAtStart })
        defer { Signal.unblockAll() }
        // Closed with this process, whatever ends it: then the keeper ends the group.
        let life = try PipeEnd.makePair()
        let child = try start(keptBy: life.reading)
        var poller = try Poller()
        try poller.add(signals, token: 0, interest: .readable)
        try poller.add(child, token: 1, interest: .readable)
        var events: [Poller.Event] = []
        while true {
            try poller.wait(until: nil, into: &events)
            if let signal = signals.next() { end(child, for: signal) }
            if let ending = try child.ending() {
                withExtendedLifetime(life.writing) {}
                return ending
            }
        }
    }

    private func end(_ child: ChildProcess, for signal: Signal) {
        let group = ProcessGroup(id: child.id)
        group.terminate()
        let deadline = Clock.monotonicNow().advanced(byMilliseconds: Self.graceMilliseconds)
        if !group.isGone(by: deadline) { group.kill() }
        signal.restoreDefault()
        signal.raise()
    }

    /// Starts the command, the value on its way to its standard input.
    ///
    /// When this returns nobody here holds an end of the pipe: the thread closes it after the
    /// value, so that the command sees the end.
    private func start(keptBy life: PipeEnd) throws(SystemError) -> ChildProcess {
        let pipe = try PipeEnd.makePair()
        var launch = CommandKeeper.launch(command, keptBy: life)
        launch.descriptors.append(.init(pipe.reading.descriptor, as: 0))
        launch.environment = environment
        let child = try ChildProcess(launch)
        // A command that does not read must not stop us before it ends.
        _ = try Thread(named: "input") { [writing = pipe.writing, input] in
            do throws(SystemError) { try writing.write(input) } catch { return }
        }
        return child
    }
}

extension ChildProcess.Ending {
    /// How it went, in words that follow "ended with".
    var words: String {
        switch self {
        case .exited(let code): "code \(code)"
        case .killed(let signal): "signal \(signal.rawValue)"
        }
    }

    /// As a shell shows it.
    var exitCode: ExitCode {
        switch self {
        case .exited(let code): ExitCode(rawValue: code)
        case .killed(let signal): ExitCode(rawValue: 128 + signal.rawValue)
        }
    }
}
