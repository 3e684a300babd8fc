internal import Bytes
internal import Wire

/// Answers of one kind, cut out of an answer that the general renderer wrote for marked contents:
/// its fixed bytes, and holes where the marks were found.
///
/// Nothing of an answer's form is written down here. A header field that the general renderer gains,
/// or a member of the body, is in the template by itself.
struct ResponseTemplate: Sendable {
    /// What fills a hole.
    enum Hole: UInt8, Sendable {
        case key = 0
        case value = 1
        case version = 2
        case createRevision = 3
        case modRevision = 4
        case storeRevision = 5
        /// The body's length in bytes, in decimal digits.
        case bodyLength = 6
    }

    /// The numbers of one answer.
    struct Numbers: Sendable {
        var version: UInt64
        var createRevision: UInt64
        var modRevision: UInt64
        var storeRevision: UInt64
    }

    /// Contents for which the general renderer is asked for an answer.
    struct Sample: Sendable {
        let key: [UInt8]
        let value: [UInt8]
        var numbers: Numbers
    }

    /// What the general renderer wrote.
    struct Rendering {
        let status: UInt16
        /// The head, then the body.
        let bytes: [UInt8]
        let bodyByteCount: Int
    }

    /// A hole, and where the fixed bytes before it end.
    private struct Cut {
        let end: Int
        let hole: Hole
    }

    let status: UInt16
    /// The fixed bytes, end to end.
    private var fixed: [UInt8] = []
    private var cuts: [Cut] = []
    /// The first hole of the body.
    private var bodyCut = 0
    /// How many of the fixed bytes are the body's.
    private var bodyFixedByteCount = 0

    /// Derives a template; nil if the answers are not made of fixed bytes and holes alone, as far
    /// as other samples tell.
    ///
    /// - Parameters:
    ///   - version: the version of all these answers; nil if it differs.
    ///   - render: the general renderer; nil where it has no such answer.
    /// - Complexity: O(bytes of an answer), some allocations; meant for once a second.
    init?(version: UInt64?, render: (Sample) -> Rendering?) {
        guard let marked = render(.marked(version)) else { return nil }
        let head = marked.bytes.span.extracting(first: marked.bytes.count - marked.bodyByteCount)
        let marks = Self.marks(.marked(version), hasVersion: version == nil)
        let length = Self.digits(UInt64(marked.bodyByteCount))
        // A date may hold the digits of the length as well: the proofs tell which place it is.
        for place in Self.occurrences(of: length, in: head) {
            let lengthCut = (place: place, byteCount: length.count, hole: Hole.bodyLength)
            guard let template = ResponseTemplate(cutting: marked, at: marks, lengthCut: lengthCut),
                Sample.proofs(version).allSatisfy({ template.agrees(on: $0, with: render($0)) })
            else { continue }
            self = template
            return
        }
        return nil
    }

    private init?(
        cutting marked: Rendering,
        at marks: [(hole: Hole, text: [UInt8])],
        lengthCut: (place: Int, byteCount: Int, hole: Hole)
    ) {
        var found = [lengthCut]
        for mark in marks {
            for place in Self.occurrences(of: mark.text, in: marked.bytes.span) {
                found.append((place, mark.text.count, mark.hole))
            }
        }
        found.sort { $0.place < $1.place }
        status = marked.status
        let bodyStart = marked.bytes.count - marked.bodyByteCount
        var offset = 0
        for (place, byteCount, hole) in found {
            guard place >= offset else { return nil }
            fixed.append(contentsOf: marked.bytes[offset..<place])
            if place < bodyStart { bodyCut += 1 } else { bodyFixedByteCount += byteCount }
            cuts.append(Cut(end: fixed.count, hole: hole))
            offset = place + byteCount
        }
        fixed.append(contentsOf: marked.bytes[offset...])
        bodyFixedByteCount = marked.bodyByteCount - bodyFixedByteCount
    }

    private func agrees(on sample: Sample, with rendering: Rendering?) -> Bool {
        guard let rendering, rendering.status == status else { return false }
        var output: [UInt8] = []
        append(
            key: sample.key.span,
            value: sample.value.span,
            numbers: sample.numbers,
            to: &output
        )
        return output == rendering.bytes
    }

    /// The template of those answers that are given at one revision of the store.
    ///
    /// - Complexity: O(bytes of the template), two allocations.
    func settled(at storeRevision: UInt64) -> ResponseTemplate {
        var settled = self
        settled.fixed.removeAll(keepingCapacity: true)
        settled.cuts.removeAll(keepingCapacity: true)
        let digits = Self.digits(storeRevision)
        var place = 0
        for (index, cut) in cuts.enumerated() {
            settled.fixed.append(contentsOf: fixed[place..<cut.end])
            place = cut.end
            guard cut.hole == .storeRevision else {
                settled.cuts.append(Cut(end: settled.fixed.count, hole: cut.hole))
                continue
            }
            settled.fixed.append(contentsOf: digits)
            if index < bodyCut {
                settled.bodyCut -= 1
            } else {
                settled.bodyFixedByteCount += digits.count
            }
        }
        settled.fixed.append(contentsOf: fixed[place...])
        return settled
    }

