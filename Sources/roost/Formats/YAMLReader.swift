internal import Bytes
internal import Wire

/// The part of YAML that `YAMLWriter` writes, with the ordinary scalars that people write: nested
/// mappings by indentation, plain, quoted and literal scalars, comments. No lists, flow collections
/// but `{}`, anchors, aliases, tags, folded or several documents.
struct YAMLReader {
    /// How deep mappings may be nested.
    private static let depthMax = 64

    /// A mapping that is being read.
    private struct Mapping {
        let indentation: Int
        let names: [[UInt8]]
    }

    private var cursor: FormatCursor
    private var gathering: TreeGathering
    /// From the outermost on.
    private var mappings: [Mapping] = []
    /// A name whose mapping has not begun, with where it stands and its indentation.
    private var opened: (names: [[UInt8]], offset: Int, indentation: Int)?

    static func leaves(in text: [UInt8]) throws(FormatFault) -> [TreeLeaf] {
        var reader = YAMLReader(text)
        try reader.read()
        return reader.gathering.leaves
    }

    private init(_ text: [UInt8]) {
        cursor = FormatCursor(text)
        gathering = TreeGathering(text)
    }

    private mutating func read() throws(FormatFault) {
        if cursor.text.starts(with: Array("---".utf8)) {
            cursor.offset = 3
            try cursor.endLine()
        }
        while !cursor.isAtEnd {
            let start = cursor.offset
            let indentation = cursor.takeWhile { $0 == UInt8(ascii: " ") }.count
            if cursor.isAtLineEnd || cursor.next == UInt8(ascii: "#") {
                try cursor.endLine()
                continue
            }
            guard cursor.next != UInt8(ascii: "\t") else {
                throw cursor.fault("lines are indented by blanks, not tabs")
            }
            if mappings.isEmpty, opened == nil, takeEmptyMapping() {
                try cursor.endLine()
                guard cursor.isAtEnd || isBlankToTheEnd else {
                    throw cursor.fault("something follows the whole")
                }
                return
            }
            try enter(indentation, at: start)
            try readEntry(indentation)
        }
        if let opened { throw valueless(opened.offset) }
    }

    private var isBlankToTheEnd: Bool {
        var ahead = cursor
        while !ahead.isAtEnd {
            do throws(FormatFault) { try ahead.endLine() } catch { return false }
        }
        return true
    }

    private func valueless(_ offset: Int) -> FormatFault {
        cursor.fault("there is no value: write \"\" for an empty one", at: offset)
    }

    /// Finds the mapping that a line belongs to.
    private mutating func enter(_ indentation: Int, at start: Int) throws(FormatFault) {
        if let begun = opened {
            guard indentation > begun.indentation else { throw valueless(begun.offset) }
            guard mappings.count < Self.depthMax else {
                throw cursor.fault("mappings are nested deeper than \(Self.depthMax)")
            }
            mappings.append(Mapping(indentation: indentation, names: begun.names))
            opened = nil
            return
        }
        if mappings.isEmpty { mappings = [Mapping(indentation: indentation, names: [])] }
        while let last = mappings.last, last.indentation > indentation { mappings.removeLast() }
        guard mappings.last?.indentation == indentation else {
            throw cursor.fault("the indentation is that of no line above", at: start)
        }
    }

    private mutating func readEntry(_ indentation: Int) throws(FormatFault) {
        let start = cursor.offset
        let name = try takeName()
        let names = (mappings.last?.names ?? []) + [name]
        cursor.skipBlanks()
        if cursor.isAtLineEnd || cursor.next == UInt8(ascii: "#") {
            guard !name.isEmpty else { throw valueless(start) }
            opened = (names, start, indentation)
            return try cursor.endLine()
        }
        if takeEmptyMapping() { return try cursor.endLine() }
        let value = try takeScalar(indentation)
        try gathering.add(names, value: value, at: start)
    }

    private mutating func takeEmptyMapping() -> Bool {
        guard cursor.text[cursor.offset...].starts(with: Array("{}".utf8)) else { return false }
        cursor.offset += 2
        return true
    }

    // MARK: - Names

    /// A name and its colon, which a blank or the end of the line follows.
    private mutating func takeName() throws(FormatFault) -> [UInt8] {
        let start = cursor.offset
        let name: [UInt8]
        if cursor.take("\"") {
            name = try QuotedText.take(&cursor)
        } else if cursor.take("'") {
            name = try takeSingleQuoted()
        } else {
            try expectPlain()
            name = Array(takePlain(isName: true))
            guard !name.isEmpty else { throw cursor.fault("there is no name", at: start) }
        }
        cursor.skipBlanks()
        guard cursor.take(":") else {
            throw cursor.fault("this is no 'name: value'", at: start)
        }
        guard cursor.isAtLineEnd || cursor.next == 0x20 || cursor.next == 0x09 else {
            throw cursor.fault("a blank is missing after the colon")
        }
        return name
    }

