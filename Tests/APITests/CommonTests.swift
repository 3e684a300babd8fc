import API
import Bytes
import Keyspace
import Replica
import Testing
import Wire

@Suite("What every call has in common")
struct CommonTests {
    @Test(
        "addresses and methods that do not exist",
        arguments: [
            (.get, "/v2/kv/a", "no-such-call"), (.get, "/v1", "no-such-call"),
            (.get, "/v1/", "no-such-call"), (.get, "/kv/a", "no-such-call"),
            (.get, "/v1/txn/x", "no-such-call"), (.get, "/V1/kv/a", "no-such-call"),
            (.get, "//v1/kv/a", "no-such-call"), (.get, "/v1/elections/e/x", "no-such-call"),
            (.get, "/v1/elections/e/observe/x", "no-such-call"),
            (.get, "/v1/txn", "method-not-allowed"), (.put, "/v1/watch", "method-not-allowed"),
            (.other, "/v1/kv/a", "method-not-allowed"), (.post, "/", "method-not-allowed"),
            (.delete, "/v1/leases", "method-not-allowed"), (.post, "/livez", "method-not-allowed"),
            (.get, "/v1/compact", "method-not-allowed"), (.put, "/v1/status", "method-not-allowed"),
            (.get, "/v1/elections/e/resign", "method-not-allowed"),
            (.post, "/v1/elections/e/proclaim", "method-not-allowed"),
        ] as [(Wire.Method, String, String)]
    )
    func addresses(_ method: Wire.Method, _ target: String, _ code: String) {
        var stage = ExchangeHarness()
        let reply = stage.call(method, target)
        #expect(reply.code == code)
        #expect(reply.json?["type"]?.text == "urn:roost:\(code)")
        #expect(reply.json?["status"]?.whole == UInt64(reply.status))
        #expect(reply.json?["title"]?.text?.isEmpty == false)
        #expect(reply.json?["detail"]?.text?.isEmpty == false)
        #expect((reply.header("allow") != nil) == (code == "method-not-allowed"))
        #expect(reply.header("cache-control") == "no-store")
        #expect(reply.header("roost-revision") == "1")
    }

