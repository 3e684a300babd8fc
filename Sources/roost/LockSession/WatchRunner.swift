internal import Bytes
internal import Platform
internal import RoostClient
internal import Wire

/// Runs a command for changes, one at a time, each key's latest state only.
///
/// While the command runs nothing is read: the service keeps the events, and a slow command costs
/// it no more than any slow watcher.
struct WatchRunner {
    /// What the first run is about.
    enum Extent: Sendable {
        /// The key as it is.
        case oneKey([UInt8])
        /// No key in particular; named is the first that is watched.
        case manyKeys([UInt8])
    }

    private struct Run {
        let key: [UInt8]
        let event: [UInt8]
        let revision: [UInt8]
        let value: [UInt8]
    }

    /// What ends roost, and the command with it.
    private static let endingSignals: [Signal] = [.hangUp, .interrupt, .quit, .terminate]
    /// Between the request to end and SIGKILL.
    private static let graceMilliseconds: UInt64 = 2_000
    /// How much is read between two runs.
    private static let byteCountMax = 16 << 20

    private let command: String
    private let extent: Extent
    /// How ROOST_KEY is written.
    private let notation: KeyNotation
    private let subscription: EventSubscription
    private let endpoints: [ServiceAddress]
    private let console: Console
    private var isSynced = false
    private var pending: [Run] = []

    init(
        command: String,
        extent: Extent,
        notation: KeyNotation,
        subscription: EventSubscription,
        endpoints: [ServiceAddress],
        console: Console
    ) {
        self.command = command
        self.extent = extent
        self.notation = notation
        self.subscription = subscription
        self.endpoints = endpoints
        self.console = console
    }

    mutating func run() throws(Failure) -> ExitCode {
        // A command that does not read its input is no reason to end.
        Signal.brokenPipe.ignore()
        while true {
            let events = try subscription.nextEvents()
            if events.isEmpty { return .done }
            absorb(events)
            while isSynced, !pending.isEmpty {
                absorb(subscription.atHand(byteCountMax: Self.byteCountMax))
                try carryOut(pending.removeFirst())
            }
        }
    }

    private mutating func absorb(_ events: [ServerSentEvent]) {
        for event in events {
            if event.event.equals("compacted") {
                // What happened meanwhile is gone, what is there is not: begin again with that.
                isSynced = false
                subscription.restart(from: .initialItems)
            } else if event.event.equals("synced") {
                if !isSynced { synced(at: event.lastEventID) }
                isSynced = true
            } else if let notice = event.leadershipNotice(event.object) {
                console.remark(notice)
            } else if let run = Self.run(for: event) {
                pending.removeAll { $0.key == run.key }
                pending.append(run)
            }
        }
    }

    /// The present is known: of one key, it is told even if there is no such key; of many, that
    /// they are known is told once.
    private mutating func synced(at id: [UInt8]) {
        let revision = Array(id.prefix { $0 != UInt8(ascii: ".") })
        switch extent {
        case .oneKey(let key):
            guard pending.isEmpty else { return }
            pending = [Run(key: key, event: Array("delete".utf8), revision: revision, value: [])]
        case .manyKeys(let key):
            pending = [Run(key: key, event: Array("synced".utf8), revision: revision, value: [])]
        }
    }

    private static func run(for event: ServerSentEvent) -> Run? {
        guard let object = event.object else { return nil }
        let json = JSONValue.object(object)
        guard let key = json.key, let revision = json["mod_revision"]?.whole else { return nil }
        return Run(
            key: key,
            event: event.event,
            revision: Array(String(revision).utf8),
            value: json.valueBytes ?? []
        )
    }

    private func carryOut(_ run: Run) throws(Failure) {
        do throws(SystemError) {
            let ending = try supervised(run)
            guard ending != .exited(0) else { return }
            console.remark("the command ended with \(Self.words(ending)); watching on")
        } catch { throw .local("cannot run '\(command)': \(error)") }
    }

    /// Runs the command to its end, or ends it with roost: while it runs the signals that end roost
    /// are taken here, end the command's group first, and then roost.
    private func supervised(_ run: Run) throws(SystemError) -> ChildProcess.Ending {
        let signals = try SignalSource(Self.endingSignals.filter { !$0.wasIgnoredAtStart })
        defer { Signal.unblockAll() }
        // Closed with this process, whatever ends it: then the keeper ends the group.
        let life = try PipeEnd.makePair()
        let child = try start(run, keptBy: life.reading)
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
    private func start(_ run: Run, keptBy life: PipeEnd) throws(SystemError) -> ChildProcess {
        let input = try PipeEnd.makePair()
        var launch = CommandKeeper.launch(command, keptBy: life)
        launch.descriptors.append(.init(input.reading.descriptor, as: 0))
        launch.environment = environment(of: run)
        let child = try ChildProcess(launch)
        // A command that does not read must not stop us before it ends.
        _ = try Thread(named: "input") { [writing = input.writing, value = run.value] in
            do throws(SystemError) { try writing.write(value) } catch { return }
        }
        return child
    }

    private func environment(of run: Run) -> [String] {
        let told =
            [
                ("ROOST_KEY", notation == .path ? run.key : Array(notation.word(run.key).utf8)),
                ("ROOST_EVENT", run.event), ("ROOST_REVISION", run.revision),
                (
                    "ROOST_ENDPOINTS",
                    Array(endpoints.map(\.description).joined(separator: ",").utf8)
                ),
            ] + (endpoints.lazy.compactMap(\.security).first?.files.variables ?? [])
        let kept = Environment.all.filter { entry in
            !told.contains { entry.hasPrefix($0.name + "=") }
        }
        return kept + told.map { "\($0.name)=\(String(decoding: $0.value, as: UTF8.self))" }
    }

    private static func words(_ ending: ChildProcess.Ending) -> String {
        switch ending {
        case .exited(let code): "code \(code)"
        case .killed(let signal): "signal \(signal.rawValue)"
        }
    }
}
