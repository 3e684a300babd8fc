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
            let ending = try KeptCommand(
                command: command,
                environment: environment(of: run),
                input: run.value
            ).run()
            guard ending != .exited(0) else { return }
            console.remark("the command ended with \(ending.words); watching on")
        } catch { throw .local("cannot run '\(command)': \(error)") }
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
}
