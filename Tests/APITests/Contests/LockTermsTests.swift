import API
import Bytes
import Keyspace
import Replica
import Testing
import Wire

@Suite("What a lock is asked for beside the place (http-api.md, Locks)")
struct LockTermsTests {
    private static func stage() -> ExchangeHarness {
        var stage = ExchangeHarness()
        stage.apply(Request(.raiseFeatureLevel(to: FeatureLevel.fourth)))
        return stage
    }

    @Test("a semaphore has as many holders as permits, and one number of them at a time")
    func permits() {
        var stage = Self.stage()
        let body = #"{"permits":2}"#
        for _ in 0..<2 {
            let won = stage.call(.post, "/v1/locks/l", body: body)
            #expect(won.json?["shared"]?.bool == true && won.json?["permits"]?.whole == 2)
        }
        #expect(stage.call(.post, "/v1/locks/l", body: body).code == "lock-held")
        for other in [#"{"permits":3}"#, #"{"shared":true}"#] {
            let differs = stage.call(.post, "/v1/locks/l", body: other)
            #expect(differs.code == "permits-differ" && differs.status == 409, "\(differs.text)")
            #expect(differs.json?["permits"]?.whole == 2)
        }
        let seen = stage.call(.get, "/v1/locks/l").json?["holders"]?.array ?? []
        #expect(seen.map { $0["permits"]?.whole } == [2, 2])
    }

    @Test(
        "what makes no sense is refused by its field",
        arguments: [
            (#"{"permits":0}"#, "permits"), (#"{"permits":10001}"#, "permits"),
            (#"{"permits":2,"shared":false}"#, "permits"), (#"{"reentrant":true}"#, "reentrant"),
            (#"{"max_hold":"0s"}"#, "max_hold"), (#"{"delay":"40d"}"#, "delay"),
            (#"{"detached":true,"lease":"1"}"#, "detached"),
        ]
    )
    func senseless(_ body: String, _ field: String) {
        var stage = Self.stage()
        let reply = stage.call(.post, "/v1/locks/l", body: body)
        #expect(reply.code == "bad-request" && reply.json?["field"]?.text == field, "\(reply.text)")
    }

    @Test(
        "below its level each is refused before a member gets it",
        arguments: [
            #"{"permits":2}"#, #"{"max_hold":"1h"}"#, #"{"delay":"1h"}"#,
            #"{"permits":2,"wait":"1m"}"#,
        ]
    )
    func early(_ body: String) {
        var stage = ExchangeHarness()
        #expect(stage.call(.post, "/v1/locks/l", body: body).code == "feature-level")
        #expect(stage.call(.get, "/v1/locks/l/hold?permits=2").code == "feature-level")
        #expect(stage.call(.get, "/v1/locks/l").status == 404)
    }

    @Test("a re-entrant lock is released as often as it was taken")
    func reentrant() throws {
        var stage = Self.stage()
        let lease = try #require(
            stage.call(.post, "/v1/leases", body: #"{"ttl":"1m"}"#).json?["id"]?.text
        )
        let body = #"{"lease":"\#(lease)","owner":"me","reentrant":true}"#
        let first = stage.call(.post, "/v1/locks/l", body: body)
        let token = try #require(first.json?["token"]?.whole)
        #expect(first.json?["count"] == nil)
        let second = stage.call(.post, "/v1/locks/l", body: body)
        #expect(second.json?["count"]?.whole == 2 && second.json?["token"]?.whole == token)
        #expect(stage.call(.delete, "/v1/locks/l?token=\(token)").json?["count"]?.whole == 1)
        #expect(stage.call(.get, "/v1/locks/l").status == 200)
        #expect(stage.call(.delete, "/v1/locks/l?token=\(token)").json?["count"] == nil)
        #expect(stage.call(.get, "/v1/locks/l").status == 404)
    }

    @Test("a token is verified while it holds, also under max_hold and delay")
    func verify() throws {
        var stage = Self.stage()
        let body = #"{"ttl":"1m","max_hold":"5s","delay":"10s","detached":true}"#
        let won = stage.call(.post, "/v1/locks/l", body: body)
        let token = try #require(won.json?["token"]?.whole)
        #expect(won.json?["hold_remaining"]?.whole == 5)
        let address = "/v1/locks/l/verify"
        #expect(stage.call(.get, "\(address)?token=\(token)").json?["token"]?.whole == token)
        #expect(stage.call(.get, "\(address)?token=\(token)&at_least=\(token)").status == 200)
        #expect(stage.call(.get, "\(address)?token=\(token + 1)").status == 412)
        #expect(stage.call(.get, address).code == "bad-request")
        stage.advance(milliseconds: 5_001)
        let over = stage.call(.get, "\(address)?token=\(token)&at_least=1")
        #expect(over.code == "precondition-failed", "\(over.text)")
        let shut = stage.call(.get, "/v1/locks/l")
        #expect(shut.json?["holders"]?.array == [] && shut.json?["delay_remaining"]?.whole == 10)
        #expect(stage.call(.post, "/v1/locks/l").code == "lock-held")
        stage.advance(milliseconds: 10_001)
        #expect(stage.call(.post, "/v1/locks/l").status == 200)
    }
}
