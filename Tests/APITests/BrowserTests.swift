import API
import Keyspace
import Testing
import Wire

/// What a page in a browser can do to a member, and what it cannot (Fetch Standard, RFC 6454).
@Suite("Pages of other origins, and names that lead here")
struct BrowserTests {
    private static let changes: [(Wire.Method, String, String)] = [
        (.put, "/v1/kv/x", "v"), (.post, "/v1/kv/x", "v"), (.delete, "/v1/kv/x", ""),
        (.post, "/v1/txn", #"{"then":[{"delete":{"key":"/x"}}]}"#),
        (.post, "/v1/leases", #"{"ttl":5}"#), (.post, "/v1/leases/1/keepalive", ""),
        (.delete, "/v1/leases/1", ""), (.post, "/v1/locks/l", ""),
        (.delete, "/v1/locks/l?force", ""), (.get, "/v1/locks/l/hold", ""),
        (.get, "/v1/elections/e/hold", ""), (.post, "/v1/elections/e/campaign", ""),
        (.put, "/v1/elections/e/proclaim?token=1", ""),
        (.post, "/v1/elections/e/resign?token=1", ""), (.post, "/v1/compact", #"{"revision":1}"#),
        (.other, "/v1/kv/x", ""),
    ]

    @Test(
        "a page of another origin changes nothing",
        arguments: [
            ["origin": "http://evil.example"], ["origin": "null"], ["origin": ""],
            ["origin": "http://127.0.0.1:8000"], ["origin": "http://127.0.0.1"],
            ["origin": "https://127.0.0.1"], ["origin": "http://localhost:2379"],
            ["origin": "127.0.0.1:2379"], ["origin": "ftp://127.0.0.1:2379"],
            ["origin": "http://127.0.0.1:2379.evil.example"],
            ["origin": "http://127.0.0.1:2379 http://evil.example"],
            ["sec-fetch-site": "cross-site"], ["sec-fetch-site": "same-site"],
            ["sec-fetch-site": "unheard-of"],
            ["origin": "http://127.0.0.1:2379", "sec-fetch-site": "cross-site"],
            ["origin": "http://evil.example", "sec-fetch-site": "same-origin"],
        ]
    )
    func foreign(_ fields: [String: String]) {
        var stage = ExchangeHarness()
        let headers = fields.merging(["host": "127.0.0.1:2379"]) { $1 }
        for (method, target, body) in Self.changes {
            let session = stage.open(request(method, target, headers, body: Array(body.utf8)))
            #expect(session.reply?.status == 403, "\(target)")
            #expect(session.reply?.code == "cross-origin")
            #expect(session.proposed.isEmpty)
            #expect(session.reply?.header("access-control-allow-origin") == nil)
        }
        #expect(stage.keyspace.appliedIndex == 0)
        for target in ["/v1/kv/?recursive", "/livez", "/v1/status", "/metrics"] {
            #expect(
                stage.call(.get, target, headers).status == 200,
                "reading is the browser's matter"
            )
        }
        #expect(stage.call(.options, "/v1/kv/x", headers).status == 204)
    }

    @Test(
        "the member's own pages, and programs, do as before",
        arguments: [
            ("127.0.0.1:2379", ["origin": "http://127.0.0.1:2379"]),
            (
                "127.0.0.1:2379",
                ["origin": "http://127.0.0.1:2379", "sec-fetch-site": "same-origin"]
            ),
            ("127.0.0.1:2379", ["sec-fetch-site": "none"]), ("127.0.0.1:2379", [:]),
            ("Roost.example", ["origin": "https://roost.example"]),
            ("roost.example", ["origin": "http://roost.example"]),
            ("roost.example:80", ["origin": "http://roost.example"]),
            ("roost.example:443", ["origin": "https://roost.example"]),
            ("[::1]:2379", ["origin": "http://[::1]:2379"]),
        ] as [(String, [String: String])]
    )
    func own(_ host: String, _ fields: [String: String]) {
        var stage = ExchangeHarness()
        let headers = fields.merging(["host": host]) { $1 }
        #expect(stage.call(.put, "/v1/kv/x", headers, body: "v").status == 201)
        #expect(stage.call(.post, "/v1/txn", headers, body: "{}").status == 200)
        var hold = stage.open(request(.get, "/v1/locks/l/hold", headers))
        #expect(hold.pull(&stage).text.hasPrefix("event: held"))
    }

    @Test("the scheme's port is the origin's where none is named")
    func ports() {
        var stage = ExchangeHarness()
        for (host, origin) in [
            ("roost.example:443", "http://roost.example"),
            ("roost.example", "http://roost.example:81"),
            ("roost.example:80", "https://roost.example"),
        ] {
            let reply = stage.call(.put, "/v1/kv/x", ["host": host, "origin": origin], body: "v")
            #expect(reply.code == "cross-origin")
        }
    }

    // MARK: - Admitted pages

    private static let page = "https://app.example"

    private static var stage: ExchangeHarness {
        var stage = ExchangeHarness()
        stage.allowedOrigins = [Array(page.utf8), Array("http://localhost:3000".utf8)]
        return stage
    }

    @Test("pages admitted by name read and write, errors and streams included")
    func admitted() {
        var stage = Self.stage
        let headers = ["origin": Self.page, "sec-fetch-site": "cross-site", "host": "127.0.0.1:1"]
        for (method, target, body) in Self.changes where method != .other {
            let session = stage.open(request(method, target, headers, body: Array(body.utf8)))
            let head: HTTPResponse?
            if case .streaming(let stream) = session.state {
                head = stream
            } else {
                head = session.reply?.response
            }
            #expect(head?.status != 403, "\(target)")
            #expect(
                head?.headers["access-control-allow-origin"].map(Array.init)
                    == Array(Self.page.utf8)
            )
            #expect(head?.headers["vary"].map(Array.init) == Array("Origin".utf8))
        }
        let got = stage.call(.get, "/v1/kv/none", headers)
        #expect(got.status == 404 && got.header("access-control-allow-origin") == Self.page)
        let exposed = got.header("access-control-expose-headers") ?? ""
        for name in ["ETag", "Location", "Link", "Retry-After", "Roost-Revision", "Server-Timing"] {
            #expect(exposed.contains(name))
        }
        for accept in ["text/event-stream", "application/x-ndjson"] {
            let fields = headers.merging(["accept": accept]) { $1 }
            guard
                case .streaming(let head) = stage.open(request(.get, "/v1/watch?path=/x", fields))
                    .state
            else {
                Issue.record("no stream")
                continue
            }
            #expect(head.headers["access-control-allow-origin"] != nil)
        }
        let busy = NativeExchange.overloaded(
            request(.get, "/v1/kv/x", headers),
            keyspace: stage.keyspace,
            site: stage.site
        )
        #expect(Reply(busy).header("access-control-allow-origin") == Self.page)
    }

    @Test("a browser asks beforehand what a page may send")
    func preflight() {
        var stage = Self.stage
        let asked = [
            "access-control-request-method": "PUT", "access-control-request-headers": "if-match",
        ]
        let yes = stage.call(.options, "/v1/kv/x", asked.merging(["origin": Self.page]) { $1 })
        #expect(yes.status == 204)
        #expect(yes.header("access-control-allow-origin") == Self.page)
        #expect(
            yes.header("access-control-allow-methods")
                == "GET, HEAD, PUT, POST, PATCH, DELETE, OPTIONS"
        )
        for name in [
            "Authorization", "If-Match", "If-None-Match", "Idempotency-Key", "Roost-Lock",
            "Content-Type",
        ] {
            #expect(yes.header("access-control-allow-headers")?.contains(name) == true)
        }
        #expect(yes.header("vary") == "Origin")
        let no = stage.call(
            .options,
            "/v1/kv/x",
            asked.merging(["origin": "https://x.example"]) { $1 }
        )
        #expect(no.status == 204 && no.header("vary") == "Origin")
        #expect(no.header("access-control-allow-origin") == nil)
        #expect(no.header("access-control-allow-methods") == nil)
        let plain = stage.call(.options, "/v1/kv/x", ["origin": Self.page])
        #expect(plain.header("access-control-allow-methods") == nil)
    }

