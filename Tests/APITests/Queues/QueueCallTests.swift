import API
import Bytes
import Keyspace
import Replica
import Testing
import Wire

@Suite("Queues (http-api.md, Queues)")
struct QueueCallTests {
    private static func stage() -> ExchangeHarness {
        var stage = ExchangeHarness()
        stage.apply(Request(.raiseFeatureLevel(to: FeatureLevel.fourth)))
        return stage
    }

    private static func take(
        _ body: String,
        _ headers: [String: String] = [:],
        on stage: inout ExchangeHarness
    ) -> Session {
        stage.open(request(.post, "/v1/queues/q/take", headers, body: Array(body.utf8)))
    }

    @Test("an item is pushed, taken and done; the answers say what is told of it")
    func life() {
        var stage = Self.stage()
        let pushed = stage.call(.post, "/v1/queues/a%2Fb?priority=-3&key=k", body: "job")
        #expect(pushed.status == 201 && pushed.line == #"{"name":"a/b","id":2,"new":true}"#)
        let again = stage.call(.post, "/v1/queues/a%2Fb?key=k", body: "other")
        #expect(again.status == 200 && again.line == #"{"name":"a/b","id":2,"new":false}"#)
        stage.advance(milliseconds: 1_500)
        let peeked = stage.call(.get, "/v1/queues/a%2Fb?peek")
        #expect(
            peeked.line
                == #"{"name":"a/b","id":2,"value":"job","encoding":"utf8","key":"k","priority":-3,"tries":0,"age":1.5}"#
        )
        let taken = stage.call(.post, "/v1/queues/a%2Fb/take", body: #"{"visible":"10s"}"#)
        #expect(
            taken.line
                == #"{"name":"a/b","id":2,"token":5,"value":"job","encoding":"utf8","key":"k","priority":-3,"tries":1,"visible":10,"age":1.5}"#
        )
        #expect(
            stage.call(.get, "/v1/queues/a%2Fb").line
                == #"{"name":"a/b","length":0,"delayed":0,"taken":1,"oldest":1.5}"#
        )
        #expect(stage.call(.get, "/v1/queues/a%2Fb?peek").status == 204)
        #expect(stage.call(.post, "/v1/queues/a%2Fb/take").status == 204)
        let extended = stage.call(.post, "/v1/queues/a%2Fb/extend?token=5&visible=1m")
        #expect(extended.line == #"{"name":"a/b","visible":60}"#)
        let done = stage.call(.post, "/v1/queues/a%2Fb/ack?token=5")
        #expect(done.line == #"{"name":"a/b","state":"done"}"#)
        let lost = stage.call(.post, "/v1/queues/a%2Fb/ack?token=5")
        #expect(lost.status == 412 && lost.code == "precondition-failed")
        #expect(!lost.text.contains("job"))
    }

    @Test("what fails comes again or is dead, and the queue says where the dead go")
    func failing() {
        var stage = Self.stage()
        _ = stage.call(.post, "/v1/queues/q?tries=2&dead=graves", body: "\u{0}")
        var token = 3
        for state in ["delayed", "dead"] {
            let taken = Self.take("", on: &stage).reply
            #expect(taken?.json?["token"]?.whole == UInt64(token), "\(taken?.text ?? "")")
            let nack = stage.call(.post, "/v1/queues/q/nack?token=\(token)&delay=2s")
            #expect(nack.line == #"{"name":"q","state":"\#(state)"}"#)
            stage.advance(milliseconds: 2_001)
            token += 3
        }
        #expect(
            stage.call(.get, "/v1/queues/q").line
                == #"{"name":"q","length":0,"delayed":0,"taken":0,"tries":2,"dead":"graves","dead_length":1}"#
        )
        let all = stage.call(.get, "/v1/queues?limit=1")
        #expect(all.json?["queues"]?.array?.count == 1)
        #expect(all.json?["next"]?.text == "/v1/queues?limit=1&after=graves")
        #expect(stage.call(.delete, "/v1/queues/graves").line == #"{"name":"graves","deleted":1}"#)
        #expect(stage.call(.delete, "/v1/queues/q").line == #"{"name":"q","deleted":0}"#)
        #expect(stage.call(.get, "/v1/queues").json?["queues"]?.array?.isEmpty == true)
    }

    @Test("who waits asks again when it is woken, and hears in the end that there is nothing")
    func waits() {
        var stage = Self.stage()
        var waiter = Self.take(#"{"wait":"5s"}"#, on: &stage)
        #expect(waiter.wake?.turn == .queue(QueueName(Array("q".utf8))))
        #expect(waiter.proposed.count == 1)
        // Nothing is asked of the others while there is nothing.
        stage.advance(milliseconds: 2_000)
        waiter.resume(.woken, &stage)
        #expect(waiter.proposed.count == 1)
        _ = stage.call(.post, "/v1/queues/q", body: "job")
        waiter.resume(.woken, &stage)
        #expect(waiter.reply?.json?["value"]?.text == "job")
        var late = Self.take(#"{"wait":"5s"}"#, on: &stage)
        stage.advance(milliseconds: 5_000)
        late.resume(.woken, &stage)
        #expect(late.reply?.status == 204 && late.proposed.count == 1)
    }

    @Test("what its client did not receive is given back, and does not count as a try")
    func undelivered() throws {
        var stage = Self.stage()
        _ = stage.call(.post, "/v1/queues/q", body: "job")
        var gone = Self.take("", on: &stage)
        #expect(gone.reply?.status == 200 && gone.exchange.delivery == .required)
        gone.resume(.disconnected, &stage)
        let peeked = stage.call(.get, "/v1/queues/q?peek")
        #expect(peeked.json?["tries"]?.whole == 0)
        var keyed = Self.take("", ["idempotency-key": "k"], on: &stage)
        #expect(keyed.exchange.delivery == .indifferent)
        let told = keyed.reply?.text
        keyed.resume(.disconnected, &stage)
        let retry = Self.take("", ["idempotency-key": "k"], on: &stage).reply
        #expect(retry?.text == told && retry?.header("idempotent-replayed") == "true")
        var waiter = Self.take(#"{"wait":"5s"}"#, on: &stage)
        waiter.resume(.disconnected, &stage)
        guard case .finished = waiter.state else {
            Issue.record("\(waiter.state)")
            return
        }
        stage.quorum = .absent(.unknown)
        let unanswered = Self.take("", on: &stage).reply
        #expect(unanswered?.status == 503 && unanswered?.json?["applied"] == .null)
    }

    @Test(
        "what cannot be meant is refused by name",
        arguments: [
            ("?tries=3", "dead"), ("?dead=d", "tries"), ("?tries=0&dead=d", "tries"),
            ("?tries=1&dead=q", "dead"), ("?tries=1&dead=/", "dead"), ("?key=", "key"),
            ("?priority=2147483648", "priority"), ("?delay=31d", "delay"), ("?wait=1s", "wait"),
        ]
    )
    func refusals(_ query: String, _ name: String) {
        var stage = Self.stage()
        let reply = stage.call(.post, "/v1/queues/q\(query)", body: "job")
        #expect(reply.status == 400 && reply.json?["parameter"]?.text == name, "\(reply.text)")
    }

    @Test("a step without a token, and a time outside of its range, are refused")
    func tokens() {
        var stage = Self.stage()
        for verb in ["ack", "nack", "extend"] {
            #expect(stage.call(.post, "/v1/queues/q/\(verb)").json?["parameter"]?.text == "token")
        }
        let short = stage.call(.post, "/v1/queues/q/extend?token=1&visible=1ms")
        #expect(short.json?["parameter"]?.text == "visible")
        let take = stage.call(.post, "/v1/queues/q/take", body: #"{"visible":"1ms"}"#)
        #expect(take.json?["field"]?.text == "visible")
        #expect(stage.call(.post, "/v1/queues/q/give").code == "no-such-call")
    }

    @Test("before the fourth level no member gets any of it")
    func early() {
        var stage = ExchangeHarness()
        for verb in ["", "/take", "/ack?token=1", "/nack?token=1", "/extend?token=1"] {
            #expect(stage.call(.post, "/v1/queues/q\(verb)").code == "feature-level")
        }
        #expect(stage.call(.delete, "/v1/queues/q").code == "feature-level")
        #expect(stage.call(.get, "/v1/queues/q").status == 200)
    }
}
