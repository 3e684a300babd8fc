import Bytes
import Testing

@Suite("Histograms of durations")
struct DurationHistogramTests {
    @Test(
        "a duration falls into the first bucket whose bound it does not exceed",
        arguments: [
            (0, 0), (1, 0), (8_192, 0), (8_193, 1), (16_384, 1), (16_385, 2), (1_000_000, 7),
            (1 << 33, 20), ((1 << 33) + 1, 21), (.max, 21),
        ] as [(UInt64, Int)]
    )
    func bucket(_ nanoseconds: UInt64, place: Int) {
        var histogram = DurationHistogram()
        histogram.add(nanoseconds: nanoseconds)
        #expect(histogram.counts.firstIndex(of: 1) == place)
        #expect(histogram.count == 1)
        #expect(histogram.sumNanoseconds == nanoseconds)
        if place < DurationHistogram.boundCount {
            #expect(nanoseconds <= DurationHistogram.bound(place))
        }
        if place > 0 { #expect(nanoseconds > DurationHistogram.bound(place - 1)) }
    }

    @Test("what many things had is counted for each of them")
    func weight() {
        var histogram = DurationHistogram()
        histogram.add(nanoseconds: 10_000, count: 64)
        histogram.add(nanoseconds: 20_000, count: 2)
        #expect(histogram.count == 66)
        #expect(histogram.sumNanoseconds == 680_000)
    }
}