    @Test(
        "names are exact",
        arguments: [
            "https://app.example.evil", "http://app.example", "https://app.example:8443",
            "https://APP.example", "https://app.example/", "https://sub.app.example", "null",
        ]
    )
    func exact(_ origin: String) {
        var stage = Self.stage
        let reply = stage.call(.put, "/v1/kv/x", ["origin": origin, "host": "h"], body: "v")
        #expect(reply.code == "cross-origin")
        #expect(reply.header("access-control-allow-origin") == nil)
        #expect(reply.header("vary") == "Origin")
    }

    // MARK: - DNS rebinding

    @Test(
        "at a loopback address only addresses, localhost and admitted names are answered, at a socket any",
        arguments: [
            ("127.0.0.1:2379", true), ("[::1]:2379", true), ("localhost:2379", true),
            ("LOCALHOST.", true), ("roost.example:2379", true), ("evil.example:2379", false),
            ("localhost.evil.example", false), ("127.0.0.1.nip.io", false), ("", false),
        ]
    )
    func rebinding(_ host: String, _ isServed: Bool) {
        var stage = ExchangeHarness()
        let loopback = ListenerKind(.every, reach: .loopback)
        for (method, target) in [
            (.get, "/v1/kv/?recursive"), (.put, "/v1/kv/x"), (.get, "/livez"),
            (.options, "/v1/txn"),
            (.head, "/v1/status"), (.get, "/v1/watch?path=/x"), (.get, "/v1/nothing"),
        ] as [(Wire.Method, String)] {
            let asked = request(method, target, ["host": host])
            stage.allowedHosts = [Array("roost.example".utf8)]
            let named = stage.open(asked, through: loopback)
            #expect((named.reply?.code == "misdirected") == !isServed, "\(target)")
            stage.allowedHosts = []
            let bare = stage.open(asked, through: loopback)
            let isNamed = isServed && host != "roost.example:2379"
            #expect((bare.reply?.code == "misdirected") == !isNamed, "\(target)")
            for reach in [ListenerKind.Reach.network, .file] {
                let open = stage.open(asked, through: ListenerKind(.every, reach: reach))
                #expect(open.reply?.code != "misdirected")
            }
            stage.allowedHosts = [Array("roost.example".utf8)]
            #expect(
                stage.open(asked, through: ListenerKind(.every, reach: .file)).reply?.code
                    != "misdirected"
            )
        }
        let name = Array(host.prefix { $0 != ":" }.lowercased().utf8)
        let allowedHosts = stage.allowedHosts
        stage.allowedHosts = []
        stage.ownHosts = [name]
        let own = stage.open(request(.get, "/v1/status", ["host": host]), through: loopback)
        #expect(host.hasPrefix("[") || own.reply?.code != "misdirected", "its own name")
        stage.allowedHosts = allowedHosts
        stage.ownHosts = []
        let health = stage.open(
            request(.get, "/livez", ["host": host]),
            through: ListenerKind(.health, reach: .loopback)
        )
        #expect(health.reply?.status == (isServed ? 200 : 421))
    }
}
