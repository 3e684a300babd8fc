import API
import Bytes
import Keyspace
import Replica
import Testing
import Wire

@Suite("The service registry: registering, reporting, ending")
struct RegistrationTests {
    private static let web = "/v1/services/web"

    private func register(
        _ id: String,
        _ more: String = "",
        _ stage: inout ExchangeHarness
    ) -> Reply {
        stage.call(
            .put,
            "\(Self.web)/\(id)",
            body: #"{"address":"10.0.0.1","port":8080\#(more)}"#
        )
    }

    private func report(
        _ id: String,
        _ status: String,
        _ stage: inout ExchangeHarness
    ) -> Session {
        stage.open(
            request(
                .put,
                "\(Self.web)/\(id)/health",
                body: Array(#"{"status":"\#(status)"}"#.utf8)
            )
        )
    }

    private func statuses(_ stage: inout ExchangeHarness, _ query: String = "") -> [String] {
        let reply = stage.call(.get, Self.web + query)
        return (reply.json?["instances"]?.array ?? []).map {
            "\($0["id"]?.text ?? "?") \($0["status"]?.text ?? "?")"
        }
    }

    @Test("what was registered is told, with defaults, and again after it was changed")
    func register() {
        var stage = ExchangeHarness()
        let more = #","tags":["b","a","b"],"meta":{"zone":"z1","rack":"r9"},"weight":5"#
        let first = register("a", more, &stage)
        #expect(first.status == 201, "\(first.text)")
        #expect(first.line == #"{"name":"web","id":"a","revision":3}"#)
        let reply = stage.call(.get, "\(Self.web)/a")
        #expect(
            reply.line
                == #"{"id":"a","address":"10.0.0.1","port":8080,"tags":["b","a"],"meta":{"rack":"r9","zone":"z1"},"weight":5,"status":"passing","healthy":true,"mod_revision":3}"#
        )
        #expect(register("a", "", &stage).status == 200)
        let again = stage.call(.get, "\(Self.web)/a").json
        #expect(again?["weight"]?.whole == 1 && again?["tags"]?.array == [])
        #expect(register("b", #","status":"critical","output":"starts""#, &stage).status == 201)
        #expect(statuses(&stage) == ["a passing", "b critical"])
        #expect(statuses(&stage, "?healthy") == ["a passing"])
        #expect(stage.call(.get, Self.web).json?["revision"]?.whole == 7)
    }

    @Test("names may have slashes; services do not mix")
    func names() {
        var stage = ExchangeHarness()
        let body = #"{"address":"h","port":1}"#
        for name in ["a", "a%2Fb", "a%2Fb%2Fc", "100%25", "%C3%A9%0A"] {
            #expect(stage.call(.put, "/v1/services/\(name)/health", body: body).status == 201)
        }
        let list = stage.call(.get, "/v1/services").json?["services"]?.array ?? []
        #expect(list.compactMap { $0["name"]?.text } == ["100%", "a", "a/b", "a/b/c", "é\n"])
        for name in ["a", "a%2Fb", "100%25"] {
            let instances = stage.call(.get, "/v1/services/\(name)").json?["instances"]?.array
            #expect(instances?.count == 1, "\(name)")
        }
        // What lies there and is no service's is left out.
        _ = stage.call(.put, "/v1/kv/services/a/mine", body: "not an instance")
        _ = stage.call(.put, "/v1/kv/services/x%25y/i", body: body)
        #expect(stage.call(.get, "/v1/services/a").json?["instances"]?.array?.count == 1)
        #expect(stage.call(.get, "/v1/services").json?["services"]?.array?.count == 5)
    }

