import API
import Bytes
import Keyspace
import Replica
import Testing
import Wire

@Suite("Watches: GET /v1/watch")
struct WatchTests {
    private func key(_ key: String, _ value: String, _ revision: Int) -> String {
        #"{"key":"\#(key)","value":"\#(value)","encoding":"utf8","version":1,"create_revision":\#(revision),"mod_revision":\#(revision)}"#
    }

    @Test("from the present on: retry and id first, then each change under its own id")
    func present() {
        var stage = ExchangeHarness()
        _ = stage.call(.put, "/v1/kv/a", body: "old")
        var watch = stage.open(request(.get, "/v1/watch?path=/a"))
        guard case .streaming(let head) = watch.state else {
            Issue.record("no stream")
            return
        }
        #expect(head.headers["content-type"].map(Array.init) == Array("text/event-stream".utf8))
        #expect(head.headers["cache-control"].map(Array.init) == Array("no-store".utf8))
        #expect(watch.pull(&stage).text == "retry: 1000\nid: 2\n\n")
        _ = stage.call(.put, "/v1/kv/b")
        #expect(watch.pull(&stage).text == "")
        _ = stage.call(.delete, "/v1/kv/a")
        #expect(
            watch.pull(&stage).text
                == "event: delete\nid: 4.0\ndata: {\"key\":\"/a\",\"mod_revision\":4,\"cause\":\"deleted\"}\n\n"
        )
        _ = stage.call(.put, "/v1/kv/a", body: "n")
        let (text, wake) = watch.pull(&stage)
        #expect(text == "event: put\nid: 5.0\ndata: \(key("/a", "n", 5))\n\n")
        #expect(wake?.filter?.matches(Key(unchecked: Array("/a".utf8))) == true)
    }

    @Test("N counts over all events of a revision, whatever the filter")
    func numbering() {
        var stage = ExchangeHarness()
        _ = stage.call(
            .post,
            "/v1/txn",
            body:
                #"{"then":[{"put":{"key":"/x","value":"1"}},{"put":{"key":"/a/1","value":"2"}},{"put":{"key":"/a/2","value":"3"}}]}"#
        )
        var watch = stage.open(request(.get, "/v1/watch?path=/a&recursive&from=2"))
        let text = watch.pull(&stage).text
        #expect(text.contains("id: 2.1\n") && text.contains("id: 2.2\n") && !text.contains("2.0"))
        #expect(text.hasPrefix("retry: 1000\nid: 1\n\n"))
        var resumed = stage.open(
            request(.get, "/v1/watch?path=/a&recursive&from=10", ["last-event-id": "2.1"])
        )
        let rest = resumed.pull(&stage).text
        #expect(rest.hasPrefix("retry: 1000\nid: 2.1\n\nevent: put\nid: 2.2\n"))
    }

    @Test("a watch to a revision tells that and nothing later, then that it ends, then nothing")
    func end() {
        var stage = ExchangeHarness()
        for number in 2...5 { _ = stage.call(.put, "/v1/kv/a", body: "\(number)") }
        var watch = stage.open(request(.get, "/v1/watch?path=/a&from=3&to=4"))
        let (text, wake) = watch.pull(&stage)
        #expect(text.contains("id: 4.0\n") && !text.contains("id: 5.0\n") && wake == nil)
        #expect(text.hasSuffix("event: end\nid: 4\ndata: {\"revision\":4}\n\n"), "\(text)")
        for (id, status) in [("4", 204), ("5.0", 204), ("COMPACTED", 204), ("4.0", 200)] {
            let again = stage.open(
                request(.get, "/v1/watch?path=/a&to=4", ["last-event-id": id])
            )
            if case .streaming = again.state {
                #expect(status == 200, "\(id)")
            } else {
                #expect(again.reply?.status == UInt16(status), "\(id)")
            }
        }
        var empty = stage.open(request(.get, "/v1/watch?path=/b&from=9&to=2"))
        #expect(empty.pull(&stage).wake?.revision == Revision(rawValue: 8))
        #expect(stage.call(.get, "/v1/watch?path=/a&to=0").json?["parameter"]?.text == "to")
    }

    @Test("a member that has not come to the last revision yet waits for it, whoever changes")
    func lateEnd() {
        var stage = ExchangeHarness()
        _ = stage.call(.put, "/v1/kv/a", body: "v")
        var watch = stage.open(request(.get, "/v1/watch?path=/a&from=1&to=4"))
        let (text, wake) = watch.pull(&stage)
        #expect(text.contains("id: 2.0\n") && wake?.revision == Revision(rawValue: 4))
        _ = stage.call(.put, "/v1/kv/b", body: "v")
        #expect(watch.pull(&stage).wake != nil)
        _ = stage.call(.put, "/v1/kv/b", body: "v")
        #expect(watch.pull(&stage) == ("event: end\nid: 4\ndata: {\"revision\":4}\n\n", nil))
    }

    @Test("who stands where another stood with the same wishes is told the same, nobody else")
    func sharing() {
        var stage = ExchangeHarness()
        _ = stage.call(.put, "/v1/kv/a", body: "old")
        let targets = [
            "/v1/watch?path=/a", "/v1/watch?path=/a", "/v1/watch?path=/a&previous",
            "/v1/watch?path=/b", "/v1/watch?path=/a",
        ]
        var watches = targets.map { stage.open(request(.get, $0)) }
        for index in watches.indices { _ = watches[index].pull(&stage) }
        _ = stage.call(.put, "/v1/kv/a", body: "n")
        let told = watches.indices.map { watches[$0].pull(&stage).text }
        #expect(told[0].hasPrefix("event: put\nid: 3.0\n") && told[0].contains("\"value\":\"n\""))
        #expect(told[1] == told[0] && told[4] == told[0])
        #expect(told[2].contains("\"previous\":{") && told[2].hasPrefix("event: put\nid: 3.0\n"))
        #expect(told[3] == "")
        _ = stage.call(.put, "/v1/kv/b", body: "m")
        #expect(watches[0].pull(&stage).text == "")
        #expect(watches[3].pull(&stage).text.hasPrefix("event: put\nid: 4.0\n"))
    }

    @Test("the items first, then synced, then what follows; overlapping paths send each once")
    func initial() {
        var stage = ExchangeHarness()
        for name in ["a", "a/b", "c"] { _ = stage.call(.put, "/v1/kv/\(name)", body: "v") }
        var watch = stage.open(
            request(.get, "/v1/watch?path=/a/b&path=/a&path=/c&recursive&initial")
        )
        #expect(
            watch.pull(&stage).text == """
                retry: 1000
                id: 4

                event: put
                data: \(key("/a", "v", 2))

                event: put
                data: \(key("/a/b", "v", 3))

                event: put
                data: \(key("/c", "v", 4))

                event: synced
                id: 4
                data: {"revision":4}


                """
        )
        _ = stage.call(.put, "/v1/kv/a/z")
        #expect(watch.pull(&stage).text.hasPrefix("event: put\nid: 5.0\n"))
        // A reconnect at a revision gets the items as they were there, and no gap after them.
        _ = stage.call(.delete, "/v1/kv/c")
        var again = stage.open(
            request(.get, "/v1/watch?path=/c&initial", ["last-event-id": "5"])
        )
        let text = again.pull(&stage).text
        #expect(text.contains(key("/c", "v", 4)) && text.contains("event: delete\nid: 6.0\n"))
    }

    @Test("the key as it was before, when asked for")
    func previous() {
        var stage = ExchangeHarness()
        _ = stage.call(.put, "/v1/kv/a", body: "1")
        var watch = stage.open(request(.get, "/v1/watch?path=/a&previous&from=2"))
        _ = stage.call(.delete, "/v1/kv/a")
        let text = watch.pull(&stage).text
        #expect(
            text.contains(
                "\"mod_revision\":3,\"cause\":\"deleted\",\"previous\":\(key("/a", "1", 2))}"
            )
        )
        #expect(text.components("previous") == 1)
    }

    @Test("one object a line")
    func lines() {
        var stage = ExchangeHarness()
        _ = stage.call(.put, "/v1/kv/a", body: "v")
        var watch = stage.open(
            request(
                .get,
                "/v1/watch?path=/a&initial",
                ["accept": "text/html, Application/x-ndjson;q=1"]
            )
        )
        _ = watch.pull(&stage)
        var second = stage.open(
            request(.get, "/v1/watch?path=/a&from=2", ["accept": "application/x-ndjson"])
        )
        #expect(
            second.pull(&stage).text == """
                {"event":"progress","id":"1"}
                {"event":"put","id":"2.0",\(key("/a", "v", 2).dropFirst())

                """
        )
        stage.advance(milliseconds: 15_000)
        #expect(second.pull(&stage).text == "{\"event\":\"progress\",\"id\":\"2\"}\n")
    }

    @Test("a quiet watch tells its position every 15 s, so that it resumes past compaction")
    func progress() {
        var stage = ExchangeHarness()
        var watch = stage.open(request(.get, "/v1/watch?path=/a"))
        let wake = watch.pull(&stage).wake
        #expect(wake?.deadline == stage.now.advanced(byMilliseconds: 15_000))
        for _ in 0..<3 { _ = stage.call(.put, "/v1/kv/b") }
        stage.advance(milliseconds: 14_999)
        #expect(watch.pull(&stage).text == "")
        stage.advance(milliseconds: 1)
        #expect(watch.pull(&stage).text == "id: 4\n\n")
        #expect(watch.pull(&stage).wake?.deadline == stage.now.advanced(byMilliseconds: 15_000))
    }

    @Test("a compacted start is told, and its id ends the client's reconnects")
    func compacted() {
        var stage = ExchangeHarness()
        for _ in 0..<3 { _ = stage.call(.put, "/v1/kv/a") }
        _ = stage.call(.post, "/v1/compact", body: #"{"revision":4}"#)
        var watch = stage.open(request(.get, "/v1/watch?path=/a&from=2"))
        let (text, wake) = watch.pull(&stage)
        #expect(text == "event: compacted\nid: COMPACTED\ndata: {\"compact_revision\":4}\n\n")
        #expect(wake == nil)
        let again = stage.call(.get, "/v1/watch?path=/a", ["last-event-id": "COMPACTED"])
        #expect(again.status == 204)
        var kept = stage.open(request(.get, "/v1/watch?path=/a&from=4"))
        #expect(kept.pull(&stage).text.contains("id: 4.0\n"))
    }

    @Test("a start ahead of the store is told at once, and again while it waits")
    func ahead() {
        var stage = ExchangeHarness()
        var watch = stage.open(request(.get, "/v1/watch?path=/a&from=4"))
        var (text, wake) = watch.pull(&stage)
        #expect(text == "retry: 1000\nid: 3\n\n")
        #expect(wake?.revision == Revision(rawValue: 3))
        #expect(wake?.deadline == stage.now.advanced(byMilliseconds: 15_000))
        _ = stage.call(.put, "/v1/kv/a")
        stage.advance(milliseconds: 15_000)
        #expect(watch.pull(&stage).text == "id: 3\n\n")
        // A client that comes back with the id it was told gets nothing from before its start.
        var resumed = stage.open(request(.get, "/v1/watch?path=/a", ["last-event-id": "3"]))
        #expect(resumed.pull(&stage).text == "retry: 1000\nid: 3\n\n")
        for _ in 0..<2 { _ = stage.call(.put, "/v1/kv/a") }
        for var session in [watch, resumed] {
            (text, wake) = session.pull(&stage)
            #expect(text.hasPrefix("event: put\nid: 4.0\n") && text.components("event: ") == 1)
            #expect(wake?.filter != nil && wake?.revision == nil)
        }
    }

    @Test("a start ahead of the store as lines; the items come once it is reached")
    func aheadInLines() {
        var stage = ExchangeHarness()
        let lines = ["accept": "application/x-ndjson"]
        var watch = stage.open(request(.get, "/v1/watch?path=/a&initial&from=4", lines))
        let position = "{\"event\":\"progress\",\"id\":\"3\"}\n"
        #expect(watch.pull(&stage).text == position)
        stage.advance(milliseconds: 15_000)
        #expect(watch.pull(&stage).text == position)
        for _ in 0..<3 { _ = stage.call(.put, "/v1/kv/a") }
        let events = watch.pull(&stage).text.split(separator: "\n")
        let starts = [
            #"{"event":"put","key":"/a","#, #"{"event":"synced","id":"3","#,
            #"{"event":"put","id":"4.0","#,
        ]
        #expect(events.count == 3 && zip(events, starts).allSatisfy { $0.hasPrefix($1) })
    }

    @Test(
        "without a leader the stream is open all the same, and not silent",
        arguments: [
            ("text/event-stream", ":\n\n", "retry: 1000\nid: 1\n\n"),
            (
                "application/x-ndjson", "{\"event\":\"progress\"}\n",
                "{\"event\":\"progress\",\"id\":\"1\"}\n"
            ),
        ]
    )
    func leaderless(_ form: String, _ silence: String, _ start: String) {
        var stage = ExchangeHarness()
        stage.quorum = .absent(.notApplied(.noLeader))
        var watch = stage.open(request(.get, "/v1/watch?path=/a", ["accept": form]))
        let (text, wake) = watch.pull(&stage)
        #expect(text == "" && wake?.deadline != nil)
        stage.advance(milliseconds: 15_000)
        #expect(watch.pull(&stage).text == silence)
        stage.quorum = .present
        stage.advance(milliseconds: 500)
        #expect(watch.pull(&stage).text == start)
    }

    @Test("a long history that concerns nobody here comes in bounded pieces")
    func bounded() {
        var stage = ExchangeHarness()
        for _ in 0..<5000 { stage.apply(Request(.put(put("/x", "v")))) }
        var watch = stage.open(request(.get, "/v1/watch?path=/a&from=2"))
        let text = watch.pull(&stage).text
        #expect(text.components("id: ") == 2)
        #expect(text.hasSuffix("\n\n"))
    }

    private func put(_ key: String, _ value: String) -> Put {
        Put(
            key: Key(unchecked: Array(key.utf8)),
            value: Array(value.utf8),
            lease: .none,
            condition: .none
        )
    }

    @Test("locks and elections are seen only by a watch that names them")
    func reserved() {
        var stage = ExchangeHarness()
        var root = stage.open(request(.get, "/v1/watch?path=/&recursive&from=2"))
        var named = stage.open(request(.get, "/v1/watch?path=/.roost/locks&recursive&from=2"))
        _ = stage.call(.post, "/v1/locks/l", body: #"{"owner":"me"}"#)
        #expect(!root.pull(&stage).text.contains("event: put"))
        #expect(named.pull(&stage).text.contains(#""value":"me""#))
    }

    @Test(
        "what is refused",
        arguments: [
            ("", ""), ("path=", ""), ("path=a", ""), ("path=/a&from=x", ""),
            ("path=/a&initial=2", ""), ("path=/a&fro=1", ""), ("path=/a", "x"), ("path=/a", "1.x"),
            ("path=/a", "1.4294967295"), ("path=/a", "99999999999999999999"), ("path=/a", "1.2.3"),
            ("path=%ff", ""), ("path=/a&from=2&from=3", ""),
        ]
    )
    func refused(_ query: String, _ last: String) {
        var stage = ExchangeHarness()
        #expect(
            stage.call(.get, "/v1/watch?\(query)", ["last-event-id": last]).code == "bad-request"
        )
    }

    @Test("ids at the edges are positions like others")
    func edges() {
        for last in ["0", "0.0", "0.7", "9007199254740990.5"] {
            var stage = ExchangeHarness()
            var watch = stage.open(request(.get, "/v1/watch?path=/a", ["last-event-id": last]))
            _ = watch.pull(&stage)
            _ = stage.call(.put, "/v1/kv/a")
            let text = watch.pull(&stage).text
            #expect(text.contains("id: 2.0\n") == last.hasPrefix("0"))
        }
    }
}

extension String {
    /// How often `part` occurs.
    fileprivate func components(_ part: String) -> Int { ranges(of: part).count }
}
