import Foundation
import Testing

/// The bugs that can be planted, as the sources have them.
struct MutantCatalogue {
    static let declaration = "Sources/Bytes/Mutant.swift"

    /// The identifiers of the declared bugs, and by each the name that the simulator plants it by.
    let words: [String: String]
    /// The identifiers in `Mutant.all`.
    let listed: [String]
    /// How often sources ask for each.
    let places: [String: Int]

    /// - Parameter declaration: the text of Mutant.swift.
    init(declaration: String, sources: [SourceFile]) {
        let declared = declaration.matches(
            of: /static var (\w+): Mutant \{\s*Mutant\(\s*"([a-z-]+)"\s*\)/
        )
        words = Dictionary(
            declared.map { (String($0.1), String($0.2)) },
            uniquingKeysWith: { first, _ in first }
        )
        let list = declaration.firstMatch(of: /static let all: \[Mutant\] = \[([^\]]*)\]/)
        listed = (list?.1 ?? "").matches(of: /\.(\w+)/).map { String($0.1) }
        places = sources.filter { $0.path != Self.declaration }
            .flatMap { $0.text.matches(of: /planted\(\s*\.(\w+)\s*\)/).map { String($0.1) } }
            .reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    /// What does not fit together; empty when all is well.
    ///
    /// A bug stands at one place, or at two where two guards have to fall together.
    var complaints: [String] {
        let unplanted = words.keys.filter { !(1...2).contains(places[$0] ?? 0) }.map {
            "\($0) is planted at \(places[$0] ?? 0) places"
        }
        let undeclared = places.keys.filter { words[$0] == nil }.map { "\($0) is not declared" }
        let unlisted = Set(words.keys).symmetricDifference(listed).map {
            "\($0) is declared or in `all`, not both"
        }
        let twice = Dictionary(grouping: listed, by: { $0 }).filter { $1.count > 1 }.map {
            "\($0.key) is in `all` twice"
        }
        return (unplanted + undeclared + unlisted + twice).sorted()
    }

    static func ofTree() throws -> MutantCatalogue {
        MutantCatalogue(
            declaration: try Repository.text(declaration),
            sources: Repository.sources
        )
    }

    /// A build without `MUTANTS` has no other shape than one with it, except where bugs are declared
    /// and where the simulator's command lists and plants them.
    static let isConfined = SourceRule(
        says: "`#if MUTANTS` stands where bugs are declared and where one is chosen, nowhere else",
        complaints: confinement,
        planted: ("Sources/Consensus/Loose.swift", "#if MUTANTS\nlet bug = Mutant.all\n#endif\n")
    )

    @Sendable private static func confinement(_ file: SourceFile) -> [String] {
        let allowed = [
            declaration, "Sources/roost/Simulation/PlantedMutant.swift",
            "Sources/roost/Commands/SimulateCommand.swift",
        ]
        guard !allowed.contains(file.path) else { return [] }
        return file.lines.enumerated().compactMap { number, line in
            let code = line.trimmingCharacters(in: .whitespaces)
            guard !code.hasPrefix("//"), code.contains("MUTANTS") || code.contains("Mutant")
            else { return nil }
            return "\(file.path):\(number + 1): \(code)"
        }
    }
}

@Suite("Bugs that can be planted")
struct MutantTests {
    private static let binary = ProcessInfo.processInfo.environment["ROOST_BINARY"]

    @Test("there are enough of them, most of them where consistency is decided")
    func enough() throws {
        let core = Repository.sources.filter {
            ["Consensus", "Journal", "Keyspace", "Replica"].contains($0.target)
        }
        let catalogue = MutantCatalogue(
            declaration: try Repository.text(MutantCatalogue.declaration),
            sources: core
        )
        #expect(catalogue.words.count >= 65)
        #expect(catalogue.places.count >= 60)
    }

    @Test("each of them is declared, listed, and planted at one place or two")
    func fits() throws {
        #expect(try MutantCatalogue.ofTree().complaints == [])
    }

    @Test("each of them has its row in the table of what found it")
    func isInTheTable() throws {
        let page = try Repository.text("Docs/testing.md")
        let section = try #require(page.components(separatedBy: "\n## Planted bugs\n").last)
        let rows = section.prefix(upTo: section.range(of: "\n## ")?.lowerBound ?? section.endIndex)
            .matches(of: /\n\| `([a-z-]+)` \|/).map { String($0.1) }
        let words = try MutantCatalogue.ofTree().words.values
        #expect(Set(rows).symmetricDifference(words).sorted() == [])
    }

    @Test(
        "a bug that nobody asks for, or that nobody can plant, is caught",
        arguments: [
            (
                "static var one: Mutant { Mutant(\"one\") }\nstatic let all: [Mutant] = [.one]",
                "", "one is planted at 0 places"
            ),
            (
                "static var one: Mutant { Mutant(\"one\") }\nstatic let all: [Mutant] = []",
                "planted(.one)", "one is declared or in `all`, not both"
            ),
            ("static let all: [Mutant] = []", "if planted(.other) {", "other is not declared"),
            (
                "static var one: Mutant {\n Mutant(\"one\")\n}\nstatic let all: [Mutant] = [.one, .one]",
                "planted(.one) planted(.one)", "one is in `all` twice"
            ),
        ]
    )
    func plantedBreach(_ declaration: String, code: String, complaint: String) {
        let file = SourceFile(path: "Sources/Consensus/Planted.swift", text: code)
        let catalogue = MutantCatalogue(declaration: declaration, sources: [file])
        #expect(catalogue.complaints == [complaint])
    }

    @Test("a release knows none of them", .enabled(if: binary?.contains("/release/") == true))
    func release() throws {
        let binary = try #require(Self.binary)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: binary), options: .mappedIfSafe)
        #expect(bytes.range(of: Data("simulate".utf8)) != nil, "that is no roost")
        for (_, word) in try MutantCatalogue.ofTree().words {
            #expect(bytes.range(of: Data(word.utf8)) == nil, "\(word)")
        }
    }
}
