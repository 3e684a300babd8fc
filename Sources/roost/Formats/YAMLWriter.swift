internal import Bytes
internal import Wire

/// Nested mappings whose values are strings, two blanks a level; text of several lines is a literal
/// block.
enum YAMLWriter {
    /// Words that some reader takes for something else than a string (YAML 1.1 has the most).
    private static let words: Set<String> = [
        "true", "false", "yes", "no", "on", "off", "null", "y", "n",
    ]

    static func text(of leaves: [TreeLeaf]) -> [UInt8] {
        guard !leaves.isEmpty else { return Array("{}\n".utf8) }
        var output: [UInt8] = []
        write(TreeLevel(leaves), depth: 0, to: &output)
        return output
    }

    private static func write(_ level: TreeLevel, depth: Int, to output: inout [UInt8]) {
        if let value = level.value {
            append([], depth: depth, to: &output)
            append(value: value, depth: depth, to: &output)
        }
        for child in level.children {
            append(child.name, depth: depth, to: &output)
            if let value = child.value, child.children.isEmpty {
                append(value: value, depth: depth, to: &output)
            } else {
                output.append("\n")
                write(child, depth: depth + 1, to: &output)
            }
        }
    }

    private static func append(_ name: [UInt8], depth: Int, to output: inout [UInt8]) {
        indent(by: depth, in: &output)
        if isBare(name) { output += name } else { QuotedText.append(name, to: &output) }
        output.append(":")
    }

    private static func indent(by depth: Int, in output: inout [UInt8]) {
        output += [UInt8](repeating: UInt8(ascii: " "), count: 2 * depth)
    }

    private static func append(value: [UInt8], depth: Int, to output: inout [UInt8]) {
        output.append(" ")
        let text = MarkedValue.text(of: value)
        if isBare(text) {
            output += text
        } else if isBlock(text) {
            let isEnded = text.last == UInt8(ascii: "\n")
            output.append(isEnded ? "|" : "|-")
            let lines = (isEnded ? text.dropLast() : text[...])
                .split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            for line in lines {
                output.append("\n")
                guard !line.isEmpty else { continue }
                indent(by: depth + 1, in: &output)
                output += line
            }
        } else {
            QuotedText.append(text, to: &output)
        }
        output.append("\n")
    }

    /// Whether the text needs no quotes: it begins with a letter and no reader takes it for
    /// something else.
    private static func isBare(_ text: [UInt8]) -> Bool {
        guard let first = text.first, first.isASCIILetter || first == UInt8(ascii: "/") else {
            return false
        }
        let isPlain = text.allSatisfy {
            $0.isASCIILetter || $0.isASCIIDigit || "_./-@+".utf8.contains($0)
        }
        return isPlain && !words.contains(String(decoding: text, as: UTF8.self).lowercased())
    }

    /// Whether the text is shown as it is by lines below: several, the first of them with something
    /// at its beginning, and at most one line feed at the end.
    private static func isBlock(_ text: [UInt8]) -> Bool {
        let lineFeed = UInt8(ascii: "\n")
        guard let first = text.first, first != UInt8(ascii: " "), first != lineFeed,
            text.dropLast().contains(lineFeed), !text.suffix(2).elementsEqual([lineFeed, lineFeed])
        else { return false }
        return String(decoding: text, as: UTF8.self).unicodeScalars.allSatisfy {
            $0 == "\n" || !QuotedText.isEscaped($0)
        }
    }
}
