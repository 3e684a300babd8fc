import API
import Bytes
import Keyspace
import Replica
import Testing
import Wire

@Suite("Rights that end while something goes on")
struct EndedRightTests {
    private static func revoke(_ stage: inout AccessStage) throws {
        try stage.change(.putUser(AccessStage.name("ann"), password: .kept, roles: .exactly([])))
    }

    private static func open(_ stage: inout AccessStage, _ target: String) throws -> Session {
        stage.member.open(request(.get, target, try stage.bearer("ann")))
    }

    @Test(
        "streams end with denied, and tell nothing of what came since",
        arguments: [
            ("/v1/watch?path=/app&recursive", "put"), ("/v1/locks/app%2Fl/hold?ttl=10s", "held"),
            ("/v1/elections/app%2Fe/observe", "vacant"),
        ]
    )
    func streams(_ target: String, first: String) throws {
        var stage = try AccessStage()
        var session = try Self.open(&stage, target)
        _ = session.pull(&stage.member)
        #expect(try stage.call(.put, "/v1/kv/app/a", as: "root", body: "seen").status == 201)
        _ = session.pull(&stage.member)
        try Self.revoke(&stage)
        #expect(try stage.call(.put, "/v1/kv/app/b", as: "root", body: "unseen").status == 201)
        let (text, wake) = session.pull(&stage.member)
        #expect(text.contains("event: denied\n"), "\(text)")
        #expect(!text.contains("unseen"))
        #expect(wake == nil)
        #expect(session.exchange.keepsAlive == nil)
    }

    @Test("a change of somebody else's rights ends nothing")
    func others() throws {
        var stage = try AccessStage()
        var session = try Self.open(&stage, "/v1/watch?path=/app&recursive")
        _ = session.pull(&stage.member)
        try stage.change(.putUser(AccessStage.name("bob"), password: .kept, roles: .exactly([])))
        let (text, wake) = session.pull(&stage.member)
        #expect(!text.contains("denied"))
        #expect(wake != nil)
    }

    @Test("a stream ends with its token")
    func expiry() throws {
        var stage = try AccessStage()
        var session = try Self.open(&stage, "/v1/watch?path=/app&recursive")
        _ = session.pull(&stage.member)
        stage.member.member.unixSeconds += 3600
        #expect(session.pull(&stage.member).text.contains("\"code\":\"unauthenticated\""))
    }

    @Test("a stream, and a wait, end with the key that signed their token, and not before")
    func retiredKey() throws {
        var stage = try AccessStage()
        let old = try #require(stage.member.keyspace.access.signingKeys.last).id
        let header = try stage.bearer("ann")
        let target = "/v1/watch?path=/app&recursive"
        var watch = stage.member.open(request(.get, target, header))
        var wait = stage.member.open(request(.get, "/v1/kv/app/x?wait=30s&since=1", header))
        // Not by a token of the cluster.
        var other = stage.member.open(request(.get, target, AccessStage.basic("ann")))
        _ = other.pull(&stage.member)
        try stage.change(.addSigningKey(secret: [UInt8](repeating: 0x11, count: 32)))
        #expect(!watch.pull(&stage.member).text.contains("denied"))
        wait.resume(.woken, &stage.member)
        #expect(wait.wake != nil, "\(wait.state)")
        try stage.change(.retireSigningKey(old))
        #expect(watch.pull(&stage.member).text.contains("\"code\":\"unauthenticated\""))
        wait.resume(.woken, &stage.member)
        #expect(wait.reply?.status == 401, "\(wait.state)")
        #expect(!other.pull(&stage.member).text.contains("denied"))
    }

    @Test("who waits for a key or a lock is refused once it may not have it")
    func waits() throws {
        for (method, target, body) in [
            (.get, "/v1/kv/app/a?wait=30s&since=", ""),
            (.post, "/v1/locks/app%2Fl", #"{"ttl":"10s","wait":"30s"}"#),
        ] as [(Wire.Method, String, String)] {
            var stage = try AccessStage()
            #expect(
                try stage.call(.post, "/v1/locks/app%2Fl", as: "root", body: #"{"ttl":"10s"}"#)
                    .status
                    == 200
            )
            #expect(try stage.call(.put, "/v1/kv/app/a", as: "root", body: "x").status == 201)
            let since = method == .get ? "\(stage.member.keyspace.store.revision.rawValue)" : ""
            var session = stage.member.open(
                request(method, target + since, try stage.bearer("ann"), body: Array(body.utf8))
            )
            #expect(session.wake != nil, "\(target)")
            try Self.revoke(&stage)
            session.resume(.woken, &stage.member)
            #expect([401, 403].contains(session.reply?.status), "\(target): \(session.state)")
        }
    }

    @Test("a token that is of a state to come is looked at again after a read")
    func unsettled() throws {
        var stage = try AccessStage()
        let behind = stage.member.keyspace
        try stage.change(.putUser(AccessStage.name("bob"), password: .kept, roles: .adding([])))
        let header = try stage.bearer("ann")
        // The member that is asked lags.
        let ahead = stage.member.keyspace
        stage.member.keyspace = behind
        let call = request(.get, "/v1/auth/whoami", header)
        let identity = stage.member.identity(of: call)
        guard case .unsettled = identity else {
            Issue.record("\(identity)")
            return
        }
        var (exchange, step) = NativeExchange.begin(
            call,
            by: identity,
            keyspace: behind,
            member: stage.member.member,
            site: stage.member.site,
            arrival: stage.member.now,
            now: stage.member.now
        )
        guard case .read = step else {
            Issue.record("it asks the leader first: \(step)")
            return
        }
        stage.member.keyspace = ahead
        step = exchange.resume(
            .readable,
            keyspace: ahead,
            member: stage.member.member,
            now: stage.member.now
        )
        var session = Session(exchange: exchange)
        session.follow(step, &stage.member)
        #expect(session.reply?.status == 200, "\(session.state)")
    }
}
