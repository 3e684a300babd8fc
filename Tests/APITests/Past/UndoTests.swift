import API
import Bytes
import Keyspace
import Replica
import Testing
import Wire

@Suite("Undo, differences and times: ?undo, ?diff, /v1/revision")
struct UndoTests {
    private func put(_ key: String, _ value: String, _ stage: inout ExchangeHarness) {
        _ = stage.call(.put, "/v1/kv/\(key)", body: value)
    }

    private func tree(_ stage: inout ExchangeHarness) -> String {
        stage.call(.get, "/v1/kv/t?recursive&format=tree").line
    }

    /// `t/a` 1 at 2, `t/b` 1 at 3, `t/a` 2 at 4, `t/b` gone at 5, `t/c` 1 at 6, `u` at 7.
    private func staged() -> ExchangeHarness {
        var stage = ExchangeHarness()
        put("t/a", "1", &stage)
        put("t/b", "1", &stage)
        put("t/a", "2", &stage)
        _ = stage.call(.delete, "/v1/kv/t/b")
        put("t/c", "1", &stage)
        put("u", "1", &stage)
        return stage
    }

    @Test("a difference tells each key whose value differs, as it was and as it is")
    func difference() {
        var stage = staged()
        let reply = stage.call(.get, "/v1/kv/t?diff=3")
        #expect(reply.json?["from"]?.whole == 3 && reply.json?["to"]?.whole == 7)
        let items = reply.json?["items"]?.array ?? []
        #expect(items.map { $0["key"]?.text } == ["/t/a", "/t/b", "/t/c"])
        #expect(items[0]["before"]?["value"]?.text == "1")
        #expect(items[0]["after"]?["value"]?.text == "2")
        #expect(items[1]["after"] == .null && items[2]["before"] == .null)
        #expect(reply.header("etag") == "\"6-2\"")
        #expect(reply.json?["next"] == .null)
        // Of the past there is no tag of now.
        let past = stage.call(.get, "/v1/kv/t?diff=2&revision=4&keys")
        #expect(past.header("etag") == nil)
        #expect(past.json?["items"]?.array?.count == 2)
        #expect(past.json?["items"]?.array?.first?["after"]?["value"] == nil)
        // What was written anew with the same value does not differ.
        put("t/c", "1", &stage)
        #expect(stage.call(.get, "/v1/kv/t?diff=6").json?["items"]?.array?.isEmpty == true)
    }

    @Test("without a revision, against the state before the newest change there, deletes included")
    func newest() {
        var stage = staged()
        #expect(stage.call(.get, "/v1/kv/t?diff").json?["from"]?.whole == 5)
        #expect(stage.call(.get, "/v1/kv/t/b?diff").json?["from"]?.whole == 4)
        #expect(stage.call(.get, "/v1/kv/t/b?diff").json?["items"]?.array?.count == 1)
        #expect(stage.call(.get, "/v1/kv/nothing?diff").status == 404)
        #expect(stage.call(.post, "/v1/kv/nothing?undo").status == 404)
    }

    @Test("pages of a difference are joined by their links")
    func pages() {
        var stage = ExchangeHarness()
        let members = (0..<25).map { #""k\#($0)":"v""# }.joined(separator: ",")
        _ = stage.call(.put, "/v1/kv/t?format=tree", body: "{\(members)}")
        var keys: [String] = []
        var address: String? = "/v1/kv/t?diff=1&limit=10"
        var pageCount = 0
        while let target = address {
            let page = stage.call(.get, target).json
            keys += page?["items"]?.array?.compactMap { $0["key"]?.text } ?? []
            address = page?["next"]?.text
            pageCount += 1
            put("t/later", "\(pageCount)", &stage)
        }
        #expect(keys == (0..<25).map { "/t/k\($0)" }.sorted())
        #expect(pageCount == 3)
    }

    @Test("an undo leads back at one revision, in one command, and can be undone")
    func undo() {
        var stage = staged()
        let session = stage.open(request(.post, "/v1/kv/t?undo=3"))
        #expect(session.proposed.count == 1)
        #expect(
            session.reply?.line == #"{"revision":8,"created":1,"changed":1,"deleted":1}"#
        )
        #expect(session.reply?.header("etag") == "\"8-2\"")
        #expect(tree(&stage) == #"{"a":"1","b":"1"}"#)
        #expect(stage.call(.get, "/v1/kv/u?raw").text == "1")
        #expect(stage.call(.post, "/v1/kv/t?undo").status == 200)
        #expect(tree(&stage) == #"{"a":"2","c":"1"}"#)
        // What is as it was is not written.
        let again = stage.call(.post, "/v1/kv/t?undo=7")
        #expect(again.line == #"{"revision":9,"created":0,"changed":0,"deleted":0}"#)
    }

