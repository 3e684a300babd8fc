import Bytes
import Testing
import Wire
import roost

@Suite("The latency histogram of benchmarks")
struct LatencyHistogramTests {
    @Test("every value is told to three significant digits, from above")
    func precision() {
        var chance = SplitMix64(seed: 7)
        for _ in 0..<20_000 {
            let value = chance.next() >> UInt64.random(in: 22...63, using: &chance)
            var histogram = LatencyHistogram()
            histogram.record(value)
            // A larger one, so that the end of the value's bucket is not cut off at the maximum.
            histogram.record(LatencyHistogram.nanosecondsMax)
            let told = histogram.value(at: 0.5)
            #expect(told >= value && told - value <= value / 1024, "\(value)")
        }
    }

    @Test("percentiles, mean and extremes of known values")
    func percentiles() {
        var histogram = LatencyHistogram()
        for value in 1...1000 { histogram.record(UInt64(value)) }
        #expect(histogram.count == 1000)
        #expect(histogram.mean == 500)
        #expect(histogram.minimum == 1)
        #expect(histogram.maximum == 1000)
        for (part, value) in [(0, 1), (0.5, 500), (0.9, 900), (0.999, 999), (1, 1000)] {
            #expect(histogram.value(at: part) == UInt64(value))
        }
    }

    @Test("no value at all is 0, one beyond the range is the longest")
    func limits() {
        var histogram = LatencyHistogram()
        #expect(histogram.value(at: 0.99) == 0 && histogram.mean == 0 && histogram.maximum == 0)
        histogram.record(.max)
        #expect(histogram.value(at: 0.5) == LatencyHistogram.nanosecondsMax)
        histogram.record(0)
        #expect(histogram.value(at: 0.5) == 0 && histogram.minimum == 0)
    }

    @Test("merged parts tell what the whole tells; an emptied one tells nothing")
    func merging() {
        var chance = SplitMix64(seed: 3)
        var whole = LatencyHistogram()
        var merged = LatencyHistogram()
        var part = LatencyHistogram()
        for number in 0..<10_000 {
            let value = chance.next() >> 36
            whole.record(value)
            part.record(value)
            if number % 1000 == 999 {
                merged.merge(part)
                part.removeAll()
                #expect(part.count == 0 && part.maximum == 0 && part.value(at: 1) == 0)
            }
        }
        for part in [0, 0.1, 0.5, 0.99, 0.9999, 1] {
            #expect(merged.value(at: part) == whole.value(at: part))
        }
        #expect(merged.mean == whole.mean && merged.count == whole.count)
    }
}

@Suite("The choice of keys in benchmarks")
struct KeyChooserTests {
    private static let drawCount = 400_000

    private static func counts(
        _ distribution: KeyChooser.Distribution,
        of keyCount: Int
    ) -> [Int] {
        var counts = [Int](repeating: 0, count: keyCount)
        var chooser = KeyChooser(distribution, count: keyCount)
        var chance = SplitMix64(seed: 1)
        for _ in 0..<drawCount { counts[chooser.next(&chance)] += 1 }
        return counts
    }

    /// Six standard deviations of a count that is expected so often.
    private static func tolerance(_ expected: Double) -> Double { 6 * expected.squareRoot() }

    @Test("zipf: the k-th key is drawn in proportion to 1/k", arguments: [1, 2, 10, 1000])
    func zipf(_ keyCount: Int) {
        let harmonic = (1...keyCount).reduce(0.0) { $0 + 1 / Double($1) }
        for (place, count) in Self.counts(.zipf, of: keyCount).enumerated() {
            let expected = Double(Self.drawCount) / (Double(place + 1) * harmonic)
            #expect(abs(Double(count) - expected) <= Self.tolerance(expected), "key \(place)")
        }
    }

    @Test("uniform: every key as often as any other", arguments: [1, 3, 1000])
    func uniform(_ keyCount: Int) {
        let expected = Double(Self.drawCount) / Double(keyCount)
        for (place, count) in Self.counts(.uniform, of: keyCount).enumerated() {
            #expect(abs(Double(count) - expected) <= Self.tolerance(expected), "key \(place)")
        }
    }

    @Test("sequential: one after the other, round and round")
    func sequential() {
        var chooser = KeyChooser(.sequential, count: 3)
        var chance = SplitMix64(seed: 1)
        let drawn = (0..<7).map { _ in chooser.next(&chance) }
        #expect(drawn == [0, 1, 2, 0, 1, 2, 0])
    }
}

@Suite("Request templates of benchmarks")
struct RequestTemplateTests {
    private static func text(_ text: String) -> BenchRequestForm.Piece { .text(Array(text.utf8)) }

    /// What Wire's own parser makes of the bytes.
    private static func requests(_ bytes: [UInt8]) -> [HTTPRequest] {
        var parser = RequestParser()
        var offset = 0
        var requests: [HTTPRequest] = []
        while case .request(let request) = parser.next(bytes.span, from: &offset) {
            requests.append(request)
        }
        #expect(offset == bytes.count, "nothing is left over")
        return requests
    }

    @Test("each use is a request of its own with its key's digits")
    func keys() {
        let template = BenchRequestForm(
            .put,
            target: [Self.text("/v1/kv/bench/"), .digits],
            authority: Array("a:1".utf8),
            body: [Self.text("value")]
        )
        var output: [UInt8] = []
        for key in [0, 7, 9_999_999_999] { template.append(key: key, to: &output) }
        let requests = Self.requests(output)
        let paths = requests.map { String(decoding: $0.rawPath, as: UTF8.self) }
        #expect(
            paths == [
                "/v1/kv/bench/0000000000", "/v1/kv/bench/0000000007", "/v1/kv/bench/9999999999",
            ]
        )
        #expect(requests.allSatisfy { $0.method == .put && $0.body == Array("value".utf8) })
    }

    @Test("a number is put into a field, whatever its length, and the length of the body holds")
    func insertion() {
        let template = BenchRequestForm(
            .put,
            target: [Self.text("/v1/kv/"), .digits],
            authority: Array("a:1".utf8),
            field: [Self.text("If-Match: \""), .insertion, Self.text("\"")],
            body: [Self.text("value value")]
        )
        var output: [UInt8] = []
        template.append(key: 3, inserting: 1, to: &output)
        template.append(key: 4, inserting: 9_007_199_254_740_991, to: &output)
        let requests = Self.requests(output)
        let tags = requests.compactMap { $0.headers["if-match"] }.map {
            String(decoding: $0, as: UTF8.self)
        }
        #expect(tags == ["\"1\"", "\"9007199254740991\""])
        #expect(requests.map(\.body.count) == [11, 11])
    }

    @Test("bytes are put into a path")
    func bytes() {
        let template = BenchRequestForm(
            .post,
            target: [Self.text("/v1/leases/"), .insertion, Self.text("/keepalive")],
            authority: Array("a:1".utf8)
        )
        var output: [UInt8] = []
        template.append(inserting: Array("abc".utf8), to: &output)
        #expect(
            String(decoding: output, as: UTF8.self)
                == "POST /v1/leases/abc/keepalive HTTP/1.1\r\nHost: a:1\r\n"
                + "Content-Length: 0\r\n\r\n"
        )
    }
}
