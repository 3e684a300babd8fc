import API
import Bytes
import Keyspace
import Replica
import Testing
import Wire

@Suite("What a place in a queue is told when its member is cut off: `applied` is exact")
struct PlaceAnswerTests {
    /// One order of cut, grant and answer.
    struct Order {
        var kind = Contest.Kind.lock
        var isKeyed = false
        var isUnderCallersLease = false
        var asked = PlaceHistory.Fate.applied
        var grant = PlaceHistory.Grant.never
        var end = PlaceHistory.End.waitRanOut
        var left = PlaceHistory.Fate.applied

        static var all: [Order] {
            var orders: [Order] = []
            for kind in [Contest.Kind.lock, .election] {
                for flags in 0..<4 {
                    for asked in PlaceHistory.Fate.allCases {
                        for grant in PlaceHistory.Grant.allCases {
                            for end in PlaceHistory.End.allCases {
                                for left in PlaceHistory.Fate.allCases {
                                    orders.append(
                                        Order(
                                            kind: kind,
                                            isKeyed: flags & 1 != 0,
                                            isUnderCallersLease: flags & 2 != 0,
                                            asked: asked,
                                            grant: grant,
                                            end: end,
                                            left: left
                                        )
                                    )
                                }
                            }
                        }
                    }
                }
            }
            return orders
        }
    }

    private let waitMilliseconds: UInt64 = 2_000

