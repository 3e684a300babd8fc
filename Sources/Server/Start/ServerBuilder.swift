internal import API
internal import Bytes
internal import Journal
internal import Platform
internal import Replica
internal import Storage
internal import Transport
internal import Wire

/// Everything between the command line and the first turn, in order: settings, signals, the
/// listeners, the data directory, recovery.
struct ServerBuilder {
    /// Descriptors kept back from clients: peers, files, listeners, wake-ups.
    private static let reservedDescriptorCount = 128
    /// More connections than this are turned away even if descriptors are left.
    private static let connectionCountMax = 500_000

    private let settings: Settings

    private let reloading: ConfigurationReload?
    let log: OperatorLog

    init(
        _ configuration: Configuration,
        reloading: ConfigurationReload?
    ) throws(StartFailure) {
        self.reloading = reloading
        let settings: Settings
        do { settings = try Settings(configuration) } catch { throw .configuration(error) }
        self.settings = settings
        var sink = LogSink.ofThisProcess
        if let path = settings.logFile {
            do { sink = .file(try LogFile(path)) } catch { throw .logFile(path, error) }
        }
        log = OperatorLog(settings.logFormat, level: settings.logLevel, sink: sink)
    }

    /// Opens the member and says where it listens: all that a start writes is written then.
    func open() throws(StartFailure) -> Reactor {
        // Keys and passwords are in memory from here on.
        CurrentProcess.leaveNoCore()
        Signal.brokenPipe.ignore()
        let signals = try system { () throws(SystemError) in
            try SignalSource([.terminate, .interrupt, .hangUp])
        }
        let poller = try makePoller()
        // Before the directory: where an address is taken, none is made for nothing.
        let listeners = try openListeners(poller)
        let peerSockets = try listen(at: settings.peerListen, besides: listeners.map(\.socket))
        let sources = try openTLS(listeners, peerSockets: peerSockets)
        let disk = try openDisk()
        var transport = try system { () throws(SystemError) in
            try PeerTransport(listeningAt: peerSockets, poller: poller)
        }
        transport.security = sources.peerSecurity
        let addresses = addresses(listeners, peerSockets: peerSockets)
        var replica = try boot(
            disk,
            client: clientText(settings.advertise ?? addresses.clients[0]),
            peer: addresses.peer
        )
        settle(&replica, disk: disk)
        let frontend = try makeFrontend()
        frontend.certificateUser = sources.user
        frontend.proxies = settings.proxies
        var view = MemberView(name: settings.name, term: 0)
        view.clusterToken = settings.clusterTokenText
        let parts = ReactorComponents(
            poller: poller,
            transport: transport,
            replica: replica,
            disk: disk,
            frontend: frontend,
            gate: try makeGate(),
            outsideTrust: settings.outsideTrust,
            signals: signals,
            listeners: listeners,
            view: view,
            site: HTTPSite(
                of: view,
                allowedHosts: settings.allowedHosts,
                ownHosts: settings.ownHosts,
                allowedOrigins: settings.allowedOrigins,
                traces: settings.slowNanoseconds == .max ? .ignored : .kept
            ),
            ownAddresses: OwnPeerAddresses(
                listed: settings.ownPeerAddress,
                listening: addresses.peer
            ),
            absence: LeaderAbsence(patienceMilliseconds: settings.electionTimeoutMilliseconds),
            backups: settings.backups,
            supervisor: .ofThisProcess,
            log: log,
            slowNanoseconds: settings.slowNanoseconds,
            reloading: reloading,
            tls: sources
        )
        let reactor = try start(parts)
        log.write(announcement(addresses), now: Clock.monotonicNow())
        return reactor
    }

    /// Reads the files of TLS; refuses listeners that have to have it and do not.
    private func openTLS(
        _ listeners: [Listener],
        peerSockets: [ListeningSocket]
    ) throws(StartFailure) -> TLSSources {
        let peers = peerSockets.map(\.address)
        do throws(ConfigurationError) {
            let sources = try TLSSources(
                settings.tls,
                member: settings.name,
                company: settings.founders.isEmpty && !peers.contains(where: \.isOpen)
                    ? .none : .others
            )
            guard !settings.tls.isInsecure else { return sources }
            let clients = listeners.filter { $0.door.calls == .every }.map(\.place)
            try sources.checkReach(clients: clients, peers: peers)
            return sources
        } catch { throw .configuration(error) }
    }

