import API
import Keyspace
import Testing
import Wire

@Suite("What holders and waiters say of themselves: since, info")
struct HolderInfoTests {
    private func stage() -> ExchangeHarness {
        var stage = ExchangeHarness()
        stage.apply(Request(.setWallClock(offsetMilliseconds: 1_700_000_000_000)))
        return stage
    }

    @Test("a grant, its holder, a waiter and the list say both")
    func lock() {
        var stage = stage()
        let granted = stage.call(.post, "/v1/locks/l", body: #"{"info":"build 7"}"#)
        #expect(granted.json?["info"]?.text == "build 7")
        #expect(granted.json?["since"]?.text == "2023-11-14T22:13:21.000Z", "\(granted.text)")
        _ = stage.open(
            request(.post, "/v1/locks/l", body: Array(#"{"wait":"1m","info":"build 8"}"#.utf8))
        )
        let lock = stage.call(.get, "/v1/locks/l")
        let waiter = lock.json?["waiters"]?.array?.first
        #expect(lock.json?["holders"]?.array?.first?["info"]?.text == "build 7")
        #expect(waiter?["info"]?.text == "build 8" && waiter?["since"]?.text != nil)
        let list = stage.call(.get, "/v1/locks").json?["locks"]?.array?.first
        #expect(list?["holders"]?.array?.first?["info"]?.text == "build 7")
        let held = stage.call(.post, "/v1/locks/l")
        #expect(held.json?["holders"]?.array?.first?["info"]?.text == "build 7")
    }

    @Test("a leader says both, to those who ask and to those who observe")
    func election() {
        var stage = stage()
        _ = stage.call(.post, "/v1/elections/e/campaign", body: #"{"info":"rack 3","value":"a"}"#)
        let leader = stage.call(.get, "/v1/elections/e").json
        #expect(leader?["info"]?.text == "rack 3" && leader?["since"]?.text != nil)
        var observer = stage.open(request(.get, "/v1/elections/e/observe"))
        #expect(observer.pull(&stage).text.contains(#""info":"rack 3""#))
    }

    @Test("a hold's query has info, too; both are left out where there is none")
    func hold() {
        var stage = ExchangeHarness()
        var hold = stage.open(request(.get, "/v1/locks/l/hold?info=by%20hand"))
        let text = hold.pull(&stage).text
        #expect(text.contains(#""info":"by hand""#) && !text.contains("since"))
        let plain = stage.call(.post, "/v1/locks/m")
        #expect(plain.json?["info"] == nil && plain.status == 200)
    }

    @Test("more than 1 KiB, and what is not text, is refused by name")
    func refused() {
        var stage = ExchangeHarness()
        let long = String(repeating: "x", count: 1025)
        let reply = stage.call(.post, "/v1/locks/l", body: #"{"info":"\#(long)"}"#)
        #expect(reply.status == 400 && reply.json?["field"]?.text == "info")
        #expect(stage.call(.get, "/v1/locks/l/hold?info=%FF").json?["field"]?.text == "info")
    }
}
