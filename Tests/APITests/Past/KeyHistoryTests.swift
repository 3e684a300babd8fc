import API
import Bytes
import Keyspace
import Replica
import Testing
import Wire

@Suite("What became of a key: ?history")
struct KeyHistoryTests {
    /// Carries the call through its pauses.
    private func history(_ target: String, _ stage: inout ExchangeHarness) -> Reply? {
        var session = stage.open(request(.get, target))
        var pauseCount = 0
        while session.wake != nil, pauseCount < 1000 {
            pauseCount += 1
            session.resume(.woken, &stage)
        }
        return session.reply
    }

    /// `k` 1 at 2, 22 at 3, gone at 4, `other` at 5, `k` 333 at 6.
    private func staged() -> ExchangeHarness {
        var stage = ExchangeHarness()
        _ = stage.call(.put, "/v1/kv/k", body: "1")
        _ = stage.call(.put, "/v1/kv/k", ["roost-note": "why"], body: "22")
        _ = stage.call(.delete, "/v1/kv/k")
        _ = stage.call(.put, "/v1/kv/other", body: "x")
        _ = stage.call(.put, "/v1/kv/k", body: "333")
        return stage
    }

    private func steps(_ reply: Reply?) -> [String] {
        (reply?.json?["items"]?.array ?? []).map { item in
            let revision = item["mod_revision"]?.whole ?? 0
            guard let size = item["bytes"]?.whole else {
                return "\(revision) \(item["cause"]?.text ?? "?")"
            }
            let note = item["note"]?.text.map { " \($0)" } ?? ""
            return "\(revision) v\(item["version"]?.whole ?? 0) \(size)B\(note)"
        }
    }

    @Test("each version with its size and note, each end with its cause, newest first; no values")
    func whole() {
        var stage = staged()
        let reply = history("/v1/kv/k?history", &stage)
        #expect(steps(reply) == ["6 v1 3B", "4 deleted", "3 v2 2B why", "2 v1 1B"])
        #expect(reply?.json?["next"] == .null && reply?.json?["key"]?.text == "/k")
        #expect(reply?.json?["revision"]?.whole == 6)
        #expect(reply?.text.contains("333") == false)
        let same = history("/v1/kv?key=/k&history", &stage)
        #expect(same?.text == reply?.text)
        #expect(history("/v1/kv/k?history&consistency=stale", &stage)?.text == reply?.text)
    }

    @Test("an end by lease tells so")
    func expired() {
        var stage = ExchangeHarness()
        _ = stage.call(.put, "/v1/kv/k?ttl=1s", body: "1")
        stage.advance(milliseconds: 1500)
        let reply = history("/v1/kv/k?history", &stage)
        #expect(steps(reply).first == "3 expired")
        #expect(reply?.json?["items"]?.array?.last?["lease"]?.text != nil)
    }

    @Test("pages are joined by their links, whatever is written meanwhile")
    func pages() {
        var stage = staged()
        var found: [String] = []
        var address: String? = "/v1/kv?key=%2Fk&history&limit=1"
        while let target = address {
            let page = history(target, &stage)
            found += steps(page)
            #expect(steps(page).count == 1)
            address = page?.json?["next"]?.text
            _ = stage.call(.put, "/v1/kv/k", body: "later")
        }
        #expect(found == ["6 v1 3B", "4 deleted", "3 v2 2B why", "2 v1 1B"])
        #expect(steps(history("/v1/kv/k?history&before=4", &stage)) == ["3 v2 2B why", "2 v1 1B"])
    }

    @Test("what is compacted is not told, but for the version in force where history begins")
    func compacted() {
        var stage = staged()
        _ = stage.call(.post, "/v1/compact", body: #"{"revision":3}"#)
        let reply = history("/v1/kv/k?history", &stage)
        #expect(steps(reply) == ["6 v1 3B", "4 deleted", "3 v2 2B why"])
        #expect(reply?.json?["compact_revision"]?.whole == 3)
        _ = stage.call(.post, "/v1/compact", body: #"{"revision":5}"#)
        #expect(steps(history("/v1/kv/k?history", &stage)) == ["6 v1 3B"])
    }

    @Test("long histories of others are read in slices, and the newest of a key's own are kept")
    func long() {
        var stage = ExchangeHarness()
        for number in 0..<9000 {
            let key = number % 9 == 0 ? "k" : "other"
            stage.apply(
                Request(
                    .put(
                        Put(
                            key: Key(unchecked: Array("/\(key)".utf8)),
                            value: [1],
                            lease: .none,
                            condition: .none
                        )
                    )
                )
            )
        }
        var session = stage.open(request(.get, "/v1/kv/k?history&limit=10"))
        #expect(session.wake?.deadline != nil, "no pause")
        while session.wake != nil { session.resume(.woken, &stage) }
        let found = steps(session.reply)
        #expect(found.first == "8993 v1000 1B" && found.count == 10)
        #expect(session.reply?.json?["next"]?.text == "/v1/kv/k?history&limit=10&before=8912")
    }

    @Test("nothing known is 404, and nonsense is refused")
    func refusals() {
        var stage = staged()
        #expect(history("/v1/kv/never?history", &stage)?.code == "not-found")
        #expect(history("/v1/kv/k?history&before=2", &stage)?.code == "not-found")
        for target in ["history=false", "history&limit=0", "history&raw", "history&before=0"] {
            #expect(history("/v1/kv/k?\(target)", &stage)?.code == "bad-request", "\(target)")
        }
        stage.quorum = .absent(.unknown)
        #expect(history("/v1/kv/k?history", &stage)?.code == "unavailable")
        #expect(history("/v1/kv/k?history&consistency=stale", &stage)?.status == 200)
    }
}
