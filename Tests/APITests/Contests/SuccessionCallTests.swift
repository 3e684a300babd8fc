import API
import Bytes
import Keyspace
import Replica
import Testing
import Wire

@Suite("Elections with priorities, and handed over (http-api.md, Elections)")
struct SuccessionCallTests {
    private static func stage() -> ExchangeHarness {
        var stage = ExchangeHarness()
        stage.apply(Request(.raiseFeatureLevel(to: FeatureLevel.fourth)))
        return stage
    }

    private static func campaign(_ body: String, on stage: inout ExchangeHarness) -> Session {
        stage.open(request(.post, "/v1/elections/e/campaign", body: Array(body.utf8)))
    }

    @Test("a balancer asks whether a value is the leader's: 200 or 503")
    func isLeader() {
        var stage = Self.stage()
        #expect(stage.call(.get, "/v1/elections/e?is=a").status == 503)
        _ = stage.call(.post, "/v1/elections/e/campaign", body: #"{"value":"a","ttl":"10s"}"#)
        #expect(stage.call(.get, "/v1/elections/e?is=a").status == 200)
        #expect(stage.call(.get, "/v1/elections/e?is=b").code == "unavailable")
        stage.advance(milliseconds: 10_001)
        #expect(stage.call(.get, "/v1/elections/e?is=a").status == 503)
    }

    @Test("a campaign whose lease has ended is answered 410 at once, wherever it waits")
    func leaseEnded() throws {
        var stage = Self.stage()
        _ = stage.call(.post, "/v1/elections/e/campaign", body: #"{"ttl":"1m"}"#)
        let lease = try #require(
            stage.call(.post, "/v1/leases", body: #"{"ttl":"5s"}"#).json?["id"]?.text
        )
        let body = #"{"lease":"\#(lease)","wait":"1m"}"#
        var waiting = Self.campaign(body, on: &stage)
        #expect(waiting.reply == nil)
        stage.advance(milliseconds: 5_001)
        waiting.resume(.woken, &stage)
        #expect(waiting.reply?.code == "lease-ended" && waiting.reply?.status == 410)
        let again = Self.campaign(body, on: &stage)
        #expect(again.reply?.code == "lease-ended")
    }

    @Test("the leader is asked by a higher priority, hands over, and the chosen one leads")
    func handOver() throws {
        var stage = Self.stage()
        let first = stage.call(.post, "/v1/elections/e/campaign", body: #"{"owner":"one"}"#)
        let token = try #require(first.json?["token"]?.whole)
        let address = "/v1/elections/e/handover?token=\(token)"
        #expect(stage.call(.post, address).code == "no-successor")
        var second = Self.campaign(
            #"{"owner":"two","priority":3,"preempt":true,"wait":"1m"}"#,
            on: &stage
        )
        let seen = stage.call(.get, "/v1/elections/e")
        #expect(seen.json?["handover_asked"]?.bool == true, "\(seen.text)")
        let chosen = stage.call(.post, address, body: #"{"timeout":"5s"}"#)
        #expect(chosen.json?["owner"]?.text == "two", "\(chosen.text)")
        #expect(stage.call(.get, "/v1/elections/e").json?["owner"]?.text == "one")
        stage.advance(milliseconds: 5_001)
        second.resume(.woken, &stage)
        #expect(second.reply?.status == 200 && second.reply?.json?["owner"]?.text == "two")
        #expect(stage.call(.post, address).code == "precondition-failed")
    }
}
