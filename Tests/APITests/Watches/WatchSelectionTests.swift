import API
import Keyspace
import Replica
import Testing
import Wire

@Suite("Watches: which keys and events, in which form, and what the member tells of itself")
struct WatchSelectionTests {
    private func open(_ query: String, _ stage: inout ExchangeHarness) -> Session {
        var session = stage.open(request(.get, "/v1/watch?\(query)"))
        _ = session.pull(&stage)
        return session
    }

    @Test("keys of any bytes, prefixes and paths in one watch; each event once")
    func selection() {
        var stage = ExchangeHarness()
        var watch = open("key=foo%00&prefix=ba&prefix=bar&path=/p", &stage)
        for target in ["?key=foo%00", "?key=bar", "?key=b", "/p", "/p/q", "?key=%FF"] {
            _ = stage.call(.put, "/v1/kv\(target)", body: "v")
        }
        let text = watch.pull(&stage).text
        #expect(text.contains(#""key":"foo\u0000""#) && text.contains(#""key":"bar""#))
        #expect(text.contains(#""key":"/p""#))
        #expect(text.split(separator: "\n\n").count == 3, "\(text)")
    }

    @Test("an empty prefix follows every key but the service's own")
    func everything() {
        var stage = ExchangeHarness()
        var watch = open("prefix=", &stage)
        _ = stage.call(.post, "/v1/locks/l", body: "{}")
        _ = stage.call(.put, "/v1/kv?key=%FF", body: "v")
        let text = watch.pull(&stage).text
        #expect(text.contains(#""key_base64":"/w==""#) && !text.contains(".roost"))
    }

    @Test("puts alone, deletes alone")
    func kinds() {
        var stage = ExchangeHarness()
        var puts = open("path=/a&events=put", &stage)
        var deletes = open("path=/a&events=delete", &stage)
        _ = stage.call(.put, "/v1/kv/a", body: "v")
        _ = stage.call(.delete, "/v1/kv/a")
        let (put, delete) = (puts.pull(&stage).text, deletes.pull(&stage).text)
        #expect(put.contains("event: put") && !put.contains("event: delete"))
        #expect(delete.contains("event: delete") && !delete.contains("event: put"))
    }

    @Test("items are puts: who follows deletes alone is told that they are over, and none of them")
    func itemsOfKinds() {
        var stage = ExchangeHarness()
        _ = stage.call(.put, "/v1/kv/a", body: "v")
        for (kind, count) in [("put", 1), ("delete", 0)] {
            var watch = stage.open(request(.get, "/v1/watch?path=/a&initial&events=\(kind)"))
            let text = watch.pull(&stage).text
            #expect(text.contains("event: put") == (count == 1), "\(text)")
            #expect(text.contains("event: synced"))
        }
    }

    @Test("without values, with times and notes, in every combination, each watcher its own")
    func forms() {
        var stage = ExchangeHarness()
        let forms = ["", "&keys", "&meta", "&keys&meta", "&previous", "&previous&keys"]
        var watches = forms.map { open("path=/a\($0)", &stage) }
        stage.apply(Request(.setWallClock(offsetMilliseconds: 1_700_000_000_000)))
        _ = stage.call(.put, "/v1/kv/a", body: "first")
        _ = stage.call(.put, "/v1/kv/a", ["roost-note": "why"], body: "second")
        let texts = watches.indices.map { watches[$0].pull(&stage).text }
        for (form, text) in zip(forms, texts) {
            #expect(text.contains(#""value":"second""#) == !form.contains("keys"), "\(form)")
            #expect(text.contains(#""note":"why""#) == form.contains("meta"), "\(form)")
            #expect(text.contains(#""modified":"20"#) == form.contains("meta"), "\(form)")
            #expect(text.contains(#""previous":{"#) == form.contains("previous"), "\(form)")
        }
    }

    @Test("the items at the start have the watch's form, too")
    func items() {
        var stage = ExchangeHarness()
        _ = stage.call(.put, "/v1/kv/a", body: "v")
        var watch = stage.open(request(.get, "/v1/watch?path=/a&initial&keys"))
        let text = watch.pull(&stage).text
        #expect(text.contains("event: put") && !text.contains(#""value""#))
    }

    @Test("leaderless and leader are told once each, and move no position")
    func leadership() {
        var stage = ExchangeHarness()
        var watch = open("path=/a", &stage)
        stage.member.leadership = .leaderless
        #expect(watch.pull(&stage).text == "event: leaderless\ndata: {\"term\":7}\n\n")
        #expect(watch.pull(&stage).text == "")
        stage.member.leadership = .led
        stage.member.term = 8
        #expect(watch.pull(&stage).text == "event: leader\ndata: {\"term\":8}\n\n")
        #expect(watch.pull(&stage).text == "")
    }

    @Test("who opens a watch on a member without a leader is told so while it waits")
    func leaderlessFromTheStart() {
        var stage = ExchangeHarness()
        stage.quorum = .absent(.notApplied(.noLeader))
        stage.member.leadership = .leaderless
        var watch = stage.open(request(.get, "/v1/watch?path=/a"))
        #expect(watch.pull(&stage).text == "event: leaderless\ndata: {\"term\":7}\n\n")
    }

    @Test("a watch that would fall behind a compaction is told a later position")
    func compaction() {
        var stage = ExchangeHarness()
        var watch = open("path=/a", &stage)
        for _ in 0..<5 { _ = stage.call(.put, "/v1/kv/b", body: "v") }
        let wake = watch.pull(&stage).wake
        #expect(wake?.compaction == Revision(rawValue: 2))
        _ = stage.call(.post, "/v1/compact", body: #"{"revision":6}"#)
        // As the shell does: nothing up to the store's revision concerned it.
        watch.exchange.passOver(before: EventID(revision: Revision(rawValue: 7), sub: 0))
        let (text, next) = watch.pull(&stage)
        #expect(text == "id: 6\n\n")
        #expect(next?.compaction == Revision(rawValue: 7))
        var resumed = stage.open(request(.get, "/v1/watch?path=/a", ["last-event-id": "6"]))
        #expect(resumed.pull(&stage).text == "retry: 1000\nid: 6\n\n")
    }

    @Test(
        "what is refused",
        arguments: [
            ("", "path"), ("recursive", "recursive"), ("key=a&recursive", "recursive"),
            ("key=", "key"), ("path=/a&events=all", "events"), ("path=/a&keys=7", "keys"),
        ]
    )
    func refused(_ query: String, _ parameter: String) {
        var stage = ExchangeHarness()
        let reply = stage.call(.get, "/v1/watch?\(query)")
        #expect(reply.code == "bad-request" && reply.json?["parameter"]?.text == parameter)
    }
}
