import API
import Keyspace
import Testing
import Wire

@Suite("Transactions over ranges, nested ones, and what else they may ask for")
struct GeneralTransactionTests {
    /// `/a/1` to `/a/4` with the values d, c, b and a, and the key `foo` that is no path.
    private func filled() -> ExchangeHarness {
        var stage = ExchangeHarness()
        for (number, value) in ["d", "c", "b", "a"].enumerated() {
            _ = stage.call(.put, "/v1/kv/a/\(number + 1)", body: value)
        }
        _ = stage.call(.put, "/v1/kv?key=foo", body: "x")
        return stage
    }

    private func get(_ fields: String, _ stage: inout ExchangeHarness) -> JSONValue? {
        let reply = stage.call(.post, "/v1/txn", body: #"{"then":[{"get":{\#(fields)}}]}"#)
        #expect(reply.status == 200, "\(fields): \(reply.text)")
        return reply.json?["results"]?.array?.first?["get"]
    }

    private func keys(_ found: JSONValue?) -> [String] {
        found?["items"]?.array?.compactMap { $0["key"]?.text } ?? []
    }

    @Test(
        "a get of a range: by key, prefix, bounds; sorted, bounded, cut off",
        arguments: [
            (#""key":"foo""#, ["foo"], 1),
            (#""key_base64":"Zm9v""#, ["foo"], 1),
            (#""key":"/a","recursive":true"#, ["/a/1", "/a/2", "/a/3", "/a/4"], 4),
            (#""prefix":"f""#, ["foo"], 1),
            (#""prefix_base64":"Zg==""#, ["foo"], 1),
            (#""from":"/a/3""#, ["/a/3", "/a/4", "foo"], 3),
            (#""from":"/a/3","to":"/a/4""#, ["/a/3"], 1),
            (#""to":"/a/2""#, ["/a/1"], 1),
            (#""prefix":"","limit":2"#, ["/a/1", "/a/2"], 5),
            (#""prefix":"/a/","sort":"value""#, ["/a/4", "/a/3", "/a/2", "/a/1"], 4),
            (#""prefix":"/a/","sort":"mod_revision","order":"descending","limit":1"#, ["/a/4"], 4),
            (#""prefix":"/a/","min_mod_revision":3,"max_mod_revision":4"#, ["/a/2", "/a/3"], 4),
            (#""prefix":"/a/","max_create_revision":2"#, ["/a/1"], 4),
            (#""prefix":"","revision":3"#, ["/a/1", "/a/2"], 2),
        ] as [(String, [String], UInt64)]
    )
    func ranges(_ fields: String, _ expected: [String], _ count: UInt64) {
        var stage = filled()
        let found = get(fields, &stage)
        #expect(keys(found) == expected, "\(fields)")
        #expect(found?["count"]?.whole == count, "\(fields)")
        let isCutOff = fields.contains("limit")
        #expect(found?["more"]?.bool == (isCutOff ? true : nil), "\(fields)")
    }

    @Test("keys without values, and a count alone")
    func contents() {
        var stage = filled()
        let bare = get(#""key":"foo","keys":true"#, &stage)?["items"]?.array?.first
        #expect(bare?["key"]?.text == "foo" && bare?["value"] == nil)
        let count = get(#""prefix":"","count":true"#, &stage)
        #expect(count?["count"]?.whole == 5 && count?["items"] == nil)
    }

    @Test("a put tells what was before, keeps the value or the lease")
    func puts() {
        var stage = filled()
        let lease = stage.call(.post, "/v1/leases", body: #"{"id":"5","ttl":60}"#)
        #expect(lease.status == 201)
        let first = stage.call(
            .post,
            "/v1/txn",
            body:
                #"{"then":[{"put":{"key":"foo","keep_value":true,"lease":"5","previous":true}}]}"#
        )
        let put = first.json?["results"]?.array?.first?["put"]
        #expect(put?["previous"]?["value"]?.text == "x" && put?["version"]?.whole == 2)
        #expect(put?["lease"]?.text == "0000000000000005")
        _ = stage.call(
            .post,
            "/v1/txn",
            body: #"{"then":[{"put":{"key":"foo","value":"y","keep_lease":true}}]}"#
        )
        let found = stage.call(.get, "/v1/kv?key=foo").json
        #expect(found?["value"]?.text == "y" && found?["lease"]?.text == "0000000000000005")
        let missing = stage.call(
            .post,
            "/v1/txn",
            body: #"{"then":[{"put":{"key":"none","keep_value":true}}]}"#
        )
        #expect(missing.status == 404)
    }

    @Test("a delete of a range tells what it took")
    func deletes() {
        var stage = filled()
        let reply = stage.call(
            .post,
            "/v1/txn",
            body: #"{"then":[{"delete":{"from":"/a/2","to":"/a/4","previous":true}}]}"#
        )
        let deleted = reply.json?["results"]?.array?.first?["delete"]
        #expect(deleted?["deleted"]?.whole == 2)
        #expect(deleted?["previous"]?.array?.compactMap { $0["value"]?.text } == ["c", "b"])
    }

    @Test("a compare on a range holds when it does of every key in it")
    func compares() {
        var stage = filled()
        let rows: [(String, Bool)] = [
            (#""prefix":"/a/","target":"version","op":"==","value":1"#, true),
            (#""prefix":"/a/","target":"mod_revision","op":"<","value":5"#, false),
            (#""prefix":"none","target":"exists","op":"==","value":false"#, true),
            (#""key":"/a","target":"child_version","op":"==","value":4"#, true),
            (#""key_base64":"Zm9v","target":"value","op":"==","value":"x""#, true),
        ]
        for (compare, expected) in rows {
            let reply = stage.call(.post, "/v1/txn", body: #"{"compare":[{\#(compare)}]}"#)
            #expect(reply.json?["succeeded"]?.bool == expected, "\(compare) \(reply.text)")
        }
    }

    @Test("a nested transaction sees the state before the whole in its compares, and is answered")
    func nested() {
        var stage = filled()
        let reply = stage.call(
            .post,
            "/v1/txn",
            body: """
                {"then":[{"put":{"key":"new","value":"1"}},
                {"txn":{"compare":[{"key":"new","target":"exists","op":"==","value":true}],
                "then":[{"put":{"key":"seen","value":"1"}}],"else":[{"get":{"key":"new"}}]}}]}
                """
        )
        let inner = reply.json?["results"]?.array?.last?["txn"]
        #expect(inner?["succeeded"]?.bool == false, "\(reply.text)")
        #expect(keys(inner?["results"]?.array?.first?["get"]) == ["new"])
        #expect(inner?["revision"]?.whole == reply.json?["revision"]?.whole)
    }

    @Test("nesting ends at sixteen, whatever the parser would take")
    func depth() {
        var stage = ExchangeHarness()
        func body(_ depth: Int) -> String {
            String(repeating: #"{"then":[{"txn":"#, count: depth - 1) + "{}"
                + String(repeating: "}]}", count: depth - 1)
        }
        #expect(stage.call(.post, "/v1/txn", body: body(15)).status == 200)
        for depth in [17, 40, 5000] {
            #expect(stage.call(.post, "/v1/txn", body: body(depth)).status == 400)
        }
    }

    @Test(
        "what is refused, and where",
        arguments: [
            (#"{"get":{}}"#, "then[0].get.key"),
            (#"{"get":{"key":"a","key_base64":"YQ=="}}"#, "then[0].get.key_base64"),
            (#"{"get":{"key":"a","prefix":"a"}}"#, "then[0].get.key"),
            (#"{"get":{"prefix":"a","recursive":true}}"#, "then[0].get.recursive"),
            (#"{"get":{"from":"a","recursive":true}}"#, "then[0].get.recursive"),
            (#"{"get":{"prefix":"a","from":"a"}}"#, "then[0].get.prefix"),
            (#"{"get":{"from":"a","to":""}}"#, "then[0].get.to"),
            (#"{"get":{"key_base64":"!"}}"#, "then[0].get.key_base64"),
            (#"{"get":{"key":"a","sort":"age"}}"#, "then[0].get.sort"),
            (#"{"get":{"key":"a","order":"up"}}"#, "then[0].get.order"),
            (#"{"get":{"key":"a","count":true,"keys":true}}"#, "then[0].get.count"),
            (#"{"get":{"key":"a","limit":-1}}"#, "then[0].get.limit"),
            (
                #"{"put":{"key":"a","value":"v","keep_value":true}}"#, "then[0].put.keep_value"
            ),
            (
                #"{"put":{"key":"a","value":"v","lease":"1","keep_lease":true}}"#,
                "then[0].put.keep_lease"
            ),
            (#"{"put":{"key":"a","prefix":"a","value":"v"}}"#, "then[0].put.prefix"),
            (#"{"txn":{"if":[]}}"#, "then[0].txn.if"),
            (#"{"txn":{"then":[{"push":{}}]}}"#, "then[0].txn.then[0].push"),
        ]
    )
    func refused(_ operation: String, _ field: String) {
        var stage = ExchangeHarness()
        let reply = stage.call(.post, "/v1/txn", body: #"{"then":[\#(operation)]}"#)
        #expect(reply.code == "bad-request", "\(operation) \(reply.text)")
        #expect(reply.json?["field"]?.text == field, "\(operation) \(reply.text)")
    }

    @Test(
        "of a compare the field that is wrong is named, whatever stands beside it",
        arguments: [
            (#"{"key":"a","target":"size","op":"==","value":"v"}"#, "target"),
            (#"{"key":"a","target":"size","op":"==","value":"v","encoding":"utf8"}"#, "target"),
            (#"{"key":"a","target":"size","op":"=="}"#, "target"),
            (#"{"key":"a","target":7,"op":"==","value":1}"#, "target"),
            (#"{"key":"a","target":"version","op":"==","value":"v"}"#, "value"),
            (#"{"key":"a","target":"version","op":"=","value":1}"#, "op"),
            (
                #"{"prefix":"a","recursive":true,"target":"version","op":"=","value":1}"#,
                "recursive"
            ),
        ]
    )
    func compare(_ compare: String, _ field: String) {
        var stage = ExchangeHarness()
        let reply = stage.call(.post, "/v1/txn", body: #"{"compare":[\#(compare)]}"#)
        #expect(reply.json?["field"]?.text == "compare[0].\(field)", "\(compare) \(reply.text)")
    }

    @Test(
        "a list that is longer than the log takes is refused by its name",
        arguments: [
            (
                #"{"compare":[LIST]}"#, #"{"key":"a","target":"exists","op":"==","value":true}"#,
                "compare"
            ),
            (#"{"else":[LIST]}"#, #"{"get":{"key":"a"}}"#, "else"),
            (#"{"then":[{"txn":{"then":[LIST]}}]}"#, #"{"get":{"key":"a"}}"#, "then[0].txn.then"),
        ]
    )
    func longLists(_ body: String, _ item: String, _ name: String) throws {
        var stage = filled()
        let list = [String](repeating: item, count: 10_001).joined(separator: ",")
        let parts = body.split(separator: "LIST")
        let reply = stage.call(.post, "/v1/txn", body: parts[0] + list + parts[1])
        #expect(reply.status == 400, "\(reply.text)")
        #expect(reply.json?["field"]?.text == name, "\(reply.text)")
        #expect(reply.text.contains("more than 10000 items"), "\(reply.text)")
    }

    @Test("one that looks at more keys than it may is refused with 413, and changes nothing")
    func looks() throws {
        var stage = ExchangeHarness()
        let members = (0..<1_000).map { #""\#($0)":"v""# }.joined(separator: ",")
        let tree = stage.call(.put, "/v1/kv/k?format=tree", body: "{\(members)}")
        #expect(tree.status < 300, "\(tree.text)")
        let compare = #"{"prefix":"/k/","target":"version","op":">","value":0}"#
        let compares = [String](repeating: compare, count: 501).joined(separator: ",")
        let reply = stage.call(
            .post,
            "/v1/txn",
            body: #"{"compare":[\#(compares)],"then":[{"put":{"key":"/x","value":"v"}}]}"#
        )
        #expect(reply.status == 413, "\(reply.text)")
        #expect(reply.json?["code"]?.text == "too-large")
        #expect(reply.json?["detail"]?.text?.contains("more than 500000 keys") == true)
        #expect(stage.call(.get, "/v1/kv/x").status == 404)
    }
}
