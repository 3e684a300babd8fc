import API
import Bytes
import Keyspace
import Replica
import Testing
import Wire

@Suite("Locks: /v1/locks/NAME")
struct LockTests {
    @Test("acquire, look, release; the token is a revision and only grows")
    func life() throws {
        var stage = ExchangeHarness()
        let won = stage.call(.post, "/v1/locks/a%20b", body: #"{"owner":"me","ttl":"20s"}"#)
        let token = try #require(won.json?["token"]?.whole)
        let lease = try #require(won.json?["lease"]?.text)
        #expect(
            won.line
                == #"{"name":"a b","token":\#(token),"lease":"\#(lease)","owner":"me","shared":false,"remaining":20}"#
        )
        let seen = stage.call(.get, "/v1/locks/a%20b")
        #expect(seen.json?["holders"]?.array?.first?["token"]?.whole == token)
        #expect(seen.json?["waiters"]?.array == [])
        let held = stage.call(.post, "/v1/locks/a%20b")
        #expect(held.code == "lock-held" && held.status == 409)
        #expect(held.json?["position"]?.whole == 1)
        #expect(held.json?["holders"]?.array?.first?["owner"]?.text == "me")
        #expect(stage.call(.get, "/v1/locks").json?["locks"]?.array?.count == 1)
        #expect(stage.call(.delete, "/v1/locks/a%20b").code == "bad-request")
        let wrong = stage.call(.delete, "/v1/locks/a%20b?token=999")
        #expect(wrong.code == "precondition-failed")
        #expect(wrong.json?["holders"]?.array?.count == 1)
        #expect(stage.call(.delete, "/v1/locks/a%20b?token=\(token)&force").status == 400)
        #expect(stage.call(.delete, "/v1/locks/a%20b?token=\(token)").status == 200)
        #expect(stage.call(.get, "/v1/locks/a%20b").json?["what"]?.text == "lock")
        #expect(stage.call(.get, "/v1/leases/\(lease)").status == 404)
        let again = stage.call(.post, "/v1/locks/a%20b", body: "{}")
        #expect(try #require(again.json?["token"]?.whole) > token)
        #expect(stage.call(.delete, "/v1/locks/a%20b?force").status == 200)
        #expect(stage.call(.delete, "/v1/locks/a%20b?force").status == 404)
    }

