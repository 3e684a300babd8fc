internal import Bytes
internal import Wire

/// The part of TOML that `TOMLWriter` writes, with what people write beside: dotted names, literal
/// strings, numbers, truth values and dates, which are taken as they are written. No arrays, inline
/// tables or strings of several lines.
struct TOMLReader {
    /// How deep names may be.
    private static let depthMax = 64

    private var cursor: FormatCursor
    private var gathering: TreeGathering
    private var table: [[UInt8]] = []

    static func leaves(in text: [UInt8]) throws(FormatFault) -> [TreeLeaf] {
        var reader = TOMLReader(text)
        try reader.read()
        return reader.gathering.leaves
    }

    private init(_ text: [UInt8]) {
        cursor = FormatCursor(text)
        gathering = TreeGathering(text)
    }

    private mutating func read() throws(FormatFault) {
        while !cursor.isAtEnd {
            cursor.skipBlanks()
            if cursor.isAtLineEnd || cursor.next == UInt8(ascii: "#") {
                try cursor.endLine()
            } else if cursor.take("[") {
                guard cursor.next != UInt8(ascii: "[") else {
                    throw cursor.fault("arrays of tables are not taken")
                }
                table = try takeNames()
                guard cursor.take("]") else { throw cursor.fault("the ] is missing") }
                try cursor.endLine()
            } else {
                let start = cursor.offset
                let names = try takeNames()
                guard cursor.take("=") else { throw cursor.fault("there is no = after the name") }
                cursor.skipBlanks()
                let value = try takeValue()
                try gathering.add(table + names, value: value, at: start)
                try cursor.endLine()
            }
        }
    }

    /// Names joined by dots; blanks may stand around each.
    private mutating func takeNames() throws(FormatFault) -> [[UInt8]] {
        var names: [[UInt8]] = []
        repeat {
            cursor.skipBlanks()
            if cursor.take("\"") {
                names.append(try QuotedText.take(&cursor))
            } else if cursor.take("'") {
                names.append(try takeLiteral())
            } else {
                let name = cursor.takeWhile {
                    $0.isASCIILetter || $0.isASCIIDigit || "_-".utf8.contains($0)
                }
                guard !name.isEmpty else { throw cursor.fault("there is no name") }
                names.append(Array(name))
            }
            cursor.skipBlanks()
            guard names.count <= Self.depthMax else {
                throw cursor.fault("names are nested deeper than \(Self.depthMax)")
            }
        } while cursor.take(".")
        return names
    }

    private mutating func takeValue() throws(FormatFault) -> [UInt8] {
        let start = cursor.offset
        if cursor.take("\"") {
            try refuseLines("\"\"", at: start)
            return try QuotedText.take(&cursor)
        }
        if cursor.take("'") {
            try refuseLines("''", at: start)
            return try takeLiteral()
        }
        let word = cursor.takeWhile {
            $0.isASCIILetter || $0.isASCIIDigit || "+-_.:".utf8.contains($0)
        }
        guard !word.isEmpty else {
            throw cursor.fault("no string, number, truth value or date: arrays are not taken")
        }
        guard let first = word.first, !first.isASCIILetter || Self.words.contains(Array(word))
        else {
            throw cursor.fault("a string has to be in quotes", at: start)
        }
        return Array(word)
    }

    private static let words: Set<[UInt8]> = [
        Array("true".utf8), Array("false".utf8), Array("inf".utf8), Array("nan".utf8),
    ]

    private func refuseLines(_ quotes: String, at start: Int) throws(FormatFault) {
        guard !cursor.text[cursor.offset...].starts(with: quotes.utf8) else {
            throw cursor.fault("strings of several lines are not taken: write \\n", at: start)
        }
    }

    /// What comes after the opening quote, without escapes.
    private mutating func takeLiteral() throws(FormatFault) -> [UInt8] {
        let start = cursor.offset - 1
        var text: [UInt8] = []
        while !cursor.isAtLineEnd, let byte = cursor.takeByte() {
            if byte == UInt8(ascii: "'") { return text }
            text.append(byte)
        }
        throw cursor.fault("the quote is not closed on its line", at: start)
    }
}
