internal import Bytes

/// Why bytes are not an accepted JSON text; offsets count bytes from its start.
package enum JSONError: Error, Hashable, Sendable {
    case invalidUTF8
    case unexpectedEnd
    case unexpectedByte(UInt8, at: Int)
    case tooDeep(limit: Int, at: Int)
    case tooManyValues(limit: Int, at: Int)
    /// A control character that must be escaped.
    case controlCharacter(at: Int)
    case invalidEscape(at: Int)
    /// Half of a surrogate pair.
    case loneSurrogate(at: Int)
    /// Not in JSON's grammar, or not below 2^53.
    case invalidNumber(at: Int)
    case duplicateName([UInt8], at: Int)
    case trailingBytes(at: Int)
}

/// What a JSON text may hold at most.
package struct JSONLimits: Hashable, Sendable {
    package static let depthMax = 64

    /// Values of every kind together; bounds the memory a body of commas can ask for.
    package var valueCountMax: Int

    package init(valueCountMax: Int = 1 << 16) { self.valueCountMax = valueCountMax }
}

extension JSONValue {
    /// Parses one whole JSON text.
    ///
    /// - Complexity: O(*n*) in bytes, O(*m* log *m*) in an object's members.
    package init(
        parsing bytes: [UInt8],
        limits: JSONLimits = JSONLimits()
    ) throws(JSONError) {
        guard bytes.span.isValidUTF8 else { throw .invalidUTF8 }
        var parser = JSONParser(bytes: bytes, limits: limits)
        parser.skipBlanks()
        self = try parser.takeValue(depth: 0)
        parser.skipBlanks()
        guard parser.offset == bytes.count else { throw .trailingBytes(at: parser.offset) }
    }
}

/// Recursive descent over valid UTF-8, its depth bounded by `JSONLimits.depthMax`.
private struct JSONParser {
    let bytes: [UInt8]
    let limits: JSONLimits
    var offset = 0
    var valueCount = 0

