internal import Bytes

/// What a page of metrics says (Prometheus' text exposition format, version 0.0.4): samples by name
/// and labels. Whatever is no sample of a whole or decimal number, is not looked at.
package struct MetricsReading: Hashable, Sendable {
    /// One line of the page.
    package struct Sample: Hashable, Sendable {
        package let name: [UInt8]
        package let labels: [Label]
        package let value: DecimalNumber

        /// A label's value; nil where the sample has none of that name.
        package func label(_ name: StaticString) -> [UInt8]? {
            labels.first { $0.name.equals(name) }?.value
        }
    }

    /// A label of a sample.
    package struct Label: Hashable, Sendable {
        package let name: [UInt8]
        package let value: [UInt8]
    }

    /// More lines than a member ever writes are not read.
    private static let sampleCountMax = 1 << 16

    private var samplesByName: [[UInt8]: [Sample]] = [:]

    /// A page without a sample.
    package init() {}

    /// Reads a page; lines that it does not understand count as comments.
    ///
    /// - Complexity: O(*n*) in the bytes.
    package init(parsing page: [UInt8]) {
        let lines = page.split(separator: UInt8(ascii: "\n"), maxSplits: Self.sampleCountMax)
        for line in lines.prefix(Self.sampleCountMax) where line.first != UInt8(ascii: "#") {
            guard let sample = Sample(parsing: line) else { continue }
            samplesByName[sample.name, default: []].append(sample)
        }
    }

    /// Every sample of that name, in the order of the page.
    package func samples(_ name: String) -> [Sample] { samplesByName[Array(name.utf8)] ?? [] }

    /// The value of the sample of that name that has no label; nil where there is none, or it is
    /// not whole.
    package func whole(_ name: String) -> UInt64? {
        samples(name).first { $0.labels.isEmpty }?.value.whole
    }

    /// The sum of all samples of that name, whatever their labels; nil where there is none.
    package func sum(_ name: String) -> UInt64? {
        let samples = samples(name)
        return samples.isEmpty ? nil : samples.reduce(0) { $0 &+ ($1.value.whole ?? 0) }
    }

    /// A histogram of durations; nil where the page has none of that name and label.
    ///
    /// - Parameter label: what tells it from others of its family.
    package func histogram(
        _ name: String,
        label: (name: StaticString, value: [UInt8])? = nil
    ) -> HistogramReading? {
        func isMeant(_ sample: Sample) -> Bool {
            label.map { sample.label($0.name) == $0.value } ?? true
        }
        let sum = samples(name + "_sum").first(where: isMeant)?.value
        guard let sum = sum?.truncated(multipliedBy: 1_000_000_000) else { return nil }
        var reading = HistogramReading(sumNanoseconds: sum)
        for sample in samples(name + "_bucket") where isMeant(sample) {
            guard let count = sample.value.whole, let bound = sample.label("le") else { continue }
            let seconds = DecimalNumber(parsing: bound[...])
            reading.append(bound: seconds?.truncated(multipliedBy: 1_000_000_000), total: count)
        }
        return reading
    }
}

extension MetricsReading.Sample {
    /// `NAME VALUE` or `NAME{LABEL="VALUE",…} VALUE`; a timestamp after it is not looked at.
    fileprivate init?(parsing line: ArraySlice<UInt8>) {
        let name = line.prefix { $0 != UInt8(ascii: "{") && $0 != UInt8(ascii: " ") }
        var rest = line[name.endIndex...]
        var labels: [MetricsReading.Label] = []
        if rest.first == UInt8(ascii: "{") {
            rest = rest.dropFirst()
            while rest.first != UInt8(ascii: "}") {
                guard let label = MetricsReading.Label(parsing: &rest) else { return nil }
                labels.append(label)
            }
            rest = rest.dropFirst()
        }
        let words = rest.split(separator: UInt8(ascii: " "))
        guard !name.isEmpty, let word = words.first, let value = DecimalNumber(parsing: word) else {
            return nil
        }
        self.name = Array(name)
        self.labels = labels
        self.value = value
    }
}

extension MetricsReading.Label {
    /// Takes `NAME="VALUE"` and the comma after it.
    fileprivate init?(parsing text: inout ArraySlice<UInt8>) {
        let name = text.prefix { $0 != UInt8(ascii: "=") }
        text = text.dropFirst(name.count + 1)
        guard !name.isEmpty, text.popFirst() == UInt8(ascii: "\"") else { return nil }
        var value: [UInt8] = []
        while true {
            guard let byte = text.popFirst() else { return nil }
            if byte == UInt8(ascii: "\"") { break }
            guard byte == UInt8(ascii: "\\") else {
                value.append(byte)
                continue
            }
            guard let escaped = text.popFirst() else { return nil }
            value.append(escaped == UInt8(ascii: "n") ? UInt8(ascii: "\n") : escaped)
        }
        if text.first == UInt8(ascii: ",") { text = text.dropFirst() }
        self.name = Array(name)
        self.value = value
    }
}
