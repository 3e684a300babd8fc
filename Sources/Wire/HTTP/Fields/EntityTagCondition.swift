/// What `If-Match` or `If-None-Match` asks for.
package enum EntityTagCondition: Hashable, Sendable {
    /// `*`: whatever there is.
    case any
    /// One of these; none at all where every element of the list is empty.
    case tags([EntityTag])

    /// Reads what all lines of a field say together: they are one list, whose empty elements count
    /// for nothing (RFC 9110, 5.3 and 5.6.1). Nil without a line.
    package init?(parsing lines: [ArraySlice<UInt8>]) throws(EntityTagError) {
        guard !lines.isEmpty else { return nil }
        var list = EntityTagList()
        for line in lines { try list.take(line) }
        guard list.anyCount > 0 else {
            self = .tags(list.tags)
            return
        }
        guard list.anyCount == 1, list.tags.isEmpty else { throw .anyAmongOthers }
        self = .any
    }
}

/// Why an `If-Match` or `If-None-Match` field is refused (RFC 9110, 13.1).
package enum EntityTagError: Error, Hashable, Sendable {
    /// Neither `*` nor a list of quoted tags; where, in the line that is at fault.
    case malformed(at: Int)
    /// `*` stands for everything, and so for itself.
    case anyAmongOthers
    case tooMany(limit: Int)
}

/// The elements of a list as they are found.
private struct EntityTagList {
    private(set) var tags: [EntityTag] = []
    /// How often `*` was there.
    private(set) var anyCount = 0

    /// Takes the elements of one line.
    mutating func take(_ line: ArraySlice<UInt8>) throws(EntityTagError) {
        var rest = line
        var separated = true
        while let byte = rest.first {
            if byte.isBlank || byte == UInt8(ascii: ",") {
                if byte == UInt8(ascii: ",") { separated = true }
                rest = rest.dropFirst()
                continue
            }
            guard separated else { throw .malformed(at: rest.startIndex - line.startIndex) }
            separated = false
            if byte == UInt8(ascii: "*") {
                anyCount += 1
                rest = rest.dropFirst()
            } else {
                guard tags.count < EntityTag.countMax else {
                    throw .tooMany(limit: EntityTag.countMax)
                }
                tags.append(try Self.tag(&rest, of: line))
            }
        }
    }

    private static func tag(
        _ rest: inout ArraySlice<UInt8>,
        of line: ArraySlice<UInt8>
    ) throws(EntityTagError) -> EntityTag {
        let fault = EntityTagError.malformed(at: rest.startIndex - line.startIndex)
        var strength = EntityTag.Strength.strong
        if rest.starts(with: [UInt8(ascii: "W"), UInt8(ascii: "/")]) {
            strength = .weak
            rest = rest.dropFirst(2)
        }
        guard rest.first == UInt8(ascii: "\"") else { throw fault }
        let inside = rest.dropFirst()
        guard let end = inside.firstIndex(of: UInt8(ascii: "\"")) else { throw fault }
        let opaque = inside[..<end]
        guard opaque.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { throw fault }
        rest = rest[(end + 1)...]
        return EntityTag(strength: strength, opaque: Array(opaque))
    }
}
