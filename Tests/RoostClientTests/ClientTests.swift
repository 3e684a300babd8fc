import Bytes
import Platform
import RoostClient
import Synchronization
import Testing
import Wire

/// An endpoint at which nobody listens.
private let nobody = ServiceAddress(.internet(host: "127.0.0.1", port: 1))

@Suite("A client over real sockets")
struct ClientTests {
    private static let key = IdempotencyKey(words: 1, 2)

    private static func write() -> Call {
        .write(.put, path: Call.path(ofKey: Array("/a b".utf8)), body: [1, 2, 3], key: key)
    }

    @Test("a write whose answer is lost is repeated elsewhere, the same in every byte")
    func failover() throws {
        let silent = try ScriptedMember { _ in .hangUp }
        let sound = try ScriptedMember { _ in .respond(status: 200, body: "{}") }
        let client = Client(endpoints: [nobody, silent.endpoint, sound.endpoint])
        let reply = try client.perform(Self.write(), timeoutMilliseconds: 10_000)
        #expect(reply.status == 200 && reply.endpoint == sound.endpoint)
        let first = try #require(silent.requests.takeAll().first)
        let second = try #require(sound.requests.takeAll().first)
        #expect(first.pathText == "/v1/kv/a%20b" && first.pathText == second.pathText)
        #expect(first.headerText("idempotency-key") == "00000000000000010000000000000002")
        #expect(first.headerText("idempotency-key") == second.headerText("idempotency-key"))
        #expect(first.rawQuery.map(Array.init) == second.rawQuery.map(Array.init))
        #expect(first.body == [1, 2, 3] && second.body == [1, 2, 3])
    }

    @Test("the member that answered is asked again, over the same connection")
    func keepsConnection() throws {
        let accepted = Mutex(0)
        let member = try ScriptedMember { _ in
            accepted.withLock { $0 += 1 }
            return .respond(status: 200, body: "{}")
        }
        let client = Client(endpoints: [nobody, member.endpoint])
        for _ in 0..<3 {
            let call = Call.read(Array("/v1/status".utf8))
            let reply = try client.perform(call, timeoutMilliseconds: 10_000)
            #expect(reply.endpoint == member.endpoint)
        }
        #expect(accepted.withLock { $0 } == 3)
        #expect(client.endpoint == member.endpoint)
    }

    @Test("5 and 8: `applied` is told apart (Docs/cli.md)")
    func effects() throws {
        let cases: [(body: String, expected: Effect)] = [
            (#"{"code":"unavailable","applied":false}"#, .none),
            (#"{"code":"unavailable","applied":null}"#, .unknown),
            ("no JSON at all", .unknown),
        ]
        for (body, expected) in cases {
            let member = try ScriptedMember { _ in .respond(status: 503, body: body) }
            let client = Client(endpoints: [member.endpoint])
            let error = #expect(throws: ClientError.self) {
                try client.perform(Self.write(), timeoutMilliseconds: 600)
            }
            #expect(error?.effect == expected, "\(body)")
        }
    }

    @Test("nobody there is said when the time is over, with the evidence")
    func unreachable() {
        let client = Client(endpoints: [nobody])
        let error = #expect(throws: ClientError.self) {
            try client.perform(Self.write(), timeoutMilliseconds: 300)
        }
        guard case .unreachable(.none, let evidence) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(evidence.count == 1 && evidence[0].contains("Connection refused"))
    }

    @Test("a refusal decides the call: nobody else is asked")
    func refusal() throws {
        let member = try ScriptedMember { _ in .respond(status: 412, body: "{}") }
        let other = try ScriptedMember { _ in .respond(status: 200, body: "{}") }
        let client = Client(endpoints: [member.endpoint, other.endpoint])
        #expect(try client.perform(Self.write(), timeoutMilliseconds: 5_000).status == 412)
        #expect(other.requests.takeAll().isEmpty)
    }
}

@Suite("A watch over connections that break")
struct EventSubscriptionTests {
    @Test("it resumes at another member from the last id, nothing lost, nothing twice")
    func resume() throws {
        let script: @Sendable (HTTPRequest) -> ScriptedMember.Answer = { request in
            switch request.headerText("last-event-id") {
            case nil: .stream("retry: 1000\nid: 4\n\nevent: put\nid: 5.0\ndata: one\n\nevent: pu")
            case "5.0": .stream("id: 5.0\n\nevent: put\nid: 6.0\ndata: two\n\n")
            case "6.0":
                .stream("event: compacted\nid: COMPACTED\ndata: {\"compact_revision\":9}\n\n")
            default: .hangUp
            }
        }
        let first = try ScriptedMember(script)
        let second = try ScriptedMember(script)
        let subscription = EventSubscription(
            client: Client(endpoints: [first.endpoint, second.endpoint]),
            start: .changes,
            timeoutMilliseconds: 10_000
        ) { _ in Call.read(Array("/v1/watch?path=/a".utf8)) }
        var seen: [String] = []
        while true {
            let events = try subscription.next()
            if events.isEmpty { break }
            seen += events.map { String(decoding: $0.data ?? [], as: UTF8.self) }
        }
        #expect(seen == ["one", "two", "{\"compact_revision\":9}"])
        #expect(!second.requests.takeAll().isEmpty, "the other member was asked")
    }

