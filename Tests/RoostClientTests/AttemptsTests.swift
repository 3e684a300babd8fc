import Bytes
import RoostClient
import Testing

private func at(_ milliseconds: UInt64) -> MonotonicTime {
    MonotonicTime(rawValue: milliseconds * 1_000_000)
}

@Suite("Which endpoint is tried next, and when a call gives up")
struct AttemptsTests {
    /// What a call makes of a series of failures, time standing still but for its rests.
    private static func verdict(
        _ safety: Attempts.Safety,
        endpointCount: Int,
        failures: [Attempts.Failure]
    ) -> (endpoints: [Int], end: Effect?, endedAt: MonotonicTime) {
        var attempts = Attempts(
            endpointCount: endpointCount,
            first: 0,
            safety: safety,
            timeoutMilliseconds: 10_000,
            now: at(0)
        )
        var now = at(0)
        var failures = failures[...]
        var endpoints: [Int] = []
        while true {
            switch attempts.next(now: now) {
            case .attempt(let endpoint, _):
                endpoints.append(endpoint)
                guard let failure = failures.popFirst() else { return (endpoints, nil, now) }
                attempts.failed(failure, now: now)
            case .pause(let until): now = until
            case .giveUp(let effect): return (endpoints, effect, now)
            }
        }
    }

    @Test(
        "the next endpoint is tried when one fails (Docs/cli.md)",
        arguments: [
            // Safety, failures, the endpoints tried, the end (nil: still trying).
            (.read, [.interrupted], [0, 1], nil),
            (.read, [.refused(.unknown, retryAfterMilliseconds: 0)], [0, 1], nil),
            (.repeatableWrite, [.interrupted, .unreachable], [0, 1, 2], nil),
            (.singleWrite, [.unreachable], [0, 1], nil),
            (.singleWrite, [.refused(.none, retryAfterMilliseconds: 0)], [0, 1], nil),
            // A single write that may have been carried out is not sent twice.
            (.singleWrite, [.interrupted], [0], .unknown),
            (.singleWrite, [.refused(.unknown, retryAfterMilliseconds: 0)], [0], .unknown),
            (.singleWrite, [.unreachable, .interrupted], [0, 1], .unknown),
            // Nobody there: a member that starts again is waited for.
            (.read, [.unreachable, .unreachable, .unreachable], [0, 1, 2, 0], nil),
            (.singleWrite, [.unreachable, .unreachable, .unreachable], [0, 1, 2, 0], nil),
        ] as [(Attempts.Safety, [Attempts.Failure], [Int], Effect?)]
    )
    func table(
        _ safety: Attempts.Safety,
        failures: [Attempts.Failure],
        endpoints: [Int],
        end: Effect?
    ) {
        let verdict = Self.verdict(safety, endpointCount: 3, failures: failures)
        #expect(verdict.endpoints == endpoints)
        #expect(verdict.end == end)
    }

    @Test(
        "where every connection is refused it is tried on until the time is over, and no longer",
        arguments: [
            (.read, Effect.none), (.repeatableWrite, .none), (.singleWrite, .none),
        ] as [(Attempts.Safety, Effect)]
    )
    func nobody(_ safety: Attempts.Safety, end: Effect) {
        for endpointCount in 1...3 {
            let refused = [Attempts.Failure](repeating: .unreachable, count: 1_000)
            let verdict = Self.verdict(safety, endpointCount: endpointCount, failures: refused)
            #expect(verdict.end == end)
            #expect(verdict.endedAt == at(10_000))
            #expect(verdict.endpoints.count > 20, "\(verdict.endpoints.count) attempts")
        }
    }

    @Test("a doubt outlives later failures that are none; a read never has one")
    func doubt() {
        let failures =
            [Attempts.Failure.interrupted]
            + [Attempts.Failure](repeating: .unreachable, count: 1_000)
        let write = Self.verdict(.repeatableWrite, endpointCount: 3, failures: failures)
        #expect(write.end == .unknown)
        #expect(Self.verdict(.read, endpointCount: 3, failures: failures).end == Effect.none)
    }

