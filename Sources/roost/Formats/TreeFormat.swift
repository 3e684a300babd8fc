internal import Bytes

/// How a tree is written in a file. What is written is read as it was, byte by byte.
package enum TreeFormat: String, CaseIterable, Sendable {
    case json
    case yaml
    case dotenv
    case properties
    case toml

    static let flag = Flag(
        "format",
        value: .required("FORMAT"),
        "json, yaml, dotenv, properties or toml"
    )

    /// The format that the end of a file's name says; nil for any other.
    init?(ofFile path: String) {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        if name == ".env" || name.hasSuffix(".env") || name.hasPrefix(".env.") {
            self = .dotenv
            return
        }
        switch name.split(separator: ".").last.map(String.init) {
        case "json": self = .json
        case "yaml", "yml": self = .yaml
        case "properties": self = .properties
        case "toml": self = .toml
        default: return nil
        }
    }

    /// What `--format` says, nil where it is not given.
    static func flagged(_ invocation: Invocation) throws(Failure) -> TreeFormat? {
        guard let text = invocation.text("format") else { return nil }
        guard let format = TreeFormat(rawValue: text) else {
            let names = allCases.map(\.rawValue).joined(separator: ", ")
            throw .usage("there is no format '\(text)'", hint: "write one of \(names)")
        }
        return format
    }

    /// - Parameter leaves: each path once.
    package func text(of leaves: [TreeLeaf]) -> [UInt8] {
        switch self {
        case .json: JSONFormat.text(of: leaves)
        case .yaml: YAMLWriter.text(of: leaves)
        case .dotenv: DotenvFormat.text(of: leaves)
        case .properties: PropertiesFormat.text(of: leaves)
        case .toml: TOMLWriter.text(of: leaves)
        }
    }

    /// Reads a file; each path is there once.
    package func leaves(in text: [UInt8]) throws(FormatFault) -> [TreeLeaf] {
        guard text.span.isValidUTF8 else { throw FormatFault("is not valid UTF-8") }
        return switch self {
        case .json: try JSONFormat.leaves(in: text)
        case .yaml: try YAMLReader.leaves(in: text)
        case .dotenv: try DotenvFormat.leaves(in: text)
        case .properties: try PropertiesFormat.leaves(in: text)
        case .toml: try TOMLReader.leaves(in: text)
        }
    }
}

/// Why a file is no tree.
package struct FormatFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// In words that follow the file's name.
    package let what: String
    /// From 1; nil where the whole file is at fault.
    package let line: Int?
    /// In bytes, from 1.
    package let column: Int?

    init(_ what: String) {
        self.what = what
        line = nil
        column = nil
    }

    /// - Parameter offset: in bytes from the beginning of the file.
    init(_ what: String, at offset: Int, in text: [UInt8]) {
        self.what = what
        let before = text.prefix(offset)
        let lineFeed = UInt8(ascii: "\n")
        line = before.count { $0 == lineFeed } + 1
        column = offset - (before.lastIndex(of: lineFeed).map { $0 + 1 } ?? 0) + 1
    }

    /// `line 3, column 5: …`.
    package var description: String {
        guard let line, let column else { return what }
        return "line \(line), column \(column): \(what)"
    }
}
