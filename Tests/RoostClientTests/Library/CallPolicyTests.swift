import Bytes
import Testing

@testable import RoostClient

private func at(_ milliseconds: UInt64) -> MonotonicTime {
    MonotonicTime(rawValue: milliseconds * 1_000_000)
}

@Suite("What spares members that are in need: breakers and budgets")
struct CallPolicyTests {
    private static func spend(_ budget: inout RetryBudget, at time: UInt64) -> MonotonicTime {
        budget.spend(now: at(time))
    }

    @Test("after three failures a member is left out, then tried by one call at a time")
    func breaker() throws {
        var jitter = SplitMix64(seed: 1)
        var breaker = CircuitBreaker()
        for _ in 0..<2 {
            breaker.failed(now: at(1_000), jitter: &jitter)
            let isAdmitted = breaker.admits(now: at(1_000))
            #expect(isAdmitted)
        }
        breaker.failed(now: at(1_000), jitter: &jitter)
        let isLeftOut = !breaker.admits(now: at(1_000))
        #expect(isLeftOut)
        let first = try #require(breaker.triedAt)
        #expect(at(1_250)...at(1_500) ~= first)
        let admissions = (0..<3).map { _ in breaker.admits(now: first) }
        #expect(admissions == [true, false, false], "one call tries it")
        breaker.failed(now: first, jitter: &jitter)
        let second = try #require(breaker.triedAt)
        #expect(second.nanoseconds(since: first) >= 500_000_000, "longer each time")
        for _ in 0..<20 { breaker.failed(now: at(100_000), jitter: &jitter) }
        let last = try #require(breaker.triedAt)
        #expect(last <= at(110_000), "ten seconds at most")
    }

    @Test("a member that is left out is passed over; where all are, the first is asked")
    func governor() throws {
        let endpoints = try EndpointList.parse("127.0.0.1:1,127.0.0.1:2,127.0.0.1:3")
        let governor = CallGovernor(seed: 1)
        for _ in 0..<3 { governor.note(.failed, of: endpoints[1]) }
        #expect(governor.admitted(endpoints, from: 1) == 2)
        #expect(governor.admitted(endpoints, from: 0) == 0)
        governor.note(.answered, of: endpoints[1])
        #expect(governor.admitted(endpoints, from: 1) == 1)
        for endpoint in endpoints {
            for _ in 0..<3 { governor.note(.failed, of: endpoint) }
        }
        #expect(governor.admitted(endpoints, from: 1) == 1)
    }

    @Test("a hundred retries are free, then there are twenty a second")
    func budget() {
        var budget = RetryBudget(now: at(100_000))
        let free = (0...100).map { _ in Self.spend(&budget, at: 100_000) }
        #expect(free.allSatisfy { $0 == at(100_000) })
        let later = (0..<2).map { _ in Self.spend(&budget, at: 100_000) }
        #expect(later == [at(100_050), at(100_100)])
        let rested = Self.spend(&budget, at: 200_000)
        #expect(rested == at(200_000), "time saves up again")
    }

    @Test("ten calls that are no retries save one up")
    func savings() {
        var budget = RetryBudget(now: at(100_000))
        for _ in 0..<101 { _ = budget.spend(now: at(100_000)) }
        for _ in 0..<10 { budget.saveForCall(now: at(100_000)) }
        let two = (0..<2).map { _ in Self.spend(&budget, at: 100_000) }
        #expect(two == [at(100_000), at(100_050)])
    }

    @Test("rests are spread by chance, and never longer")
    func jitter() {
        var ends: Set<MonotonicTime> = []
        for seed in UInt64(1)...50 {
            var attempts = Attempts(
                endpointCount: 1,
                first: 0,
                safety: .read,
                timeoutMilliseconds: 10_000,
                jitter: SplitMix64(seed: seed),
                now: at(0)
            )
            attempts.failed(.unreachable, now: at(0))
            guard case .pause(let until) = attempts.next(now: at(0)) else {
                Issue.record("no rest")
                continue
            }
            #expect(at(12)...at(25) ~= until)
            ends.insert(until)
        }
        #expect(ends.count > 5)
    }

    @Test("a call that nobody waits for gives up")
    func brokenOff() {
        var attempts = Attempts(
            endpointCount: 1,
            first: 0,
            safety: .repeatableWrite,
            timeoutMilliseconds: 10_000,
            now: at(0)
        )
        attempts.failed(.interrupted, now: at(0))
        attempts.breakOff()
        let step = attempts.next(now: at(1))
        #expect(step == .giveUp(.unknown))
    }
}
