import API
import Bytes
import Keyspace
import Testing
import Wire

@Suite("Listings: entity tags, waiting, counting, lines and nested values")
struct RangeListingTests {
    private func stage(_ keys: [String] = ["a", "a/b", "a/c", "d"]) -> ExchangeHarness {
        var stage = ExchangeHarness()
        for key in keys { _ = stage.call(.put, "/v1/kv/\(key)", body: "v of \(key)") }
        return stage
    }

    // MARK: - Entity tags

    @Test("the tag is the highest revision at or below, and how many keys there are")
    func tags() {
        var stage = stage()
        let first = stage.keyspace.store.revision.rawValue - 3
        for (target, tag) in [
            ("/v1/kv/?recursive", "\(first + 3)-4"), ("/v1/kv/a?recursive", "\(first + 2)-3"),
            ("/v1/kv/a?recursive&keys", "\(first + 2)-3"),
            ("/v1/kv/a?recursive&format=tree", "\(first + 2)-3"),
            ("/v1/kv/a?recursive&count", "\(first + 2)-3"),
            ("/v1/kv/a/b?recursive", "\(first + 1)-1"), ("/v1/kv/none?recursive", "0-0"),
            ("/v1/kv?prefix=%2Fa%2F", "\(first + 2)-2"),
        ] {
            let reply = stage.call(.get, target)
            #expect(reply.header("etag") == "\"\(tag)\"", "\(target)")
            #expect(reply.header("cache-control") == "no-cache")
        }
        _ = stage.call(.delete, "/v1/kv/a/c")
        #expect(
            stage.call(.get, "/v1/kv/a?recursive").header("etag") == "\"\(first + 1)-2\""
        )
        #expect(
            stage.call(.get, "/v1/kv/a?recursive&revision=\(first + 2)").header("etag")
                == "\"\(first + 2)-3\""
        )
        #expect(stage.call(.get, "/v1/kv/a?children").header("etag") == nil)
    }

    @Test("a first page has the tag of the whole, later ones have none")
    func tagsOfPages() {
        var stage = ExchangeHarness()
        for key in 0..<1001 { _ = stage.call(.put, "/v1/kv/k\(key)") }
        let tag = "\"\(stage.keyspace.store.revision.rawValue)-1001\""
        let first = stage.call(.get, "/v1/kv/?recursive&keys")
        #expect(first.json?["next"]?.text != nil)
        #expect(first.header("etag") == tag)
        let second = stage.call(.get, first.json?["next"]?.text ?? "")
        #expect(second.status == 200 && second.header("etag") == nil)
        #expect(stage.call(.get, "/v1/kv/?recursive&limit=10").header("etag") == tag)
        #expect(stage.call(.get, "/v1/kv/?recursive&limit=1001").header("etag") == tag)
    }

    @Test("a page of very many keys of the past has a tag only where a condition asks for it")
    func tagsOfManyKeys() throws {
        var stage = ExchangeHarness()
        let root = Key(unchecked: Array("/k".utf8))
        let edits = (1...50_001).map { number in
            TreeWrite.Edit.value(Key(unchecked: Array("/k/\(number)".utf8)), [])
        }
        for (count, past) in [(50_000, 2), (50_001, 4)] {
            let write = TreeWrite(
                root: root,
                edits: Array(edits[..<count]),
                mode: .replace,
                condition: .none
            )
            stage.apply(Request(.writeTree(write)))
            _ = stage.call(.put, "/v1/kv/other")
            let page = stage.call(.get, "/v1/kv/k?recursive&keys")
            #expect(page.header("etag") != nil)
            let before = stage.call(.get, "/v1/kv/k?recursive&keys&revision=\(past)")
            #expect((before.header("etag") != nil) == (count == 50_000))
            let tag = try #require(stage.call(.get, "/v1/kv/k?recursive&count").header("etag"))
            #expect(tag.hasSuffix("-\(count)\""))
            #expect(
                stage.call(.get, "/v1/kv/k?recursive&keys", ["if-none-match": tag]).status == 304
            )
            #expect(
                stage.call(.get, "/v1/kv/k?recursive&keys", ["if-match": tag]).header("etag")
                    == tag
            )
        }
    }

    @Test("If-None-Match gives 304, If-Match 412")
    func conditions() throws {
        var stage = stage()
        for target in [
            "/v1/kv/a?recursive", "/v1/kv/a?recursive&format=tree", "/v1/kv/a?recursive&count",
            "/v1/kv?prefix=%2Fa", "/v1/kv/a?recursive&limit=1",
        ] {
            let tag = try #require(
                stage.call(.get, target.replacing("&limit=1", with: "")).header("etag")
            )
            for (headers, status) in [
                (["if-none-match": tag], 304), (["if-none-match": "W/\(tag)"], 304),
                (["if-none-match": "*"], 304), (["if-none-match": "\"1-1\", \(tag)"], 304),
                (["if-none-match": "\"0\(tag.dropFirst())"], 200),
                (["if-none-match": "\"1-1\""], 200), (["if-match": tag], 200),
                (["if-match": "W/\(tag)"], 412), (["if-match": "\"1-1\""], 412),
                (["if-match": "1-1"], 400),
            ] as [([String: String], UInt16)] {
                let reply = stage.call(.get, target, headers)
                #expect(reply.status == status, "\(target) \(headers)")
                if status == 304 {
                    #expect(reply.header("etag") == tag && reply.body.isEmpty)
                }
            }
        }
        let lines = stage.call(
            .get,
            "/v1/kv/a?recursive",
            [
                "accept": "application/x-ndjson",
                "if-none-match": stage.call(.get, "/v1/kv/a?recursive").header("etag") ?? "",
            ]
        )
        #expect(lines.status == 304)
    }

    // MARK: - Waiting

    @Test("a wait on a subtree ends with any change at or below, a delete too")
    func waits() {
        for (method, target) in [
            (.put, "/v1/kv/a"), (.put, "/v1/kv/a/x/y"), (.delete, "/v1/kv/a/b"),
            (.delete, "/v1/kv/a?recursive"),
        ] as [(Wire.Method, String)] {
            var stage = stage()
            let since = stage.keyspace.store.revision.rawValue
            var session = stage.open(
                request(.get, "/v1/kv/a?recursive&wait=30s&since=\(since)")
            )
            #expect(session.wake?.filter == WatchFilter(ranges: [.subtree(key("/a"))]))
            // Changes elsewhere, and what is not after R, do not end it.
            _ = stage.call(.put, "/v1/kv/a-b")
            session.resume(.woken, &stage)
            #expect(session.wake != nil)
            _ = stage.call(method, target)
            session.resume(.woken, &stage)
            #expect(session.reply?.status == 200)
            // Whoever comes later is answered at once.
            let later = stage.open(
                request(.get, "/v1/kv/a?recursive&count&wait=30s&since=\(since)")
            )
            #expect(later.reply?.status == 200, "\(method.rawValue) \(target)")
        }
    }

    private func key(_ path: String) -> Key { Key(unchecked: Array(path.utf8)) }

    @Test("a wait that runs out gives what there is, or 304")
    func waitsRunOut() {
        var stage = stage()
        let since = stage.keyspace.store.revision.rawValue
        let tag = stage.call(.get, "/v1/kv/a?recursive").header("etag") ?? ""
        var plain = stage.open(request(.get, "/v1/kv/a?recursive&wait=1s&since=\(since)"))
        var conditional = stage.open(
            request(
                .get,
                "/v1/kv/a?recursive&wait=1s&since=\(since)",
                ["if-none-match": tag]
            )
        )
        stage.advance(milliseconds: 1000)
        plain.resume(.woken, &stage)
        conditional.resume(.woken, &stage)
        #expect(plain.reply?.json?["items"]?.array?.count == 3)
        #expect(conditional.reply?.status == 304)
        #expect(
            stage.call(.get, "/v1/kv/a?recursive&since=\(since + 9)").code == "future-revision"
        )
        for query in ["wait=1s", "since=1&revision=2&wait=1s"] {
            #expect(stage.call(.get, "/v1/kv/a?recursive&\(query)").status == 400)
        }
        #expect(stage.call(.get, "/v1/kv/a?children&wait=1s&since=1").status == 400)
    }

    @Test("a wait goes through much foreign history in bounded looks, and misses nothing")
    func waitsThroughHistory() {
        var stage = stage(["a/b"])
        let since = stage.keyspace.store.revision.rawValue
        for _ in 0..<9000 { _ = stage.call(.put, "/v1/kv/other") }
        var session = stage.open(request(.get, "/v1/kv/a?recursive&wait=30s&since=\(since)"))
        var looks = 0
        while let wake = session.wake, wake.deadline != stage.now.advanced(byMilliseconds: 30_000),
            looks < 10
        {
            looks += 1
            session.resume(.woken, &stage)
        }
        #expect(looks == 2)
        _ = stage.call(.delete, "/v1/kv/a/b")
        session.resume(.woken, &stage)
        #expect(session.reply?.status == 200)
    }

    @Test("where history is gone nothing is waited for: there may have been a change")
    func waitsOnCompacted() {
        var stage = stage()
        let now = stage.keyspace.store.revision.rawValue
        #expect(stage.call(.post, "/v1/compact", body: #"{"revision":\#(now)}"#).status == 200)
        let session = stage.open(request(.get, "/v1/kv/a?recursive&wait=30s&since=1"))
        #expect(session.reply?.status == 200)
    }

    // MARK: - Counting and lines

    @Test("count answers the revision and the count, and takes nothing that it has no use for")
    func counts() {
        var stage = stage()
        let now = stage.keyspace.store.revision.rawValue
        #expect(
            stage.call(.get, "/v1/kv/a?recursive&count").line == #"{"revision":\#(now),"count":3}"#
        )
        #expect(
            stage.call(.get, "/v1/kv/?recursive&count&revision=\(now - 1)").line
                == #"{"revision":\#(now - 1),"count":3}"#
        )
        for query in [
            "recursive&count&format=tree", "recursive&count&keys", "recursive&count&limit=1",
            "children&count", "recursive&count&meta", "recursive&count&after=%2Fa",
        ] {
            #expect(stage.call(.get, "/v1/kv/?\(query)").status == 400, "\(query)")
        }
    }

    private static let lines = ["accept": "application/x-ndjson"]

    @Test("lines: the whole range at one revision, whatever changes meanwhile")
    func streams() throws {
        var stage = ExchangeHarness()
        for key in 0..<2500 { _ = stage.call(.put, "/v1/kv/k/\(key)", body: "v") }
        var session = stage.open(request(.get, "/v1/kv/k?recursive", Self.lines))
        guard case .streaming(let head) = session.state else {
            Issue.record("no stream: \(session.state)")
            return
        }
        #expect(Reply(head).header("content-type") == "application/x-ndjson")
        #expect(
            Reply(head).header("etag") == "\"\(stage.keyspace.store.revision.rawValue)-2500\""
        )
        _ = stage.call(.delete, "/v1/kv/k?recursive")
        let (text, wake) = session.pull(&stage)
        #expect(wake == nil)
        let lines = text.split(separator: "\n")
        #expect(lines.count == 2500)
        let parsed = try lines.map { try JSONValue(parsing: Array($0.utf8)) }
        let keys = parsed.compactMap { $0["key"]?.text }
        #expect(keys == keys.sorted() && Set(keys).count == 2500)
        #expect(parsed.allSatisfy { $0["value"]?.text == "v" })
    }

    @Test("a piece of a stream is bounded, however large the values")
    func pieces() {
        var stage = ExchangeHarness()
        let value = String(repeating: "v", count: 60_000)
        for key in 0..<20 { _ = stage.call(.put, "/v1/kv/k/\(key)", body: value) }
        var session = stage.open(request(.get, "/v1/kv/k?recursive", Self.lines))
        var pieces: [Int] = []
        reading: while true {
            switch session.exchange.nextPiece(
                keyspace: stage.keyspace,
                member: stage.member,
                cache: &stage.encodings,
                now: stage.now
            ) {
            case .bytes(let bytes): pieces.append(bytes.count)
            case .end(let bytes):
                pieces.append(bytes.count)
                break reading
            case .idle, .step:
                Issue.record("a stream of lines waits for nothing")
                break reading
            }
        }
        #expect(pieces.count >= 10)
        #expect(pieces.allSatisfy { $0 < 256 << 10 })
    }

    @Test("a stream whose revision is compacted says so, and goes on from its last key elsewhere")
    func breaksOff() throws {
        var stage = ExchangeHarness()
        for key in 1000..<3000 { _ = stage.call(.put, "/v1/kv/k/\(key)", body: "v") }
        var session = stage.open(request(.get, "/v1/kv/k?recursive", Self.lines))
        let piece = session.exchange.nextPiece(
            keyspace: stage.keyspace,
            member: stage.member,
            cache: &stage.encodings,
            now: stage.now
        )
        guard case .bytes = piece else {
            Issue.record("the first piece is not the last: \(piece)")
            return
        }
        _ = stage.call(.put, "/v1/kv/later")
        let now = stage.keyspace.store.revision.rawValue
        _ = stage.call(.post, "/v1/compact", body: #"{"revision":\#(now)}"#)
        let (text, wake) = session.pull(&stage)
        #expect(wake == nil)
        let last = try JSONValue(parsing: Array(text.utf8))
        #expect(last["error"]?["code"]?.text == "compacted")
        #expect(last["error"]?["compact_revision"]?.whole == now)
        // What was lost is asked for by the key before.
        var rest = stage.open(
            request(.get, "/v1/kv/k?recursive&keys&after=%2Fk%2F1999", Self.lines)
        )
        #expect(rest.pull(&stage).text.split(separator: "\n").count == 1000)
        #expect(stage.call(.get, "/v1/kv/k?recursive&revision=2", Self.lines).code == "compacted")
    }

    @Test("HEAD of a stream gets its head; other types of answers are JSON")
    func headOfStream() {
        var stage = stage()
        let head = stage.call(.head, "/v1/kv/a?recursive", Self.lines)
        #expect(head.header("content-type") == "application/x-ndjson" && head.body.isEmpty)
        for accept in ["*/*", "application/json", "application/x-ndjson2", ""] {
            let reply = stage.call(.get, "/v1/kv/a?recursive", ["accept": accept])
            #expect(reply.header("content-type") == "application/json", "\(accept)")
        }
        var session = stage.open(
            request(
                .get,
                "/v1/kv?prefix=%2Fa",
                ["accept": "application/json;q=0.1, Application/X-NDJSON"]
            )
        )
        #expect(session.pull(&stage).text.split(separator: "\n").count == 3)
        #expect(stage.call(.get, "/v1/kv/a?recursive&limit=1", Self.lines).status == 400)
    }

    // MARK: - Nested values

    @Test("values=json gives JSON as JSON, on one line; what is none stays text")
    func nestedValues() {
        var stage = ExchangeHarness()
        for (key, value) in [
            ("array", "[1, 2.50,\n {\"a\" : \" b \\\" c\"}]"), ("number", "5432"), ("text", "db1"),
            ("null", "null"), ("twice", #"{"a":1,"a":2}"#), ("huge", "1e400"), ("empty", ""),
            ("string", #""s""#), ("two", "1 2"),
        ] {
            _ = stage.call(.put, "/v1/kv/j/\(key)", body: value)
        }
        let tree =
            #"{"array":[1,2.50,{"a":" b \" c"}],"empty":"","huge":"1e400","null":null,"number":5432,"string":"s","text":"db1","twice":"{\"a\":1,\"a\":2}","two":"1 2"}"#
        #expect(stage.call(.get, "/v1/kv/j?recursive&format=tree&values=json").line == tree)
        let listing = stage.call(.get, "/v1/kv/j?recursive&values=json&limit=5")
        #expect(
            listing.text.contains(
                #""value":[1,2.50,{"a":" b \" c"}],"encoding":"json","version":1"#
            )
        )
        #expect(listing.text.contains(#""value":"","encoding":"utf8""#))
        #expect(listing.json?["next"]?.text?.contains("&values=json&") == true)
        var lines = stage.open(request(.get, "/v1/kv/j?recursive&values=json", Self.lines))
        #expect(lines.pull(&stage).text.split(separator: "\n").count == 9)
        #expect(
            stage.call(.get, "/v1/kv/j/number?values=json").text.contains(
                #""value":5432,"encoding":"json""#
            )
        )
        for query in ["values=yaml", "values=", "values=json&raw", "recursive&keys&values=json"] {
            #expect(stage.call(.get, "/v1/kv/j/number?\(query)").status == 400, "\(query)")
        }
    }
}
