import API
import Bytes
import Keyspace
import Replica
import Testing
import Wire

@Suite("Barriers (http-api.md, Barriers)")
struct BarrierCallTests {
    private static func stage() -> ExchangeHarness {
        var stage = ExchangeHarness()
        stage.apply(Request(.raiseFeatureLevel(to: FeatureLevel.fourth)))
        for number: UInt64 in 10...12 {
            stage.apply(
                Request(
                    .grantLease(LeaseID(rawValue: number), timeToLiveMilliseconds: 60_000)
                )
            )
        }
        return stage
    }

    private static func post(
        _ verb: String,
        _ body: String,
        _ headers: [String: String] = [:],
        on stage: inout ExchangeHarness
    ) -> Session {
        stage.open(request(.post, "/v1/barriers/a%2Fb/\(verb)", headers, body: Array(body.utf8)))
    }

    private static func enter(
        _ lease: String,
        _ more: String = "",
        on stage: inout ExchangeHarness
    ) -> Session {
        post("enter", #"{"parties":2,"lease":"\#(lease)"\#(more)}"#, on: &stage)
    }

    @Test("two enter, run and leave; the answers say what is told of it")
    func life() {
        var stage = Self.stage()
        #expect(stage.call(.get, "/v1/barriers/a%2Fb").line == #"{"name":"a/b","phase":"empty"}"#)
        let first = Self.enter("a", #","owner":"one""#, on: &stage).reply
        #expect(
            first?.line
                == #"{"name":"a/b","generation":5,"phase":"filling","parties":2,"entered":1,"left":0,"lease":"000000000000000a","remaining":60}"#
        )
        #expect(
            stage.call(.get, "/v1/barriers/a%2Fb").line
                == #"{"name":"a/b","generation":5,"phase":"filling","parties":2,"entered":1,"left":0,"members":[{"lease":"000000000000000a","owner":"one","order":1,"left":false,"remaining":60}]}"#
        )
        let second = Self.enter("b", on: &stage).reply
        #expect(second?.json?["phase"]?.text == "open")
        let third = Self.enter("c", on: &stage).reply
        #expect(third?.json?["phase"]?.text == "filling")
        let view = stage.call(.get, "/v1/barriers/a%2Fb")
        #expect(view.json?["next"]?.object?["generation"]?.whole == 7)
        let left = Self.post("leave", #"{"lease":"a"}"#, on: &stage).reply
        #expect(
            left?.line
                == #"{"name":"a/b","generation":5,"phase":"leaving","parties":2,"entered":2,"left":1}"#
        )
        let last = Self.post("leave", #"{"lease":"b"}"#, on: &stage).reply
        #expect(last?.json?["phase"]?.text == "left")
        let again = Self.post("leave", #"{"lease":"b","generation":5}"#, on: &stage).reply
        #expect(again?.text == last?.text)
        #expect(
            stage.call(.get, "/v1/barriers/a%2Fb?generation=5").json?["phase"]?.text == "left"
        )
        let all = stage.call(.get, "/v1/barriers?limit=1")
        #expect(all.json?["barriers"]?.array?.count == 1)
        let gone = Self.post("leave", #"{"lease":"c"}"#, on: &stage).reply
        #expect(gone?.json?["phase"]?.text == "withdrawn")
        #expect(stage.call(.get, "/v1/barriers").json?["barriers"]?.array?.isEmpty == true)
    }

    @Test("who waits is told when all have entered, and when all have left")
    func waits() {
        var stage = Self.stage()
        var waiter = Self.enter("a", #","wait":"30s""#, on: &stage)
        let generation = BarrierGeneration(rawValue: 5)
        #expect(waiter.wake?.turn == .barrier(generation))
        // The caller's own lease is the caller's to keep.
        #expect(waiter.exchange.keepsAlive == nil)
        _ = Self.enter("b", on: &stage)
        waiter.resume(.woken, &stage)
        #expect(waiter.reply?.json?["phase"]?.text == "open")
        #expect(waiter.proposed.count == 1)
        var leaver = Self.post("leave", #"{"lease":"a","wait":"30s"}"#, on: &stage)
        #expect(leaver.wake?.turn == .barrier(generation) && leaver.reply == nil)
        _ = Self.post("leave", #"{"lease":"b"}"#, on: &stage)
        leaver.resume(.woken, &stage)
        #expect(leaver.reply?.json?["phase"]?.text == "left")
    }

    @Test("a wait that runs out gives the place up before it opens, and not after one has left")
    func timeouts() {
        var stage = Self.stage()
        var waiter = Self.enter("a", #","wait":"5s""#, on: &stage)
        stage.advance(milliseconds: 5_000)
        waiter.resume(.woken, &stage)
        #expect(waiter.reply?.status == 409 && waiter.reply?.code == "wait-timeout")
        #expect(waiter.reply?.json?["generation"]?.whole == 5)
        #expect(stage.call(.get, "/v1/barriers/a%2Fb").json?["phase"]?.text == "empty")
        _ = Self.enter("a", on: &stage)
        _ = Self.enter("b", on: &stage)
        var leaver = Self.post("leave", #"{"lease":"a","wait":"5s"}"#, on: &stage)
        stage.advance(milliseconds: 5_000)
        leaver.resume(.woken, &stage)
        #expect(leaver.reply?.code == "wait-timeout")
        let view = stage.call(.get, "/v1/barriers/a%2Fb")
        #expect(view.json?["phase"]?.text == "leaving" && view.json?["left"]?.whole == 1)
    }

    @Test("who only withdraws stays in an open barrier")
    func withdraws() {
        var stage = Self.stage()
        let body = #"{"lease":"a","withdraw":true}"#
        _ = Self.enter("a", on: &stage)
        let gone = Self.post("leave", body, on: &stage).reply
        #expect(gone?.json?["phase"]?.text == "withdrawn")
        #expect(Self.post("leave", body, on: &stage).reply?.code == "not-found")
        _ = Self.enter("a", on: &stage)
        _ = Self.enter("b", on: &stage)
        let stays = Self.post("leave", body, on: &stage).reply
        #expect(stays?.json?["phase"]?.text == "open" && stays?.json?["left"]?.whole == 0)
    }

    @Test("those that wait are told that it broke, and why")
    func broken() {
        var stage = Self.stage()
        var waiter = Self.enter("a", #","wait":"30s""#, on: &stage)
        #expect(stage.call(.delete, "/v1/barriers/a%2Fb").line == #"{"name":"a/b","broken":1}"#)
        waiter.resume(.woken, &stage)
        #expect(waiter.reply?.status == 409 && waiter.reply?.code == "broken")
        #expect(waiter.reply?.json?["generation"]?.whole == 5)
        #expect(waiter.reply?.json?["cause"]?.text == "removed")
        let told = stage.call(.get, "/v1/barriers/a%2Fb?generation=5")
        #expect(told.json?["phase"]?.text == "broken" && told.json?["cause"]?.text == "removed")
        let late = Self.enter("a", #","generation":5"#, on: &stage).reply
        #expect(late?.code == "broken")
        #expect(stage.call(.delete, "/v1/barriers/a%2Fb").code == "not-found")
        _ = Self.enter("a", on: &stage)
        _ = Self.enter("b", on: &stage)
        var leaver = Self.post("leave", #"{"lease":"a","wait":"30s"}"#, on: &stage)
        stage.apply(Request(.revokeLease(LeaseID(rawValue: 11))))
        leaver.resume(.woken, &stage)
        #expect(leaver.reply?.json?["cause"]?.text == "revoked")
        #expect(leaver.reply?.json?["lease"]?.text == "000000000000000b")
    }

    @Test("without a lease one is made, kept alive while it waits, and goes with its client")
    func ownLease() {
        var stage = Self.stage()
        let body = #"{"parties":2,"wait":"30s","ttl":"8s"}"#
        var waiter = Self.post("enter", body, on: &stage)
        #expect(waiter.exchange.keepsAlive?.timeToLiveMilliseconds == 8_000)
        waiter.resume(.disconnected, &stage)
        #expect(stage.call(.get, "/v1/barriers/a%2Fb").json?["phase"]?.text == "empty")
        // One under the caller's lease stays.
        var other = Self.enter("a", #","wait":"30s""#, on: &stage)
        other.resume(.disconnected, &stage)
        #expect(stage.call(.get, "/v1/barriers/a%2Fb").json?["entered"]?.whole == 1)
        // What its client did not receive breaks it.
        var unheard = Self.post("enter", #"{"parties":2}"#, on: &stage)
        #expect(unheard.reply?.json?["phase"]?.text == "open")
        #expect(unheard.exchange.delivery == .required)
        let generation = unheard.reply?.json?["generation"]?.whole ?? 0
        unheard.resume(.disconnected, &stage)
        let told = stage.call(.get, "/v1/barriers/a%2Fb?generation=\(generation)")
        #expect(told.json?["cause"]?.text == "unheard")
        let key = ["idempotency-key": "k"]
        let keyed = Self.post("enter", #"{"parties":2}"#, key, on: &stage)
        #expect(keyed.exchange.delivery == .indifferent)
        let retry = Self.post("enter", #"{"parties":2}"#, key, on: &stage).reply
        #expect(retry?.text == keyed.reply?.text)
        #expect(retry?.header("idempotent-replayed") == "true")
    }

    @Test("an answer that is lost is had again by asking, also for what happened since")
    func repeated() {
        var stage = Self.stage()
        let key = ["idempotency-key": "k"]
        _ = Self.post("enter", #"{"parties":2,"lease":"a"}"#, key, on: &stage)
        _ = Self.enter("b", on: &stage)
        let retry = Self.post("enter", #"{"parties":2,"lease":"a"}"#, key, on: &stage).reply
        #expect(retry?.json?["phase"]?.text == "open")
        let again = Self.enter("a", #","generation":5"#, on: &stage).reply
        #expect(again?.json?["phase"]?.text == "open")
    }

    @Test(
        "what cannot be meant is refused by name",
        arguments: [
            (#"{}"#, "parties"), (#"{"parties":0}"#, "parties"),
            (#"{"parties":10001}"#, "parties"), (#"{"parties":2,"ttl":"1ms"}"#, "ttl"),
            (#"{"parties":2,"ttl":"5s","lease":"a"}"#, "ttl"),
            (#"{"parties":2,"generation":5}"#, "generation"),
            (#"{"parties":2,"lease":"x"}"#, "lease"), (#"{"parties":2,"wait":"x"}"#, "wait"),
        ]
    )
    func refusals(_ body: String, _ name: String) {
        var stage = Self.stage()
        let reply = Self.post("enter", body, on: &stage).reply
        #expect(reply?.status == 400 && reply?.json?["field"]?.text == name, "\(reply?.text ?? "")")
    }

    @Test("another number, a full barrier and who is not in are told by their codes")
    func conflicts() {
        var stage = Self.stage()
        _ = Self.enter("a", on: &stage)
        let differs = Self.post("enter", #"{"parties":3,"lease":"b"}"#, on: &stage).reply
        #expect(differs?.status == 409 && differs?.code == "parties-differ")
        #expect(differs?.json?["parties"]?.whole == 2)
        let stranger = Self.post("leave", #"{"lease":"b"}"#, on: &stage).reply
        #expect(stranger?.code == "not-found" && stranger?.json?["what"]?.text == "barrier")
        #expect(Self.post("leave", "{}", on: &stage).reply?.json?["field"]?.text == "lease")
        _ = Self.enter("b", on: &stage)
        _ = Self.post("enter", #"{"parties":1}"#, on: &stage)
        let full = Self.post("enter", #"{"parties":1}"#, on: &stage).reply
        #expect(full?.status == 409 && full?.code == "barrier-full")
        #expect(stage.call(.post, "/v1/barriers/q/pass").code == "no-such-call")
    }

    @Test("before the fourth level no member gets any of it")
    func early() {
        var stage = ExchangeHarness()
        let enter = Self.post("enter", #"{"parties":1}"#, on: &stage).reply
        #expect(enter?.code == "feature-level")
        #expect(Self.post("leave", #"{"lease":"a"}"#, on: &stage).reply?.code == "feature-level")
        #expect(stage.call(.delete, "/v1/barriers/q").code == "feature-level")
        #expect(stage.call(.get, "/v1/barriers/q").status == 200)
    }
}
