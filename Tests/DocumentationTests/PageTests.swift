import Foundation
import Testing

@Suite("Every command that a page shows runs, and prints what the page says", .serialized)
struct PageTests {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The pages with a `console` block, from the top.
    static let pages: [String] = {
        let docs = FileManager.default.enumerator(atPath: root.appending(path: "Docs").path)
        let below = (docs?.allObjects ?? []).compactMap { $0 as? String }.map { "Docs/\($0)" }
        return (["README.md"] + below).filter { $0.hasSuffix(".md") }.sorted().filter {
            !((try? transcript(of: $0))?.steps.isEmpty ?? true)
        }
    }()

    static func transcript(of page: String) throws -> Transcript {
        Transcript(
            markdown: try String(contentsOf: root.appending(path: page), encoding: .utf8)
        )
    }

    @Test(arguments: pages)
    func isTrue(_ page: String) throws {
        let binary = try #require(
            ProcessInfo.processInfo.environment["ROOST_BINARY"],
            "ROOST_BINARY names the binary under test: run `make test`"
        )
        let transcript = try Self.transcript(of: page)
        let terminal = Terminal(repository: Self.root, binary: URL(fileURLWithPath: binary))
        let complaints = transcript.complaints(about: try terminal.run(transcript.script))
        #expect(complaints == [])
    }

    @Test(
        "a page that is not true is caught",
        arguments: [
            "```console\n$ echo one\ntwo\n```\n",
            "```console\n$ false\n```\n",
            "```console\n$ printf 'b\\na\\n'\na\nb\n```\n",
            "```console\n$ exit 3\n```\n",
            "```console\n$ echo 'revision 7'\nrevision …8\n```\n",
        ]
    )
    func planted(_ markdown: String) throws {
        let terminal = Terminal(repository: Self.root, binary: URL(fileURLWithPath: "/bin/true"))
        let transcript = Transcript(markdown: markdown)
        #expect(!transcript.complaints(about: try terminal.run(transcript.script)).isEmpty)
    }

    @Test("a true page passes, wildcards, continuations and looked-at failures included")
    func truth() throws {
        let markdown = """
            ```console
            $ echo "one two" |
            > cat
            one …o
            $ false
            $ echo $?
            1
            ```
            """
        let terminal = Terminal(repository: Self.root, binary: URL(fileURLWithPath: "/bin/true"))
        let transcript = Transcript(markdown: markdown)
        #expect(transcript.steps.count == 3)
        #expect(transcript.complaints(about: try terminal.run(transcript.script)) == [])
    }
}
