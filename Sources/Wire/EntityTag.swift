/// Why an `If-Match` or `If-None-Match` field is refused (RFC 9110, 13.1).
package enum EntityTagError: Error, Hashable, Sendable {
    /// Neither `*` nor a list of quoted tags.
    case malformed(at: Int)
    case tooMany(limit: Int)
}

/// One entity tag (RFC 9110, 8.8.3).
package struct EntityTag: Hashable, Sendable {
    /// Whether equal tags promise equal bytes.
    package enum Strength: UInt8, Hashable, Sendable {
        case strong = 0
        /// `W/"…"`: never equal under the strong comparison of `If-Match`.
        case weak = 1
    }

    package let strength: Strength
    /// Between the quotes.
    package let opaque: [UInt8]

    package init(strength: Strength, opaque: [UInt8]) {
        self.strength = strength
        self.opaque = opaque
    }

    /// Reads a field's value.
    package static func parse(
        _ text: ArraySlice<UInt8>
    ) throws(EntityTagError) -> EntityTagCondition {
        if text.equals("*") { return .any }
        var tags: [EntityTag] = []
        var offset = text.startIndex
        while true {
            while offset < text.endIndex, text[offset].isBlank { offset += 1 }
            guard tags.count < countMax else { throw .tooMany(limit: countMax) }
            tags.append(try take(text, at: &offset))
            while offset < text.endIndex, text[offset].isBlank { offset += 1 }
            if offset == text.endIndex { return .tags(tags) }
            guard text[offset] == UInt8(ascii: ",") else {
                throw .malformed(at: offset - text.startIndex)
            }
            offset += 1
        }
    }

    /// The most tags in one field.
    private static let countMax = 64

    private static func take(
        _ text: ArraySlice<UInt8>,
        at offset: inout Int
    ) throws(EntityTagError) -> EntityTag {
        var strength = Strength.strong
        if text[offset...].starts(with: [UInt8(ascii: "W"), UInt8(ascii: "/")]) {
            strength = .weak
            offset += 2
        }
        guard offset < text.endIndex, text[offset] == UInt8(ascii: "\""),
            let end = text[(offset + 1)...].firstIndex(of: UInt8(ascii: "\""))
        else { throw .malformed(at: offset - text.startIndex) }
        let opaque = text[offset + 1..<end]
        guard opaque.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw .malformed(at: offset - text.startIndex)
        }
        offset = end + 1
        return EntityTag(strength: strength, opaque: Array(opaque))
    }
}

/// What `If-Match` or `If-None-Match` asks for.
package enum EntityTagCondition: Hashable, Sendable {
    /// `*`: whatever there is.
    case any
    case tags([EntityTag])
}