    @Test("a refusal is no reason to try again")
    func rejected() throws {
        let member = try ScriptedMember { _ in .respond(status: 400, body: "{}") }
        let subscription = EventSubscription(
            client: Client(endpoints: [member.endpoint]),
            start: .changes,
            timeoutMilliseconds: 10_000
        ) { _ in Call.read(Array("/v1/watch".utf8)) }
        let error = #expect(throws: SubscriptionError.self) { try subscription.next() }
        guard case .rejected(let reply) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reply.status == 400)
    }
}

@Suite("Lease, place, grant and proof over real sockets")
struct LockClaimTests {
    private static func plan(_ endpoints: [ServiceAddress], patience: LockClaim.Patience)
        -> LockClaim.Plan
    {
        LockClaim.Plan(
            target: LockTarget(kind: .exclusiveLock, name: Array("n/1".utf8), owner: []),
            endpoints: endpoints,
            timeToLiveMilliseconds: 2_000,
            patience: patience,
            timeoutMilliseconds: 5_000
        )
    }

    /// Reports until one satisfies the condition, that one included.
    private static func reports(
        _ mailbox: Mailbox<LockClaim.Report>,
        until isLast: (LockClaim.Report.Event) -> Bool
    ) throws -> [LockClaim.Report.Event] {
        let deadline = Clock.monotonicNow().advanced(byMilliseconds: 20_000)
        var events: [LockClaim.Report.Event] = []
        while Clock.monotonicNow() < deadline {
            try mailbox.wait(until: deadline)
            events += mailbox.takeAll().map(\.event)
            if events.contains(where: isLast) { return events }
        }
        return events
    }

    @Test("a lost answer to the place is asked for again with the same lease; a proof is sent")
    func granted() throws {
        let broken = Mutex(true)
        let member = try ScriptedMember { request in
            switch request.pathText {
            case "/v1/leases": return .respond(status: 201, body: #"{"id":"00ab","ttl":2}"#)
            case "/v1/locks/n%2F1" where request.method == .post:
                let isFirst = broken.withLock { broken in
                    defer { broken = false }
                    return broken
                }
                return isFirst ? .hangUp : .respond(status: 200, body: #"{"token":7}"#)
            case "/v1/locks/n%2F1":
                return .respond(status: 200, body: #"{"holders":[{"token":8}]}"#)
            default: return .respond(status: 200, body: #"{"ttl":2,"remaining":2}"#)
            }
        }
        let mailbox = try Mailbox<LockClaim.Report>()
        let claim = try LockClaim(
            number: 0,
            plan: Self.plan([member.endpoint], patience: .forEver),
            reports: mailbox
        )
        let events = try Self.reports(mailbox) { if case .granted = $0 { true } else { false } }
        guard case .joined(let lease, _) = events.first,
            case .granted(token: 7, hold: nil) = events.last
        else {
            Issue.record("\(events)")
            return
        }
        #expect(lease == Array("00ab".utf8))
        let asked = Clock.bootTimeNow().rawValue
        claim.prove(token: 7)
        // Another token holds by now: the keepalive is confirmed, the loss is seen.
        let proof = try Self.reports(mailbox) { if case .lost = $0 { true } else { false } }
        let isProven = proof.contains { event in
            if case .confirmed(let sentAt) = event { sentAt.rawValue >= asked } else { false }
        }
        #expect(isProven, "a keepalive was sent after the proof was asked for: \(proof)")
        let places = member.requests.takeAll().filter { $0.pathText == "/v1/locks/n%2F1" }
        let bodies = places.filter { $0.method == .post }.map(\.body)
        #expect(bodies.count == 2 && bodies[0] == bodies[1], "the same place was asked for")
    }

    @Test(
        "what an answer to the place means",
        arguments: [
            (409, #"{"code":"lock-held"}"#, "refused"),
            (409, #"{"code":"wait-timeout"}"#, "refused"),
            (404, #"{"code":"not-found","what":"lease"}"#, "lost"),
            (403, #"{"code":"permission-denied"}"#, "failed"),
        ] as [(Int, String, String)]
    )
    func answers(_ status: Int, body: String, expected: String) throws {
        let member = try ScriptedMember { request in
            request.pathText == "/v1/leases"
                ? .respond(status: 201, body: #"{"id":"1","ttl":2}"#)
                : request.pathText.hasPrefix("/v1/locks")
                    ? .respond(status: status, body: body)
                    : .respond(status: 200, body: "{}")
        }
        let mailbox = try Mailbox<LockClaim.Report>()
        let claim = try LockClaim(
            number: 0,
            plan: Self.plan([member.endpoint], patience: .milliseconds(0)),
            reports: mailbox
        )
        let name: (LockClaim.Report.Event) -> String = { event in
            switch event {
            case .refused(let reply): reply.status == 409 ? "refused" : "\(reply.status)"
            case .lost: "lost"
            case .failed: "failed"
            case .joined, .granted, .confirmed, .asked: "other"
            }
        }
        let events = try Self.reports(mailbox) { name($0) == expected }
        #expect(events.last.map(name) == expected)
        withExtendedLifetime(claim) {}
    }
}
