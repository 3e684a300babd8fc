import Bytes
import Testing

@Suite("Times stop at their clock's end instead of wrapping")
struct TimeTests {
    @Test(
        arguments: [
            (0, 0, 0), (5, 7, 12), (.max, 0, .max), (.max - 1, 1, .max), (.max - 1, 2, .max),
            (1, .max, .max), (.max, .max, .max),
        ] as [(UInt64, UInt64, UInt64)]
    )
    func advanced(_ start: UInt64, by amount: UInt64, expected: UInt64) {
        let monotonic = MonotonicTime(rawValue: start).advanced(byNanoseconds: amount)
        #expect(monotonic.rawValue == expected)
        let cluster = ClusterTime(rawValue: start).advanced(byMilliseconds: amount)
        #expect(cluster.rawValue == expected)
    }

    /// 18,446,744,073,709 milliseconds are the most whole ones in 64 bits of nanoseconds.
    @Test(
        arguments: [
            (0, 1, 1_000_000), (3, 2, 2_000_003), (0, 18_446_744_073_709, .max - 551_615),
            (0, 18_446_744_073_710, .max), (551_615, 18_446_744_073_709, .max),
            (551_616, 18_446_744_073_709, .max), (0, .max, .max),
        ] as [(UInt64, UInt64, UInt64)]
    )
    func milliseconds(_ start: UInt64, by amount: UInt64, expected: UInt64) {
        let time = MonotonicTime(rawValue: start).advanced(byMilliseconds: amount)
        #expect(time.rawValue == expected)
    }

    @Test(
        arguments: [
            (10, 4, 6), (4, 10, 0), (7, 7, 0), (.max, 0, .max), (0, .max, 0),
        ] as [(UInt64, UInt64, UInt64)]
    )
    func nanosecondsSince(_ time: UInt64, earlier: UInt64, expected: UInt64) {
        let time = MonotonicTime(rawValue: time)
        #expect(time.nanoseconds(since: MonotonicTime(rawValue: earlier)) == expected)
    }

    @Test func orderIsThatOfTheNumbers() {
        let numbers: [UInt64] = [0, 1, 2, UInt64(Int64.max), UInt64(Int64.max) + 1, .max]
        for left in numbers {
            for right in numbers {
                #expect(
                    (MonotonicTime(rawValue: left) < MonotonicTime(rawValue: right))
                        == (left < right)
                )
                #expect(
                    (ClusterTime(rawValue: left) < ClusterTime(rawValue: right)) == (left < right)
                )
            }
        }
        #expect(ClusterTime.zero.rawValue == 0)
    }
}