    @Test("what changed after the look at it is not overwritten")
    func others() {
        var stage = staged()
        let tag = stage.call(.get, "/v1/kv/t?diff=3").header("etag") ?? ""
        put("t/a", "other", &stage)
        let refused = stage.call(.post, "/v1/kv/t?undo=3", ["if-match": tag])
        #expect(refused.code == "precondition-failed")
        #expect(tree(&stage) == #"{"a":"other","c":"1"}"#)
        #expect(stage.call(.post, "/v1/kv/t?undo=3", ["if-match": "*"]).status == 200)
        #expect(stage.call(.post, "/v1/kv/t?undo=3", ["if-none-match": "*"]).status == 412)
        // Somebody writes between the read and the write of one undo.
        let before = stage.keyspace
        let (begun, step) = NativeExchange.begin(
            request(.post, "/v1/kv/t?undo=6"),
            keyspace: before,
            member: stage.member,
            site: stage.site,
            arrival: stage.now,
            now: stage.now
        )
        guard case .read = step else {
            Issue.record("no read comes first: \(step)")
            return
        }
        put("t/a", "late", &stage)
        var exchange = begun
        let next = exchange.resume(
            .readable,
            keyspace: before,
            member: stage.member,
            now: stage.now
        )
        guard case .propose(let proposal) = next, let answer = stage.apply(proposal) else {
            Issue.record("nothing is proposed: \(next)")
            return
        }
        guard case .refused = answer.outcome else {
            Issue.record("it was carried out: \(answer.outcome)")
            return
        }
    }

    @Test("a repeated undo gets the first answer, and a note is kept")
    func repeated() {
        var stage = staged()
        let headers = ["idempotency-key": "k1", "roost-note": "why"]
        let first = stage.call(.post, "/v1/kv/t?undo", headers)
        put("t/d", "1", &stage)
        let second = stage.call(.post, "/v1/kv/t?undo", headers)
        #expect(second.line == first.line && second.header("idempotent-replayed") == "true")
        #expect(tree(&stage) == #"{"a":"2","d":"1"}"#)
        _ = stage.call(.post, "/v1/kv/t?undo=3", ["roost-note": "back"])
        #expect(stage.call(.get, "/v1/kv/t/b?meta").json?["note"]?.text == "back")
    }

    @Test("bytes, own values and directories come back as they were")
    func shapes() {
        var stage = ExchangeHarness()
        for (key, value) in [("t", [0xFF]), ("t/a", [0x61]), ("t/a/b", [0]), ("t/e", [])]
            as [(String, [UInt8])]
        { _ = stage.open(request(.put, "/v1/kv/\(key)", body: value)) }
        let items = stage.call(.get, "/v1/kv/t?recursive").json?["items"]?.array ?? []
        let revision = stage.keyspace.store.revision.rawValue
        _ = stage.call(.delete, "/v1/kv/t?recursive")
        put("t/a/b/c/d", "1", &stage)
        #expect(stage.call(.post, "/v1/kv/t?undo=\(revision)").status == 200)
        let back = stage.call(.get, "/v1/kv/t?recursive").json?["items"]?.array ?? []
        #expect(back.map { $0["key"] } == items.map { $0["key"] })
        #expect(back.map { $0["value"] } == items.map { $0["value"] })
    }

    @Test(
        "what cannot be is refused",
        arguments: [
            (.get, "/v1/kv/t?diff=0", 400), (.get, "/v1/kv/t?diff=x", 400),
            (.get, "/v1/kv/t?diff=99", 400), (.get, "/v1/kv/t?diff&revision=3", 400),
            (.get, "/v1/kv/t?diff=3&after=%2Fu", 400), (.get, "/v1/kv/t?diff=3&raw", 400),
            (.post, "/v1/kv/t?undo=99", 400), (.post, "/v1/kv/.roost?undo=2", 403),
            (.post, "/v1/kv/t?undo=2&lease=1", 400), (.get, "/v1/kv/t?diff=2", 200),
            (.get, "/v1/revision?at=yesterday", 400),
            (.get, "/v1/revision?at=2026-11-28T10:00", 400),
        ] as [(Wire.Method, String, UInt16)]
    )
    func refused(_ method: Wire.Method, _ target: String, _ status: UInt16) {
        var stage = staged()
        #expect(stage.call(method, target).status == status)
        let body = stage.open(request(.post, "/v1/kv/t?undo=2", body: [0x31]))
        #expect(body.reply?.status == 400)
    }

    @Test("compacted history is told; no quorum changes nothing")
    func gone() {
        var stage = staged()
        _ = stage.call(.post, "/v1/compact", body: #"{"revision":5}"#)
        #expect(stage.call(.get, "/v1/kv/t?diff=3").code == "compacted")
        #expect(stage.call(.post, "/v1/kv/t?undo=3").code == "compacted")
        stage.quorum = .absent(.unknown)
        #expect(stage.call(.post, "/v1/kv/t?undo=5").code == "unavailable")
        #expect(stage.call(.get, "/v1/revision").code == "unavailable")
    }

    @Test("a time becomes the revision that was in force")
    func times() {
        var stage = ExchangeHarness()
        stage.apply(Request(.setWallClock(offsetMilliseconds: 1_795_860_000_000)))
        put("a", "1", &stage)
        stage.advance(milliseconds: 60_000)
        put("a", "2", &stage)
        // 1_795_860_000_000 is 2026-11-28T10:00:00Z; the first put came a second later.
        for (time, revision) in [
            ("2026-11-28T10:00:00Z", 1), ("2026-11-28T10:00:01Z", 2),
            ("2026-11-28T11:00:30.5%2B01:00", 2), ("2026-11-28T10:01:01.000Z", 3),
        ] as [(String, UInt64)] {
            let reply = stage.call(.get, "/v1/revision?at=\(time)")
            #expect(reply.line == #"{"revision":\#(revision)}"#, "\(time)")
        }
        #expect(stage.call(.get, "/v1/revision").line == #"{"revision":3}"#)
    }
}
