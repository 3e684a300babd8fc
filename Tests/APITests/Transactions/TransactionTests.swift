import API
import Keyspace
import Testing
import Wire

@Suite("Transactions: POST /v1/txn")
struct TransactionTests {
    @Test("every target and comparison")
    func compares() {
        var stage = ExchangeHarness()
        _ = stage.call(.put, "/v1/kv/k", body: "v")
        _ = stage.call(.put, "/v1/kv/k", body: "w")
        let rows: [(String, Bool)] = [
            (#""target":"version","op":"==","value":2"#, true),
            (#""target":"version","op":"<","value":2"#, false),
            (#""target":"create_revision","op":"==","value":2"#, true),
            (#""target":"mod_revision","op":">","value":2"#, true),
            (#""target":"value","op":"==","value":"w""#, true),
            (#""target":"value","op":"==","value":"dw==","encoding":"base64""#, true),
            (#""target":"value","op":"!=","value":"w""#, false),
            (#""target":"lease","op":"==","value":0"#, true),
            (#""target":"lease","op":"==","value":"0""#, true),
            (#""target":"lease","op":"==","value":"0000000000000000""#, true),
            (#""target":"lease","op":"!=","value":"00""#, false),
            (#""target":"lease","op":"==","value":"ff""#, false),
            (#""target":"exists","op":"==","value":true"#, true),
            (#""target":"exists","op":"!=","value":true"#, false),
        ]
        for (compare, expected) in rows {
            let reply = stage.call(
                .post,
                "/v1/txn",
                body: #"{"compare":[{"key":"/k",\#(compare)}]}"#
            )
            #expect(reply.json?["succeeded"]?.bool == expected, "\(compare) \(reply.text)")
        }
        let missing = stage.call(
            .post,
            "/v1/txn",
            body: #"{"compare":[{"key":"/none","target":"value","op":"!=","value":"x"}]}"#
        )
        #expect(missing.json?["succeeded"]?.bool == false)
    }

    @Test("results mirror the operations, at one revision")
    func results() {
        var stage = ExchangeHarness()
        _ = stage.call(.put, "/v1/kv/old/a", body: "1")
        let reply = stage.call(
            .post,
            "/v1/txn",
            body: """
                {"then":[{"put":{"key":"/n","value":"x"}},{"get":{"key":"/n"}},
                {"get":{"key":"/old","recursive":true}},{"delete":{"key":"/old","recursive":true}}]}
                """
        )
        #expect(
            reply.line
                == #"{"succeeded":true,"revision":3,"results":[{"put":{"key":"/n","revision":3,"version":1,"create_revision":3,"mod_revision":3}},{"get":{"items":[{"key":"/n","value":"x","encoding":"utf8","version":1,"create_revision":3,"mod_revision":3}],"count":1}},{"get":{"items":[{"key":"/old/a","value":"1","encoding":"utf8","version":1,"create_revision":2,"mod_revision":2}],"count":1}},{"delete":{"deleted":1}}]}"#
        )
        let other = stage.call(
            .post,
            "/v1/txn",
            body: #"{"compare":[{"key":"/n","target":"version","op":"==","value":9}],"else":[]}"#
        )
        #expect(other.line == #"{"succeeded":false,"revision":3,"results":[]}"#)
    }

    @Test(
        "what is refused, and where",
        arguments: [
            ("", nil), ("[]", nil), ("{", nil), (#"{"if":[]}"#, "if"), (#"{"then":{}}"#, "then"),
            (#"{"then":[1]}"#, "then[0]"), (#"{"then":[{}]}"#, "then[0]"),
            (#"{"then":[{"put":{"key":"/a","value":"v"},"get":{"key":"/a"}}]}"#, "then[0]"),
            (#"{"then":[{"put":1}]}"#, "then[0]"), (#"{"then":[{"push":{}}]}"#, "then[0].push"),
            (#"{"then":[{"put":{"value":"v"}}]}"#, "then[0].put.key"),
            (#"{"then":[{"put":{"key":"/a"}}]}"#, "then[0].put.value"),
            (#"{"then":[{"put":{"key":"","value":"v"}}]}"#, "then[0].put.key"),
            (#"{"then":[{"put":{"key":"/a","value":"v","ttl":1}}]}"#, "then[0].put.ttl"),
            (#"{"then":[{"put":{"key":"/a","value":"v","lease":7}}]}"#, "then[0].put.lease"),
            (
                #"{"then":[{"put":{"key":"/a","value":"!","encoding":"base64"}}]}"#,
                "then[0].put.value"
            ),
            (
                #"{"then":[{"put":{"key":"/a","value":"!","encoding":"hex"}}]}"#,
                "then[0].put.encoding"
            ),
            (#"{"else":[{"get":{"key":"/a","recursive":1}}]}"#, "else[0].get.recursive"),
            (#"{"compare":[{"key":"/a","target":"version","op":"=","value":1}]}"#, "compare[0].op"),
            (
                #"{"compare":[{"key":"/a","target":"age","op":"==","value":1}]}"#,
                "compare[0].target"
            ),
            (#"{"compare":[{"key":"/a","target":"version","op":"=="}]}"#, "compare[0].value"),
            (
                #"{"compare":[{"key":"/a","target":"version","op":"==","value":-1}]}"#,
                "compare[0].value"
            ),
            (
                #"{"compare":[{"key":"/a","target":"exists","op":"==","value":1}]}"#,
                "compare[0].value"
            ),
            (
                #"{"compare":[{"key":"/a","target":"version","op":"==","value":1,"encoding":"utf8"}]}"#,
                "compare[0].encoding"
            ),
        ] as [(String, String?)]
    )
    func refused(_ body: String, _ field: String?) {
        var stage = ExchangeHarness()
        let reply = stage.call(.post, "/v1/txn", body: body)
        #expect(reply.code == "bad-request", "\(body) \(reply.text)")
        #expect(reply.json?["field"]?.text == field)
        #expect(stage.keyspace.store.revision == .initial)
    }

    @Test("a key put twice, a key of the service's, more operations than allowed")
    func limits() {
        var stage = ExchangeHarness()
        let put = #"{"put":{"key":"/a","value":"v"}}"#
        #expect(stage.call(.post, "/v1/txn", body: #"{"then":[\#(put),\#(put)]}"#).status == 400)
        for operation in [
            #"{"put":{"key":"/.roost/x","value":"v"}}"#, #"{"delete":{"key":"/.roost/x"}}"#,
        ] {
            let reply = stage.call(.post, "/v1/txn", body: #"{"then":[\#(operation)]}"#)
            #expect(reply.code == "permission-denied")
        }
        let gets = Array(repeating: #"{"get":{"key":"/a"}}"#, count: 513).joined(separator: ",")
        let many = stage.call(.post, "/v1/txn", body: #"{"then":[\#(gets)]}"#)
        #expect(many.code == "bad-request" && many.text.contains("513 operations"))
        let big = String(repeating: "v", count: (1 << 20) + 1)
        #expect(
            stage.call(
                .post,
                "/v1/txn",
                body: #"{"then":[{"put":{"key":"/a","value":"\#(big)"}}]}"#
            ).code == "too-large"
        )
        let gone = #"{"then":[{"put":{"key":"/a","value":"v","lease":"ff"}}]}"#
        #expect(stage.call(.post, "/v1/txn", body: gone).status == 404)
    }
}
