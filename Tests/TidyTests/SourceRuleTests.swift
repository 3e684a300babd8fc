import Testing

/// A rule about the text of sources that the compiler and the formatter do not check.
struct SourceRule: Sendable, CustomTestStringConvertible {
    let says: String
    /// The lines that break the rule.
    let complaints: @Sendable (SourceFile) -> [String]
    /// Text that breaks it: shows that the rule can fail.
    let planted: (path: String, text: String)

    var testDescription: String { says }

    /// No line of a file outside `exempt` contains any of `words`, comments aside.
    static func bans(
        _ words: [String],
        says: String,
        exempt: @escaping @Sendable (SourceFile) -> Bool = { _ in false },
        plantedIn path: String = "Sources/Keyspace/Planted.swift"
    ) -> SourceRule {
        SourceRule(
            says: says,
            complaints: { file in
                guard !exempt(file) else { return [] }
                return file.lines.enumerated().compactMap { number, line in
                    let code = line.split(separator: " ", omittingEmptySubsequences: true)
                    guard code.first?.hasPrefix("//") != true else { return nil }
                    guard let word = words.first(where: { line.contains($0) }) else { return nil }
                    return "\(file.path):\(number + 1): \(word)"
                }
            },
            planted: (path, "let planted = \(words[0])\n")
        )
    }

    static let ofSources: [SourceRule] = [
        bans(["try!", "as!"], says: "nothing is forced"),
        bans(
            ["fatalError(", "preconditionFailure(", "precondition("],
            says: "own contradictions go through `invariant`, which prints in release",
            exempt: { $0.path == "Sources/Bytes/Invariant.swift" }
        ),
        bans(
            ["@unchecked Sendable", "nonisolated(unsafe)"],
            says: "unchecked sharing is Platform's",
            exempt: { $0.target == "Platform" || $0.path == MutantCatalogue.declaration }
        ),
        bans(
            [" actor ", "await "],
            says: "no actors and no await but in the library's face: the core is synchronous",
            exempt: { file in
                ["Calls", "Service", "Watching", "Coordination", "Registry", "Configuration"]
                    .contains { file.path.hasPrefix("Sources/RoostClient/\($0)/") }
            }
        ),
        bans(["Hasher()", ".hashValue"], says: "nothing depends on a per-process hash"),
        isShort,
        SourceRule(
            says: "after its first, a parameter has a label",
            complaints: NameRule.unlabelled,
            planted: ("Sources/Bytes/Bare.swift", "func move(_ bytes: [UInt8], _ count: Int) {}\n")
        ),
        SourceRule(
            says: "a file is named for its noun",
            complaints: { file in
                ["Util", "Helper", "Common", "Misc", "Manager"]
                    .filter { file.name.contains($0) }
                    .map { "\(file.path): \($0) is no noun" }
            },
            planted: ("Sources/Bytes/ByteUtils.swift", "")
        ),
        SourceRule(
            says: "nothing is left for later",
            complaints: { file in
                file.lines.enumerated().compactMap { number, line in
                    ["TODO", "FIXME", "XXX", "HACK"].contains { line.contains($0) }
                        ? "\(file.path):\(number + 1): \(line)" : nil
                }
            },
            planted: ("Sources/Bytes/Later.swift", "// TO" + "DO: later\n")
        ),
        SourceRule(
            says: "every type and function that another target sees is documented",
            complaints: undocumented,
            planted: ("Sources/Bytes/Bare.swift", "\n    package func bare() {}\n")
        ),
        MutantCatalogue.isConfined,
    ]

    private static let isShort = SourceRule(
        says: "a file stays under 400 lines: past that it asks for a new noun",
        complaints: { file in
            // The end of the last line does not begin another one.
            file.lines.count > 401 ? ["\(file.path): \(file.lines.count - 1) lines"] : []
        },
        planted: ("Sources/Bytes/Long.swift", String(repeating: "\n", count: 401))
    )

    static let ofTests: [SourceRule] = [
        isShort,
        bans(
            ["usleep(", " sleep(", "Task.sleep", "Thread.sleep", "nanosleep("],
            says: "tests wait on conditions, never on a guess of time",
            exempt: { $0.target == "TidyTests" },
            plantedIn: "Tests/KeyspaceTests/Planted.swift"
        ),
    ]

    /// Declarations with `package` or `public` whose line before is no doc comment or attribute of one.
    @Sendable private static func undocumented(_ file: SourceFile) -> [String] {
        let heads = [
            "func ", "mutating func ", "struct ", "enum ", "final class ", "protocol ",
            "static func ",
        ]
        var complaints: [String] = []
        for (number, line) in file.lines.enumerated() {
            let code = line.drop { $0 == " " }
            guard
                ["package ", "public "].contains(where: { access in
                    code.hasPrefix(access)
                        && heads.contains { code.dropFirst(access.count).hasPrefix($0) }
                })
            else { continue }
            var above = number - 1
            while above >= 0, file.lines[above].drop(while: { $0 == " " }).hasPrefix("@") {
                above -= 1
            }
            let previous = above >= 0 ? file.lines[above].drop { $0 == " " } : ""
            let isOperator = code.contains(" func <") || code.contains(" func ==")
            let isRequirement = ["func next()", "func hash(", "func encode(to"].contains {
                code.contains($0)
            }
            if !previous.hasPrefix("///"), !isOperator, !isRequirement {
                complaints.append("\(file.path):\(number + 1): \(code)")
            }
        }
        return complaints
    }
}

@Suite("What the compiler does not check about Sources and Tests")
struct SourceRuleTests {
    @Test(arguments: SourceRule.ofSources)
    func holds(_ rule: SourceRule) {
        let complaints = Repository.sources.flatMap(rule.complaints)
        #expect(complaints == [])
    }

    @Test(arguments: SourceRule.ofTests)
    func holdsInTests(_ rule: SourceRule) {
        let complaints = Repository.tests.flatMap(rule.complaints)
        #expect(complaints == [])
    }

    @Test("a planted breach is caught", arguments: SourceRule.ofSources + SourceRule.ofTests)
    func catches(_ rule: SourceRule) {
        let file = SourceFile(path: rule.planted.path, text: rule.planted.text)
        #expect(!rule.complaints(file).isEmpty)
    }
}
