import API
import Bytes
import Consensus
import Journal
import Platform
import Replica
import Storage
import Testing
import Wire

@testable import Server

/// A member alone that serves on a real socket with its data on a real disk, but speaks what the
/// test chooses: the server without its start and its signals.
final class MemberHarness<Spoken: Conversation> {
    let frontend: Frontend<Spoken>
    private var poller: Poller
    private var replica: Replica
    private let disk: FileDisk
    private let path: String
    private let listener: Socket
    private var clients: [TestClient] = []
    private var events: [Poller.Event] = []
    private var view = MemberView(name: Array("n1".utf8), term: 0)
    private var site = HTTPSite(of: MemberView(name: Array("n1".utf8), term: 0))

    private static var diskToken: UInt64 { 1 }

    init() throws {
        path = "/tmp/roost-server-" + String(try Entropy.word(), radix: 16)
        disk = try FileDisk(path)
        frontend = Frontend(connectionCountMax: 100, date: HTTPDate(unixSeconds: 0))
        poller = try Poller()
        let place = try #require(try Endpoint(parsing: "127.0.0.1:0").numericAddress)
        listener = try Socket(listeningOn: place)
        var configuration = Replica.Configuration(
            name: Array("n1".utf8),
            peerAddress: PeerAddress(text: Array("127.0.0.1:1".utf8)),
            clientAddress: Array("127.0.0.1:2".utf8),
            founders: []
        )
        configuration.electionTimeoutMilliseconds = 50
        configuration.heartbeatMilliseconds = 10
        configuration.diskReserveByteCount = 0
        let now = Clock.monotonicNow()
        replica = try Replica.boot(
            disk.directory,
            configuration: configuration,
            bootNonce: 1,
            seed: 1,
            segmentByteCount: 1 << 16,
            now: now
        )
        // What the opening owes to the disk is written before the disk's threads start.
        for batch in replica.takeEffects(now: now).disk {
            disk.perform(batch.operations)
            let completion = DiskCompletion(number: batch.number, lane: batch.lane, reads: [])
            replica.step(.disk(completion), now: now)
        }
        try poller.add(disk.wakeup, token: Self.diskToken, interest: .readable)
        try disk.start()
    }

    deinit {
        disk.stop()
        do {
            for directory in ["\(path)/wal", path] {
                let handle = try DirectoryHandle(opening: directory)
                for name in try handle.names() { try handle.remove(name) }
                try DirectoryHandle.removeEmpty(directory)
            }
        } catch { StandardStream.error.print("left behind: \(path)\n") }
    }

    func connect() throws -> TestClient {
        let client = TestClient(try Socket(connectingTo: try listener.localAddress()))
        _ = try Poller.wait(
            for: listener,
            interest: .readable,
            until: Clock.monotonicNow().advanced(byMilliseconds: 10_000)
        )
        guard case .accepted(let socket) = listener.accept() else {
            throw SystemError(call: "accept", code: 0)
        }
        frontend.accept(
            socket,
            through: .client,
            poller: poller,
            now: Clock.monotonicNow()
        )
        clients.append(client)
        return client
    }

    /// Turns until the condition holds, ten seconds at most.
    func turn(until condition: () throws -> Bool) throws {
        let deadline = Clock.monotonicNow().advanced(byMilliseconds: 10_000)
        while try !condition() {
            try #require(Clock.monotonicNow() < deadline, "the condition never came to hold")
            try turn()
            for client in clients where !client.hasEnded { client.receive() }
        }
    }

    private func context(_ now: MonotonicTime) -> ReadContext {
        view.term = replica.term.rawValue
        site = site.renewed(for: view)
        return ReadContext(keyspace: replica.keyspace, member: view, site: site, now: now)
    }

    func turn() throws {
        try poller.wait(until: Clock.monotonicNow().advanced(byMilliseconds: 2), into: &events)
        let now = Clock.monotonicNow()
        for event in events where event.token != Self.diskToken {
            frontend.handle(event, in: context(now))
        }
        frontend.expire(context(now))
        var inputs = disk.takeCompletions().map(Input.disk)
        repeat {
            inputs += frontend.inputs
            frontend.inputs = []
            for input in inputs { replica.step(input, now: now) }
            inputs = []
            let effects = replica.takeEffects(now: now)
            for batch in effects.disk { disk.submit(batch) }
            for entry in effects.applied { frontend.handle(entry, in: context(now)) }
            for reply in effects.replies { frontend.handle(reply, in: context(now)) }
        } while !frontend.inputs.isEmpty
        frontend.flush(context(now), poller: poller)
    }
}
