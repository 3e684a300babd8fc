import API
import Bytes
import Keyspace
import Replica
import Testing
import Wire

@Suite("Whole trees: PUT ?format=tree, conditions and dry runs")
struct TreeWriteTests {
    private static let patch = ["content-type": "application/merge-patch+json"]

    private func tree(_ stage: inout ExchangeHarness, _ path: String = "t") -> String {
        stage.call(.get, "/v1/kv/\(path)?recursive&format=tree").line
    }

    // MARK: - PUT

    @Test("the subtree becomes exactly the object, at one revision")
    func replaces() {
        var stage = ExchangeHarness()
        for key in ["t/gone", "t/keep", "t/turn", "t/turn/below", "elsewhere", "t-b"] {
            _ = stage.call(.put, "/v1/kv/\(key)", body: "old")
        }
        let before = stage.keyspace.store.revision.rawValue
        let body = #"{"keep":"old","turn":"new","deep":{"a":{"b":"1"},"":"own"}}"#
        let reply = stage.call(.put, "/v1/kv/t?format=tree", body: body)
        #expect(reply.status == 200)
        #expect(
            reply.line == #"{"revision":\#(before + 1),"created":2,"changed":1,"deleted":2}"#
        )
        #expect(reply.header("etag") == "\"\(before + 1)-4\"")
        #expect(
            tree(&stage) == #"{"deep":{"":"own","a":{"b":"1"}},"keep":"old","turn":"new"}"#
        )
        #expect(stage.call(.get, "/v1/kv/elsewhere?raw").text == "old")
        #expect(stage.call(.get, "/v1/kv/t-b?raw").text == "old")
        // What is as it is to be is not written: nothing changes, not even the revision.
        let kept = stage.call(.get, "/v1/kv/t/keep")
        #expect(kept.json?["version"]?.whole == 1)
        let again = stage.call(.put, "/v1/kv/t?format=tree", body: body)
        #expect(
            again.line == #"{"revision":\#(before + 1),"created":0,"changed":0,"deleted":0}"#
        )
        #expect(again.header("etag") == reply.header("etag"))
    }

    @Test("what a tree is read as can be written back, bytes and own values included")
    func roundTrip() {
        var stage = ExchangeHarness()
        for (key, value) in [
            ("t", [0x30]), ("t/bin", [0xFF, 0x00]), ("t/empty", []), ("t/a", [0x61]),
            ("t/a/b", [0x62]), ("t/data", Array("data:application/octet-stream;base64,AA==".utf8)),
            ("t/url", Array("data:text/plain,x".utf8)), ("t/é \"", [0xC3, 0xA9]),
        ] as [(String, [UInt8])] {
            var path: [UInt8] = Array("/v1/kv/".utf8)
            PercentEncoding.append(path: key.utf8, to: &path)
            _ = stage.open(request(.put, String(decoding: path, as: UTF8.self), body: value))
        }
        let items = stage.call(.get, "/v1/kv/t?recursive").json?["items"]?.array ?? []
        let body = tree(&stage)
        let reply = stage.call(.put, "/v1/kv/t?format=tree", body: body)
        #expect(reply.text.contains(#""created":0,"changed":0,"deleted":0"#))
        _ = stage.call(.delete, "/v1/kv/t?recursive")
        _ = stage.call(.put, "/v1/kv/t?format=tree", body: body)
        let written = stage.call(.get, "/v1/kv/t?recursive").json?["items"]?.array ?? []
        #expect(written.map { $0["key"] } == items.map { $0["key"] })
        #expect(written.map { $0["value"] } == items.map { $0["value"] })
        #expect(written.count == 8)
    }

    @Test("values=json stores other values as their JSON; without it strings alone are taken")
    func leaves() {
        var stage = ExchangeHarness()
        let body = #"{"port":5432,"on":true,"none":null,"list":[1, "a"],"text":"x","":{"own":1}}"#
        #expect(stage.call(.put, "/v1/kv/t?format=tree&values=json", body: body).status == 200)
        #expect(
            tree(&stage)
                == #"{"":"{\"own\":1}","list":"[1,\"a\"]","none":"null","on":"true","port":"5432","text":"x"}"#
        )
        #expect(
            stage.call(.get, "/v1/kv/t?recursive&format=tree&values=json").line
                == #"{"":{"own":1},"list":[1,"a"],"none":null,"on":true,"port":5432,"text":"x"}"#
        )
        for leaf in ["1", "true", "null", "[]"] {
            let refused = stage.call(.put, "/v1/kv/t?format=tree", body: #"{"a":{"b":\#(leaf)}}"#)
            #expect(refused.code == "bad-request", "\(leaf)")
            #expect(refused.json?["field"]?.text == "/t/a/b")
            #expect(refused.json?["detail"]?.text?.contains("values=json") == true)
        }
    }

    @Test("ten thousand keys in one write")
    func tenThousand() {
        var stage = ExchangeHarness()
        let members = (0..<10_000).map { #""k\#($0)":{"host":"h\#($0)"}"# }
        let body = "{" + members.joined(separator: ",") + "}"
        let reply = stage.call(.put, "/v1/kv/t?format=tree", body: body)
        #expect(reply.json?["created"]?.whole == 10_000)
        #expect(stage.call(.get, "/v1/kv/t?recursive&count").json?["count"]?.whole == 10_000)
        #expect(
            stage.call(.get, "/v1/kv/t?recursive&format=tree").header("etag")
                == reply.header("etag")
        )
    }

    // MARK: - Conditions and dry runs

    @Test("conditions are those of the listing's tag")
    func conditions() {
        var stage = ExchangeHarness()
        let put = { (stage: inout ExchangeHarness, headers: [String: String]) in
            let body = #"{"a":"\#(stage.keyspace.store.revision)"}"#
            return stage.call(.put, "/v1/kv/t?format=tree", headers, body: body)
        }
        #expect(put(&stage, ["if-match": "*"]).status == 412)
        let first = put(&stage, ["if-none-match": "*"])
        #expect(first.status == 200)
        let tag = first.header("etag") ?? ""
        #expect(stage.call(.get, "/v1/kv/t?recursive").header("etag") == tag)
        #expect(put(&stage, ["if-none-match": "*"]).status == 412)
        #expect(put(&stage, ["if-match": "\"1-1\""]).status == 412)
        #expect(put(&stage, ["if-match": "W/\(tag)"]).status == 412)
        #expect(put(&stage, ["if-match": "\"0\(tag.dropFirst())"]).status == 412)
        #expect(put(&stage, ["if-match": "\"1-1\", \(tag)"]).status == 200)
        let failed = put(&stage, ["if-match": tag])
        #expect(failed.code == "precondition-failed")
        #expect(
            failed.json?["mod_revision"]?.whole == stage.keyspace.store.revision.rawValue
        )
        #expect(put(&stage, ["if-match": "*"]).status == 200)
        #expect(put(&stage, ["if-match": "*", "if-none-match": "*"]).status == 412)
        #expect(put(&stage, ["if-none-match": tag]).status == 400)
        #expect(put(&stage, ["if-match": "1-1"]).status == 400)
        let dry = stage.call(
            .put,
            "/v1/kv/t?format=tree&dry-run",
            ["if-match": tag],
            body: "{}"
        )
        #expect(dry.status == 412)
    }

    @Test("a dry run names what would change, and changes nothing")
    func dryRuns() {
        var stage = ExchangeHarness()
        _ = stage.call(.put, "/v1/kv/t?format=tree", body: #"{"a":"1","b":"1","c":"1"}"#)
        _ = stage.open(request(.put, "/v1/kv?key=%2Ft%2F%FF", body: [1]))
        let index = stage.keyspace.appliedIndex
        let revision = stage.keyspace.store.revision.rawValue
        let dry = stage.call(
            .put,
            "/v1/kv/t?format=tree&dry-run",
            body: #"{"a":"2","b":"1","d":{"e":"1"}}"#
        )
        #expect(
            dry.line
                == #"{"revision":\#(revision),"created":["/t/d/e"],"changed":["/t/a"],"deleted":["/t/c",{"key_base64":"L3Qv/w=="}]}"#
        )
        let patch = stage.call(
            .patch,
            "/v1/kv/t?dry-run=true",
            Self.patch,
            body: #"{"a":null,"n":"1"}"#
        )
        #expect(
            patch.line
                == #"{"revision":\#(revision),"created":["/t/n"],"changed":[],"deleted":["/t/a"]}"#
        )
        #expect(stage.keyspace.appliedIndex == index)
        stage.quorum = .absent(.unknown)
        let cut = stage.call(.put, "/v1/kv/t?format=tree&dry-run", body: "{}")
        #expect(cut.code == "unavailable")
    }

    @Test("a dry run waits for the writes before it; writes of trees go beside others")
    func pipelining() {
        for (method, query, kind) in [
            (.put, "format=tree", .write), (.put, "format=tree&dry-run", .alone),
            (.put, "format=tree&dry%2Drun", .alone), (.patch, "dry-run=true", .alone),
            (.put, "format=tree&dry-run=false", .write), (.patch, "values=json", .write),
        ] as [(Wire.Method, String, PipelineClass)] {
            let request = request(method, "/v1/kv/t?\(query)")
            #expect(PipelineClass(request) == kind, "\(method.rawValue) \(query)")
        }
        #expect(PipelineClass(request(.put, "/v1/kv?key=a")) == .write)
        #expect(PipelineClass(request(.delete, "/v1/kv?prefix=a")) == .write)
        #expect(PipelineClass(request(.get, "/v1/kv?key=a")) == .alone)
    }

    // MARK: - Refusals

    @Test(
        "bodies that are no tree are refused, and nothing is written",
        arguments: [
            ("", "bad-request"), ("[]", "bad-request"), ("\"a\"", "bad-request"),
            ("null", "bad-request"), ("{", "bad-request"), (#"{"a":"1","a":"2"}"#, "bad-request"),
            (#"{"a/b":"1"}"#, "bad-request"), (#"{".":"1"}"#, "bad-request"),
            (#"{"..":{"a":"1"}}"#, "bad-request"), (#"{"a\u0000":"1"}"#, "bad-request"),
            (#"{"":{"":"1"}}"#, "bad-request"), (#"{"a":{"":["1"]}}"#, "bad-request"),
            (#"{"a":"data:application/octet-stream;base64,A"}"#, "bad-request"),
            (#"{"\#(String(repeating: "k", count: 4096))":"1"}"#, "too-large"),
        ]
    )
    func refused(_ body: String, _ code: String) {
        var stage = ExchangeHarness()
        let reply = stage.call(.put, "/v1/kv/t?format=tree", body: body)
        #expect(reply.code == code, "\(reply.text)")
        #expect(stage.keyspace.appliedIndex == 0)
        if body != "null" {
            let patch = stage.call(.patch, "/v1/kv/t", Self.patch, body: body)
            #expect(patch.code == code, "\(patch.text)")
        }
    }

    @Test("depth and size have limits that are told")
    func limits() {
        var stage = ExchangeHarness()
        let nested = { (depth: Int) in
            String(repeating: #"{"d":"#, count: depth) + #""v""#
                + String(repeating: "}", count: depth)
        }
        #expect(stage.call(.put, "/v1/kv/t?format=tree", body: nested(63)).status == 200)
        #expect(tree(&stage) == nested(63))
        #expect(stage.call(.put, "/v1/kv/t?format=tree", body: nested(65)).code == "bad-request")
        let members = (0...100_000).map { #""\#($0)":"""# }.joined(separator: ",")
        let many = stage.call(.put, "/v1/kv/t?format=tree", body: "{\(members)}")
        #expect(many.code == "too-large")
        let value = String(repeating: "v", count: 1 << 20 + 1)
        let long = stage.call(.put, "/v1/kv/t?format=tree", body: #"{"v":"\#(value)"}"#)
        #expect(long.code == "too-large")
        #expect(tree(&stage) == nested(63))
    }

    @Test("the root's whole content goes only with confirm=all; the service's own never")
    func root() {
        var stage = ExchangeHarness()
        _ = stage.call(.post, "/v1/locks/l", body: "{}")
        _ = stage.call(.put, "/v1/kv/a", body: "1")
        #expect(stage.call(.put, "/v1/kv/?format=tree", body: "{}").code == "bad-request")
        #expect(stage.call(.put, "/v1/kv/?format=tree", body: #"{"b":"1"}"#).status == 200)
        #expect(tree(&stage, "") == #"{"b":"1"}"#)
        #expect(stage.call(.put, "/v1/kv/?format=tree&confirm=all", body: "{}").status == 200)
        #expect(tree(&stage, "") == "{}")
        #expect(stage.call(.get, "/v1/locks/l").status == 200)
        for body in [#"{".roost":{"x":"1"}}"#, #"{".roost":"1"}"#] {
            #expect(
                stage.call(.put, "/v1/kv/?format=tree", body: body).code == "permission-denied"
            )
        }
        #expect(
            stage.call(.patch, "/v1/kv/", Self.patch, body: #"{".roost":null}"#).code
                == "permission-denied"
        )
        #expect(stage.call(.put, "/v1/kv/.roost?format=tree", body: "{}").status == 403)
    }

    @Test("parameters that a tree has no use for are refused")
    func parameters() {
        var stage = ExchangeHarness()
        for query in [
            "format=xml", "format=tree&lease=1", "format=tree&ttl=5s", "format=tree&recursive",
            "format=tree&values=yaml", "format=tree&dry-run=2", "dry-run", "values=json",
        ] {
            #expect(stage.call(.put, "/v1/kv/t?\(query)", body: "{}").status == 400, "\(query)")
        }
    }
}
