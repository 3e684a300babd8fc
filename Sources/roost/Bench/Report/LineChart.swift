/// A chart of lines as SVG, which needs nothing beside itself.
struct LineChart {
    /// A value and its text beside an axis.
    typealias Tick = (value: Double, text: String)

    /// How values lie along an axis.
    enum Scale: Hashable, Sendable {
        case linear
        /// Every power of two as long as any other; for values above 0.
        case logarithmic
    }

    /// One axis: what is shown of it, and where its ticks stand.
    struct Axis {
        let title: String
        let scale: Scale
        let low: Double
        let high: Double
        let ticks: [Tick]

        /// Where a value lies, from 0 to 1.
        func place(of value: Double) -> Double {
            let bounded = min(max(value, low), high)
            switch scale {
            case .linear: return high > low ? (bounded - low) / (high - low) : 0
            case .logarithmic:
                let width = high.binaryLogarithm - low.binaryLogarithm
                return width > 0 ? (bounded.binaryLogarithm - low.binaryLogarithm) / width : 0
            }
        }
    }

    /// Points joined in their order.
    struct Line {
        let name: String
        let points: [(x: Double, y: Double)]
    }

    private static let width = 860.0
    private static let height = 300.0
    private static let left = 84.0
    private static let right = 16.0
    private static let top = 16.0
    private static let bottom = 46.0
    private static let lineKindCount = 6

    let title: String
    let x: Axis
    let y: Axis
    let lines: [Line]

    /// A heading, a legend and the drawing.
    var html: String {
        let legend = lines.enumerated().map { number, line in
            "<span class=\"key line\(number % Self.lineKindCount)\">\(line.name)</span>"
        }.joined(separator: " ")
        let size = "0 0 \(text(Self.width)) \(text(Self.height))"
        return """
            <h2>\(title)</h2>
            <p>\(legend)</p>
            <svg viewBox="\(size)" role="img" aria-label="\(title)">
            \(grid)
            \(drawnLines)
            </svg>

            """
    }

    private var grid: String {
        let bottom = Self.height - Self.bottom
        let vertical = x.ticks.map { tick in
            let place = across(tick.value)
            return """
                <path class="grid" d="M\(text(place)) \(text(Self.top))V\(text(bottom))"/>\
                <text x="\(text(place))" y="\(text(bottom + 18))" text-anchor="middle">\(tick.text)</text>
                """
        }
        let horizontal = y.ticks.map { tick in
            let place = down(tick.value)
            return """
                <path class="grid" d="M\(text(Self.left)) \(text(place))H\(text(Self.width - Self.right))"/>\
                <text x="\(text(Self.left - 8))" y="\(text(place + 4))" text-anchor="end">\(tick.text)</text>
                """
        }
        let middle = (Self.left + Self.width - Self.right) / 2
        let title = """
            <text x="\(text(middle))" y="\(text(Self.height - 8))" text-anchor="middle">\(x.title)</text>
            """
        return (vertical + horizontal + [title]).joined(separator: "\n")
    }

    private var drawnLines: String {
        lines.enumerated().map { number, line in
            let points = line.points.map { "\(text(across($0.x))),\(text(down($0.y)))" }
            return """
                <polyline class="line\(number % Self.lineKindCount)" \
                points="\(points.joined(separator: " "))"/>
                """
        }.joined(separator: "\n")
    }

    private func across(_ value: Double) -> Double {
        Self.left + x.place(of: value) * (Self.width - Self.left - Self.right)
    }

    private func down(_ value: Double) -> Double {
        Self.height - Self.bottom - y.place(of: value) * (Self.height - Self.top - Self.bottom)
    }

    private func text(_ value: Double) -> String { Figure.fixed(max(value, 0), decimals: 1) }
}

extension Double {
    /// The logarithm to base 2 of a number above 0, to about nine digits: a series (Abramowitz and
    /// Stegun, 4.1.27), since the language itself brings none.
    var binaryLogarithm: Double {
        let ratio = (significand - 1) / (significand + 1)
        let square = ratio * ratio
        let series = stride(from: 17.0, through: 1, by: -2).reduce(0.0) { $0 * square + 1 / $1 }
        let naturalLogarithmOf2 = 0.693_147_180_559_945_3
        return Double(exponent) + 2 * ratio * series / naturalLogarithmOf2
    }
}
