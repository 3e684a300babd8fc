import Foundation
import Testing

/// What is said of the bugs that can be planted.
enum MutantRule {
    static let declaration = "Sources/Bytes/Mutant.swift"

    /// A build without `MUTANTS` sees nothing of them.
    static let isConfined = SourceRule(
        says: "planted bugs are named inside `#if MUTANTS` only",
        complaints: complaints,
        planted: (
            "Sources/Bytes/Loose.swift", "#if MUTANTS\n#else\nlet bug = Mutant.secondVote\n#endif\n"
        )
    )

    @Sendable private static func complaints(_ file: SourceFile) -> [String] {
        var conditions: [String] = []
        var complaints: [String] = []
        for (number, line) in file.lines.enumerated() {
            let code = line.trimmingCharacters(in: .whitespaces)
            if code.hasPrefix("#if ") {
                conditions.append(code)
            } else if code.hasPrefix("#else") {
                conditions[conditions.count - 1] = code
            } else if code.hasPrefix("#endif") {
                conditions.removeLast()
            } else if code.contains("Mutant"), !conditions.contains("#if MUTANTS") {
                complaints.append("\(file.path):\(number + 1): \(code)")
            }
        }
        return complaints
    }

    /// The names by which the simulator plants them, with the cases of the enum.
    static func names() throws -> [(name: String, word: String)] {
        try Repository.text(declaration).components(separatedBy: "\n").compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 4, words[0] == "case", words[2] == "=" else { return nil }
            return (words[1], words[3].trimmingCharacters(in: ["\""]))
        }
    }
}

@Suite("Bugs that can be planted")
struct MutantTests {
    private static let binary = ProcessInfo.processInfo.environment["ROOST_BINARY"]

    @Test("there are enough of them, most of them where consistency is decided")
    func enough() throws {
        let names = try MutantRule.names()
        #expect(names.count >= 36)
        let core = Repository.sources.filter {
            ["Consensus", "Journal", "Keyspace", "Replica"].contains($0.target)
        }
        let planted = names.filter { mutant in
            core.contains { $0.text.contains("Mutant.\(mutant.name).isPlanted") }
        }
        #expect(planted.count >= 26)
    }

    @Test("each of them is planted, at one place or where two guards have to fall together")
    func fewPlaces() throws {
        let text = Repository.sources.map(\.text).joined()
        for (name, _) in try MutantRule.names() {
            let count = text.components(separatedBy: "Mutant.\(name).isPlanted").count - 1
            #expect((1...2).contains(count), "\(name)")
        }
    }

    @Test("a release knows none of them", .enabled(if: binary != nil))
    func release() throws {
        let binary = try #require(Self.binary)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: binary), options: .mappedIfSafe)
        #expect(bytes.range(of: Data("simulate".utf8)) != nil, "that is no roost")
        for (_, word) in try MutantRule.names() {
            #expect(bytes.range(of: Data(word.utf8)) == nil, "\(word)")
        }
    }
}
