import API
import Keyspace
import Testing
import Wire

@Suite("Listings and trees of /v1/kv")
struct ListingTests {
    private func stage() -> ExchangeHarness {
        var stage = ExchangeHarness()
        for key in ["a", "a-b", "a/b", "a/c/d", "e"] {
            _ = stage.call(.put, "/v1/kv/\(key)", body: key)
        }
        return stage
    }

    private func keys(_ reply: Reply) -> [String] {
        reply.json?["items"]?.array?.compactMap { $0["key"]?.text } ?? []
    }

    @Test("direct children, parents without a record among them")
    func children() {
        var stage = stage()
        let root = stage.call(.get, "/v1/kv/?children")
        #expect(keys(root) == ["/a", "/a-b", "/e"])
        #expect(root.json?["items"]?.array?.first?["children"]?.whole == 2)
        #expect(root.json?["next"] == .null)
        #expect(root.header("cache-control") == "no-store")
        let inner = stage.call(.get, "/v1/kv/a?children")
        #expect(keys(inner) == ["/a/b", "/a/c"])
        #expect(inner.json?["items"]?.array?.last == implied("/a/c", children: 1))
        let none = stage.call(.get, "/v1/kv/nothing?children")
        #expect(none.status == 200 && keys(none) == [])
        #expect(stage.call(.get, "/v1/kv/a/c").status == 404)
    }

    private func implied(_ key: String, children: UInt64) -> JSONValue? {
        try? JSONValue(parsing: Array(#"{"key":"\#(key)","children":\#(children)}"#.utf8))
    }

    @Test("subtrees in byte order, page by page at one revision")
    func pages() throws {
        var stage = stage()
        #expect(
            keys(stage.call(.get, "/v1/kv/?recursive")) == ["/a", "/a-b", "/a/b", "/a/c/d", "/e"]
        )
        #expect(keys(stage.call(.get, "/v1/kv/a?recursive")) == ["/a", "/a/b", "/a/c/d"])
        var found: [String] = []
        var url: String? = "/v1/kv/?recursive&keys&limit=2"
        while let target = url {
            let reply = stage.call(.get, target)
            #expect(reply.json?["revision"]?.whole == 6)
            #expect(reply.json?["items"]?.array?.allSatisfy { $0["value"] == nil } == true)
            found += keys(reply)
            url = reply.json?["next"]?.text
            #expect(reply.header("link") == url.map { "<\($0)>; rel=\"next\"" })
            _ = stage.call(.put, "/v1/kv/b\(found.count)", body: "later")
        }
        #expect(found == ["/a", "/a-b", "/a/b", "/a/c/d", "/e"])
    }

    @Test("a page ends at four mebibytes")
    func pageBytes() {
        var stage = ExchangeHarness()
        let value = String(repeating: "v", count: 1 << 20)
        for key in 0..<6 { _ = stage.call(.put, "/v1/kv/big\(key)", body: value) }
        let reply = stage.call(.get, "/v1/kv/?recursive")
        #expect(keys(reply).count < 6)
        #expect(reply.json?["next"]?.text != nil)
        #expect(stage.call(.get, "/v1/kv/?recursive&format=tree").code == "too-large")
    }

    @Test("a tree, by segments and not by bytes")
    func tree() {
        var stage = stage()
        _ = stage.open(request(.put, "/v1/kv/bin", body: [0xFF]))
        let reply = stage.call(.get, "/v1/kv/?recursive&format=tree")
        #expect(
            reply.line
                == #"{"a":{"":"a","b":"a/b","c":{"d":"a/c/d"}},"a-b":"a-b","bin":"data:application/octet-stream;base64,/w==","e":"e"}"#
        )
        #expect(stage.call(.get, "/v1/kv/a?recursive&format=tree").text.hasPrefix(#"{"":"a","b":"#))
        #expect(stage.call(.get, "/v1/kv/none?recursive&format=tree").line == "{}")
        let deep = Array(repeating: "d", count: 70).joined(separator: "/")
        _ = stage.call(.put, "/v1/kv/\(deep)")
        #expect(stage.call(.get, "/v1/kv/?recursive&format=tree").code == "too-large")
    }

    @Test("the service's own records are listed only when they are named")
    func reserved() {
        var stage = ExchangeHarness()
        _ = stage.call(.post, "/v1/locks/l", body: "{}")
        #expect(keys(stage.call(.get, "/v1/kv/?recursive")) == [])
        #expect(keys(stage.call(.get, "/v1/kv/?children")) == [])
        #expect(keys(stage.call(.get, "/v1/kv/.roost?recursive")).count == 1)
    }

    @Test(
        "bad parameters",
        arguments: [
            "recursive&limit=0", "recursive&limit=10001", "recursive&limit=x", "recursive&after=b",
            "recursive&after=", "recursive&format=xml", "children&format=tree",
            "children&recursive", "recursive&recursive", "recursive&revision=99", "recursive=1",
            "recursive&raw", "recursive&wait=1s", "limit=1", "keys", "children&consistency=new",
        ]
    )
    func refused(_ query: String) {
        var stage = stage()
        #expect(stage.call(.get, "/v1/kv/?\(query)").status == 400)
    }
}
