import API
import Bytes
import Consensus
import Credentials
import Keyspace
import Platform
import Replica
import Testing
import Wire

@testable import Server

/// A frontend with a real connection to it, and a store that the test applies commands to: all of a
/// server but the replica.
final class FrontendHarness {
    let frontend: Frontend<ClientConversation>
    var poller: Poller
    var keyspace = Keyspace()
    var now = Clock.monotonicNow()
    /// Whether the member knows a leader.
    var leadership = MemberView.Leadership.led
    /// Whether what calls leave to the background is carried out.
    var background = Background.works
    private let gate = Gatekeeper(secret: [7])
    private let listener: Socket
    private var clients: [TestClient] = []
    private var events: [Poller.Event] = []
    private var appliedIndex: UInt64 = 0

    enum Background { case works, standsStill }

    init(connectionCountMax: Int = 100, audit: AuditTrail? = nil) throws {
        frontend = Frontend(
            connectionCountMax: connectionCountMax,
            audit: audit,
            date: HTTPDate(unixSeconds: 0)
        )
        poller = try Poller()
        let place = try #require(try Endpoint(parsing: "127.0.0.1:0").numericAddress)
        listener = try Socket(listeningOn: place)
    }

    func connect() throws -> TestClient {
        let client = TestClient(try Socket(connectingTo: try listener.localAddress()))
        _ = try Poller.wait(for: listener, interest: .readable, until: deadline)
        guard case .accepted(let socket) = listener.accept() else {
            throw SystemError(call: "accept", code: 0)
        }
        frontend.accept(socket, through: .client, poller: poller, now: now)
        clients.append(client)
        return client
    }

    private var deadline: MonotonicTime {
        Clock.monotonicNow().advanced(byMilliseconds: 10_000)
    }

    var context: ReadContext {
        var view = MemberView(name: Array("n1".utf8), term: 1)
        view.leadership = leadership
        return ReadContext(
            keyspace: keyspace,
            member: view,
            site: HTTPSite(of: view),
            now: now,
            gate: gate
        )
    }

    /// One turn of a reactor without its replica: takes in what is ready, and flushes.
    func turn() throws {
        let soon = Clock.monotonicNow().advanced(byMilliseconds: 2)
        try poller.wait(until: soon, into: &events)
        for event in events { frontend.handle(event, in: context) }
        frontend.takeWorked(context)
        frontend.expire(context)
        frontend.handOutPasswords(in: context)
        frontend.flush(context, poller: poller)
        frontend.released.shed()
        if background == .works { frontend.background.begin { $0() } }
    }

    /// Turns until the condition holds, ten seconds at most.
    func turn(until condition: () -> Bool) throws {
        let deadline = deadline
        while !condition() {
            try #require(Clock.monotonicNow() < deadline, "the condition never came to hold")
            try turn()
            for client in clients where !client.hasEnded && client.habit == .reads {
                client.receive()
            }
        }
    }

    /// What the frontend asks of the member, as short words in order.
    var asked: [String] {
        frontend.inputs.map { input in
            switch input {
            case .propose(_, let write):
                (try? Request(decoding: write.payload)).map(Self.word) ?? "no request"
            case .read: "read"
            case .forget: "forget"
            default: "other"
            }
        }
    }

    private static func word(for request: Request) -> String {
        guard case .put(let put) = request.command else { return "propose" }
        return "put \(String(decoding: put.key.bytes, as: UTF8.self))"
    }

    /// Applies what was proposed and confirms what is read, as a member alone would; the inputs are
    /// taken.
    func answerAll() {
        let inputs = frontend.inputs
        frontend.inputs = []
        for input in inputs {
            switch input {
            case .propose(let ticket, let write): apply(write, for: ticket)
            case .read(let ticket): frontend.handle(Completion.readable(ticket), in: context)
            case .forget(let ticket):
                frontend.handle(Completion.unproposed(ticket, .unknown), in: context)
            default: break
            }
        }
    }

    /// Applies a command of nobody's.
    func apply(_ command: Command) {
        if keyspace.featureLevel.number < FeatureLevel.newest {
            appliedIndex += 1
            let level = Request(.raiseFeatureLevel(to: FeatureLevel.newest))
            _ = keyspace.apply(index: appliedIndex, time: .zero, request: level)
        }
        appliedIndex += 1
        _ = keyspace.apply(index: appliedIndex, time: .zero, request: Request(command))
    }

    private func apply(_ write: EncodedWrite, for ticket: Ticket) {
        appliedIndex += 1
        let time = ClusterTime(rawValue: now.rawValue / 1_000_000)
        let applied = keyspace.apply(index: appliedIndex, time: time, command: write.payload)
        let entry = AppliedEntry(
            index: .init(rawValue: appliedIndex),
            revision: keyspace.store.revision,
            events: applied.events,
            contestEvents: applied.contestEvents
        )
        frontend.handle(entry, in: context)
        if let answer = applied.answer {
            frontend.handle(Completion.applied(ticket, answer), in: context)
        }
    }
}

extension FrontendHarness {
    /// From here on access is controlled: that user may do everything.
    func controlAccess(user: String, password: String) throws {
        let name = try #require(AccessName(Array(user.utf8)))
        let hash = try PasswordHash(
            of: Array(password.utf8),
            salt: [UInt8](repeating: 3, count: 16),
            cost: .trifling
        )
        let rules = [
            AccessRule(.allow, to: [.admin, .metrics], in: .service),
            AccessRule(.allow, to: [.read, .write], in: .keys(.prefix([]))),
        ]
        for change in [
            .putRole(name, rules: .exactly(rules)),
            .putUser(name, password: .set(hash.text), roles: .exactly([name])),
            .addSigningKey(secret: [UInt8](repeating: 0x5A, count: 32)), .enable,
        ] as [AccessChange] {
            apply(.changeAccess(change))
        }
        #expect(keyspace.isAccessControlled)
    }

    /// A token as a login gives it.
    func token(_ user: String) throws -> String {
        let key = try #require(keyspace.access.signingKeys.last)
        let token = SessionToken(
            key: key.id,
            user: Array(user.utf8),
            authRevision: keyspace.access.revision.rawValue,
            issued: 0,
            lifeSeconds: 3600
        )
        return String(decoding: token.text(signedBy: MessageCode(key: key.secret)), as: UTF8.self)
    }

    func basic(_ user: String, password: String) throws -> String {
        let credentials = BasicCredentials(user: Array(user.utf8), password: Array(password.utf8))
        return String(decoding: credentials.text, as: UTF8.self)
    }
}
