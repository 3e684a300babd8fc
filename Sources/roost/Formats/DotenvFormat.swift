internal import Bytes
internal import Wire

/// `NAME=value`, a line each, as shells and loaders of `.env` files read it; nothing is substituted.
///
/// A name is the path below the root; the root itself is `.`. Bytes that are neither letters,
/// digits, `_`, `.`, `-` nor `/` are percent-encoded.
enum DotenvFormat {
    private static let root = [UInt8(ascii: ".")]

    // MARK: - Writing

    static func text(of leaves: [TreeLeaf]) -> [UInt8] {
        var output: [UInt8] = []
        for leaf in leaves.sorted(by: { $0.precedes($1) }) {
            output += leaf.path.isEmpty ? root : name(of: leaf.path.dropFirst())
            output.append(UInt8(ascii: "="))
            append(MarkedValue.text(of: leaf.value, isPlain: isPlain), to: &output)
            output.append(UInt8(ascii: "\n"))
        }
        return output
    }

    private static func name(of path: ArraySlice<UInt8>) -> [UInt8] {
        var name: [UInt8] = []
        for byte in path {
            if isNameByte(byte) {
                name.append(byte)
            } else {
                name.append("%", code: UInt32(byte), digitCount: 2)
            }
        }
        return name
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte.isASCIILetter || byte.isASCIIDigit || "_.-/".utf8.contains(byte)
    }

    /// Whether loaders agree on how the text is written.
    private static func isPlain(_ value: [UInt8]) -> Bool {
        let layout = Set("\n\r\t".utf8)
        return value.allSatisfy { $0 >= 0x20 && $0 != 0x7F || layout.contains($0) }
    }

    private static func append(_ value: [UInt8], to output: inout [UInt8]) {
        let isBare = value.allSatisfy { isNameByte($0) || ":,+@%".utf8.contains($0) }
        guard !isBare || value.isEmpty else {
            output += value
            return
        }
        output.append(UInt8(ascii: "\""))
        for byte in value {
            switch byte {
            case UInt8(ascii: "\n"): output.append("\\n")
            case UInt8(ascii: "\r"): output.append("\\r")
            case UInt8(ascii: "\t"): output.append("\\t")
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "$"), UInt8(ascii: "`"):
                output.append(UInt8(ascii: "\\"))
                output.append(byte)
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    // MARK: - Reading

    static func leaves(in text: [UInt8]) throws(FormatFault) -> [TreeLeaf] {
        var cursor = FormatCursor(text)
        var gathering = TreeGathering(text)
        while !cursor.isAtEnd {
            cursor.skipBlanks()
            if !cursor.isAtLineEnd, cursor.next != UInt8(ascii: "#") {
                let start = cursor.offset
                let name = try takeName(&cursor)
                let value = try takeValue(&cursor)
                try gathering.add(name == root ? [] : [name], value: value, at: start)
            }
            try cursor.endLine()
        }
        return gathering.leaves
    }

    private static func takeName(_ cursor: inout FormatCursor) throws(FormatFault) -> [UInt8] {
        let word = Array("export ".utf8)
        if cursor.text[cursor.offset...].starts(with: word) {
            cursor.offset += word.count
            cursor.skipBlanks()
        }
        var name: [UInt8] = []
        while let byte = cursor.next, byte != UInt8(ascii: "="), !cursor.isAtLineEnd {
            if cursor.take("%") {
                name.append(UInt8(truncatingIfNeeded: try cursor.takeNumber(digitCount: 2)))
            } else {
                guard isNameByte(byte) else {
                    throw cursor.fault("a name has letters, digits, _, ., - and /, others as %XX")
                }
                name.append(byte)
                cursor.offset += 1
            }
        }
        guard !name.isEmpty else { throw cursor.fault("there is no name before =") }
        guard name.span.isValidUTF8 else { throw cursor.fault("the name is not valid UTF-8") }
        guard cursor.take("=") else { throw cursor.fault("there is no = after the name") }
        return name
    }

    private static func takeValue(_ cursor: inout FormatCursor) throws(FormatFault) -> [UInt8] {
        if cursor.take("\"") { return try takeQuoted(&cursor) }
        if cursor.take("'") {
            let start = cursor.offset - 1
            let value = Array(cursor.takeWhile { $0 != UInt8(ascii: "'") })
            guard cursor.take("'") else { throw cursor.fault("the quote is not closed", at: start) }
            return value
        }
        let start = cursor.offset
        let line = cursor.takeLine()
        let comment = line.indices.first { place in
            line[place] == UInt8(ascii: "#")
                && (place == line.startIndex || " \t".utf8.contains(line[place - 1]))
        }
        let value = line[..<(comment ?? line.endIndex)].trimmingBlanks
        if let place = value.firstIndex(where: { "$`\"'\\".utf8.contains($0) }) {
            throw cursor.fault("nothing is substituted: write the value in '…'", at: place)
        }
        if let blank = value.firstIndex(where: { $0 < 0x20 }) {
            throw cursor.fault("a control character belongs in quotes", at: blank)
        }
        cursor.offset = max(start, value.endIndex)
        return Array(value)
    }

    private static func takeQuoted(_ cursor: inout FormatCursor) throws(FormatFault) -> [UInt8] {
        let start = cursor.offset - 1
        var value: [UInt8] = []
        while let byte = cursor.takeByte() {
            switch byte {
            case UInt8(ascii: "\""): return value
            case UInt8(ascii: "$"), UInt8(ascii: "`"):
                throw cursor.fault(
                    "nothing is substituted: write \\\(Character(Unicode.Scalar(byte)))",
                    at: cursor.offset - 1
                )
            case UInt8(ascii: "\\"): value.append(try takeEscape(&cursor))
            default: value.append(byte)
            }
        }
        throw cursor.fault("the quote is not closed", at: start)
    }

    private static func takeEscape(_ cursor: inout FormatCursor) throws(FormatFault) -> UInt8 {
        switch cursor.takeByte() {
        case UInt8(ascii: "n"): return UInt8(ascii: "\n")
        case UInt8(ascii: "r"): return UInt8(ascii: "\r")
        case UInt8(ascii: "t"): return UInt8(ascii: "\t")
        case .some(let byte) where "\"\\$`".utf8.contains(byte): return byte
        default: throw cursor.fault("the escape is unknown", at: cursor.offset - 1)
        }
    }
}
