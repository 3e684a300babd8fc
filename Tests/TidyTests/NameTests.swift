import Testing

/// A word means one thing, wherever it stands.
enum NameRule {
    /// Types at the top of two targets of `Sources`, with the targets.
    static func shared(_ sources: [SourceFile]) -> [String] {
        var targets: [String: Set<String>] = [:]
        for file in sources {
            for name in file.topLevelTypes { targets[name, default: []].insert(file.target) }
        }
        return targets.filter { $1.count > 1 }.map { name, targets in
            "\(name) is in \(targets.sorted().joined(separator: ", "))"
        }.sorted()
    }

    /// Types at the top of a test target that hide one of a target that the same file imports.
    static func hidden(in tests: [SourceFile], sources: [SourceFile]) -> [String] {
        var targets: [String: String] = [:]
        for file in sources {
            for name in file.topLevelTypes { targets[name] = file.target }
        }
        let imports = Dictionary(grouping: tests, by: \.target).mapValues { files in
            Set(files.flatMap(\.imports))
        }
        return tests.flatMap { file in
            file.topLevelTypes.compactMap { name in
                guard let target = targets[name], imports[file.target]?.contains(target) == true
                else { return nil }
                return "\(file.path): \(name) hides that of \(target)"
            }
        }
    }

    /// Folders with more Swift files than a reader takes in at a glance.
    static func crowded(_ files: [SourceFile]) -> [String] {
        let folders = Dictionary(grouping: files) { file in
            file.path.split(separator: "/").dropLast().joined(separator: "/")
        }
        return folders.filter { $1.count > 14 }.map { "\($0) holds \($1.count) files" }.sorted()
    }

    /// Functions whose callers would have to count arguments.
    ///
    /// Exempt are `append` and `member` of writers, which take a name and its value; operations on
    /// two of a kind; and what takes a text after the value that the text is about.
    @Sendable static func unlabelled(_ file: SourceFile) -> [String] {
        file.functions.filter { function in
            guard function.unlabelledCount > 1 else { return false }
            return !["append", "member"].contains(function.name)
                && !exempt.contains("\(file.name) \(function.signature)")
        }.map { "\(file.path):\($0.line): \($0.signature)" }
    }

    private static let exempt: Set<String> = [
        // Two of a kind.
        "StableHash.swift fold(_:_:)", "PackedKeys.swift commonSuffixPrefixCount(_:_:)",
        "IdempotencyKey.swift init(_:_:)", "KeyTree+Node.swift init(separator:_:_:)",
        // What, and what is said of it.
        "Problem.swift init(_:_:_:)", "Flag.swift init(_:letter:value:repetition:_:)",
        "Recording.swift init(_:_:)", "Invariant.swift invariant(_:_:file:line:)",
    ]
}

@Suite("Names: one word, one meaning")
struct NameTests {
    @Test("no type stands at the top of two targets")
    func shared() { #expect(NameRule.shared(Repository.sources) == []) }

    @Test("no test's type hides one of a target that it tests")
    func hidden() {
        #expect(NameRule.hidden(in: Repository.tests, sources: Repository.sources) == [])
    }

    @Test("a folder holds at most 14 files")
    func crowded() { #expect(NameRule.crowded(Repository.sources + Repository.tests) == []) }

    @Test("a type of two targets, one hidden by a test and a crowded folder are caught")
    func planted() {
        let one = SourceFile(path: "Sources/Journal/Record.swift", text: "struct Record {}\n")
        let two = SourceFile(
            path: "Sources/Simulation/Record.swift",
            text: "package final class Record {\n    enum Inner {}\n}\n"
        )
        let test = SourceFile(
            path: "Tests/JournalTests/Record.swift",
            text: "@testable import Journal\n\nprivate enum Record {}\n"
        )
        #expect(NameRule.shared([one, two]) == ["Record is in Journal, Simulation"])
        #expect(
            NameRule.hidden(in: [test], sources: [one])
                == ["Tests/JournalTests/Record.swift: Record hides that of Journal"]
        )
        #expect(NameRule.hidden(in: [test], sources: [two]) == [])
        let files = (0..<15).map { SourceFile(path: "Sources/Wire/Text/\($0).swift", text: "") }
        #expect(NameRule.crowded(files) == ["Sources/Wire/Text holds 15 files"])
        #expect(NameRule.crowded(Array(files.dropLast())) == [])
    }

    @Test(
        "a function is read with its labels",
        arguments: [
            ("func run() {", "run()", 0), ("init?(_ text: String) {", "init(_:)", 1),
            (
                "package static func f<A: B<C>>(_ a: A, to b: [C: D], _ e: E) -> F {", "f(_:to:_:)",
                2
            ),
            ("private func g(_ a: A, _ body: (inout B) -> C) {", "g(_:_:)", 1),
            (
                "mutating func h(\n        _ a: (A, B),\n        _ b: A = .init(c, d)\n    ) {",
                "h(_:_:)", 2
            ),
            ("@inlinable func k(a b: A, c: @escaping () -> Void, _ d: B) {", "k(a:c:_:)", 1),
        ]
    )
    func reads(_ text: String, signature: String, unlabelledCount: Int) throws {
        let file = SourceFile(path: "Sources/Bytes/Planted.swift", text: text + "}\n")
        let function = try #require(file.functions.first)
        #expect(function.signature == signature)
        #expect(function.unlabelledCount == unlabelledCount)
    }
}