    // MARK: - Answers

    /// Appends one answer.
    ///
    /// - Parameters:
    ///   - key: plain text.
    ///   - value: plain text; unused where the answers show no value.
    /// - Complexity: O(bytes), nothing is allocated but the output's room.
    func append(
        key: Span<UInt8>,
        value: Span<UInt8>,
        numbers: Numbers,
        to output: inout [UInt8]
    ) {
        var bodyByteCount = bodyFixedByteCount
        var roomByteCount = fixed.count
        for index in 0..<cuts.count {
            let byteCount =
                switch cuts[index].hole {
                case .key: key.count
                case .value: value.count
                case .version: numbers.version.digitCount
                case .createRevision: numbers.createRevision.digitCount
                case .modRevision: numbers.modRevision.digitCount
                case .storeRevision: numbers.storeRevision.digitCount
                case .bodyLength: Self.numberByteCountMax
                }
            roomByteCount += byteCount
            if index >= bodyCut { bodyByteCount += byteCount }
        }
        // A number is written where there is room for the longest.
        output.append(addingCapacity: roomByteCount + Self.numberByteCountMax) { output in
            let fixed = fixed.span
            var place = 0
            for index in 0..<cuts.count {
                let cut = cuts[index]
                output.append(fixed.extracting(place..<cut.end))
                place = cut.end
                switch cut.hole {
                case .key: output.append(key)
                case .value: output.append(value)
                case .version: output.append(decimal: numbers.version)
                case .createRevision: output.append(decimal: numbers.createRevision)
                case .modRevision: output.append(decimal: numbers.modRevision)
                case .storeRevision: output.append(decimal: numbers.storeRevision)
                case .bodyLength: output.append(decimal: UInt64(bodyByteCount))
                }
            }
            output.append(fixed.extracting(place...))
        }
    }

    /// The digits of the largest number of 64 bits.
    private static let numberByteCountMax = 20
}

// MARK: - Marks

extension ResponseTemplate.Sample {
    /// Contents that are found again in an answer: they stand nowhere else, and none is a part of
    /// another.
    fileprivate static func marked(_ version: UInt64?) -> Self {
        Self(
            key: Array("/the-marked-key".utf8),
            value: Array("the marked value".utf8),
            numbers: .init(
                version: version ?? 7_310_000_000_000_001,
                createRevision: 7_320_000_000_000_002,
                modRevision: 7_330_000_000_000_003,
                storeRevision: 7_340_000_000_000_004
            )
        )
    }

    /// Contents with which a template is proved: short ones and long ones, each different from the
    /// marked ones in every part and in the digits of the body's length.
    fileprivate static func proofs(_ version: UInt64?) -> [Self] {
        [
            Self(
                key: Array("/k".utf8),
                value: [],
                numbers: .init(
                    version: version ?? 2,
                    createRevision: 1,
                    modRevision: 3,
                    storeRevision: 45
                )
            ),
            Self(
                key: Array("/a/longer/key".utf8),
                value: [UInt8](repeating: UInt8(ascii: "v"), count: 1200),
                numbers: .init(
                    version: version ?? .max,
                    createRevision: .max - 3,
                    modRevision: .max - 2,
                    storeRevision: .max - 1
                )
            ),
        ]
    }
}

extension ResponseTemplate {
    private static func marks(
        _ sample: Sample,
        hasVersion: Bool
    ) -> [(hole: Hole, text: [UInt8])] {
        var marks: [(hole: Hole, text: [UInt8])] = [
            (.key, sample.key), (.value, sample.value),
            (.createRevision, digits(sample.numbers.createRevision)),
            (.modRevision, digits(sample.numbers.modRevision)),
            (.storeRevision, digits(sample.numbers.storeRevision)),
        ]
        if hasVersion { marks.append((.version, digits(sample.numbers.version))) }
        return marks
    }

    private static func digits(_ number: UInt64) -> [UInt8] {
        var digits: [UInt8] = []
        digits.append(decimal: number)
        return digits
    }

    private static func occurrences(of text: [UInt8], in bytes: Span<UInt8>) -> [Int] {
        guard let first = text.first, text.count <= bytes.count else { return [] }
        return (0...bytes.count - text.count).filter { place in
            bytes[place] == first
                && bytes.extracting(place..<place + text.count).isEqual(to: text.span)
        }
    }
}

extension UInt64 {
    /// How many decimal digits it has.
    fileprivate var digitCount: Int {
        var count = 1
        var rest = self
        while rest >= 10_000 {
            rest /= 10_000
            count += 4
        }
        return count + (rest >= 10 ? 1 : 0) + (rest >= 100 ? 1 : 0) + (rest >= 1000 ? 1 : 0)
    }
}