    /// An address as clients are told it.
    private func clientText(_ endpoint: Endpoint) -> String {
        guard settings.tls.clients != nil, case .internet = endpoint else {
            return endpoint.description
        }
        return "https://\(endpoint)"
    }

    /// Where the member is found, with the ports that were taken.
    private struct Addresses {
        /// In the order of `--listen`, at least one.
        let clients: [Endpoint]
        let health: Endpoint?
        let peer: Endpoint
    }

    private func addresses(
        _ listeners: [Listener],
        peerSockets: [ListeningSocket]
    ) -> Addresses {
        func address(_ endpoint: Endpoint, calls: ListenerKind.Calls, at place: Int) -> Endpoint {
            let listener = listeners.first { $0.door.calls == calls && $0.entry == place }
            return listener.map { Listener.address(endpoint, at: $0.place) } ?? endpoint
        }
        return Addresses(
            clients: settings.listen.enumerated().map { address($1, calls: .every, at: $0) },
            health: settings.healthListen.map {
                address($0, calls: .health, at: settings.listen.count)
            },
            peer: peerSockets.first.map { Listener.address(settings.peerListen, at: $0.address) }
                ?? settings.peerListen
        )
    }

    private func announcement(_ addresses: Addresses) -> LogEvent {
        let name = String(decoding: settings.name, as: UTF8.self)
        let clients = addresses.clients.map(clientText).joined(separator: ",")
        var fields: [(name: StaticString, value: LogEvent.Value)] = [
            ("member", .text(name)), ("client", .text(clients)),
            ("peer", .text("\(addresses.peer)")),
        ]
        if let health = addresses.health { fields.append(("health", .text("\(health)"))) }
        return LogEvent(.notice, name: "listening", fields: fields)
    }

    /// Says what was put right, and writes what the opening owes to the disk; the process ends here if the disk does not take it.
    private func settle(_ replica: inout Replica, disk: FileDisk) {
        guard !replica.isOpen else { return }
        let now = Clock.monotonicNow()
        let effects = replica.takeEffects(now: now)
        let name = String(decoding: settings.name, as: UTF8.self)
        for notice in effects.notices {
            log.write(notice.event(member: name), now: now)
        }
        for batch in effects.disk {
            disk.perform(batch.operations)
            let completion = DiskCompletion(number: batch.number, lane: batch.lane, reads: [])
            replica.step(.disk(completion), now: now)
        }
    }

    private func openDisk() throws(StartFailure) -> FileDisk {
        do {
            let disk = try FileDisk(settings.dataDirectory)
            warnIfOpen(disk.directory)
            warnOfOpenKeys()
            return disk
        } catch {
            switch error {
            case .locked: throw .directoryLocked(settings.dataDirectory)
            case .foreign(let file):
                throw .directoryForeign(settings.dataDirectory, file: file)
            case .failed(let error): throw .directory(settings.dataDirectory, error)
            }
        }
    }

    private func makePoller() throws(StartFailure) -> Poller {
        do { return try Poller() } catch { throw .system(error) }
    }

    /// Permissions of a directory that was there before are its owner's matter.
    private func warnIfOpen(_ directory: DataDirectory) {
        let permissions: UInt16
        do throws(SystemError) { permissions = try directory.permissions() } catch { return }
        guard permissions & 0o077 != 0 else { return }
        let path = settings.dataDirectory
        let sentence =
            "roost: warning: the data directory \(path) is open to other users (mode 0"
            + String(permissions, radix: 8)
            + "); its files are made for their owner alone. 'chmod 700 \(path)' shuts it"
        log.write(
            LogEvent(.warning, name: "open-directory", sentence: sentence),
            now: Clock.monotonicNow()
        )
    }

    /// Whoever reads a key passes for the member. That a group may is the owner's matter.
    private func warnOfOpenKeys() {
        let files = [settings.tls.clients?.files, settings.tls.peers?.files].compactMap(\.self)
        for path in Set(files.map(\.key.path)).sorted() where SequentialFile.isRegular(path) {
            let permissions: UInt16
            do throws(SystemError) {
                permissions = try SequentialFile(opening: path).permissions()
            } catch { continue }
            guard permissions & 0o007 != 0 else { continue }
            let sentence =
                "roost: warning: the key \(path) is open to every user of the machine (mode 0"
                + String(permissions, radix: 8)
                + "), who can pass for this member with it. 'chmod 600 \(path)' shuts it"
            log.write(
                LogEvent(.warning, name: "open-key", sentence: sentence),
                now: Clock.monotonicNow()
            )
        }
    }

