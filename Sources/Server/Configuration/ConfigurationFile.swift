internal import Wire

/// A file of settings: `name = value` a line, lists by commas; `#` at a line's beginning or after a
/// blank begins a comment. Names are those of the flags.
package struct ConfigurationFile: Sendable {
    /// A file of settings that is longer is none.
    package static let byteCountMax = 1 << 20

    package private(set) var items: [ConfigurationItem] = []
    package private(set) var mistakes: [ConfigurationError] = []
    private let path: String

    /// - Parameters:
    ///   - bytes: any; what is no text is a mistake, like every line that is none.
    ///   - path: as messages show it.
    /// - Complexity: O(bytes + lines * names)
    package init(_ bytes: [UInt8], path: String, names: [ConfigurationName]) {
        self.path = path
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            mistakes = [ConfigurationError("--config", reason: "\(path) is no text in UTF-8")]
            return
        }
        let lines = text.drop { $0 == "\u{FEFF}" }.split(
            omittingEmptySubsequences: false,
            whereSeparator: \.isNewline
        )
        for (index, line) in lines.enumerated() { take(line, number: index + 1, names: names) }
    }

    private mutating func take(_ line: Substring, number: Int, names: [ConfigurationName]) {
        let place = ConfigurationItem.Place.file(path, line: number)
        let content = Self.trimmed(Self.withoutComment(line))
        guard !content.isEmpty else { return }
        let parts = content.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(Self.trimmed(parts[0]))
        guard parts.count == 2 else {
            return complain("\(name)", reason: "a line is NAME = VALUE", at: place)
        }
        guard let known = names.first(where: { $0.name == name }) else {
            return complain(name, reason: "serve has no such setting", at: place)
        }
        if !known.isRepeatable, let earlier = items.first(where: { $0.name == name }) {
            let reason = "is given twice, first at \(earlier.place)"
            return complain("--\(name)", reason: reason, at: place)
        }
        let value = String(Self.trimmed(parts[1]))
        guard !value.hasPrefix("\""), !value.hasPrefix("'") else {
            return complain("--\(name)", reason: "values are written without quotes", at: place)
        }
        items.append(ConfigurationItem(name, value: value, place: place))
    }

    private mutating func complain(
        _ subject: String,
        reason: String,
        at place: ConfigurationItem.Place
    ) {
        mistakes.append(ConfigurationError(subject, reason: reason, place: place))
    }

    private static func withoutComment(_ line: Substring) -> Substring {
        var afterBlank = true
        for index in line.indices {
            if line[index] == "#", afterBlank { return line[..<index] }
            afterBlank = line[index].isWhitespace
        }
        return line
    }

    private static func trimmed(_ text: Substring) -> Substring {
        guard let last = text.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return text[...last].drop { $0.isWhitespace }
    }
}