    init(bytes: [UInt8], limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func skipBlanks() {
        while offset < bytes.count {
            switch bytes[offset] {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"):
                offset += 1
            default: return
            }
        }
    }

    private func peek() throws(JSONError) -> UInt8 {
        guard offset < bytes.count else { throw .unexpectedEnd }
        return bytes[offset]
    }

    private mutating func expect(_ byte: UInt8) throws(JSONError) {
        let found = try peek()
        guard found == byte else { throw .unexpectedByte(found, at: offset) }
        offset += 1
    }

    mutating func takeValue(depth: Int) throws(JSONError) -> JSONValue {
        valueCount += 1
        guard valueCount <= limits.valueCountMax else {
            throw .tooManyValues(limit: limits.valueCountMax, at: offset)
        }
        let first = try peek()
        switch first {
        case UInt8(ascii: "{"): return .object(try takeObject(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try takeArray(depth: depth + 1))
        case UInt8(ascii: "\""): return .string(try takeString())
        case UInt8(ascii: "t"): return try take("true", value: .bool(true))
        case UInt8(ascii: "f"): return try take("false", value: .bool(false))
        case UInt8(ascii: "n"): return try take("null", value: .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return .number(try takeNumber())
        default: throw .unexpectedByte(first, at: offset)
        }
    }

    private mutating func take(
        _ word: StaticString,
        value: JSONValue
    ) throws(JSONError) -> JSONValue {
        for expected in [UInt8](word) { try expect(expected) }
        return value
    }

    private mutating func enter(depth: Int) throws(JSONError) {
        guard depth <= JSONLimits.depthMax else {
            throw .tooDeep(limit: JSONLimits.depthMax, at: offset)
        }
        offset += 1
        skipBlanks()
    }

    /// Whether a further element follows; takes the comma or the closing byte.
    private mutating func takeSeparator(closing: UInt8) throws(JSONError) -> Bool {
        skipBlanks()
        let byte = try peek()
        guard byte == closing || byte == UInt8(ascii: ",") else {
            throw .unexpectedByte(byte, at: offset)
        }
        offset += 1
        guard byte != closing else { return false }
        skipBlanks()
        return true
    }

    private mutating func takeArray(depth: Int) throws(JSONError) -> [JSONValue] {
        try enter(depth: depth)
        var elements: [JSONValue] = []
        if try peek() == UInt8(ascii: "]") {
            offset += 1
            return elements
        }
        repeat {
            elements.append(try takeValue(depth: depth))
        } while try takeSeparator(
            closing: UInt8(ascii: "]")
        )
        return elements
    }

    private mutating func takeObject(depth: Int) throws(JSONError) -> JSONObject {
        try enter(depth: depth)
        var members: [JSONObject.Member] = []
        let start = offset
        if try peek() == UInt8(ascii: "}") {
            offset += 1
            return JSONObject(members: members)
        }
        repeat {
            let name = try takeString()
            skipBlanks()
            try expect(UInt8(ascii: ":"))
            skipBlanks()
            members.append(JSONObject.Member(name: name, value: try takeValue(depth: depth)))
        } while try takeSeparator(closing: UInt8(ascii: "}"))
        if let name = Self.firstDuplicate(members) { throw .duplicateName(name, at: start) }
        return JSONObject(members: members)
    }

    /// Looked for by pairs among few members, by sorting among many.
    private static func firstDuplicate(_ members: [JSONObject.Member]) -> [UInt8]? {
        guard members.count > 16 else {
            for (position, member) in members.enumerated()
            where members[..<position].contains(where: { $0.name == member.name }) {
                return member.name
            }
            return nil
        }
        let names = members.map(\.name).sorted { $0.lexicographicallyPrecedes($1) }
        return zip(names, names.dropFirst()).first { $0 == $1 }?.0
    }

    // MARK: - Strings

    private mutating func takeString() throws(JSONError) -> [UInt8] {
        try expect(UInt8(ascii: "\""))
        let start = offset
        try skipPlain()
        if bytes[offset] == UInt8(ascii: "\"") {
            offset += 1
            return Array(bytes[start..<offset - 1])
        }
        var output = Array(bytes[start..<offset])
        while bytes[offset] != UInt8(ascii: "\"") {
            try takeEscape(into: &output)
            let plain = offset
            try skipPlain()
            output.append(contentsOf: bytes[plain..<offset])
        }
        offset += 1
        return output
    }

    /// Goes to the next quote or backslash, which there must be.
    private mutating func skipPlain() throws(JSONError) {
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return }
            guard byte >= 0x20 else { throw .controlCharacter(at: offset) }
            offset += 1
        }
        throw .unexpectedEnd
    }

    private mutating func takeEscape(into output: inout [UInt8]) throws(JSONError) {
        let start = offset
        offset += 1
        let kind = try peek()
        offset += 1
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): output.append(kind)
        case UInt8(ascii: "b"): output.append(0x08)
        case UInt8(ascii: "f"): output.append(0x0C)
        case UInt8(ascii: "n"): output.append(0x0A)
        case UInt8(ascii: "r"): output.append(0x0D)
        case UInt8(ascii: "t"): output.append(0x09)
        case UInt8(ascii: "u"):
            output.append(contentsOf: UTF8.encode(try takeScalar(from: start)) ?? .init())
        default: throw .invalidEscape(at: start)
        }
    }

    /// The character of a `\u` escape, or of the surrogate pair that begins there.
    private mutating func takeScalar(from start: Int) throws(JSONError) -> Unicode.Scalar {
        let first = try takeFourDigits(from: start)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"),
            bytes[offset + 1] == UInt8(ascii: "u")
        else { throw .loneSurrogate(at: start) }
        offset += 2
        let second = try takeFourDigits(from: start)
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(
                0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
            )
        else { throw .loneSurrogate(at: start) }
        return scalar
    }

    private mutating func takeFourDigits(from start: Int) throws(JSONError) -> UInt16 {
        guard offset + 4 <= bytes.count else { throw .unexpectedEnd }
        guard let value = Hexadecimal.decode(bytes[offset..<offset + 4]) else {
            throw .invalidEscape(at: start)
        }
        offset += 4
        return UInt16(value)
    }

    // MARK: - Numbers

    /// RFC 8259, 6: no leading zero, no leading plus, digits on both sides of the point.
    private mutating func takeNumber() throws(JSONError) -> DecimalNumber {
        let start = offset
        while offset < bytes.count, bytes[offset].isNumberCharacter { offset += 1 }
        let text = bytes[start..<offset]
        let digits = text.first == UInt8(ascii: "-") ? text.dropFirst() : text
        let hasLeadingZero =
            digits.first == UInt8(ascii: "0") && digits.dropFirst().first?.isDigit == true
        guard !hasLeadingZero, let number = DecimalNumber(parsing: text) else {
            throw .invalidNumber(at: start)
        }
        return number
    }
}

extension UInt8 {
    fileprivate var isNumberCharacter: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"),
            UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }
}