    @Test("without a report in time it is critical, and after deregister_after it is gone")
    func timeToLive() {
        var stage = ExchangeHarness()
        let reply = register("a", #","ttl":"10s","deregister_after":"20s""#, &stage)
        #expect(reply.json?["ttl"]?.whole == 10 && reply.json?["lease"]?.text != nil)
        #expect(register("b", #","ttl":"10s""#, &stage).status == 201)
        stage.advance(milliseconds: 9000)
        #expect(statuses(&stage) == ["a passing", "b passing"])
        stage.advance(milliseconds: 1500)
        #expect(statuses(&stage) == ["a critical"])
        let output = stage.call(.get, "\(Self.web)/a").json?["output"]?.text
        #expect(output == "No report came in time.")
        #expect(report("a", "passing", &stage).reply?.status == 200)
        #expect(statuses(&stage) == ["a passing"])
        stage.advance(milliseconds: 10_500)
        #expect(statuses(&stage) == ["a critical"])
        stage.advance(milliseconds: 20_000)
        #expect(statuses(&stage) == [])
        #expect(report("a", "passing", &stage).reply?.code == "not-found")
        #expect(statuses(&stage) == [])
    }

    @Test("a report that says the same renews, and changes nothing in the store")
    func renewal() {
        var stage = ExchangeHarness()
        _ = register("a", #","ttl":"10s","deregister_after":"5s""#, &stage)
        let before = stage.keyspace.store.revision
        for _ in 0..<10 {
            stage.advance(milliseconds: 8000)
            let session = report("a", "passing", &stage)
            #expect(session.reply?.status == 200, "\(session.reply?.text ?? "")")
            #expect(session.proposed.count == 1)
            guard case .keepAlive(let leases)? = session.proposed.first else {
                Issue.record("not renewed")
                return
            }
            #expect(leases.count == 2)
        }
        #expect(stage.keyspace.store.revision == before)
        #expect(statuses(&stage) == ["a passing"])
        // What changes is written, and renews as well.
        #expect(report("a", "warning", &stage).reply?.status == 200)
        #expect(statuses(&stage, "?healthy") == ["a warning"])
        for _ in 0..<3 {
            stage.advance(milliseconds: 8000)
            #expect(report("a", "critical", &stage).reply?.status == 200)
        }
        #expect(statuses(&stage) == ["a critical"])
        #expect(statuses(&stage, "?healthy") == [])
    }

    @Test("under a lease of the caller's, everything ends with it")
    func lease() {
        var stage = ExchangeHarness()
        _ = stage.call(.post, "/v1/leases", body: #"{"id":"aa","ttl":"10s"}"#)
        let reply = register("a", #","lease":"aa""#, &stage)
        #expect(reply.json?["lease"]?.text == "00000000000000aa")
        #expect(report("a", "warning", &stage).reply?.status == 200)
        #expect(stage.call(.delete, "/v1/leases/aa").json?["deleted"]?.whole == 2)
        #expect(statuses(&stage) == [])
        #expect(register("b", #","lease":"aa""#, &stage).code == "not-found")
        #expect(statuses(&stage) == [])
        #expect(stage.call(.get, "/v1/kv/services?recursive").json?["items"]?.array == [])
    }

    @Test("deregistering takes the report and its lease along")
    func deregister() {
        var stage = ExchangeHarness()
        _ = register("a", #","ttl":"10s""#, &stage)
        #expect(stage.call(.get, "/v1/leases").json?["leases"]?.array?.count == 2)
        #expect(stage.call(.delete, "\(Self.web)/a").status == 200)
        #expect(stage.call(.delete, "\(Self.web)/a").code == "not-found")
        #expect(stage.call(.get, "/v1/leases").json?["leases"]?.array == [])
        #expect(stage.call(.get, "/v1/kv/services?recursive&count").json?["count"]?.whole == 0)
        #expect(stage.call(.get, "/v1/services").json?["services"]?.array == [])
    }

    @Test("a registration by a plain key is one, and what is none is not shown")
    func plainKeys() {
        var stage = ExchangeHarness()
        _ = stage.call(
            .put,
            "/v1/kv/services/web/k?ttl=10s",
            body: #"{"address":"::1","port":80,"later":true}"#
        )
        for (id, value) in [
            ("n1", "{}"), ("n2", #"{"address":"a b","port":80}"#), ("n3", "["),
            ("n4", #"{"address":"h","port":0}"#), ("n5", #"{"address":"h;","port":1}"#),
        ] {
            _ = stage.call(.put, "/v1/kv/services/web/\(id)", body: value)
        }
        _ = stage.call(
            .put,
            "/v1/kv/services/web/n%20y",
            body: #"{"address":"h","port":1}"#
        )
        #expect(statuses(&stage) == ["k passing"])
        #expect(report("k", "critical", &stage).reply?.status == 200)
        #expect(statuses(&stage) == ["k critical"])
        _ = stage.call(.put, "/v1/kv/services/web/k/health", body: "fine")
        #expect(statuses(&stage) == ["k critical"])
        stage.advance(milliseconds: 11_000)
        #expect(statuses(&stage) == [])
    }

    @Test(
        "what cannot be registered is refused by name",
        arguments: [
            ("{}", "address"), (#"{"address":"h"}"#, "port"),
            (#"{"address":"h","port":65536}"#, "port"), (#"{"address":"h","port":0}"#, "port"),
            (#"{"address":"10.0.0.256","port":1}"#, "address"),
            (#"{"address":"10.0.1","port":1}"#, "address"),
            (#"{"address":"010.0.0.1","port":1}"#, "address"),
            (#"{"address":"::1::","port":1}"#, "address"),
            (#"{"address":"1:2:3:4:5:6:7","port":1}"#, "address"),
            (#"{"address":"[::1]","port":1}"#, "address"),
            (#"{"address":"h:80","port":1}"#, "address"),
            (#"{"address":"h; down","port":1}"#, "address"),
            (#"{"address":"h\nserver evil","port":1}"#, "address"),
            (#"{"address":"-h","port":1}"#, "address"),
            (#"{"address":"h..x","port":1}"#, "address"),
            (#"{"address":"h","port":1,"tags":"x"}"#, "tags"),
            (#"{"address":"h","port":1,"tags":["a,b"]}"#, "tags"),
            (#"{"address":"h","port":1,"tags":["a\nb"]}"#, "tags"),
            (#"{"address":"h","port":1,"meta":{"a b":"c"}}"#, "meta"),
            (#"{"address":"h","port":1,"meta":{"a":1}}"#, "meta"),
            (#"{"address":"h","port":1,"weight":0}"#, "weight"),
            (#"{"address":"h","port":1,"weight":257}"#, "weight"),
            (#"{"address":"h","port":1,"ttl":"10ms"}"#, "ttl"),
            (#"{"address":"h","port":1,"ttl":"10s","lease":"aa"}"#, "ttl"),
            (#"{"address":"h","port":1,"deregister_after":"10s"}"#, "deregister_after"),
            (
                #"{"address":"h","port":1,"ttl":"30d","deregister_after":"1s"}"#,
                "deregister_after"
            ),
            (#"{"address":"h","port":1,"status":"fine"}"#, "status"),
            (#"{"address":"h","port":1,"colour":"red"}"#, "colour"),
        ]
    )
    func refused(_ body: String, field: String) {
        var stage = ExchangeHarness()
        let reply = stage.call(.put, "\(Self.web)/a", body: body)
        #expect(reply.code == "bad-request", "\(body): \(reply.text)")
        #expect(reply.json?["field"]?.text == field, "\(reply.text)")
        #expect(stage.keyspace.store.revision == .initial)
    }

    @Test("addresses that are some are taken")
    func addresses() {
        var stage = ExchangeHarness()
        for address in [
            "0.0.0.0", "255.255.255.255", "::", "::1", "1::", "fe80::1:2", "::ffff:10.0.0.1",
            "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:1.2.3.4", "localhost", "a_b.example", "xn--e1a.ru",
        ] {
            let reply = stage.call(
                .put,
                "\(Self.web)/a",
                body: #"{"address":"\#(address)","port":1}"#
            )
            #expect([200, 201].contains(reply.status), "\(address): \(reply.text)")
        }
    }

    @Test("addresses of calls that are none are told so")
    func routes() {
        var stage = ExchangeHarness()
        let body = #"{"address":"h","port":1}"#
        #expect(stage.call(.put, "\(Self.web)/watch", body: body).code == "method-not-allowed")
        #expect(stage.call(.put, "\(Self.web)/a%20b", body: body).code == "bad-request")
        #expect(stage.call(.put, "\(Self.web)/..", body: body).code == "bad-request")
        #expect(stage.call(.put, "\(Self.web)/a/other", body: body).code == "no-such-call")
        #expect(stage.call(.put, "\(Self.web)/watch/health", body: body).code == "no-such-call")
        #expect(stage.call(.get, "/v1/services/").code == "bad-request")
        #expect(stage.call(.get, "/v1/services/a%2F%2Fb").code == "bad-request")
        #expect(stage.call(.get, "\(Self.web)/none").code == "not-found")
        #expect(report("none", "passing", &stage).reply?.code == "not-found")
        #expect(
            stage.call(.put, "\(Self.web)/a/health", body: #"{"status":"ok"}"#).code
                == "bad-request"
        )
        stage.quorum = .absent(.unknown)
        #expect(stage.call(.get, Self.web).code == "unavailable")
        #expect(register("a", "", &stage).code == "unavailable")
    }

    @Test("a registration that is sent again under its key is the first one's answer")
    func idempotency() {
        var stage = ExchangeHarness()
        let body = #"{"address":"h","port":1,"ttl":"10s"}"#
        let header = ["idempotency-key": "k1"]
        let first = stage.call(.put, "\(Self.web)/a", header, body: body)
        let second = stage.call(.put, "\(Self.web)/a", header, body: body)
        #expect(first.text == second.text)
        #expect(second.header("idempotent-replayed") == "true")
    }

    @Test("in the middle of a registration that gets no answer, nothing is told to be certain")
    func lostMidway() {
        var stage = ExchangeHarness()
        let call = request(
            .put,
            "\(Self.web)/a",
            body: Array(#"{"address":"h","port":1}"#.utf8)
        )
        stage.quorum = .lost(.notApplied(.noLeader))
        let reply = stage.open(call).reply
        #expect(reply?.code == "unavailable" && reply?.json?["applied"] == .bool(false))
    }
}
