/// A benchmark as a web page that needs nothing beside itself: figures, latency by percentile,
/// throughput and latency over time.
struct BenchPage {
    private let report: BenchReport

    init(_ report: BenchReport) { self.report = report }

    /// The whole page.
    var html: String {
        var charts = percentiles.html
        if steps.count > 1 { charts += throughput.html + latencies.html }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>roost bench \(report.options.work.rawValue)</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            <h1>roost bench \(report.options.work.rawValue)</h1>
            <p>\(report.headline)<br>\(report.setting)</p>
            \(table)
            \(charts)</body>
            </html>

            """
    }

    private static let style = """
        :root{color-scheme:light dark;--ink:#1c2430;--faint:#8a93a0;--rule:#dde2e8;--ground:#fff}
        @media(prefers-color-scheme:dark){:root{--ink:#e4e8ee;--faint:#8f98a5;--rule:#333b46;--ground:#14181e}}
        body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground);
        max-width:900px;margin:2rem auto;padding:0 1rem}
        h1{font-size:1.5rem}h2{font-size:1.05rem;margin:2rem 0 0}p{margin:.4rem 0}
        table{border-collapse:collapse;font-variant-numeric:tabular-nums}
        th,td{padding:.25rem .7rem;text-align:right;border-bottom:1px solid var(--rule)}
        th:first-child,td:first-child{text-align:left;padding-left:0}
        svg{width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:var(--faint)}
        .grid{stroke:var(--rule);fill:none}polyline{fill:none;stroke-width:1.8;stroke-linejoin:round}
        .key{margin-right:1rem}.key::before{content:"";display:inline-block;width:1.2rem;height:0;
        border-top:3px solid;margin-right:.4rem;vertical-align:middle}
        .line0{stroke:#2166c2}.line1{stroke:#d9731a}.line2{stroke:#b0283c}
        .line3{stroke:#2a8f57}.line4{stroke:#7d4fb3}.line5{stroke:#8a7a1f}
        .line0::before{color:#2166c2}.line1::before{color:#d9731a}.line2::before{color:#b0283c}
        .line3::before{color:#2a8f57}.line4::before{color:#7d4fb3}.line5::before{color:#8a7a1f}
        """

    private var table: String {
        let titles =
            ["operation", "succeeded", "errors", "rate", "mean"]
            + ["p50", "p90", "p99", "p99.9", "max"]
        let rows = report.rows.map { row in
            let latencies = row.tally.latencies
            let times = [latencies.mean] + BenchReport.parts.map { latencies.value(at: $0.part) }
            let rate = Figure.rate(
                row.tally.successCount,
                nanoseconds: report.elapsedNanoseconds
            )
            let errors = row.tally.errors.map { "\($0.name): \(Figure.count($0.count))" }
            return [
                "\(row.operation.name)", Figure.count(row.tally.successCount),
                errors.isEmpty ? "0" : errors.joined(separator: "<br>"), rate,
            ] + (times + [latencies.maximum]).map { Figure.time(nanoseconds: $0) }
        }
        let head = titles.map { "<th>\($0)</th>" }.joined()
        let body = rows.map { "<tr>" + $0.map { "<td>\($0)</td>" }.joined() + "</tr>" }
        return "<table><tr>\(head)</tr>\n\(body.joined(separator: "\n"))\n</table>"
    }

    // MARK: - Charts

    /// Those long enough for a rate: not what came in late, after the end.
    private var steps: [ThroughputSeries.Step] {
        report.timeline.steps.filter { 2 * $0.lengthNanoseconds >= report.timeline.stepNanoseconds }
    }

    /// Every nine is as long as any other.
    private var percentiles: LineChart {
        let lines = report.rows.map { row in
            let latencies = row.tally.latencies
            // 1 / (1 - p) in steps of a quarter of a power of two, to the last single value.
            let root = 1.189_207_115_002_721
            var points: [(x: Double, y: Double)] = []
            var tail = 1.0
            while tail <= Double(latencies.count), tail <= 1e6 {
                points.append((tail, Double(latencies.value(at: 1 - 1 / tail))))
                tail *= root
            }
            return LineChart.Line(name: "\(row.operation.name)", points: points)
        }
        let nines: [LineChart.Tick] = [
            (1, "0 %"), (2, "50 %"), (10, "90 %"), (100, "99 %"), (1000, "99.9 %"),
            (10_000, "99.99 %"), (100_000, "99.999 %"), (1_000_000, "99.9999 %"),
        ]
        let high = max(lines.flatMap(\.points).map(\.x).max() ?? 1, 100)
        return LineChart(
            title: "Latency by percentile",
            x: LineChart.Axis(
                title: "so many of the requests took no longer",
                scale: .logarithmic,
                low: 1,
                high: high,
                ticks: nines.filter { $0.value <= high }
            ),
            y: Self.timeAxis(lines),
            lines: lines
        )
    }

    private var throughput: LineChart {
        let success = steps.map { step in
            (
                x: seconds(step),
                y: Figure.perSecond(step.successCount, nanoseconds: step.lengthNanoseconds)
            )
        }
        let errors = steps.map { step in
            (
                x: seconds(step),
                y: Figure.perSecond(step.errorCount, nanoseconds: step.lengthNanoseconds)
            )
        }
        let isClean = steps.allSatisfy { $0.errorCount == 0 }
        let name = report.timeline.subjects.map { "\($0.name)" }.joined(separator: " and ")
        let lines =
            [LineChart.Line(name: name, points: success)]
            + (isClean ? [] : [LineChart.Line(name: "errors", points: errors)])
        let highest = lines.flatMap(\.points).map(\.y).max() ?? 1
        let unit = Self.roundUnit(for: highest)
        let count = max(1, Int((highest / unit).rounded(.up)))
        return LineChart(
            title: "Throughput over time",
            x: timeOfRun,
            y: LineChart.Axis(
                title: "",
                scale: .linear,
                low: 0,
                high: Double(count) * unit,
                ticks: (0...count).map { number in
                    let value = Double(number) * unit
                    return (value, Figure.count(UInt64(value)) + "/s")
                }
            ),
            lines: lines
        )
    }

    private var latencies: LineChart {
        let steps = steps.filter { $0.successCount > 0 }
        let lines = [
            LineChart.Line(name: "p50", points: steps.map { (seconds($0), Double($0.median)) }),
            LineChart.Line(
                name: "p99",
                points: steps.map { (seconds($0), Double($0.percentile99)) }
            ),
            LineChart.Line(name: "max", points: steps.map { (seconds($0), Double($0.maximum)) }),
        ]
        return LineChart(
            title: "Latency over time",
            x: timeOfRun,
            y: Self.timeAxis(lines),
            lines: lines
        )
    }

    private func seconds(_ step: ThroughputSeries.Step) -> Double {
        Double(step.endNanoseconds) / 1e9
    }

    private var timeOfRun: LineChart.Axis {
        let last = steps.last.map(seconds) ?? 1
        let unit = Self.roundUnit(for: last * 2)
        let decimals = unit < 1 ? 1 : 0
        let ticks = stride(from: 0, through: last, by: unit).map { value -> LineChart.Tick in
            (value, Figure.fixed(value, decimals: decimals) + " s")
        }
        return LineChart.Axis(
            title: "time since the beginning",
            scale: .linear,
            low: 0,
            high: last,
            ticks: ticks
        )
    }

    /// A tenth of a value or more, rounded to 1, 2 or 5 times a power of ten: five to ten ticks.
    private static func roundUnit(for highest: Double) -> Double {
        var unit = 1e-1
        while true {
            for factor in [1.0, 2, 5] where unit * factor * 10 >= highest { return unit * factor }
            unit *= 10
        }
    }

    /// Nanoseconds with ticks at 1, 2 and 5, or at 1 alone where that is much.
    private static func timeAxis(_ lines: [LineChart.Line]) -> LineChart.Axis {
        let values = lines.flatMap(\.points).map(\.y).filter { $0 > 0 }
        let decades = (0...12).map { (0..<$0).reduce(1.0) { value, _ in value * 10 } }
        let marks = decades.flatMap { [$0, $0 * 2, $0 * 5] }
        let low = marks.last { $0 <= values.min() ?? 1e5 } ?? 1
        let high = marks.first { $0 >= values.max() ?? 1e7 && $0 > low } ?? 1e13
        let isLong = high / low > 1000
        let ticks = (isLong ? decades : marks).filter { $0 >= low && $0 <= high }
        return LineChart.Axis(
            title: "",
            scale: .logarithmic,
            low: low,
            high: high,
            ticks: ticks.map { ($0, Figure.time(nanoseconds: UInt64($0))) }
        )
    }
}
