import Bytes
import Testing
import Wire

@Suite("Prometheus' text format, version 0.0.4")
struct MetricsPageTests {
    private func text(_ fill: (inout MetricsPage) -> Void) -> [String] {
        var page = MetricsPage()
        fill(&page)
        return String(decoding: page.bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test("each family has help, type and its samples")
    func families() {
        let lines = text { page in
            page.gauge("a_bytes", help: "An a.", value: 7)
            page.counter("b_seconds_total", help: "A b.", nanoseconds: 1_250_000_001)
            page.counters(
                "c_total",
                help: "A c.",
                of: [([("x", Array("1".utf8))], 2), ([("x", Array("2".utf8)), ("y", [])], 3)]
            )
        }
        #expect(
            lines == [
                "# HELP a_bytes An a.", "# TYPE a_bytes gauge", "a_bytes 7",
                "# HELP b_seconds_total A b.", "# TYPE b_seconds_total counter",
                "b_seconds_total 1.250000001", "# HELP c_total A c.", "# TYPE c_total counter",
                #"c_total{x="1"} 2"#, #"c_total{x="2",y=""} 3"#,
            ]
        )
    }

    @Test("what a label says is escaped")
    func escapes() {
        let lines = text {
            $0.gauges("a", help: "An a.", of: [([("x", Array("q\"\\\nz".utf8))], 1)])
        }
        #expect(lines.last == #"a{x="q\"\\\nz"} 1"#)
    }

    @Test("a histogram's buckets add up, and the last is its count")
    func histogram() {
        var histogram = DurationHistogram()
        histogram.add(nanoseconds: 8_192, count: 2)
        histogram.add(nanoseconds: 9_000)
        histogram.add(nanoseconds: 20_000_000_000)
        let lines = text { page in
            page.histograms("a_seconds", help: "An a.", of: [([("s", Array("q".utf8))], histogram)])
        }
        #expect(lines.count == 2 + DurationHistogram.boundCount + 3)
        #expect(lines[2] == #"a_seconds_bucket{s="q",le="0.000008192"} 2"#)
        #expect(lines[3] == #"a_seconds_bucket{s="q",le="0.000016384"} 3"#)
        #expect(lines.contains(#"a_seconds_bucket{s="q",le="8.589934592"} 3"#))
        #expect(
            lines.suffix(3) == [
                #"a_seconds_bucket{s="q",le="+Inf"} 4"#, #"a_seconds_sum{s="q"} 20.000025384"#,
                #"a_seconds_count{s="q"} 4"#,
            ]
        )
    }
}
