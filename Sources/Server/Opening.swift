internal import API
internal import Bytes
internal import Platform
internal import Replica
internal import Storage
internal import Transport
internal import Wire

/// Everything between the command line and the first turn, in order: settings, signals, the data
/// directory, the listeners, recovery.
struct Opening {
    /// Descriptors kept back from clients: peers, files, listeners, wake-ups.
    private static let reservedDescriptorCount = 128
    /// More connections than this are turned away even if descriptors are left.
    private static let connectionCountMax = 500_000

    private let settings: Settings

    init(_ configuration: Configuration) throws(StartFailure) {
        do { settings = try Settings(configuration) } catch { throw .configuration(error) }
    }

    /// Opens the member and says that it is ready.
    func open() throws(StartFailure) -> Reactor {
        Signal.brokenPipe.ignore()
        let signals = try system { () throws(SystemError) in
            try SignalSource([.terminate, .interrupt])
        }
        let disk = try openDisk()
        let poller = try makePoller()
        let listeners = try openListeners(poller)
        let transport = try openTransport(poller)
        let client = Listener.address(settings.listen[0], at: listeners[0].place)
        let peer = try system { () throws(SystemError) in
            Listener.address(settings.peerListen, at: try transport.localAddress())
        }
        let replica = try boot(disk, client: settings.advertise ?? client, peer: peer)
        let frontend = try makeFrontend()
        let parts = ReactorParts(
            poller: poller,
            transport: transport,
            replica: replica,
            disk: disk,
            frontend: frontend,
            signals: signals,
            listeners: listeners,
            view: MemberView(
                name: settings.name,
                term: 0,
                allowedHosts: settings.allowedHosts,
                allowedOrigins: settings.allowedOrigins
            )
        )
        let reactor = try start(parts)
        let name = String(decoding: settings.name, as: UTF8.self)
        StandardStream.error.print("ready member=\(name) client=\(client) peer=\(peer)\n")
        return reactor
    }

    private func openDisk() throws(StartFailure) -> FileDisk {
        do { return try FileDisk(settings.dataDirectory) } catch {
            switch error {
            case .locked: throw .directoryLocked(settings.dataDirectory)
            case .failed(let error): throw .directory(settings.dataDirectory, error)
            }
        }
    }

    private func makePoller() throws(StartFailure) -> Poller {
        do { return try Poller() } catch { throw .system(error) }
    }

    private func openTransport(
        _ poller: borrowing Poller
    ) throws(StartFailure) -> PeerTransport {
        let place = try Listener.firstPlace(of: settings.peerListen)
        do { return try PeerTransport(listeningOn: place, poller: poller) } catch {
            throw .listening(settings.peerListen, error.description)
        }
    }

    private func start(_ parts: consuming ReactorParts) throws(StartFailure) -> Reactor {
        let disk = parts.disk
        do {
            try disk.start()
            return try Reactor(parts)
        } catch { throw .system(error) }
    }

    private func openListeners(_ poller: borrowing Poller) throws(StartFailure) -> [Listener] {
        var doors = settings.listen.map { (endpoint: $0, calls: Door.Calls.every) }
        if let health = settings.healthListen { doors.append((health, .health)) }
        var listeners: [Listener] = []
        for (endpoint, calls) in doors {
            let index = listeners.count
            listeners.append(
                try Listener(endpoint, calls: calls, index: index, poller: poller)
            )
        }
        return listeners
    }

    private func boot(
        _ disk: FileDisk,
        client: Endpoint,
        peer: Endpoint
    ) throws(StartFailure) -> Replica {
        var configuration = Replica.Configuration(
            name: settings.name,
            peerAddress: settings.ownPeerAddress
                ?? PeerAddress(text: Array(peer.description.utf8)),
            clientAddress: Array(client.description.utf8),
            founders: settings.founders
        )
        configuration.heartbeatMilliseconds = settings.heartbeatMilliseconds
        configuration.electionTimeoutMilliseconds = settings.electionTimeoutMilliseconds
        configuration.diskReserveByteCount = settings.diskReserveByteCount
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

    private func makeFrontend() throws(StartFailure) -> Frontend {
        let limit = try system { () throws(SystemError) in
            try CurrentProcess.raiseDescriptorLimit()
        }
        let capacity = min(max(limit - Self.reservedDescriptorCount, 16), Self.connectionCountMax)
        return Frontend(connectionCountMax: capacity, date: HTTPDate(unixSeconds: 0))
    }

    private func system<Value>(
        _ body: () throws(SystemError) -> Value
    ) throws(StartFailure) -> Value {
        do { return try body() } catch { throw .system(error) }
    }
}
