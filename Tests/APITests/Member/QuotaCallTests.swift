import API
import Bytes
import Keyspace
import Testing
import Wire

@Suite("Quotas of subtrees over HTTP")
struct QuotaCallTests {
    private func stage() -> ExchangeHarness {
        var stage = ExchangeHarness()
        stage.apply(Request(.raiseFeatureLevel(to: FeatureLevel.newest)))
        return stage
    }

    @Test("a quota is set, told with what there is under it, listed by pages and removed")
    func life() {
        var stage = stage()
        _ = stage.call(.put, "/v1/kv/app/a", body: "12345")
        let set = stage.call(.put, "/v1/quotas/app", body: #"{"keys":2,"bytes":"1KiB"}"#)
        let app =
            #"{"path":"/app","keys":{"used":1,"quota":2},"bytes":{"used":11,"quota":1024}}"#
        #expect(set.status == 200 && set.line == app, "\(set.text)")
        #expect(stage.call(.get, "/v1/quotas/app").line == app)
        let root = stage.call(.put, "/v1/quotas/", body: #"{"bytes":1000}"#)
        let all = #"{"path":"/","keys":{"used":1,"quota":null},"bytes":{"used":11,"quota":1000}}"#
        #expect(root.line == all)
        let odd = stage.call(.put, "/v1/quotas/app/%C3%A4", body: #"{"keys":0}"#)
        #expect(odd.status == 200 && odd.text.contains("\"/app/ä\""))
        #expect(
            stage.call(.get, "/v1/quotas?limit=1").text.contains(#""next":"/v1/quotas?limit=1"#)
        )
        let rest = stage.call(.get, "/v1/quotas?after=/")
        #expect(rest.line.hasPrefix(#"{"quotas":[\#(app),"#), "\(rest.text)")
        let removed = stage.call(.delete, "/v1/quotas/app")
        #expect(removed.line == #"{"path":"/app","removed":true}"#)
        for method in [Wire.Method.get, .delete] {
            let gone = stage.call(method, "/v1/quotas/app")
            #expect(gone.status == 404 && gone.json?["what"]?.text == "quota", "\(gone.text)")
        }
        #expect(stage.call(.get, "/metrics").text.contains("\nroost_subtree_quotas 2\n"))
    }

    @Test("what is no quota is refused by its field")
    func refused() {
        var stage = stage()
        for (target, body, word) in [
            ("/v1/quotas/a", "{}", "bounds nothing"), ("/v1/quotas/a", #"{"keys":-1}"#, "keys"),
            ("/v1/quotas/a", #"{"keys":"1KiB"}"#, "keys"),
            ("/v1/quotas/a", #"{"bytes":"1 KB"}"#, "bytes"),
            ("/v1/quotas/a", #"{"keys":4503599627370497}"#, "2^52"),
            ("/v1/quotas/a", #"{"key":1}"#, "key"), ("/v1/quotas/a", "", "empty"),
            ("/v1/quotas/a/", #"{"keys":1}"#, "slash"), ("/v1/quotas/a//b", #"{"keys":1}"#, ""),
            ("/v1/quotas/a?x=1", #"{"keys":1}"#, "x"),
        ] {
            let reply = stage.call(.put, target, body: body)
            #expect(reply.status == 400 && reply.text.contains(word), "\(target): \(reply.text)")
        }
        let own = stage.call(.put, "/v1/quotas/.roost/locks", body: #"{"keys":1}"#)
        #expect(own.status == 403)
        #expect(stage.call(.post, "/v1/quotas/a", body: "{}").status == 405)
        #expect(stage.call(.put, "/v1/quotas", body: #"{"keys":1}"#).status == 405)
        var early = ExchangeHarness()
        let reply = early.call(.put, "/v1/quotas/a", body: #"{"keys":1}"#)
        #expect(reply.status == 409 && reply.code == "feature-level")
    }

    @Test("beyond it a write is told of which path, what there is and what there may be")
    func full() {
        var stage = stage()
        _ = stage.call(.put, "/v1/quotas/app", body: #"{"keys":1,"bytes":20}"#)
        _ = stage.call(.put, "/v1/kv/app/a", body: "12345")
        let key = ["Idempotency-Key": "k"]
        let calls: [(Wire.Method, String, String)] = [
            (.put, "/v1/kv/app/b", "1"), (.post, "/v1/kv/app", "1"),
            (.put, "/v1/kv/app?format=tree&confirm", #"{"a":"12345","b":"1"}"#),
            (.put, "/v1/kv/app?format=tree&dry-run", #"{"a":"12345","b":"1"}"#),
            (.post, "/v1/txn", #"{"then":[{"put":{"key":"/app/b","value":"1"}}]}"#),
            (
                .post, "/v1/txn",
                #"{"then":[{"txn":{"then":[{"put":{"key":"/app/b","value":"1"}}]}}]}"#
            ),
        ]
        for (method, target, body) in calls {
            let reply = stage.call(method, target, target.contains("dry") ? [:] : key, body: body)
            #expect(reply.status == 507 && reply.code == "quota-exceeded", "\(reply.text)")
            #expect(
                reply.text.contains(#""path":"/app","what":"keys","used":1,"quota":1"#),
                "\(reply.text)"
            )
        }
        let bytes = stage.call(.put, "/v1/kv/app/a", body: String(repeating: "x", count: 15))
        #expect(
            bytes.text.contains(#""what":"bytes","used":11,"quota":20,"applied":false"#),
            "\(bytes.text)"
        )
        #expect(stage.call(.put, "/v1/kv/app/a", body: "54321").status == 200)
        #expect(stage.call(.delete, "/v1/kv/app/a").status == 200)
        // What was refused for it is decided anew, and undo brings back no more than there may be.
        #expect(stage.call(.put, "/v1/kv/app/b", key, body: "1").status == 201)
        let revision = stage.keyspace.store.revision.rawValue - 2
        let undone = stage.call(.post, "/v1/kv/app/a?undo=\(revision)")
        #expect(undone.code == "quota-exceeded", "\(undone.text)")
    }
}
