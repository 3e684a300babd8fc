import API
import Keyspace
import Testing
import Wire

@Suite("Leases: /v1/leases")
struct LeaseTests {
    @Test("a lease's life")
    func life() throws {
        var stage = ExchangeHarness()
        let granted = stage.call(.post, "/v1/leases", body: #"{"ttl":1.5}"#)
        #expect(granted.status == 201)
        let id = try #require(granted.json?["id"]?.text)
        #expect(granted.line == #"{"id":"\#(id)","ttl":1.5}"#)
        #expect(granted.header("location") == "/v1/leases/\(id)")
        _ = stage.call(.put, "/v1/kv/a?lease=\(id)")
        _ = stage.call(.put, "/v1/kv/b?lease=\(id)")
        stage.advance(milliseconds: 1000)
        #expect(
            stage.call(.get, "/v1/leases/\(id)").line
                == #"{"id":"\#(id)","ttl":1.5,"remaining":0.5,"keys":["/a","/b"]}"#
        )
        #expect(
            stage.call(.post, "/v1/leases/\(id)/keepalive").line == #"{"ttl":1.5,"remaining":1.5}"#
        )
        #expect(stage.call(.post, "/v1/leases/\(id)/keepalive", body: "{}").status == 200)
        #expect(stage.call(.delete, "/v1/leases/\(id)").json?["deleted"]?.whole == 2)
        for reply in [
            stage.call(.delete, "/v1/leases/\(id)"), stage.call(.get, "/v1/leases/\(id)"),
            stage.call(.post, "/v1/leases/\(id)/keepalive"),
        ] {
            #expect(reply.status == 404 && reply.json?["what"]?.text == "lease")
        }
    }

    @Test("the list comes in pages")
    func list() throws {
        var stage = ExchangeHarness()
        for _ in 0..<5 { _ = stage.call(.post, "/v1/leases", body: #"{"ttl":"1h"}"#) }
        var count = 0
        var url: String? = "/v1/leases?limit=2"
        while let target = url {
            let reply = stage.call(.get, target)
            count += reply.json?["leases"]?.array?.count ?? 0
            url = reply.json?["next"]?.text
        }
        #expect(count == 5)
    }

    @Test(
        "times to live outside 1 s to 30 d, and other nonsense",
        arguments: [
            #"{}"#, #"{"ttl":0}"#, #"{"ttl":"999ms"}"#, #"{"ttl":"31d"}"#, #"{"ttl":-5}"#,
            #"{"ttl":"5 s"}"#, #"{"ttl":true}"#, #"{"ttl":null}"#, #"{"ttl":5,"x":1}"#,
            #"{"ttl":5"#, #""5""#, "", #"{"ttl":5,"ttl":6}"#,
        ]
    )
    func refused(_ body: String) {
        var stage = ExchangeHarness()
        #expect(stage.call(.post, "/v1/leases", body: body).code == "bad-request")
    }

    @Test("an id that the caller chose is taken once, whoever chose it, until its lease is gone")
    func chosen() {
        var stage = ExchangeHarness()
        let granted = stage.call(.post, "/v1/leases", body: #"{"id":"2a","ttl":1}"#)
        #expect(granted.line == #"{"id":"000000000000002a","ttl":1}"#)
        let again = stage.call(.post, "/v1/leases", body: #"{"id":"000000000000002a","ttl":1}"#)
        #expect(again.status == 409 && again.code == "lease-exists")
        #expect(again.json?["detail"]?.text?.contains("2a") == true, "\(again.text)")
        _ = stage.call(.delete, "/v1/leases/2a")
        #expect(stage.call(.post, "/v1/leases", body: #"{"id":"2a","ttl":1}"#).status == 201)
        for id in ["\"0\"", "\"8000000000000000\"", "\"x\"", "42", "\"\"", "true"] {
            let reply = stage.call(.post, "/v1/leases", body: #"{"id":\#(id),"ttl":1}"#)
            #expect(reply.json?["field"]?.text == "id", "\(id) \(reply.text)")
        }
    }

    @Test("addresses")
    func addresses() {
        var stage = ExchangeHarness()
        #expect(stage.call(.get, "/v1/leases/xyz").code == "bad-request")
        #expect(stage.call(.get, "/v1/leases/").code == "no-such-call")
        #expect(stage.call(.get, "/v1/leases/1/keys").code == "no-such-call")
        #expect(stage.call(.get, "/v1/leases/1/keepalive").code == "method-not-allowed")
        #expect(stage.call(.post, "/v1/leases/1/keepalive", body: #"{"a":1}"#).status == 400)
        #expect(stage.call(.get, "/v1/leases?x=1").json?["parameter"]?.text == "x")
    }

    @Test("compaction")
    func compaction() {
        var stage = ExchangeHarness()
        for _ in 0..<3 { _ = stage.call(.put, "/v1/kv/k") }
        #expect(
            stage.call(.post, "/v1/compact", body: #"{"revision":2}"#).line == #"{"revision":2}"#
        )
        #expect(
            stage.call(.post, "/v1/compact", body: #"{"revision":9}"#).code == "future-revision"
        )
        #expect(stage.call(.post, "/v1/compact", body: #"{"revision":1}"#).code == "compacted")
        for body in [#"{}"#, #"{"revision":0}"#, #"{"revision":"2"}"#, #"{"rev":2}"#] {
            #expect(stage.call(.post, "/v1/compact", body: body).code == "bad-request")
        }
    }
}
