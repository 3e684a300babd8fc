import API
import Keyspace
import Replica
import Testing
import Wire

@Suite("Keys: GET, PUT, POST and DELETE of /v1/kv")
struct KeyTests {
    @Test("what is put is what is got, with every member of the key object")
    func putAndGet() {
        var stage = ExchangeHarness()
        let created = stage.call(.put, "/v1/kv/a/b", body: "hello")
        #expect(created.status == 201)
        #expect(
            created.line
                == #"{"key":"/a/b","revision":2,"version":1,"create_revision":2,"mod_revision":2}"#
        )
        #expect(created.header("etag") == "\"2\"")
        let changed = stage.call(.put, "/v1/kv/a/b", body: "hello2")
        #expect(changed.status == 200)
        let got = stage.call(.get, "/v1/kv/a/b")
        #expect(
            got.line
                == #"{"key":"/a/b","value":"hello2","encoding":"utf8","version":2,"create_revision":2,"mod_revision":3}"#
        )
        #expect(got.header("etag") == "\"3\"")
        #expect(got.header("cache-control") == "no-cache")
        #expect(got.header("content-type") == "application/json")
        #expect(got.header("roost-revision") == "3")
        #expect(got.header("roost-term") == "7")
        #expect(got.header("roost-member") == "n1")
        #expect(got.header("x-content-type-options") == "nosniff")
        #expect(created.header("cache-control") == "no-store")
    }

    @Test("values that are no text are base64; ?raw gives the bytes with the type they have")
    func encodings() {
        var stage = ExchangeHarness()
        _ = stage.open(request(.put, "/v1/kv/bin", body: [0xFF, 0x00]))
        _ = stage.call(.put, "/v1/kv/text", body: "é")
        #expect(
            stage.call(.get, "/v1/kv/bin").text.contains(#""value":"/wA=","encoding":"base64""#)
        )
        let raw = stage.call(.get, "/v1/kv/bin?raw")
        #expect(raw.body == [0xFF, 0x00])
        #expect(raw.header("content-type") == "application/octet-stream")
        #expect(raw.header("x-content-type-options") == "nosniff")
        let text = stage.call(.get, "/v1/kv/text?raw=true")
        #expect(text.header("content-type") == "text/plain; charset=utf-8")
        #expect(text.text == "é")
        #expect(stage.call(.get, "/v1/kv/text?raw=false").text.hasPrefix("{"))
    }

    @Test("conditions on writes and reads, RFC 9110 section 13")
    func conditions() {
        var stage = ExchangeHarness()
        let rows: [(Wire.Method, [String: String], UInt16)] = [
            (.put, ["if-match": "*"], 412), (.put, ["if-none-match": "*"], 201),
            (.put, ["if-none-match": "*"], 412), (.put, ["if-match": "\"10\""], 412),
            (.put, ["if-match": "\"2\""], 200), (.put, ["if-match": "*"], 200),
            (.put, ["if-match": "3"], 400), (.put, ["if-match": "*, \"4\""], 400),
            (.put, ["if-none-match": "\"3"], 400), (.get, ["if-match": "3"], 400),
            (.post, ["if-match": "*"], 400), (.post, ["if-none-match": "*"], 400),
            // 8.8.3.2: octet by octet; weak tags are never equal under the strong comparison.
            (.put, ["if-match": "\"004\""], 412), (.put, ["if-match": "W/\"4\""], 412),
            (.put, ["if-match": "\"abc\""], 412), (.put, ["if-match": ""], 412),
            (.put, ["if-none-match": "W/\"4\""], 412), (.put, ["if-none-match": "\"4\""], 412),
            // 13.2.2: where both are given, both have to hold.
            (.put, ["if-match": "*", "if-none-match": "*"], 412),
            (.put, ["if-match": "\"4\"", "if-none-match": "\"2\", \"4\""], 412),
            (.put, ["if-match": "*", "if-none-match": "\"4\""], 412),
            (.get, ["if-none-match": "\"4\""], 304), (.get, ["if-none-match": "W/\"4\""], 304),
            (.get, ["if-none-match": "\"3\""], 200), (.get, ["if-none-match": "*"], 304),
            (.get, ["if-none-match": "\"04\""], 200), (.get, ["if-match": "\"4\""], 200),
            (.get, ["if-match": "\"3\""], 412), (.get, ["if-match": "W/\"4\""], 412),
            (.get, ["if-match": "*"], 200),
            (.get, ["if-match": "\"3\"", "if-none-match": "\"4\""], 412),
            (.get, ["if-match": "\"4\"", "if-none-match": "\"4\""], 304),
            // 5.6.1: a list, empty elements included.
            (.get, ["if-none-match": "\"2\",, W/\"4\" ,"], 304),
            (.delete, ["if-none-match": "*"], 412), (.delete, ["if-match": "\"3\""], 412),
            (.delete, ["if-none-match": "\"2\", \"4\""], 412),
            (.delete, ["if-match": ", \"3\", \"4\","], 200),
            (.delete, ["if-match": "\"4\""], 412), (.delete, ["if-none-match": "*"], 404),
            // 13.2.1: what is not there is not there, whatever the conditions.
            (.get, ["if-match": "\"4\""], 404), (.put, ["if-match": "\"2\", \"4\""], 412),
            (.put, ["if-match": "*", "if-none-match": "\"2\""], 412),
            (.put, ["if-none-match": "\"2\""], 201),
            (.put, ["if-match": "\"2\", \"6\", \"8\""], 200),
            (.put, ["if-match": "\"7\", \"8\"", "if-none-match": "\"8\""], 200),
            (.put, ["if-match": "*", "if-none-match": "\"2\""], 200),
        ]
        for (method, headers, status) in rows {
            let reply = stage.call(method, "/v1/kv/k", headers, body: "v")
            #expect(reply.status == status, "\(method.rawValue) \(headers) \(reply.text)")
            if status == 304 { #expect(reply.header("etag") == "\"4\"" && reply.body.isEmpty) }
        }
        _ = stage.call(.put, "/v1/kv/k", body: "now")
        let failed = stage.call(.put, "/v1/kv/k", ["if-match": "\"2\""])
        #expect(failed.code == "precondition-failed")
        #expect(failed.json?["mod_revision"]?.whole == 10)
        #expect(failed.json?["current"]?["value"]?.text == "now")
        let missing = stage.call(.put, "/v1/kv/none", ["if-match": "\"2\""])
        #expect(missing.json?["mod_revision"]?.whole == 0)
        #expect(missing.json?["current"] == nil)
    }

    @Test("the lines of a condition are one list, for every method (RFC 9110, 5.3)")
    func conditionLines() {
        var stage = ExchangeHarness()
        for value in ["1", "2"] { _ = stage.call(.put, "/v1/kv/k", body: value) }
        func lines(_ name: String, _ values: String...) -> [HeaderField] {
            values.map { HeaderField(name, value: $0) }
        }
        func status(_ method: Wire.Method, _ headers: [HeaderField]) -> UInt16? {
            let request = HTTPRequest(method: method, rawPath: "/v1/kv/k".utf8, headers: headers)
            return stage.open(request).reply?.status
        }
        #expect(status(.get, lines("if-none-match", "\"2\"", "", "\"3\"")) == 304)
        #expect(status(.get, lines("if-match", "\"2\"", "\"3\"")) == 200)
        #expect(status(.get, lines("if-match", "\"2\"", "\"03\"")) == 412)
        #expect(status(.put, lines("if-match", "*", "\"3\"")) == 400)
        #expect(status(.put, lines("if-match", "\"2\"", "\"3\", \"10\"")) == 200)
        #expect(status(.put, lines("if-none-match", "\"2\"", "\"4\"")) == 412)
        #expect(status(.delete, lines("if-match", "\"2\"", "\"4\"")) == 200)
        let many = Array(repeating: "\"2\"", count: 65).joined(separator: ",")
        let refused = stage.call(.put, "/v1/kv/k", ["if-match": many])
        #expect(
            refused.json?["detail"]?.text == "The header If-Match lists more than 64 revisions."
        )
        let bare = stage.call(.put, "/v1/kv/k", ["if-match": "\"2\", 4"])
        #expect(
            bare.json?["detail"]?.text
                == #"The header If-Match is neither * nor a list of revisions in quotes, such as "42", at byte 5."#
        )
    }

    @Test("a condition that a call cannot keep is refused, not ignored")
    func conditionsWithoutMeaning() {
        var stage = ExchangeHarness()
        for (method, target, body) in [
            (.post, "/v1/kv/k", ""), (.post, "/v1/txn", "{}"), (.post, "/v1/leases", #"{"ttl":5}"#),
            (.post, "/v1/locks/l", ""), (.delete, "/v1/locks/l?force", ""),
            (.put, "/v1/elections/e/proclaim?token=1", ""), (.get, "/v1/kv/k?children", ""),
            (.get, "/v1/locks/l/hold", ""),
        ] as [(Wire.Method, String, String)] {
            let reply = stage.call(method, target, ["if-match": "\"2\""], body: body)
            #expect(reply.code == "bad-request", "\(target)")
            #expect(reply.json?["header"]?.text == "If-Match")
        }
        #expect(stage.keyspace.appliedIndex == 0)
        #expect(stage.call(.post, "/v1/txn", ["if-none-match": "*"], body: "{}").status == 400)
        #expect(stage.call(.get, "/v1/kv/?children", ["if-none-match": "\"2\""]).status == 200)
    }

    @Test("paths: percent-encoding, the root, what is no key")
    func paths() {
        var stage = ExchangeHarness()
        #expect(stage.call(.put, "/v1/kv/a%20b+c/%C3%A9", body: "x").status == 201)
        #expect(stage.call(.get, "/v1/kv/a%20b+c/é").json?["key"]?.text == "/a b+c/é")
        #expect(stage.call(.put, "/v1/kv/", body: "root").status == 201)
        #expect(stage.call(.get, "/v1/kv/").json?["key"]?.text == "/")
        for path in ["a/", "a//b", ".", "a/..", "a%2Fb", "%", "%zz", "%00", "%ff"] {
            let reply = stage.call(.get, "/v1/kv/\(path)")
            #expect(reply.code == "bad-request", "\(path)")
        }
        let long = String(repeating: "k", count: 5000)
        #expect(stage.call(.put, "/v1/kv/\(long)").code == "too-large")
        #expect(stage.call(.get, "/v1/kv").code == "no-such-call")
        for method in [Wire.Method.put, .post, .delete] {
            #expect(stage.call(method, "/v1/kv/.roost/x").code == "permission-denied")
        }
    }

    @Test("a sequential child gets the next number, never an old one")
    func sequential() {
        var stage = ExchangeHarness()
        let first = stage.call(.post, "/v1/kv/q%20", body: "1")
        #expect(first.status == 201)
        #expect(first.json?["key"]?.text == "/q /0000000001")
        #expect(first.header("location") == "/v1/kv/q%20/0000000001")
        _ = stage.call(.delete, "/v1/kv/q%20/0000000001")
        #expect(stage.call(.post, "/v1/kv/q%20").json?["key"]?.text == "/q /0000000002")
        let long = String(repeating: "k", count: 4090)
        #expect(stage.call(.post, "/v1/kv/\(long)").code == "too-large")
    }

    @Test("deletes: one record, a subtree, everything only when confirmed")
    func deletes() {
        var stage = ExchangeHarness()
        for key in ["a", "a/b", "a/c", "d"] { _ = stage.call(.put, "/v1/kv/\(key)") }
        #expect(stage.call(.delete, "/v1/kv/a").line == #"{"revision":6,"deleted":1}"#)
        #expect(stage.call(.delete, "/v1/kv/a").json?["what"]?.text == "key")
        #expect(stage.call(.get, "/v1/kv/a/b").status == 200)
        #expect(stage.call(.delete, "/v1/kv/a?recursive").json?["deleted"]?.whole == 2)
        #expect(stage.call(.delete, "/v1/kv/?recursive").code == "bad-request")
        #expect(stage.call(.delete, "/v1/kv/?recursive&confirm=all").json?["deleted"]?.whole == 1)
        #expect(stage.call(.delete, "/v1/kv/?recursive&confirm=all").status == 404)
    }

    @Test("leases on keys: of the caller's, of the key's own, none")
    func leases() throws {
        var stage = ExchangeHarness()
        let id = try #require(
            stage.call(.post, "/v1/leases", body: #"{"ttl":"10s"}"#).json?["id"]?.text
        )
        #expect(stage.call(.put, "/v1/kv/k?lease=\(id)").json?["lease"]?.text == id)
        #expect(stage.call(.get, "/v1/kv/k").json?["lease"]?.text == id)
        #expect(stage.call(.put, "/v1/kv/k").json?["lease"] == nil)
        #expect(stage.call(.put, "/v1/kv/own?ttl=5s").json?["lease"]?.text != nil)
        stage.advance(milliseconds: 5001)
        stage.advance(milliseconds: 1)
        #expect(stage.call(.get, "/v1/kv/own").status == 404)
        #expect(stage.call(.get, "/v1/kv/k").status == 200)
        for query in [
            "ttl=999ms", "ttl=31d", "ttl=x", "lease=zz", "lease=\(id)&ttl=5s", "lease=",
        ] {
            #expect(stage.call(.put, "/v1/kv/k?\(query)").code == "bad-request", "\(query)")
        }
        let gone = stage.call(.put, "/v1/kv/k?lease=00000000000000ff")
        #expect(gone.status == 404 && gone.json?["what"]?.text == "lease")
    }

    @Test("reads at revisions, and how new a read is")
    func revisions() {
        var stage = ExchangeHarness()
        _ = stage.call(.put, "/v1/kv/k", body: "1")
        _ = stage.call(.put, "/v1/kv/k", body: "2")
        #expect(stage.call(.get, "/v1/kv/k?revision=2").json?["value"]?.text == "1")
        #expect(stage.call(.get, "/v1/kv/k?revision=10").code == "future-revision")
        for target in [
            "k?revision=0", "k?raw&revision=0", "?children&revision=0", "?recursive&revision=0",
        ] {
            let reply = stage.call(.get, "/v1/kv/\(target)")
            #expect(reply.code == "bad-request" && reply.json?["parameter"]?.text == "revision")
        }
        #expect(stage.call(.get, "/v1/watch?path=/k&from=0").json?["parameter"]?.text == "from")
        #expect(stage.call(.get, "/v1/kv/k?since=0&at_least=0").status == 200)
        _ = stage.call(.post, "/v1/compact", body: #"{"revision":3}"#)
        let compacted = stage.call(.get, "/v1/kv/k?revision=2")
        #expect(compacted.code == "compacted" && compacted.status == 410)
        #expect(compacted.json?["compact_revision"]?.whole == 3)
        stage.quorum = .absent(.notApplied(.noLeader))
        #expect(stage.call(.get, "/v1/kv/k").code == "unavailable")
        #expect(stage.call(.get, "/v1/kv/k?consistency=stale").status == 200)
        var session = stage.open(request(.get, "/v1/kv/k?consistency=stale&at_least=4&timeout=2s"))
        #expect(session.wake?.revision == Revision(rawValue: 4))
        stage.advance(milliseconds: 1999)
        session.resume(.woken, &stage)
        #expect(session.reply == nil)
        stage.advance(milliseconds: 1)
        session.resume(.woken, &stage)
        #expect(session.reply?.code == "unavailable")
        stage.quorum = .present
        var other = stage.open(request(.get, "/v1/kv/k?consistency=stale&at_least=4"))
        _ = stage.call(.put, "/v1/kv/k", body: "3")
        other.resume(.woken, &stage)
        #expect(other.reply?.json?["value"]?.text == "3")
    }

    @Test("a read waits for a change, and answers unchanged when the wait ends")
    func waits() {
        var stage = ExchangeHarness()
        _ = stage.call(.put, "/v1/kv/k", body: "1")
        _ = stage.call(.put, "/v1/kv/k", body: "2")
        #expect(stage.call(.get, "/v1/kv/k?wait=30s&since=2").json?["value"]?.text == "2")
        var session = stage.open(request(.get, "/v1/kv/k?wait=30s&since=3"))
        #expect(session.wake?.filter?.matches(Key(unchecked: Array("/k".utf8))) == true)
        _ = stage.call(.put, "/v1/kv/k", body: "3")
        session.resume(.woken, &stage)
        #expect(session.reply?.json?["value"]?.text == "3")
        var deleted = stage.open(request(.get, "/v1/kv/k?wait=30s&since=4"))
        _ = stage.call(.delete, "/v1/kv/k")
        deleted.resume(.woken, &stage)
        #expect(deleted.reply?.status == 404)
        _ = stage.call(.put, "/v1/kv/k", body: "5")
        var quiet = stage.open(request(.get, "/v1/kv/k?wait=1.5&since=6"))
        stage.advance(milliseconds: 1500)
        quiet.resume(.woken, &stage)
        #expect(quiet.reply?.json?["value"]?.text == "5")
        #expect(stage.call(.get, "/v1/kv/k?wait=1s&since=10").code == "future-revision")
        #expect(stage.call(.get, "/v1/kv/k?wait=1s").code == "bad-request")
        #expect(stage.call(.get, "/v1/kv/k?since=2&revision=2").code == "bad-request")
    }
}
