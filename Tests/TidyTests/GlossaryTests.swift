import Foundation
import Testing

/// Docs/glossary.md: the words of which the names of types are made.
struct Glossary {
    /// The rooms whose types it explains.
    static let rooms: Set<String> = [
        "Consensus", "Keyspace", "Journal", "Replica", "RoostClient", "API",
    ]

    /// Names in the first column of its tables.
    let names: Set<String>
    /// Words that need no explanation.
    let plainWords: Set<String>

    init(markdown: String) {
        let parts = markdown.components(
            separatedBy: "## Words that mean here what they mean anywhere"
        )
        let cells = parts[0].split(separator: "\n").filter { $0.hasPrefix("|") }
            .compactMap { $0.split(separator: "|").first }
        names = Set(cells.flatMap { $0.matches(of: /`(\w+)`/).map { String($0.1) } })
        plainWords = Set((parts.dropFirst().last ?? "").matches(of: /\w+/).map { String($0.0) })
    }

    /// Names that no source declares.
    func undeclared(in sources: [SourceFile]) -> [String] {
        names.subtracting(sources.flatMap(\.allTypes)).sorted()
    }

    /// Types of the rooms with a word that is neither plain nor explained.
    func unexplained(in sources: [SourceFile]) -> [String] {
        let types = sources.filter { Self.rooms.contains($0.target) }.flatMap(\.topLevelTypes)
        return Set(types).subtracting(names).sorted().flatMap { name in
            Self.words(name).filter { !names.contains($0) && !plainWords.contains($0) }
                .map { "\(name): \($0)" }
        }
    }

    /// `HTTPRequest` is HTTP and Request, `SHA256` one word.
    static func words(_ name: String) -> [String] {
        name.matches(of: /[A-Z]+[0-9]*(?![a-z0-9])|[A-Z][a-z0-9]*/).map { String($0.0) }
    }
}

@Suite("The glossary: what a name is made of")
struct GlossaryTests {
    static func glossary() throws -> Glossary {
        Glossary(markdown: try Repository.text("Docs/glossary.md"))
    }

    @Test("its names are types, and there are enough of them")
    func names() throws {
        let glossary = try Self.glossary()
        #expect(glossary.undeclared(in: Repository.sources) == [])
        #expect(glossary.names.count >= 60)
    }

    @Test("a type of the rooms is made of words that it has")
    func types() throws {
        #expect(try Self.glossary().unexplained(in: Repository.sources) == [])
    }

    @Test("an unknown name and an unexplained word are caught")
    func planted() {
        let glossary = Glossary(
            markdown: """
                | in Roost | the field's word | what it is |
                |---|---|---|
                | `Contest`, `Gone` | lock | - |

                ## Words that mean here what they mean anywhere

                HTTP, Queue, SHA256.
                """
        )
        let file = SourceFile(
            path: "Sources/Keyspace/Planted.swift",
            text: "struct Contest {}\nenum ContestQueue {}\nstruct HTTPQueue {}\nstruct SHA256 {}\n"
                + "package struct HTTPChronicle {}\n"
        )
        #expect(glossary.undeclared(in: [file]) == ["Gone"])
        #expect(glossary.unexplained(in: [file]) == ["HTTPChronicle: Chronicle"])
        let other = SourceFile(path: "Sources/Server/Planted.swift", text: "struct Chronicle {}\n")
        #expect(glossary.unexplained(in: [other]) == [])
    }
}