    @Test(
        "however endpoints hang, it is over within a tenth of the timeout",
        arguments: [100, 1_000, 2_000, 10_000, 60_000] as [UInt64]
    )
    func hanging(_ timeout: UInt64) {
        for (endpointCount, safety) in [
            (1, Attempts.Safety.read), (1, .repeatableWrite), (3, .read),
        ] {
            var attempts = Attempts(
                endpointCount: endpointCount,
                first: 0,
                safety: safety,
                timeoutMilliseconds: timeout,
                now: at(0)
            )
            var now = at(0)
            loop: while true {
                switch attempts.next(now: now) {
                case .attempt(_, let until):
                    #expect(until <= at(timeout + timeout / 10))
                    now = until
                    attempts.failed(.interrupted, now: now)
                case .pause(let until): now = until
                case .giveUp: break loop
                }
            }
            #expect(now >= at(timeout))
            #expect(now <= at(timeout + timeout / 10))
        }
    }

    @Test("a write that was surely not carried out is not begun again without its whole time")
    func noNewDoubt() {
        var attempts = Attempts(
            endpointCount: 1,
            first: 0,
            safety: .repeatableWrite,
            timeoutMilliseconds: 10_000,
            now: at(0)
        )
        attempts.failed(.refused(.none, retryAfterMilliseconds: 0), now: at(2_500))
        #expect(attempts.next(now: at(8_000)) == .attempt(endpoint: 0, until: at(10_625)))
        attempts.failed(.refused(.none, retryAfterMilliseconds: 0), now: at(8_200))
        #expect(attempts.next(now: at(8_300)) == .giveUp(.none))
    }

    @Test("a refusal for ever ends with the time, the last word being what is known")
    func timeRunsOut() {
        let refusals = [Attempts.Failure](
            repeating: .refused(.none, retryAfterMilliseconds: 0),
            count: 1_000
        )
        let verdict = Self.verdict(.repeatableWrite, endpointCount: 3, failures: refusals)
        #expect(verdict.end == Effect.none)
        #expect(verdict.endpoints.count < 200, "rests grow: \(verdict.endpoints.count) attempts")
    }

    @Test("each member is told the same share, and waited for a little longer")
    func share() {
        var attempts = Attempts(
            endpointCount: 3,
            first: 2,
            safety: .read,
            timeoutMilliseconds: 9_000,
            waitMilliseconds: 20_000,
            now: at(0)
        )
        #expect(attempts.shareMilliseconds == 1_000)
        #expect(attempts.next(now: at(0)) == .attempt(endpoint: 2, until: at(21_500)))
    }

    @Test("much patience is shared by tenths: a slow disk's answer is worth waiting for")
    func patientShare() {
        let attempts = Attempts(
            endpointCount: 3,
            first: 0,
            safety: .repeatableWrite,
            timeoutMilliseconds: 30_000,
            now: at(0)
        )
        #expect(attempts.shareMilliseconds == 3_000)
    }

    @Test("a member alone gets a quarter of the time, the last attempt what is left")
    func aloneShare() {
        var attempts = Attempts(
            endpointCount: 1,
            first: 0,
            safety: .repeatableWrite,
            timeoutMilliseconds: 10_000,
            now: at(0)
        )
        #expect(attempts.shareMilliseconds == 2_500)
        #expect(attempts.next(now: at(0)) == .attempt(endpoint: 0, until: at(3_000)))
        #expect(attempts.next(now: at(9_999)) == .attempt(endpoint: 0, until: at(10_625)))
        #expect(attempts.next(now: at(10_000)) == .giveUp(.none))
    }

    @Test("alone, an endpoint's Retry-After is kept to")
    func retryAfter() {
        var attempts = Attempts(
            endpointCount: 1,
            first: 0,
            safety: .read,
            timeoutMilliseconds: 5_000,
            now: at(0)
        )
        attempts.failed(.refused(.none, retryAfterMilliseconds: 1_000), now: at(10))
        #expect(attempts.next(now: at(10)) == .pause(until: at(1_010)))
    }
}
