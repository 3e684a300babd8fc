package import Bytes

/// Prometheus' text exposition format, version 0.0.4: families one after another, each with its
/// help and type, then its samples.
///
/// Names and label names are known when the program is built; what a label says is escaped.
package struct MetricsPage: Sendable {
    package typealias Label = (name: StaticString, value: [UInt8])

    /// Labels of one name.
    package static func labels(_ name: StaticString, value: [UInt8]) -> [Label] {
        [(name, value)]
    }

    package static let contentType: StaticString = "text/plain; version=0.0.4; charset=utf-8"

    private enum Kind {
        case gauge
        case counter
        case histogram
    }

    /// What was written so far: whole lines.
    package private(set) var bytes: [UInt8] = []

    package init() { bytes.reserveCapacity(16 << 10) }

    // MARK: Families of one sample

    /// Appends a family of one value that rises and falls.
    package mutating func gauge(_ name: StaticString, help: StaticString, value: UInt64) {
        begin(name, help: help, kind: .gauge)
        sample(name, value: value)
    }

    /// Appends a family of one count since the start.
    ///
    /// - Parameter name: ends with `_total`.
    package mutating func counter(_ name: StaticString, help: StaticString, value: UInt64) {
        begin(name, help: help, kind: .counter)
        sample(name, value: value)
    }

    /// Appends a family of one sum of times, in seconds.
    ///
    /// - Parameter name: ends with `_seconds_total`.
    package mutating func counter(_ name: StaticString, help: StaticString, nanoseconds: UInt64) {
        begin(name, help: help, kind: .counter)
        sample(name, nanoseconds: nanoseconds)
    }

    /// Appends a family of one histogram, in seconds.
    package mutating func histogram(
        _ name: StaticString,
        help: StaticString,
        of histogram: DurationHistogram
    ) {
        histograms(name, help: help, of: [([], histogram)])
    }

    // MARK: Families of many

    /// Appends a family of values that rise and fall.
    package mutating func gauges(
        _ name: StaticString,
        help: StaticString,
        of samples: [(labels: [Label], value: UInt64)]
    ) {
        begin(name, help: help, kind: .gauge)
        for (labels, value) in samples { sample(name, labels: labels, value: value) }
    }

    /// Appends a family of times that may be negative, told in seconds.
    package mutating func gauges(
        _ name: StaticString,
        help: StaticString,
        ofMilliseconds samples: [(labels: [Label], milliseconds: Int64)]
    ) {
        begin(name, help: help, kind: .gauge)
        for (labels, milliseconds) in samples {
            begin(name, suffix: "", labels: labels)
            if milliseconds < 0 { bytes.append("-") }
            let (nanoseconds, overflows) =
                milliseconds.magnitude.multipliedReportingOverflow(by: 1_000_000)
            bytes.append(seconds: overflows ? .max : nanoseconds)
            bytes.append("\n")
        }
    }

    /// Appends a family of counts since the start.
    package mutating func counters(
        _ name: StaticString,
        help: StaticString,
        of samples: [(labels: [Label], value: UInt64)]
    ) {
        begin(name, help: help, kind: .counter)
        for (labels, value) in samples { sample(name, labels: labels, value: value) }
    }

    /// Appends a family of histograms, in seconds.
    package mutating func histograms(
        _ name: StaticString,
        help: StaticString,
        of samples: [(labels: [Label], histogram: DurationHistogram)]
    ) {
        begin(name, help: help, kind: .histogram)
        for (labels, histogram) in samples { append(histogram, of: name, labels: labels) }
    }

    /// Appends whole families of another page.
    package mutating func append(_ page: MetricsPage) { bytes += page.bytes }

    // MARK: Lines

    private mutating func begin(_ name: StaticString, help: StaticString, kind: Kind) {
        bytes.append("# HELP ")
        bytes.append(name)
        bytes.append(" ")
        bytes.append(help)
        bytes.append("\n# TYPE ")
        bytes.append(name)
        switch kind {
        case .gauge: bytes.append(" gauge\n")
        case .counter: bytes.append(" counter\n")
        case .histogram: bytes.append(" histogram\n")
        }
    }

    private mutating func sample(
        _ name: StaticString,
        suffix: StaticString = "",
        labels: [Label] = [],
        value: UInt64
    ) {
        begin(name, suffix: suffix, labels: labels)
        bytes.append(decimal: value)
        bytes.append("\n")
    }

    private mutating func sample(
        _ name: StaticString,
        suffix: StaticString = "",
        labels: [Label] = [],
        nanoseconds: UInt64
    ) {
        begin(name, suffix: suffix, labels: labels)
        bytes.append(seconds: nanoseconds)
        bytes.append("\n")
    }

    private mutating func append(
        _ histogram: DurationHistogram,
        of name: StaticString,
        labels: [Label]
    ) {
        var count: UInt64 = 0
        for place in 0..<DurationHistogram.boundCount {
            count &+= histogram.counts[place]
            var bound: [UInt8] = []
            bound.append(seconds: DurationHistogram.bound(place))
            sample(name, suffix: "_bucket", labels: labels + [("le", bound)], value: count)
        }
        count &+= histogram.counts[DurationHistogram.boundCount]
        let rest = labels + Self.labels("le", value: Array("+Inf".utf8))
        sample(name, suffix: "_bucket", labels: rest, value: count)
        sample(name, suffix: "_sum", labels: labels, nanoseconds: histogram.sumNanoseconds)
        sample(name, suffix: "_count", labels: labels, value: count)
    }

    private mutating func begin(_ name: StaticString, suffix: StaticString, labels: [Label]) {
        bytes.append(name)
        bytes.append(suffix)
        for (place, label) in labels.enumerated() {
            bytes.append(place == 0 ? "{" : ",")
            bytes.append(label.name)
            bytes.append("=\"")
            for byte in label.value { append(escaping: byte) }
            bytes.append("\"")
        }
        bytes.append(labels.isEmpty ? " " : "} ")
    }

    private mutating func append(escaping byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\\"): bytes.append("\\\\")
        case UInt8(ascii: "\""): bytes.append("\\\"")
        case UInt8(ascii: "\n"): bytes.append("\\n")
        default: bytes.append(byte)
        }
    }
}

extension [UInt8] {
    /// Appends nanoseconds as seconds, exactly and without zeroes at the end.
    fileprivate mutating func append(seconds nanoseconds: UInt64) {
        append(decimal: nanoseconds / 1_000_000_000)
        var rest = nanoseconds % 1_000_000_000
        guard rest > 0 else { return }
        append(UInt8(ascii: "."))
        var unit: UInt64 = 100_000_000
        while rest > 0 {
            append(UInt8(ascii: "0") + UInt8(rest / unit))
            rest %= unit
            unit /= 10
        }
    }
}
