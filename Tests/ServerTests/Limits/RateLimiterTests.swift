import Bytes
import Testing

@testable import Server

@Suite("Rates of one client (operations.md, Limits of one client)")
struct RateLimiterTests {
    private static let second: UInt64 = 1_000_000_000
    private let start = MonotonicTime(rawValue: 77 * Self.second)

    /// How many of those that come each millisecond for so long are admitted.
    private func admitted(at rate: UInt64, milliseconds: UInt64) -> Int {
        var limiter = RateLimiter()
        var count = 0
        for millisecond in 0..<milliseconds {
            let now = start.advanced(byMilliseconds: millisecond)
            guard limiter.admits(at: rate, now: now) else { continue }
            limiter.charge(1, at: rate, now: now)
            count += 1
        }
        return count
    }

    @Test("a second's worth at once, then the rate", arguments: [1, 7, 100, 999] as [UInt64])
    func rate(_ rate: UInt64) {
        let seconds: UInt64 = 20
        let count = UInt64(admitted(at: rate, milliseconds: seconds * 1000))
        #expect((rate * seconds...rate * (seconds + 1)).contains(count), "\(count) in 20 s")
    }

    @Test("without a rate everything is admitted, whatever was charged")
    func unlimited() {
        var limiter = RateLimiter()
        limiter.charge(.max, at: 0, now: start)
        #expect(limiter.admits(at: 0, now: start) && limiter.isIdle(now: start))
    }

    @Test("what goes beyond is waited for, and told in whole seconds")
    func debt() {
        var limiter = RateLimiter()
        limiter.charge(50, at: 10, now: start)
        #expect(!limiter.admits(at: 10, now: start))
        #expect(limiter.retryAfterSeconds(now: start) == 5)
        let soon = start.advanced(byMilliseconds: 3999)
        #expect(!limiter.admits(at: 10, now: soon))
        #expect(limiter.retryAfterSeconds(now: soon) == 1)
        let then = start.advanced(byMilliseconds: 4001)
        #expect(limiter.admits(at: 10, now: then) && !limiter.isIdle(now: then))
        #expect(limiter.isIdle(now: start.advanced(byMilliseconds: 5000)))
    }

    @Test("counts that no clock can hold end at the clock's end")
    func extremes() {
        var limiter = RateLimiter()
        limiter.charge(.max, at: 1, now: start)
        limiter.charge(.max, at: .max, now: start)
        #expect(!limiter.admits(at: 1, now: start))
        #expect(limiter.retryAfterSeconds(now: start) > 1)
    }
}
