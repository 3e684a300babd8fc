/// The header field `traceparent` of W3C's Trace Context: which trace a request belongs to.
package struct TraceParent: Hashable, Sendable {
    /// The field as it came.
    package let text: [UInt8]

    /// Takes a field's value; nil for one that is none: it is to be ignored then (3.2.2.5).
    ///
    /// A later version may say more behind the flags.
    package init?(_ value: [UInt8]) {
        guard value.count >= 55, value.count <= 256, value[2] == Self.dash, value[35] == Self.dash,
            value[52] == Self.dash
        else { return nil }
        let version = value[0..<2]
        let trace = value[3..<35]
        let parent = value[36..<52]
        guard [version, trace, parent, value[53..<55]].allSatisfy(Self.isHexadecimal),
            !version.elementsEqual("ff".utf8), trace.contains(where: { $0 != Self.zero }),
            parent.contains(where: { $0 != Self.zero })
        else { return nil }
        let isFirst = version.elementsEqual("00".utf8)
        guard value.count == 55 || (!isFirst && value[55] == Self.dash) else { return nil }
        text = Array(value[0..<55])
    }

    private static let dash = UInt8(ascii: "-")
    private static let zero = UInt8(ascii: "0")

    /// Lower-case digits alone, as the specification has them.
    private static func isHexadecimal(_ digits: ArraySlice<UInt8>) -> Bool {
        digits.allSatisfy { digit in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit)
                || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(digit)
        }
    }
}
