import Foundation
import Testing

/// Docs/architecture.md names files, and functions in them, as `File.swift` `function`.
struct Walk {
    struct Step: Hashable, Comparable {
        let file: String
        let function: String

        static func < (one: Step, other: Step) -> Bool {
            (one.file, one.function) < (other.file, other.function)
        }
    }

    let files: Set<String>
    let steps: Set<Step>

    init(markdown: String) {
        files = Set(markdown.matches(of: /`([\w+]+\.swift)`/).map { String($0.1) })
        steps = Set(
            markdown.matches(of: /`([\w+]+\.swift)`\s+`(\w+)`/).map { match in
                Step(file: String(match.1), function: String(match.2))
            }
        )
    }

    /// Files that are not there, and functions that their file does not declare.
    func complaints(about sources: [SourceFile]) -> [String] {
        let byName = Dictionary(grouping: sources, by: \.name)
        let missing = files.filter { byName[$0] == nil }.sorted().map { "\($0) is not there" }
        let unknown = steps.sorted().filter { step in
            !(byName[step.file] ?? []).contains { file in
                file.text.contains("func \(step.function)(")
                    || file.text.contains("func \(step.function)<")
            }
        }
        return missing + unknown.map { "\($0.file) has no function \($0.function)" }
    }
}

@Suite("The walks through the rooms")
struct WalkTests {
    @Test("each file and function that architecture.md names is in the sources")
    func holds() throws {
        let walk = Walk(markdown: try Repository.text("Docs/architecture.md"))
        #expect(walk.complaints(about: Repository.sources) == [])
        #expect(walk.steps.count >= 70)
    }

    @Test("each folder that architecture.md names is there")
    func folders() throws {
        let page = try Repository.text("Docs/architecture.md")
        let folders = Set(page.matches(of: /`((?:Sources|Tests)\/[\w\/]+)`/).map { String($0.1) })
        let missing = folders.filter { folder in
            !FileManager.default.fileExists(atPath: Repository.root.appending(path: folder).path)
        }
        #expect(missing.sorted() == [])
        #expect(!folders.isEmpty)
    }

    @Test("a file and a function that are not there are caught")
    func planted() {
        let source = SourceFile(
            path: "Sources/Consensus/Raft.swift",
            text: "func step(_ a: Int) {}\n"
        )
        let walk = Walk(
            markdown: "`Raft.swift` `step`, then `Raft.swift`\n`leap`, and `Gone.swift` `step`."
        )
        #expect(
            walk.complaints(about: [source]) == [
                "Gone.swift is not there", "Gone.swift has no function step",
                "Raft.swift has no function leap",
            ]
        )
    }
}