    @Test("waiters are granted in order; the member keeps their leases alive meanwhile")
    func waiting() throws {
        var stage = ExchangeHarness()
        let first = stage.call(.post, "/v1/locks/l", body: "{}")
        let token = try #require(first.json?["token"]?.whole)
        var second = stage.open(request(.post, "/v1/locks/l", body: Array(#"{"wait":"1m"}"#.utf8)))
        var third = stage.open(request(.post, "/v1/locks/l", body: Array(#"{"wait":60}"#.utf8)))
        #expect(second.wake?.place?.contest.name == Array("l".utf8))
        #expect(second.exchange.keepsAlive?.timeToLiveMilliseconds == 15_000)
        #expect(stage.call(.get, "/v1/locks/l").json?["waiters"]?.array?.count == 2)
        _ = stage.call(.delete, "/v1/locks/l?token=\(token)")
        third.resume(.woken, &stage)
        #expect(third.reply == nil)
        second.resume(.woken, &stage)
        let won = try #require(second.reply)
        #expect(won.status == 200)
        #expect(second.exchange.keepsAlive == nil)
        #expect(second.exchange.delivery == .required)
        #expect(won.json?["remaining"]?.whole == 15)
    }

    @Test("the end of a wait leaves the queue, unless the grant came first")
    func timeouts() throws {
        var stage = ExchangeHarness()
        let first = stage.call(.post, "/v1/locks/l", body: "{}")
        let token = try #require(first.json?["token"]?.whole)
        var waiter = stage.open(request(.post, "/v1/locks/l", body: Array(#"{"wait":"2s"}"#.utf8)))
        stage.advance(milliseconds: 2000)
        waiter.resume(.woken, &stage)
        // Leaving is a command of its own, with patience of its own.
        #expect(waiter.exchange.deadline == stage.now.advanced(byMilliseconds: 5000))
        #expect(waiter.reply?.code == "wait-timeout")
        #expect(waiter.reply?.json?["position"]?.whole == 1)
        #expect(waiter.reply?.json?["holders"]?.array?.count == 1)
        #expect(stage.call(.get, "/v1/locks/l").json?["waiters"]?.array?.isEmpty == true)
        var late = stage.open(request(.post, "/v1/locks/l", body: Array(#"{"wait":"2s"}"#.utf8)))
        _ = stage.call(.delete, "/v1/locks/l?token=\(token)")
        stage.advance(milliseconds: 2000)
        late.resume(.woken, &stage)
        #expect(late.reply?.status == 200)
    }

    @Test("a client that goes gives up its place, and a grant it never received")
    func disconnects() throws {
        var stage = ExchangeHarness()
        var holder = stage.open(request(.post, "/v1/locks/l"))
        #expect(holder.reply?.status == 200)
        var waiter = stage.open(request(.post, "/v1/locks/l", body: Array(#"{"wait":"1m"}"#.utf8)))
        waiter.resume(.disconnected, &stage)
        #expect(stage.call(.get, "/v1/locks/l").json?["waiters"]?.array?.isEmpty == true)
        holder.resume(.disconnected, &stage)
        #expect(stage.call(.get, "/v1/locks/l").status == 404)
        var kept = stage.open(request(.post, "/v1/locks/l", ["idempotency-key": "k"]))
        let token = try #require(kept.reply?.json?["token"]?.whole)
        #expect(kept.exchange.delivery == .indifferent)
        kept.resume(.disconnected, &stage)
        let retry = stage.call(.post, "/v1/locks/l", ["idempotency-key": "k"])
        #expect(retry.json?["token"]?.whole == token)
        #expect(retry.header("idempotent-replayed") == "true")
    }

    @Test("place and lock under the caller's lease outlive the connection; asking again finds them")
    func callersLease() throws {
        var stage = ExchangeHarness()
        let id = try #require(
            stage.call(.post, "/v1/leases", body: #"{"ttl":"1h"}"#).json?["id"]?.text
        )
        let first = stage.call(.post, "/v1/locks/l", body: "{}")
        let token = try #require(first.json?["token"]?.whole)
        let body = Array(#"{"wait":"1m","lease":"\#(id)"}"#.utf8)
        var waiter = stage.open(request(.post, "/v1/locks/l", body: body))
        #expect(waiter.exchange.keepsAlive == nil)
        waiter.resume(.disconnected, &stage)
        #expect(stage.call(.get, "/v1/locks/l").json?["waiters"]?.array?.count == 1)
        _ = stage.call(.delete, "/v1/locks/l?token=\(token)")
        let won = stage.open(request(.post, "/v1/locks/l", body: body)).reply
        #expect(won?.json?["lease"]?.text == id)
        #expect(stage.open(request(.post, "/v1/locks/l", body: body)).reply?.text == won?.text)
        let both = #"{"ttl":"5s","lease":"\#(id)"}"#
        #expect(stage.call(.post, "/v1/locks/l", body: both).json?["field"]?.text == "ttl")
        let gone = stage.call(.post, "/v1/locks/l", body: #"{"lease":"ff"}"#)
        #expect(gone.json?["what"]?.text == "lease")
        var ended = stage.open(request(.post, "/v1/locks/l", body: Array(#"{"wait":9}"#.utf8)))
        stage.advance(milliseconds: 15_001)
        ended.resume(.woken, &stage)
        #expect(ended.reply?.json?["what"]?.text == "lease")
    }

    @Test("shared holders stand together; a shared request never overtakes an exclusive one")
    func shared() {
        var stage = ExchangeHarness()
        for _ in 0..<2 {
            #expect(stage.call(.post, "/v1/locks/l", body: #"{"shared":true}"#).status == 200)
        }
        let writer = stage.open(request(.post, "/v1/locks/l", body: Array(#"{"wait":9}"#.utf8)))
        #expect(writer.reply == nil)
        #expect(stage.call(.post, "/v1/locks/l", body: #"{"shared":true}"#).code == "lock-held")
    }

    @Test("Roost-Lock fences writes: the store refuses an old token")
    func fences() throws {
        var stage = ExchangeHarness()
        let token = try #require(
            stage.call(.post, "/v1/locks/a%3Db", body: "{}").json?["token"]?.whole
        )
        let held = ["roost-lock": "a%3Db=\(token)"]
        #expect(stage.call(.put, "/v1/kv/k", held).status == 201)
        #expect(stage.call(.put, "/v1/kv/k", ["roost-lock": "a=b=\(token)"]).status == 200)
        _ = stage.call(.delete, "/v1/locks/a%3Db?token=\(token)")
        let fenced = stage.call(.put, "/v1/kv/k", held)
        #expect(fenced.code == "precondition-failed")
        #expect(fenced.json?["lock"]?.text == "a=b")
        for value in ["a", "a=", "a=x", "=5", "a%2=5", "a%2F=5", "%2Fb=5"] {
            let reply = stage.call(.put, "/v1/kv/k", ["roost-lock": value])
            #expect(reply.code == "bad-request", "\(value)")
        }
    }

    @Test(
        "bodies and names that are refused",
        arguments: [
            ("l", #"{"ttl":"0.5s"}"#), ("l", #"{"wait":"soon"}"#), ("l", #"{"owner":5}"#),
            ("l", #"{"shared":"yes"}"#), ("l", #"{"lease":5}"#), ("l", #"{"value":"x"}"#),
            ("l", "[]"), ("l", "{"), ("a%2F%2Fb", "{}"), ("%2Fb", "{}"), ("%ff", "{}"),
            ("%00", "{}"),
            (String(repeating: "n", count: 256), "{}"),
            ("l", #"{"owner":"\#(String(repeating: "o", count: 1025))"}"#),
        ]
    )
    func refused(_ name: String, _ body: String) {
        var stage = ExchangeHarness()
        #expect(stage.call(.post, "/v1/locks/\(name)", body: body).code == "bad-request")
        #expect(stage.call(.get, "/v1/locks/l/x").code == "no-such-call")
        #expect(stage.call(.put, "/v1/locks/l").code == "method-not-allowed")
    }

    @Test("a name of several segments is one segment of the address, its slashes encoded")
    func segmentedNames() {
        var stage = ExchangeHarness()
        let held = stage.call(.post, "/v1/locks/deploy%2Fprod", body: #"{"owner":"me"}"#)
        #expect(held.json?["name"]?.text == "deploy/prod")
        #expect(stage.call(.get, "/v1/locks/deploy%2fprod").json?["name"]?.text == "deploy/prod")
        let led = stage.call(.post, "/v1/elections/a%2Fb/campaign", body: "{}")
        #expect(led.json?["name"]?.text == "a/b")
        #expect(stage.call(.get, "/v1/locks/deploy/prod").code == "no-such-call")
    }

    @Test("names that no lock and no election has are refused in words that fit")
    func names() {
        var stage = ExchangeHarness()
        let long = String(repeating: "n", count: 256)
        for (name, fault) in [
            (".", "it is ., which clients take out of addresses before they ask"),
            ("..", "it is .., which clients take out of addresses before they ask"),
            ("%2e", "it is ., which clients take out of addresses before they ask"),
            (".%2E", "it is .., which clients take out of addresses before they ask"),
            (long, "it has 256 bytes, and the limit is 255"), ("a%00", "it has a NUL"),
            ("%ff", "it is not valid UTF-8"), ("a%2F", "a segment of it is empty, . or .."),
        ] {
            for (method, target) in [
                (.post, "/v1/locks/\(name)"), (.get, "/v1/locks/\(name)"),
                (.get, "/v1/locks/\(name)/hold"), (.post, "/v1/elections/\(name)/campaign"),
                (.get, "/v1/elections/\(name)/observe"),
            ] as [(Wire.Method, String)] {
                let reply = stage.call(method, target)
                #expect(reply.code == "bad-request")
                #expect(
                    reply.json?["detail"]?.text
                        == "This can name no lock and no election: \(fault)."
                )
            }
        }
        let fence = stage.call(.put, "/v1/kv/k", ["roost-lock": "%2e%2e=5"])
        #expect(fence.json?["detail"]?.text?.contains("it is .., which clients") == true)
        #expect(stage.call(.post, "/v1/locks/...").status == 200)
    }
}

@Suite("Elections: /v1/elections/NAME")
struct ElectionTests {
    @Test("campaign, proclaim, resign, and who leads")
    func life() throws {
        var stage = ExchangeHarness()
        #expect(stage.call(.get, "/v1/elections/e").json?["what"]?.text == "election")
        let won = stage.call(
            .post,
            "/v1/elections/e/campaign",
            body: #"{"value":"aGk=","encoding":"base64","owner":"me"}"#
        )
        let token = try #require(won.json?["token"]?.whole)
        #expect(won.json?["value"]?.text == "hi")
        #expect(stage.call(.post, "/v1/elections/e/campaign").code == "lock-held")
        #expect(stage.call(.get, "/v1/elections/e").json?["token"]?.whole == token)
        #expect(stage.call(.get, "/v1/elections").json?["elections"]?.array?.count == 1)
        for target in ["proclaim?token=9", "proclaim?token=\(token + 1)"] {
            let reply = stage.call(.put, "/v1/elections/e/\(target)", body: "x")
            #expect(reply.code == "precondition-failed")
        }
        #expect(stage.call(.put, "/v1/elections/e/proclaim", body: "x").code == "bad-request")
        #expect(
            stage.call(.put, "/v1/elections/e/proclaim?token=\(token)", body: "new").status == 200
        )
        #expect(stage.call(.get, "/v1/elections/e").json?["value"]?.text == "new")
        #expect(stage.call(.post, "/v1/elections/e/resign").code == "bad-request")
        #expect(stage.call(.post, "/v1/elections/e/resign?token=\(token)").status == 200)
        #expect(stage.call(.get, "/v1/elections/e").status == 404)
        #expect(
            stage.call(.post, "/v1/elections/e/campaign", body: #"{"shared":true}"#).status == 400
        )
    }

    @Test("observe tells the current state first, then each other one")
    func observe() throws {
        var stage = ExchangeHarness()
        var session = stage.open(request(.get, "/v1/elections/e/observe"))
        var (text, wake) = session.pull(&stage)
        #expect(text == "event: vacant\ndata: {\"name\":\"e\"}\n\n")
        #expect(wake?.contest?.kind == .election)
        let won = stage.call(.post, "/v1/elections/e/campaign", body: #"{"value":"v"}"#)
        let token = try #require(won.json?["token"]?.whole)
        (text, wake) = session.pull(&stage)
        #expect(text.hasPrefix("event: leader\ndata: {\"name\":\"e\",\"token\":\(token),"))
        #expect(session.pull(&stage).text == "")
        _ = stage.call(.put, "/v1/elections/e/proclaim?token=\(token)", body: "w")
        #expect(session.pull(&stage).text.contains(#""value":"w""#))
        _ = stage.call(.post, "/v1/elections/e/resign?token=\(token)")
        #expect(session.pull(&stage).text.hasPrefix("event: vacant\n"))
        stage.advance(milliseconds: 15_000)
        #expect(session.pull(&stage).text == ":\n\n")
        stage.quorum = .absent(.unknown)
        #expect(stage.call(.get, "/v1/elections/e/observe").code == "unavailable")
    }

    @Test("a hold waits, holds, and ends when its place is gone")
    func hold() throws {
        var stage = ExchangeHarness()
        let first = stage.call(.post, "/v1/locks/l", body: "{}")
        let token = try #require(first.json?["token"]?.whole)
        var hold = stage.open(request(.get, "/v1/locks/l/hold?ttl=5s&owner=me"))
        #expect(
            hold.pull(&stage).text.hasPrefix(
                "event: waiting\ndata: {\"name\":\"l\",\"position\":1,"
            )
        )
        #expect(hold.pull(&stage).text == "")
        _ = stage.call(.delete, "/v1/locks/l?token=\(token)")
        #expect(hold.pull(&stage).text.hasPrefix("event: held\ndata: {\"name\":\"l\",\"token\":"))
        #expect(hold.exchange.keepsAlive?.timeToLiveMilliseconds == 5000)
        var other = stage.open(request(.get, "/v1/locks/l/hold"))
        _ = other.pull(&stage)
        other.resume(.disconnected, &stage)
        #expect(stage.call(.get, "/v1/locks/l").json?["waiters"]?.array?.isEmpty == true)
        _ = stage.call(.delete, "/v1/locks/l?force")
        let (text, wake) = hold.pull(&stage)
        #expect(text.hasPrefix("event: lost\n") && wake == nil)
    }

    @Test("a waiting hold looks for its position at least every second")
    func position() throws {
        var stage = ExchangeHarness()
        _ = stage.call(.post, "/v1/locks/l", body: #"{"ttl":"1h"}"#)
        var first = stage.open(request(.get, "/v1/locks/l/hold?ttl=1h"))
        var second = stage.open(request(.get, "/v1/locks/l/hold?ttl=1h"))
        #expect(first.pull(&stage).text.contains(#""position":1,"#))
        let (text, wake) = second.pull(&stage)
        #expect(text.contains(#""position":2,"#))
        #expect(wake?.deadline == stage.now.advanced(byMilliseconds: 1_000))
        first.resume(.disconnected, &stage)
        stage.advance(milliseconds: 1_000)
        #expect(second.pull(&stage).text.contains(#""position":1,"#))
    }

    @Test(
        "a hold tells within a third of its time to live that it stands",
        arguments: ["/v1/locks/l/hold", "/v1/elections/e/hold"],
        [1, 6, 30]
    )
    func heartbeat(_ target: String, _ seconds: UInt64) throws {
        var stage = ExchangeHarness()
        var hold = stage.open(request(.get, "\(target)?ttl=\(seconds)s"))
        var (text, wake) = hold.pull(&stage)
        #expect(text.hasPrefix("event: held\n"))
        let lease = try #require(hold.exchange.keepsAlive?.id)
        for _ in 0..<12 {
            let pause = try #require(wake?.deadline).nanoseconds(since: stage.now) / 1_000_000
            #expect(pause > 0 && pause < seconds * 1000 / 3)
            stage.advance(milliseconds: pause)
            stage.apply(Request(.keepAlive([lease])))
            (text, wake) = hold.pull(&stage)
            #expect(text == ":\n\n")
        }
    }

    @Test("a waiting hold tells as well")
    func heartbeatOfWaiter() throws {
        var stage = ExchangeHarness()
        _ = stage.call(.post, "/v1/locks/l", body: #"{"ttl":"1h"}"#)
        var hold = stage.open(request(.get, "/v1/locks/l/hold?ttl=3s"))
        let wake = hold.pull(&stage).wake
        #expect(wake?.deadline == stage.now.advanced(byMilliseconds: 750))
        stage.advance(milliseconds: 750)
        #expect(hold.pull(&stage).text == ":\n\n")
    }

    @Test(
        "a member that no longer sees the lease renewed says nothing of it, and goes on when it does"
    )
    func heartbeatOfMemberCutOff() throws {
        var stage = ExchangeHarness()
        var hold = stage.open(request(.get, "/v1/locks/l/hold?ttl=6s"))
        var (text, wake) = hold.pull(&stage)
        let lease = try #require(hold.exchange.keepsAlive?.id)
        var comments: [String] = []
        for _ in 0..<6 {
            let deadline = try #require(wake?.deadline)
            #expect(deadline > stage.now, "the next look lies ahead")
            stage.passUnseen(milliseconds: deadline.nanoseconds(since: stage.now) / 1_000_000)
            (text, wake) = hold.pull(&stage)
            comments.append(text)
        }
        #expect(comments == [":\n\n", "", "", "", "", ""])
        stage.apply(Request(.keepAlive([lease])))
        stage.passUnseen(milliseconds: 1500)
        #expect(hold.pull(&stage).text.hasPrefix("event: lost\n"), "its time was over by then")
    }

    @Test("a hold that lost its connection stays for its time to live")
    func heldOn() {
        var stage = ExchangeHarness()
        var hold = stage.open(request(.get, "/v1/elections/e/hold?ttl=5s&value=v"))
        _ = hold.pull(&stage)
        hold.resume(.disconnected, &stage)
        #expect(hold.exchange.keepsAlive == nil)
        #expect(stage.call(.get, "/v1/elections/e").json?["value"]?.text == "v")
        stage.advance(milliseconds: 5001)
        #expect(stage.call(.get, "/v1/elections/e").status == 404)
    }
}