    @Test("OPTIONS names the methods, HEAD gets what GET gets")
    func methods() {
        var stage = ExchangeHarness()
        let options = stage.call(.options, "/v1/kv/a")
        #expect(options.status == 204)
        #expect(options.header("allow") == "GET, HEAD, PUT, POST, PATCH, DELETE, OPTIONS")
        #expect(stage.call(.options, "*").status == 204)
        #expect(stage.call(.options, "/v1/txn").header("allow") == "POST, OPTIONS")
        _ = stage.call(.put, "/v1/kv/a")
        #expect(stage.call(.head, "/v1/kv/a").response == stage.call(.get, "/v1/kv/a").response)
        #expect(
            stage.call(.head, "/v1/watch?path=/a").header("content-type") == "text/event-stream"
        )
        #expect(stage.call(.head, "/v1/locks/l/hold").status == 200)
        #expect(stage.call(.get, "/v1/locks/l").status == 404)
    }

    @Test(
        "an unknown parameter is refused by name, on every call",
        arguments: [
            (.get, "/"), (.get, "/v1/kv/a"), (.get, "/v1/kv/?children"), (.put, "/v1/kv/a"),
            (.post, "/v1/kv/a"), (.delete, "/v1/kv/a"), (.post, "/v1/txn"),
            (.get, "/v1/watch?path=/a"), (.get, "/v1/leases"), (.post, "/v1/leases"),
            (.get, "/v1/leases/1"), (.delete, "/v1/leases/1"), (.post, "/v1/leases/1/keepalive"),
            (.get, "/v1/locks"), (.get, "/v1/locks/l"), (.post, "/v1/locks/l"),
            (.delete, "/v1/locks/l?force"), (.get, "/v1/locks/l/hold"), (.get, "/v1/elections"),
            (.get, "/v1/elections/e"), (.post, "/v1/elections/e/campaign"),
            (.get, "/v1/elections/e/observe"), (.get, "/v1/elections/e/hold"),
            (.put, "/v1/elections/e/proclaim?token=1"), (.post, "/v1/elections/e/resign?token=1"),
            (.post, "/v1/compact"), (.get, "/v1/cluster"), (.get, "/v1/status"), (.get, "/livez"),
            (.get, "/readyz"), (.get, "/version"), (.get, "/metrics"), (.get, "/openapi.json"),
        ] as [(Wire.Method, String)]
    )
    func unknownParameter(_ method: Wire.Method, _ target: String) {
        var stage = ExchangeHarness()
        let body =
            target == "/v1/txn" ? "{}" : target == "/v1/compact" ? #"{"revision":1}"# : ""
        let separator = target.contains("?") ? "&" : "?"
        let reply = stage.call(
            method,
            "\(target)\(separator)frobnicate=1",
            body: target == "/v1/leases" ? #"{"ttl":5}"# : body
        )
        #expect(reply.code == "bad-request")
        #expect(reply.json?["parameter"]?.text == "frobnicate")
        #expect(stage.keyspace.appliedIndex == 0)
    }

    @Test("timeout and timing go with every call; a bad one is refused")
    func common() {
        var stage = ExchangeHarness()
        let reply = stage.call(.put, "/v1/kv/a?timeout=1.5&timing")
        #expect(
            reply.header("server-timing")
                == "queue;dur=0.000, replicate;dur=0.000, apply;dur=0.000"
        )
        #expect(stage.call(.get, "/v1/kv/a").header("server-timing") == nil)
        for timeout in ["x", "", "-1s", "1w"] {
            #expect(stage.call(.get, "/v1/kv/a?timeout=\(timeout)").status == 400)
        }
        let session = stage.open(request(.get, "/v1/kv/a?timeout=2s"))
        #expect(session.exchange.deadline == stage.now.advanced(byMilliseconds: 2000))
        #expect(stage.call(.get, "/v1/kv/a?%zz").code == "bad-request")
        #expect(stage.call(.get, "/v1/kv/a?timing=2").code == "bad-request")
    }

    @Test("JSON ends with a line feed, and pretty spreads it over lines, on every call")
    func layout() {
        var stage = ExchangeHarness()
        let put = stage.call(.put, "/v1/kv/a?pretty", body: "v")
        #expect(
            put.text == """
                {
                  "key": "/a",
                  "revision": 2,
                  "version": 1,
                  "create_revision": 2,
                  "mod_revision": 2
                }

                """
        )
        for (method, target, body) in [
            (.get, "/v1/kv/a", ""), (.get, "/v1/kv/none", ""), (.get, "/v1/kv/?recursive", ""),
            (.get, "/v1/kv/?recursive&format=tree", ""), (.get, "/v1/status", ""),
            (.get, "/v1/cluster", ""), (.get, "/version", ""), (.get, "/openapi.json", ""),
            (.get, "/v1/leases", ""), (.get, "/v1/locks", ""), (.get, "/v1/elections/e", ""),
            (.post, "/v1/txn", "{}"), (.post, "/v1/txn", "{"), (.put, "/v1/status", ""),
            (.get, "/v1/nothing", ""), (.get, "/v1/kv/a?frobnicate", ""),
            (.post, "/v1/kv/a?timeout=x", ""), (.post, "/v1/locks/l", ""),
            (.post, "/v1/locks/l", ""), (.post, "/v1/elections/e/campaign", ""),
        ] as [(Wire.Method, String, String)] {
            let query: Character = target.contains("?") ? "&" : "?"
            var other = stage
            let compact = stage.call(method, target, body: body)
            #expect(compact.text.hasSuffix("}\n") && !compact.text.dropLast().contains("\n"))
            let pretty = other.call(method, "\(target)\(query)pretty", body: body)
            #expect(pretty.status == compact.status)
            #expect(pretty.text.hasPrefix("{\n") && pretty.text.hasSuffix("}\n"), "\(target)")
            #expect(pretty.json == compact.json)
            let off = other.call(method, "\(target)\(query)pretty=false", body: body)
            #expect(!off.text.dropLast().contains("\n"))
        }
        #expect(stage.call(.get, "/v1/kv/a?raw&pretty").text == "v")
        #expect(stage.call(.get, "/livez?pretty").text == "alive\n")
        #expect(stage.call(.get, "/v1/kv/a?pretty=2").json?["parameter"]?.text == "pretty")
        var watch = stage.open(request(.get, "/v1/watch?path=/a&initial&pretty"))
        #expect(watch.pull(&stage).text.contains("data: {\"key\":\"/a\""))
    }

    @Test(
        "what a write without an answer says",
        arguments: [
            (.notApplied(.noLeader), "unavailable", 503, false),
            (.notApplied(.tooManyInFlight), "too-many-requests", 429, false),
            (.notApplied(.noSpace), "no-space", 507, false),
            (.notApplied(.notServing), "unavailable", 503, false),
            (.notApplied(.lostLeadership), "unavailable", 503, false),
            (.notApplied(.tooLarge), "too-large", 413, false),
            (.unknown, "unavailable", 503, nil),
        ] as [(ProposalFailure, String, UInt16, Bool?)]
    )
    func unproposed(_ failure: ProposalFailure, _ code: String, _ status: UInt16, _ applied: Bool?)
    {
        var stage = ExchangeHarness()
        stage.quorum = .absent(failure)
        for (method, target) in [
            (.put, "/v1/kv/a"), (.delete, "/v1/kv/a"), (.post, "/v1/locks/l"),
            (.get, "/v1/locks/l/hold"),
        ] as [(Wire.Method, String)] {
            let reply = stage.call(method, target)
            #expect(reply.code == code)
            #expect(reply.status == status)
            #expect(reply.json?["applied"] == (applied.map { .bool($0) } ?? .null))
            #expect((reply.header("retry-after") != nil) == (status == 503 || status == 429))
        }
    }

    @Test("idempotency keys: the first answer again, refusals too; another request is 422")
    func idempotency() {
        var stage = ExchangeHarness()
        let key = ["idempotency-key": "k-1"]
        let first = stage.call(.put, "/v1/kv/a", key, body: "1")
        _ = stage.call(.put, "/v1/kv/a", body: "2")
        let again = stage.call(.put, "/v1/kv/a", ["idempotency-key": "\"k-1\""], body: "1")
        #expect(again.text == first.text && again.status == 201)
        #expect(again.header("idempotent-replayed") == "true")
        #expect(first.header("idempotent-replayed") == nil)
        for (target, body, headers) in [
            ("/v1/kv/b", "1", [:]), ("/v1/kv/a", "9", [:]), ("/v1/kv/a?ttl=5s", "1", [:]),
            ("/v1/kv/a", "1", ["if-match": "*"]),
        ] as [(String, String, [String: String])] {
            let reply = stage.call(.put, target, headers.merging(key) { $1 }, body: body)
            #expect(reply.code == "idempotency-mismatch" && reply.status == 422)
        }
        let refused = ["idempotency-key": "k-2", "if-none-match": "*"]
        #expect(stage.call(.put, "/v1/kv/a", refused).status == 412)
        _ = stage.call(.delete, "/v1/kv/a")
        let refusedAgain = stage.call(.put, "/v1/kv/a", refused)
        #expect(refusedAgain.status == 412)
        #expect(refusedAgain.header("idempotent-replayed") == "true")
        for bad in ["", "\"", "\"a", "\"a\"b", "\"\\x\"", String(repeating: "k", count: 129)] {
            let reply = stage.call(.put, "/v1/kv/a", ["idempotency-key": bad])
            #expect(reply.code == "bad-request", "\(bad)")
        }
        let longest = ["idempotency-key": String(repeating: "k", count: 128)]
        #expect(stage.call(.put, "/v1/kv/a", longest).status == 201)
        #expect(stage.call(.put, "/v1/kv/z", ["idempotency-key": "\"q\\\"\\\\\""]).status == 201)
    }

    @Test("hosts and encodings")
    func admission() {
        var stage = ExchangeHarness()
        stage.allowedHosts = [Array("roost.example".utf8)]
        let rows: [(String, UInt16)] = [
            ("127.0.0.1:2379", 200), ("[::1]:2379", 200), ("LocalHost:2379", 200),
            ("Roost.Example", 200), ("evil.example", 421), ("127.0.0.1.evil", 421), ("", 421),
            ("roost.example.", 200), ("Roost.Example.:2379", 200), ("localhost.", 200),
            ("roost.example..", 421), ("evil.example.", 421), (".", 421), ("..", 421),
            ("127.1:2379", 200), ("evil.example:127", 421), ("1.evil.example", 421),
            ("[::1]", 200), ("[evil.example]", 421), ("[evil.example]:127", 421), ("[", 421),
        ]
        for (host, status) in rows {
            #expect(stage.call(.get, "/livez", ["host": host]).status == status, "\(host)")
        }
        #expect(stage.call(.get, "/livez", ["host": "x"]).code == "misdirected")
        stage.allowedHosts = []
        #expect(stage.call(.get, "/livez", ["host": "evil.example"]).status == 200)
        let encoded = stage.call(.put, "/v1/kv/a", ["content-encoding": "gzip"])
        #expect(encoded.code == "unsupported-encoding" && encoded.status == 415)
        #expect(stage.call(.put, "/v1/kv/a", ["content-encoding": "identity"]).status == 201)
    }

    @Test(
        "where a body is required, an empty one is named as such, with what is expected",
        arguments: [
            ("/v1/txn", #""compare", "then", "else""#), ("/v1/leases", #""id", "ttl""#),
            ("/v1/compact", #""revision""#),
        ]
    )
    func emptyBody(_ target: String, _ fields: String) {
        var stage = ExchangeHarness()
        let reply = stage.call(.post, target)
        #expect(reply.code == "bad-request")
        #expect(
            reply.json?["detail"]?.text
                == "The body is empty; this call expects a JSON object of \(fields)."
        )
    }

    @Test("sizes: a value, a body, a head, a target")
    func sizes() {
        var stage = ExchangeHarness()
        let value = [UInt8](repeating: 0x61, count: 1 << 20)
        #expect(stage.open(request(.put, "/v1/kv/a", body: value)).reply?.status == 201)
        for method in [Wire.Method.put, .post] {
            let reply = stage.open(request(method, "/v1/kv/a", body: value + [0x61])).reply
            #expect(reply?.code == "too-large" && reply?.status == 413)
        }
        let rows: [(RequestError, String, UInt16)] = [
            (.targetTooLong(limit: 1), "uri-too-long", 414),
            (.headersTooLarge(limit: 1), "headers-too-large", 431),
            (.bodyTooLarge(limit: 1), "too-large", 413), (.malformed(.version), "bad-request", 400),
        ]
        for (error, code, status) in rows {
            let reply = Reply(
                NativeExchange.refusal(of: error, keyspace: stage.keyspace, site: stage.site)
            )
            #expect(reply.code == code && reply.status == status)
            #expect(reply.header("roost-member") == "n1")
        }
        let overloaded = Reply(
            NativeExchange.overloaded(nil, keyspace: stage.keyspace, site: stage.site)
        )
        #expect(overloaded.status == 429)
    }
}