    private func start(_ parts: consuming ReactorComponents) throws(StartFailure) -> Reactor {
        let disk = parts.disk
        do {
            try disk.start()
            return try Reactor(parts)
        } catch { throw .system(error) }
    }

    private func openListeners(_ poller: borrowing Poller) throws(StartFailure) -> [Listener] {
        var doors = settings.listen.map { (endpoint: $0, calls: ListenerKind.Calls.every) }
        if let health = settings.healthListen { doors.append((health, .health)) }
        var listeners: [Listener] = []
        for (entry, (endpoint, calls)) in doors.enumerated() {
            for socket in try listen(at: endpoint, besides: listeners.map(\.socket)) {
                let index = listeners.count
                let listener = try system { () throws(SystemError) in
                    try Listener(socket, calls: calls, entry: entry, index: index, poller: poller)
                }
                listeners.append(listener)
            }
            warnIfOpen(endpoint)
        }
        return listeners
    }

    /// A unix socket is shut by its mode, which the umask gives it, and by its directory.
    private func warnIfOpen(_ endpoint: Endpoint) {
        guard case .unix(let path) = endpoint, let permissions = Socket.permissions(at: path),
            permissions & 0o002 != 0
        else { return }
        let sentence =
            "roost: warning: every user of the machine may connect to unix:\(path) (mode 0"
            + String(permissions, radix: 8)
            + "), unless its directory forbids that. 'umask 077' before the start shuts it"
        log.write(
            LogEvent(.warning, name: "open-socket", sentence: sentence),
            now: Clock.monotonicNow()
        )
    }

    private func listen(
        at endpoint: Endpoint,
        besides others: [ListeningSocket]
    ) throws(StartFailure) -> [ListeningSocket] {
        do { return try ListeningSocket.open(at: endpoint, besides: others) } catch {
            throw .listening(endpoint, error.description)
        }
    }

    private func boot(
        _ disk: FileDisk,
        client: String,
        peer: Endpoint
    ) throws(StartFailure) -> Replica {
        var configuration = Replica.Configuration(
            name: settings.name,
            peerAddress: settings.ownPeerAddress
                ?? PeerAddress(text: Array(peer.description.utf8)),
            clientAddress: Array(client.utf8),
            founders: settings.founders
        )
        configuration.arrival = settings.arrival
        configuration.clusterToken = settings.clusterToken
        configuration.featureLevelMax = settings.featureLevelMax
        configuration.heartbeatMilliseconds = settings.heartbeatMilliseconds
        configuration.electionTimeoutMilliseconds = settings.electionTimeoutMilliseconds
        configuration.diskReserveByteCount = settings.diskReserveByteCount
        configuration.firstSettings = settings.firstSettings
        let words = try system { () throws(SystemError) in
            (try Entropy.word(), try Entropy.word())
        }
        do {
            return try Replica.boot(
                disk.directory,
                configuration: configuration,
                bootNonce: words.0,
                seed: words.1,
                now: Clock.monotonicNow()
            )
        } catch { throw .stopped(error) }
    }

    private func makeGate() throws(StartFailure) -> Gatekeeper {
        let secret = try system { () throws(SystemError) in
            var bytes: [UInt8] = []
            for _ in 0..<4 { bytes.append(littleEndian: try Entropy.word()) }
            return bytes
        }
        return Gatekeeper(secret: secret)
    }

    private func makeFrontend() throws(StartFailure) -> Frontend<ClientConversation> {
        let limit = try system { () throws(SystemError) in
            try CurrentProcess.raiseDescriptorLimit()
        }
        let capacity = min(max(limit - Self.reservedDescriptorCount, 16), Self.connectionCountMax)
        return Frontend(
            connectionCountMax: capacity,
            limits: settings.limits,
            audit: try openAudit(),
            date: HTTPDate(unixSeconds: 0)
        )
    }

    private func openAudit() throws(StartFailure) -> AuditTrail? {
        guard let plan = settings.audit else { return nil }
        do { return try AuditTrail(plan, member: settings.name) } catch {
            throw .logFile(plan.place.text, error)
        }
    }

    private func system<Value: ~Copyable>(
        _ body: () throws(SystemError) -> Value
    ) throws(StartFailure) -> Value {
        do { return try body() } catch { throw .system(error) }
    }
}