    /// Another holds it, and the request is in the queue if it was applied; with the other's token.
    private func ask(_ order: Order) -> (history: PlaceHistory, held: FencingToken) {
        var history = PlaceHistory()
        let contest = Contest(kind: order.kind, name: Array("l".utf8))
        history.commit(Request(.grantLease(nil, timeToLiveMilliseconds: 60_000)))
        let token = history.prepare(
            LockRequest(
                contest: contest,
                mode: .exclusive,
                ownership: .own(timeToLiveMilliseconds: 60_000),
                patience: .queue,
                owner: [],
                value: []
            )
        )
        let lease = order.isUnderCallersLease ? #","lease":"1""# : ""
        history.begin(
            request(
                .post,
                order.kind == .lock ? "/v1/locks/l" : "/v1/elections/l/campaign",
                order.isKeyed ? ["idempotency-key": "k"] : [:],
                body: Array(#"{"wait":"2s"\#(lease)}"#.utf8)
            ),
            order.asked
        )
        return (history, token)
    }

    private func play(_ order: Order) -> PlaceHistory {
        var (history, token) = ask(order)
        let contest = Contest(kind: order.kind, name: Array("l".utf8))
        let release = Request(.release(contest, .token(token)))
        if order.grant == .seenBeforeTheEnd || order.grant == .unseen { history.commit(release) }
        if order.grant == .seenBeforeTheEnd {
            history.catchUp()
            history.resume(.woken, order.left)
        }
        history.pass(waitMilliseconds)
        history.resume(order.end == .waitRanOut ? .woken : .disconnected, order.left) { history in
            guard order.grant == .seenWhileLeaving else { return }
            history.commit(release)
            history.catchUp()
        }
        return history
    }

    @Test("`applied` is false only if no entry of the request is in any log, in every order")
    func everyOrder() {
        var falseCount = 0
        for order in Order.all {
            let history = play(order)
            guard let reply = history.reply else {
                #expect(order.end == .clientGone, "\(order) has no answer")
                continue
            }
            if reply.json?["applied"] == .bool(false) {
                falseCount += 1
                #expect(!history.isAcquisitionCommitted && !order.isKeyed, "\(order)")
            }
            if reply.status == 503 {
                #expect(reply.json?["applied"] != nil, "\(order)")
                // Once there is a place, it can be found.
                let lease = reply.json?["lease"]?.text
                #expect((lease != nil) == (order.asked == .applied), "\(order)")
            }
        }
        #expect(falseCount > 0)
    }

    @Test("won and given up are true of the log, in every order")
    func outcomes() {
        var wonCount = 0
        var givenUpCount = 0
        for order in Order.all {
            let history = play(order)
            let contest = Contest(kind: order.kind, name: Array("l".utf8))
            let tokens = history.log.holders(of: contest).map(\.token.rawValue)
            switch history.reply?.status {
            case 200?:
                wonCount += 1
                // Unless its client went before the answer was delivered.
                if order.end == .waitRanOut {
                    #expect(tokens == [history.reply?.json?["token"]?.whole ?? 0], "\(order)")
                }
            case 409?:
                givenUpCount += 1
                #expect(order.grant != .unseen || order.left == .applied, "\(order)")
                #expect(history.log.waiters(of: contest, countMax: 9).count == 0, "\(order)")
            default: break
            }
        }
        #expect(wonCount > 0 && givenUpCount > 0)
    }

    @Test(
        "a place that another request of its lease gives up is no lease that ended",
        arguments: [Contest.Kind.lock, .election]
    )
    func givenUpElsewhere(kind: Contest.Kind) throws {
        var (history, _) = ask(Order(kind: kind, isUnderCallersLease: true))
        let contest = Contest(kind: kind, name: Array("l".utf8))
        let lease = LeaseID(rawValue: 1)
        history.commit(Request(.abandon(contest, lease: lease, .queuedOnly)))
        history.catchUp()
        history.resume(.woken, .applied)
        let reply = try #require(history.reply)
        #expect(reply.status == 409)
        #expect(reply.json?["code"]?.text == "wait-timeout")
        #expect(history.log.lease(lease) != nil)
    }

    @Test("a place whose lease ends is told so", arguments: [Contest.Kind.lock, .election])
    func leaseEnds(kind: Contest.Kind) throws {
        var (history, _) = ask(Order(kind: kind, isUnderCallersLease: true))
        history.commit(Request(.revokeLease(LeaseID(rawValue: 1))))
        history.catchUp()
        history.resume(.woken, .applied)
        #expect(history.reply?.status == (kind == .lock ? 404 : 410))
    }

    @Test(
        "an earlier answer tells nobody that it holds whose lease has ended since",
        arguments: [Contest.Kind.lock, .election]
    )
    func replayed(kind: Contest.Kind) {
        var stage = ExchangeHarness()
        let target = kind == .lock ? "/v1/locks/l" : "/v1/elections/l/campaign"
        func ask() -> Reply {
            stage.call(.post, target, ["idempotency-key": "k"], body: #"{"ttl":"2s"}"#)
        }
        let first = ask()
        #expect(first.status == 200)
        let again = ask()
        #expect(again.status == 200 && again.json?["token"] == first.json?["token"])
        stage.advance(milliseconds: 2_500)
        #expect(ask().status == (kind == .lock ? 404 : 410))
        #expect(stage.call(.post, target, body: #"{"ttl":"2s"}"#).status == 200)
        #expect(ask().status == (kind == .lock ? 404 : 410))
    }

    @Test(
        "a grant whose lease ended before its member looked, in the same turn, is not told as won",
        arguments: [Contest.Kind.lock, .election]
    )
    func endedInTheSameTurn(kind: Contest.Kind) throws {
        let acquisition = LockRequest(
            contest: Contest(kind: kind, name: Array("l".utf8)),
            mode: .exclusive,
            ownership: .own(timeToLiveMilliseconds: 1_000),
            patience: .queue,
            owner: [],
            value: []
        )
        let request = Request(.acquire(acquisition))
        let now = MonotonicTime(rawValue: 0)
        var session = PlaceSession(
            acquisition,
            request: request,
            waitEnd: now,
            timeoutMilliseconds: 1_000
        )
        _ = session.start()
        var keyspace = Keyspace()
        let start = ClusterTime(rawValue: 1_000)
        let answer = try #require(keyspace.apply(index: 1, time: start, request: request).answer)
        let end = start.advanced(byMilliseconds: 5_000)
        _ = keyspace.apply(index: 2, time: end, request: nil)
        guard case .tell(.leaseEnded) = session.answered(answer, in: keyspace, now: now) else {
            Issue.record("told as won")
            return
        }
    }

    @Test("the order of the report: queued, cut off, granted elsewhere, refused")
    func reported() throws {
        let reply = try #require(play(Order(grant: .unseen, left: .refused)).reply)
        #expect(reply.status == 503)
        #expect(reply.json?["applied"] == .null)
        #expect(reply.json?["name"]?.text == "l")
        #expect(reply.json?["lease"]?.text == "0000000000000003")
    }

    @Test("a grant that the member sees while it leaves is the answer")
    func grantedWhileLeaving() throws {
        for left in PlaceHistory.Fate.allCases {
            let reply = play(Order(grant: .seenWhileLeaving, left: left)).reply
            #expect(reply?.status == 200, "\(left)")
        }
    }

    @Test("under a key no member knows all sendings: null, and false of this one alone")
    func keyed() {
        var stage = ExchangeHarness()
        stage.quorum = .absent(.notApplied(.noLeader))
        for (method, target) in [
            (.put, "/v1/kv/a"), (.delete, "/v1/kv/a"), (.post, "/v1/locks/l"),
            (.post, "/v1/elections/l/campaign"), (.get, "/v1/locks/l/hold"), (.post, "/v1/leases"),
        ] as [(Wire.Method, String)] {
            let body = target == "/v1/leases" ? #"{"ttl":"5s"}"# : ""
            let reply = stage.call(method, target, ["idempotency-key": "k"], body: body)
            #expect(reply.json?["applied"] == .null, "\(target)")
            #expect(reply.json?["sending_applied"] == .bool(false), "\(target)")
            let plain = stage.call(method, target, body: body)
            #expect(plain.json?["applied"] == .bool(false), "\(target)")
            #expect(plain.json?["sending_applied"] == nil, "\(target)")
        }
        stage.quorum = .absent(.unknown)
        let lost = stage.call(.put, "/v1/kv/a", ["idempotency-key": "k"])
        #expect(lost.json?["applied"] == .null && lost.json?["sending_applied"] == nil)
        let key = request(.put, "/v1/kv/a", ["idempotency-key": "k"])
        let full = Reply(
            NativeExchange.overloaded(key, keyspace: stage.keyspace, site: stage.site)
        )
        #expect(full.json?["applied"] == .null)
    }

    @Test(
        "an answer comes within `wait` and `timeout`, whatever they are",
        arguments: [1_000, 3_000, 8_000, 5_000] as [UInt64]
    )
    func bound(_ timeout: UInt64) {
        let query = timeout == 5_000 ? "" : "?timeout=\(timeout)ms"
        for target in ["/v1/locks/l", "/v1/elections/l/campaign"] {
            for wait in [0, 500, 2_000, 60_000] as [UInt64] {
                var stage = ExchangeHarness()
                #expect(stage.call(.post, target, body: #"{"ttl":"1h"}"#).status == 200)
                let begun = stage.now
                var waiter = stage.open(
                    request(
                        .post,
                        target + query,
                        body: Array(#"{"ttl":"1h","wait":"\#(wait)ms"}"#.utf8)
                    )
                )
                #expect(waiter.exchange.deadline == begun.advanced(byMilliseconds: timeout))
                guard wait > 0 else { continue }
                #expect(waiter.wake?.deadline == begun.advanced(byMilliseconds: wait))
                // The shell wakes it a little late.
                stage.quorum = .absent(.notApplied(.noLeader))
                stage.advance(milliseconds: wait + 7)
                waiter.resume(.woken, &stage)
                #expect(waiter.exchange.deadline == begun.advanced(byMilliseconds: wait + timeout))
            }
        }
        // A hold is bounded until it streams, a read that waits by whichever is longer.
        var stage = ExchangeHarness()
        #expect(stage.call(.put, "/v1/kv/b").status == 201)
        let hold = stage.open(request(.get, "/v1/locks/l/hold\(query)"))
        #expect(hold.exchange.deadline == stage.now.advanced(byMilliseconds: timeout))
        let read = query.isEmpty ? "?wait=2s&since=1" : "\(query)&wait=2s&since=1"
        let waiting = stage.open(request(.get, "/v1/kv/a\(read)"))
        #expect(waiting.exchange.deadline == stage.now.advanced(byMilliseconds: timeout))
        #expect(waiting.wake?.deadline == stage.now.advanced(byMilliseconds: 2_000))
    }
}