@Suite("What a member says of itself")
struct MemberTests {
    @Test("status, cluster, version, readiness")
    func reports() {
        var stage = ExchangeHarness()
        _ = stage.call(.put, "/v1/kv/a", body: "v")
        let status = stage.call(.get, "/v1/status")
        #expect(status.json?["role"]?.text == "leader")
        #expect(status.json?["version"]?.text == "1.2.3")
        #expect(status.json?["revision"]?.whole == 2)
        #expect(status.json?["keys"]?.whole == 1)
        #expect(status.json?["state_hash"]?["index"]?.whole == 1)
        #expect(status.json?["state_hash"]?["hash"]?.string?.count == 32)
        let row = stage.call(.get, "/v1/cluster").json?["members"]?.array?.first
        #expect(row?["name"]?.text == "n1" && row?["role"]?.text == "leader")
        stage.role = .candidate
        let candidate = stage.call(.get, "/v1/cluster").json?["members"]?.array?.first
        #expect(candidate?["role"]?.text == "candidate")
        #expect(stage.call(.get, "/v1/status").json?["role"]?.text == "candidate")
        #expect(row?["voter"]?.bool == true && row?["match_index"]?.whole == 5)
        #expect(
            stage.call(.get, "/version").line == #"{"name":"roost","version":"1.2.3","#
                + #""revision":null,"protocol":0,"format":0,"swift":""}"#
        )
        #expect(stage.call(.get, "/readyz").status == 200)
        let reason = Array("no leader is known".utf8)
        stage.checks[0] = HealthCheck(.leader, reasons: [reason])
        let unready = stage.call(.get, "/readyz")
        #expect(unready.code == "unavailable")
        #expect(unready.json?["reasons"]?.array == [.string(reason)])
        stage.quorum = .absent(.unknown)
        for target in ["/livez", "/v1/status", "/v1/cluster", "/version", "/metrics"] {
            #expect(stage.call(.get, target).status == 200, "\(target)")
        }
    }

    @Test("metrics are lines of NAME VALUE with help and type")
    func metrics() {
        var stage = ExchangeHarness()
        let reply = stage.call(.get, "/metrics")
        #expect(reply.header("content-type") == "text/plain; version=0.0.4; charset=utf-8")
        let lines = reply.text.split(separator: "\n")
        #expect(lines.count % 3 == 0 && lines.count > 30)
        for line in lines where !line.hasPrefix("#") {
            let parts = line.split(separator: " ")
            #expect(parts.count == 2 && UInt64(parts[1]) != nil, "\(line)")
        }
        #expect(
            lines.contains(#"roost_build_info{version="1.2.3",revision="unknown",swift=""} 1"#)
        )
    }

    @Test("the front page has five lines that name the client's own address")
    func frontPage() {
        var stage = ExchangeHarness()
        let reply = stage.call(.get, "/", ["host": "box:9"])
        #expect(reply.header("content-type") == "text/plain; charset=utf-8")
        let lines = reply.text.split(separator: "\n").filter { $0.hasPrefix("curl ") }
        #expect(lines.count == 5)
        #expect(lines.allSatisfy { $0.contains("http://box:9/v1/") })
    }

    @Test("the health address serves health alone")
    func healthDoor() {
        var stage = ExchangeHarness()
        for (target, status) in [
            ("/livez", 200), ("/readyz", 200), ("/health", 200), ("/version", 200),
            ("/metrics", 200),
            ("/v1/kv/a", 404), ("/", 404), ("/v1/status", 404), ("/openapi.json", 404),
        ] as [(String, UInt16)] {
            let reply = stage.open(request(.get, target), through: .health).reply
            #expect(reply?.status == status, "\(target)")
        }
    }

    @Test("the OpenAPI document parses and has every call of http-api.md")
    func openAPI() throws {
        var stage = ExchangeHarness()
        let document = try #require(stage.call(.get, "/openapi.json").json)
        #expect(document["openapi"]?.text == "3.1.0")
        let paths = try #require(document["paths"]?.object)
        let calls: [String: [String]] = [
            "/": ["get"], "/livez": ["get"], "/readyz": ["get"], "/health": ["get"],
            "/version": ["get"], "/metrics": ["get"], "/openapi.json": ["get"],
            "/v1/kv": ["get", "put", "delete"],
            "/v1/kv/{path}": ["get", "put", "post", "patch", "delete"], "/v1/txn": ["post"],
            "/v1/watch": ["get"], "/v1/leases": ["get", "post"],
            "/v1/leases/{id}": ["get", "delete"], "/v1/leases/{id}/keepalive": ["post"],
            "/v1/locks": ["get"], "/v1/locks/{name}": ["get", "post", "delete"],
            "/v1/locks/{name}/hold": ["get"], "/v1/locks/{name}/verify": ["get"],
            "/v1/guards": ["get"], "/v1/guards/{path}": ["get", "put", "delete"],
            "/v1/counters/{name}": ["get", "post", "put"],
            "/v1/elections/{name}/handover": ["post"], "/v1/elections": ["get"],
            "/v1/elections/{name}": ["get"], "/v1/elections/{name}/campaign": ["post"],
            "/v1/elections/{name}/observe": ["get"], "/v1/elections/{name}/hold": ["get"],
            "/v1/elections/{name}/proclaim": ["put"], "/v1/elections/{name}/resign": ["post"],
            "/v1/compact": ["post"], "/v1/cluster": ["get"], "/v1/status": ["get"],
            "/v1/settings": ["get", "patch"], "/v1/snapshot": ["get"],
            "/v1/members": ["get", "post"], "/v1/members/{id}": ["patch", "delete"],
            "/v1/members/{id}/replace": ["post"], "/v1/leader/transfer": ["post"],
            "/v1/revision": ["get"], "/v1/services": ["get"], "/v1/services/{name}": ["get"],
            "/v1/services/{name}/watch": ["get"],
            "/v1/services/{name}/{id}": ["get", "put", "delete"],
            "/v1/services/{name}/{id}/health": ["put"],
            "/v1/auth/status": ["get"], "/v1/auth/login": ["post"], "/v1/auth/whoami": ["get"],
            "/v1/auth/can": ["get"], "/v1/auth/enable": ["post"], "/v1/auth/disable": ["post"],
            "/v1/auth/users": ["get"], "/v1/auth/users/{name}": ["get", "put", "delete"],
            "/v1/auth/roles": ["get"], "/v1/auth/roles/{name}": ["get", "put", "delete"],
            "/v1/auth/keys": ["get"], "/v1/auth/keys/rotate": ["post"],
            "/v1/auth/keys/{id}": ["delete"], "/v1/quotas": ["get"],
            "/v1/quotas/{path}": ["get", "put", "delete"],
        ].merging(Self.coordinationCalls) { $1 }
        #expect(paths.members.count == calls.count)
        for (path, methods) in calls {
            let operations = paths[bytes: Array(path.utf8)]?.object?.members.map {
                String(decoding: $0.name, as: UTF8.self)
            }
            #expect(operations == methods, "\(path)")
        }
    }
}
