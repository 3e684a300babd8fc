internal import Bytes
internal import Wire

/// Nested objects whose leaves are strings, as `roost tree --output json` has them, spread over
/// lines. Numbers, truth values and arrays are read as their JSON text.
enum JSONFormat {
    private static let limits = JSONLimits(valueCountMax: 1 << 22)

    static func text(of leaves: [TreeLeaf]) -> [UInt8] {
        var writer = JSONWriter()
        write(TreeLevel(leaves), to: &writer)
        return writer.output.indentedJSON + [UInt8(ascii: "\n")]
    }

    private static func write(_ level: TreeLevel, to writer: inout JSONWriter) {
        writer.beginObject()
        if let value = level.value {
            writer.name(bytes: [])
            writer.string(MarkedValue.text(of: value))
        }
        for child in level.children {
            writer.name(bytes: child.name)
            if let value = child.value, child.children.isEmpty {
                writer.string(MarkedValue.text(of: value))
            } else {
                write(child, to: &writer)
            }
        }
        writer.endObject()
    }

    static func leaves(in text: [UInt8]) throws(FormatFault) -> [TreeLeaf] {
        let json: JSONValue
        do throws(JSONError) { json = try JSONValue(parsing: text, limits: limits) } catch {
            throw fault(of: error, in: text)
        }
        guard let object = json.object else { throw FormatFault("it is no JSON object") }
        var gathering = TreeGathering(text)
        try take(object, names: [], into: &gathering)
        return gathering.leaves
    }

    /// Recurses as deep as the text is, which the parser bounds.
    private static func take(
        _ object: JSONObject,
        names: [[UInt8]],
        into gathering: inout TreeGathering
    ) throws(FormatFault) {
        for member in object.members {
            let place = names + [member.name]
            let path = TerminalText.word(Array(place.joined(separator: [UInt8(ascii: "/")])))
            switch member.value {
            case .object(let inner):
                guard !member.name.isEmpty else {
                    throw FormatFault("the value of '\(path)' is an object")
                }
                try take(inner, names: place, into: &gathering)
            case .string(let value): try gathering.add(place, value: value, at: nil)
            case .null: throw FormatFault("'\(path)' is null: leave it out, or write \"\"")
            case .bool, .number, .array:
                var writer = JSONWriter()
                writer.value(member.value)
                try gathering.add(place, value: writer.output, at: nil)
            }
        }
    }

    private static func fault(of error: JSONError, in text: [UInt8]) -> FormatFault {
        let (what, offset): (String, Int?) =
            switch error {
            case .invalidUTF8: ("is not valid UTF-8", nil)
            case .unexpectedEnd: ("it ends in the middle", text.count)
            case .unexpectedByte(_, let offset): ("this does not belong here", offset)
            case .tooDeep(let limit, let offset): ("it is nested deeper than \(limit)", offset)
            case .tooManyValues(let limit, let offset): ("there are over \(limit) values", offset)
            case .controlCharacter(let offset): ("a control character must be escaped", offset)
            case .invalidEscape(let offset): ("the escape is unknown", offset)
            case .loneSurrogate(let offset): ("half a surrogate pair", offset)
            case .invalidNumber(let offset): ("the number is malformed or not below 2^53", offset)
            case .duplicateName(let name, let offset):
                ("'\(TerminalText.word(name))' is there twice", offset)
            case .trailingBytes(let offset): ("something follows the object", offset)
            }
        return offset.map { FormatFault(what, at: $0, in: text) } ?? FormatFault(what)
    }
}
