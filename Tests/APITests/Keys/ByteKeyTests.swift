import API
import Bytes
import Keyspace
import Testing
import Wire

@Suite("Keys of any bytes: /v1/kv?key=, ?prefix=, ?from= and to=")
struct ByteKeyTests {
    /// Keys that are no paths, percent-encoded, in the order of their bytes.
    private static let encoded = ["%00", "%2Fapisix%2Froutes%2F", "foo", "foo%00", "%FF%FE"]

    private func stage() -> ExchangeHarness {
        var stage = ExchangeHarness()
        for key in Self.encoded { _ = stage.call(.put, "/v1/kv?key=\(key)", body: "v") }
        _ = stage.call(.put, "/v1/kv/apisix/a", body: "path")
        return stage
    }

    private func keys(_ reply: Reply) -> [String] {
        (reply.json?["items"]?.array ?? []).map { item in
            item["key"]?.text ?? item["key_base64"]?.text.map { "base64 \($0)" } ?? "?"
        }
    }

    @Test("a key of any bytes is written, read, conditional and deleted like a path")
    func oneKey() throws {
        var stage = ExchangeHarness()
        for key in Self.encoded {
            let created = stage.call(.put, "/v1/kv?key=\(key)", body: "1")
            #expect(created.status == 201)
            let tag = try #require(created.header("etag"))
            let taken = stage.call(.put, "/v1/kv?key=\(key)", ["if-none-match": "*"], body: "2")
            #expect(taken.code == "precondition-failed")
            #expect(
                stage.call(.put, "/v1/kv?key=\(key)", ["if-match": tag], body: "3").status == 200
            )
            let got = stage.call(.get, "/v1/kv?key=\(key)")
            #expect(got.json?["value"]?.text == "3")
            #expect(stage.call(.get, "/v1/kv?key=\(key)&raw").text == "3")
            #expect(stage.call(.delete, "/v1/kv?key=\(key)").json?["deleted"]?.whole == 1)
            #expect(stage.call(.get, "/v1/kv?key=\(key)").code == "not-found")
        }
    }

    @Test("objects have key where it is UTF-8, else key_base64")
    func names() {
        var stage = stage()
        #expect(
            stage.call(.get, "/v1/kv?key=foo%00").text.hasPrefix(#"{"key":"foo\u0000","value":"v""#)
        )
        #expect(stage.call(.get, "/v1/kv?key=%FF%FE").text.hasPrefix(#"{"key_base64":"//4=","#))
        let put = stage.call(.put, "/v1/kv?key=%FF%FE", body: "w")
        #expect(put.text.hasPrefix(#"{"key_base64":"//4=","#))
        let failed = stage.call(.put, "/v1/kv?key=%FF%FE", ["if-match": "\"1\""])
        #expect(failed.json?["current"]?["key_base64"]?.text == "//4=")
    }

    @Test(
        "ranges: what begins alike, what lies between, what follows",
        arguments: [
            ("prefix=", ["\0", "/apisix/a", "/apisix/routes/", "foo", "foo\0", "base64 //4="]),
            ("prefix=foo", ["foo", "foo\0"]), ("prefix=%2Fapisix%2Fr", ["/apisix/routes/"]),
            ("prefix=%FF", ["base64 //4="]), ("prefix=nothing", []),
            ("from=foo&to=foo%01", ["foo", "foo\0"]), ("from=foo&to=foo%00", ["foo"]),
            ("to=%01", ["\0"]), ("from=foo%00", ["foo\0", "base64 //4="]), ("from=b&to=a", []),
            ("from=&to=%2F", ["\0"]),
        ] as [(String, [String])]
    )
    func ranges(_ query: String, _ expected: [String]) {
        var stage = stage()
        let reply = stage.call(.get, "/v1/kv?\(query)")
        #expect(keys(reply) == expected)
        #expect(reply.json?["next"] == .null)
        let count = stage.call(.get, "/v1/kv?\(query)&count")
        #expect(count.json?["count"]?.whole == UInt64(expected.count))
        // Page by page, whatever the bytes.
        var found: [String] = []
        var target: String? = "/v1/kv?\(query)&limit=1"
        while let url = target {
            let page = stage.call(.get, url)
            #expect(page.status == 200, "\(url) \(page.text)")
            found += keys(page)
            target = page.json?["next"]?.text
            #expect(page.header("link") == target.map { "<\($0)>; rel=\"next\"" })
        }
        #expect(found == expected)
    }

    @Test("a subtree has keys below it that are no paths, and its pages go over them")
    func pagesOfSubtree() {
        var stage = stage()
        let first = stage.call(.get, "/v1/kv/apisix?recursive&limit=1")
        #expect(keys(first) == ["/apisix/a"])
        let second = stage.call(.get, first.json?["next"]?.text ?? "")
        #expect(keys(second) == ["/apisix/routes/"])
        #expect(second.json?["next"] == .null)
    }

    @Test("a range is deleted; every path only with confirm=all")
    func deletes() {
        var stage = stage()
        for everything in [
            "prefix=", "prefix=%2F", "from=", "from=%00", "from=%2F&to=0", "from=&to=%FF",
        ] {
            let refused = stage.call(.delete, "/v1/kv?\(everything)")
            #expect(refused.code == "bad-request", "\(everything)")
            #expect(refused.json?["detail"]?.text?.contains("confirm=all") == true)
        }
        #expect(stage.call(.delete, "/v1/kv?prefix=foo").json?["deleted"]?.whole == 2)
        #expect(stage.call(.delete, "/v1/kv?prefix=foo").code == "not-found")
        #expect(stage.call(.delete, "/v1/kv?from=%FF").json?["deleted"]?.whole == 1)
        let conditional = stage.call(.delete, "/v1/kv?prefix=a", ["if-match": "*"])
        #expect(conditional.json?["header"]?.text == "If-Match")
        #expect(
            stage.call(.delete, "/v1/kv?prefix=&confirm=all").json?["deleted"]?.whole == 3
        )
        #expect(stage.call(.get, "/v1/kv?prefix=&count").json?["count"]?.whole == 0)
    }

    @Test("the service's own records are left alone")
    func reserved() {
        var stage = stage()
        _ = stage.call(.post, "/v1/locks/l", body: "{}")
        #expect(stage.call(.put, "/v1/kv?key=%2F.roost%2Fx").code == "permission-denied")
        for query in ["key=%2F.roost%2Flocks%2Fl", "prefix=%2F.roost", "from=%2F.roost%2F"] {
            #expect(
                stage.call(.delete, "/v1/kv?\(query)").code == "permission-denied",
                "\(query)"
            )
        }
        #expect(keys(stage.call(.get, "/v1/kv?prefix=%2F.")) == [])
        #expect(keys(stage.call(.get, "/v1/kv?prefix=%2F.roost")).count == 1)
        _ = stage.call(.delete, "/v1/kv?prefix=&confirm=all")
        #expect(stage.call(.get, "/v1/locks/l").status == 200)
    }

    @Test("a wait on a key of any bytes, and on a range")
    func waits() {
        var stage = stage()
        let revision = stage.keyspace.store.revision.rawValue
        for query in ["key=foo%00", "prefix=foo", "from=foo&to=g"] {
            let session = stage.open(request(.get, "/v1/kv?\(query)&wait=5s&since=\(revision)"))
            #expect(session.wake?.filter != nil, "\(query)")
        }
    }

    @Test(
        "what names no keys is refused, and says why",
        arguments: [
            (.get, "", "no-such-call"), (.get, "count", "no-such-call"),
            (.get, "key=", "bad-request"), (.get, "key=a&prefix=a", "bad-request"),
            (.get, "key=a&key=b", "bad-request"), (.get, "prefix=a&from=b", "bad-request"),
            (.get, "from=a&to=", "bad-request"), (.get, "key=%zz", "bad-request"),
            (.get, "key=a&recursive", "bad-request"), (.get, "prefix=a&children", "bad-request"),
            (.get, "prefix=a&format=tree", "bad-request"),
            (.get, "prefix=a&after=b", "bad-request"),
            (.get, "prefix=a&raw", "bad-request"), (.put, "prefix=a", "bad-request"),
            (.put, "from=a", "bad-request"), (.put, "key=a&format=tree", "bad-request"),
            (.delete, "key=a&recursive", "bad-request"), (.post, "key=a", "method-not-allowed"),
            (.patch, "key=a", "method-not-allowed"),
        ] as [(Wire.Method, String, String)]
    )
    func refused(_ method: Wire.Method, _ query: String, _ code: String) {
        var stage = stage()
        #expect(stage.call(method, "/v1/kv?\(query)", body: "v").code == code)
    }

    @Test("lengths: a key of 4,096 bytes, a bound of one more")
    func lengths() {
        var stage = ExchangeHarness()
        let longest = String(repeating: "%F0", count: 4096)
        #expect(stage.call(.put, "/v1/kv?key=\(longest)").status == 201)
        #expect(stage.call(.put, "/v1/kv?key=\(longest)%00").code == "too-large")
        #expect(keys(stage.call(.get, "/v1/kv?from=\(longest)&to=\(longest)%00")).count == 1)
        #expect(stage.call(.get, "/v1/kv?prefix=\(longest)%00%00").code == "bad-request")
    }
}