    // MARK: - Scalars

    private mutating func takeScalar(_ indentation: Int) throws(FormatFault) -> [UInt8] {
        if cursor.take("|") { return try takeBlock(indentation) }
        let value: [UInt8]
        if cursor.take("\"") {
            value = try QuotedText.take(&cursor)
        } else if cursor.take("'") {
            value = try takeSingleQuoted()
        } else {
            try expectPlain()
            let start = cursor.offset
            value = Array(takePlain(isName: false))
            if value.equals("null") || value.equals("~") {
                throw cursor.fault("null is no value: leave it out, or write \"\"", at: start)
            }
        }
        try cursor.endLine()
        return value
    }

    /// Refuses what begins something else than a plain scalar.
    private func expectPlain() throws(FormatFault) {
        guard let first = cursor.next else { return }
        var ahead = cursor
        ahead.offset += 1
        let isAlone = ahead.isAtLineEnd || ahead.next == 0x20 || ahead.next == 0x09
        switch first {
        case UInt8(ascii: "-") where isAlone: throw cursor.fault("lists are not taken")
        case UInt8(ascii: "-"): return
        case UInt8(ascii: "&"), UInt8(ascii: "*"), UInt8(ascii: "!"):
            throw cursor.fault("anchors, aliases and tags are not taken; quote what is none")
        case UInt8(ascii: "?") where isAlone, UInt8(ascii: ":") where isAlone:
            throw cursor.fault("this is no 'name: value'")
        case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"),
            UInt8(ascii: ","), UInt8(ascii: ">"), UInt8(ascii: "%"), UInt8(ascii: "@"),
            UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "#"):
            throw cursor.fault("a value that begins so has to be in quotes")
        default: return
        }
    }

    /// Up to the end of the line, a comment, or the colon of a name.
    private mutating func takePlain(isName: Bool) -> ArraySlice<UInt8> {
        let start = cursor.offset
        while !cursor.isAtLineEnd, let byte = cursor.next {
            let isAfterBlank =
                cursor.offset > start && " \t".utf8.contains(cursor.text[cursor.offset - 1])
            if byte == UInt8(ascii: "#"), isAfterBlank { break }
            if byte == UInt8(ascii: ":") {
                var ahead = cursor
                ahead.offset += 1
                if ahead.isAtLineEnd || ahead.next == 0x20 || ahead.next == 0x09 { break }
            }
            cursor.offset += 1
        }
        return cursor.text[start..<cursor.offset].trimmingBlanks
    }

    /// What comes after the opening quote; two quotes are one.
    private mutating func takeSingleQuoted() throws(FormatFault) -> [UInt8] {
        let start = cursor.offset - 1
        var text: [UInt8] = []
        while !cursor.isAtLineEnd, let byte = cursor.takeByte() {
            guard byte == UInt8(ascii: "'") else {
                text.append(byte)
                continue
            }
            guard cursor.take("'") else { return text }
            text.append(byte)
        }
        throw cursor.fault("the quote is not closed on its line", at: start)
    }

    /// A literal block: `|`, `|-` without a line feed at its end, `|+` with all of them.
    private mutating func takeBlock(_ indentation: Int) throws(FormatFault) -> [UInt8] {
        let isStripped = cursor.take("-")
        let isKept = !isStripped && cursor.take("+")
        try cursor.endLine()
        var lines: [ArraySlice<UInt8>] = []
        var depth: Int?
        while !cursor.isAtEnd {
            var ahead = cursor
            let blanks = ahead.takeWhile { $0 == UInt8(ascii: " ") }.count
            if ahead.isAtLineEnd, blanks <= depth ?? .max {
                lines.append([])
            } else {
                guard blanks >= depth ?? (indentation + 1) else { break }
                depth = depth ?? blanks
                ahead.offset = cursor.offset + (depth ?? 0)
                lines.append(ahead.takeLine())
            }
            _ = ahead.takeLine()
            _ = ahead.take("\r")
            _ = ahead.take("\n")
            cursor = ahead
        }
        let content = lines.lastIndex { !$0.isEmpty }.map { $0 + 1 } ?? 0
        var text = Array(lines[..<content].joined(separator: [UInt8(ascii: "\n")]))
        if content > 0, !isStripped { text.append(UInt8(ascii: "\n")) }
        if isKept { text += lines[content...].map { _ in UInt8(ascii: "\n") } }
        return text
    }
}
