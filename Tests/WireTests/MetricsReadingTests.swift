import Bytes
import Testing
import Wire

@Suite("A page of metrics, read again")
struct MetricsReadingTests {
    private static func reading(_ fill: (inout MetricsPage) -> Void) -> MetricsReading {
        var page = MetricsPage()
        fill(&page)
        return MetricsReading(parsing: page.bytes)
    }

    private static func histogram(_ fill: (inout DurationHistogram) -> Void) throws
        -> HistogramReading
    {
        var histogram = DurationHistogram()
        fill(&histogram)
        let reading = reading { $0.histogram("a_seconds", help: "An a.", of: histogram) }
        return try #require(reading.histogram("a_seconds"))
    }

    @Test("what was written is read: numbers, labels with anything in them, sums over labels")
    func samples() {
        let odd = Array("q\"\\\nz}, x=".utf8)
        let reading = Self.reading { page in
            page.gauge("a", help: "An a.", value: 7)
            page.gauges("b", help: "A b.", of: [([("x", odd), ("y", [])], 2), ([("x", [])], 3)])
        }
        #expect(reading.whole("a") == 7 && reading.sum("a") == 7)
        #expect(reading.whole("b") == nil && reading.sum("b") == 5)
        #expect(reading.samples("b").first?.label("x") == odd)
        #expect(reading.samples("b").first?.label("y") == [])
        #expect(reading.sum("c") == nil && reading.samples("c").isEmpty)
    }

    @Test("of histograms: how many, their mean, and the one that a label names")
    func histograms() throws {
        var (fast, slow) = (DurationHistogram(), DurationHistogram())
        fast.add(nanoseconds: 10_000, count: 4)
        slow.add(nanoseconds: 3_000_000_001)
        let reading = Self.reading { page in
            page.histograms(
                "a_seconds",
                help: "An a.",
                of: [([("s", Array("f".utf8))], fast), ([("s", Array("s".utf8))], slow)]
            )
        }
        let first = try #require(reading.histogram("a_seconds", label: ("s", Array("f".utf8))))
        let last = try #require(reading.histogram("a_seconds", label: ("s", Array("s".utf8))))
        #expect(first.count == 4 && first.meanNanoseconds == 10_000)
        #expect(last.count == 1 && last.sumNanoseconds == 3_000_000_001)
        #expect(reading.histogram("a_seconds", label: ("s", Array("x".utf8))) == nil)
    }

    @Test("the difference of two readings is what came in between; after a new start, everything")
    func difference() throws {
        let before = try Self.histogram { $0.add(nanoseconds: 20_000, count: 3) }
        let after = try Self.histogram {
            $0.add(nanoseconds: 20_000, count: 3)
            $0.add(nanoseconds: 1_000_000, count: 2)
        }
        let between = after.since(before)
        #expect(between.count == 2 && between.meanNanoseconds == 1_000_000)
        #expect(before.since(after) == before)
        #expect(after.since(after).meanNanoseconds == nil)
    }

    @Test("quantiles lie within the bucket, and beyond the last bound at that")
    func quantiles() throws {
        let mixed = try Self.histogram {
            $0.add(nanoseconds: 9_000, count: 98)
            $0.add(nanoseconds: 60_000_000_000, count: 2)
        }
        let median = try #require(mixed.quantile(percent: 50))
        #expect((8_192...16_384).contains(median))
        #expect(mixed.quantile(percent: 98) == 16_384)
        #expect(mixed.quantile(percent: 99) == 8_589_934_592)
        #expect(try Self.histogram { _ in }.quantile(percent: 50) == nil)
    }

    @Test(
        "what is no sample is no sample, and no reason to stop",
        arguments: [
            "a{", "a{x", "a{x=", "a{x=\"", "a{x=\"1\\", "a{x=\"1\"", "a", "a x", " 1", "a{=\"\"} 1",
            "a NaN", "a +Inf", "a 99999999999999999999", "\u{FFFD}\u{0}", "a{x=\"1\"}",
        ]
    )
    func malformed(_ line: String) {
        let reading = MetricsReading(parsing: Array("\(line)\nb 1 1700000000\n".utf8))
        #expect(reading.samples("a").isEmpty && reading.whole("b") == 1)
    }

    @Test(
        "histograms that add up to nothing trap nothing",
        arguments: [
            "a_sum 1", "a_sum 1\na_bucket{le=\"1\"} 5\na_bucket{le=\"0.5\"} 3",
            "a_sum 1\na_bucket{le=\"9007199254\"} 9007199254740991\na_bucket{le=\"+Inf\"} 1",
            "a_sum 18000000000\na_bucket{le=\"18000000000\"} 9007199254740991",
            "a_sum 0\na_bucket{le=\"x\"} 4\na_bucket 3",
        ]
    )
    func hostile(_ page: String) throws {
        let reading = MetricsReading(parsing: Array(page.utf8))
        let histogram = try #require(reading.histogram("a"))
        for percent in [0, 1, 50, 99, 100, .max] as [UInt64] {
            _ = histogram.quantile(percent: percent)
        }
        #expect(histogram.since(histogram).count == 0)
    }
}
