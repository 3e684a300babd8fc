import Foundation

/// The working tree that this test was compiled from, read as text.
enum Repository {
    /// The directory that holds Package.swift.
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// A file by its path from the root.
    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// Every file below `directory` whose name ends with one of `endings`, sorted by path.
    static func files(below directory: String, ending endings: [String]) -> [SourceFile] {
        let start = root.appending(path: directory)
        guard let walk = FileManager.default.enumerator(at: start, includingPropertiesForKeys: nil)
        else { return [] }
        return walk.compactMap { $0 as? URL }
            .filter { url in endings.contains { url.lastPathComponent.hasSuffix($0) } }
            .compactMap { url in
                guard let text = try? String(contentsOf: url, encoding: .utf8) else { return nil }
                let path = url.standardizedFileURL.path
                let prefix = root.standardizedFileURL.path + "/"
                return SourceFile(path: String(path.dropFirst(prefix.count)), text: text)
            }
            .sorted { $0.path < $1.path }
    }

    /// Every Swift file of `Sources`.
    static var sources: [SourceFile] { files(below: "Sources", ending: [".swift"]) }
    /// Every Swift file of `Tests`.
    static var tests: [SourceFile] { files(below: "Tests", ending: [".swift"]) }
}

/// One text file and where it lies, from the root.
struct SourceFile {
    let path: String
    let text: String

    var lines: [String] { text.components(separatedBy: "\n") }
    var name: String { String(path.split(separator: "/").last ?? "") }
    /// The target of `Sources/TARGET/…` or `Tests/TARGET/…`.
    var target: String {
        let parts = path.split(separator: "/")
        return parts.count > 1 ? String(parts[1]) : ""
    }

    /// The modules imported, whatever the access.
    var imports: [String] {
        lines.compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard let at = words.firstIndex(of: "import"), at <= 2, at + 1 < words.count,
                words[..<at].allSatisfy({ Self.importPrefixes.contains($0) })
            else { return nil }
            let isKind = words.count > at + 2 && Self.importKinds.contains(words[at + 1])
            let module = words[isKind ? at + 2 : at + 1]
            return String(module.prefix { $0 != "." })
        }
    }

    private static let importPrefixes: Set<String> = [
        "internal", "package", "public", "private", "fileprivate", "@testable", "@preconcurrency",
    ]
    private static let importKinds: Set<String> = [
        "struct", "class", "enum", "protocol", "func", "var", "let", "typealias",
    ]
}
