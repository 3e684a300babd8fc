import Foundation
import Testing

/// A file below `Tests/ConsensusTests/Transcripts`.
struct TranscriptFile: Sendable, CustomTestStringConvertible {
    static let directory = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Transcripts")

    /// From the directory, sorted by it.
    let path: String

    var testDescription: String { path }

    var url: URL { Self.directory.appending(path: path) }

    func place(line: Int) -> SourceLocation {
        SourceLocation(
            fileID: "Transcripts/\(path)",
            filePath: url.path,
            line: line,
            column: 1
        )
    }

    static let all: [TranscriptFile] = {
        let paths =
            FileManager.default.enumerator(atPath: directory.path)?
            .compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".txt") }.sorted().map(TranscriptFile.init)
    }()
}

@Suite("Transcripts: what members say, write and become, beside the dissertation")
struct TranscriptTests {
    /// Writes what comes of each step into the files; the test still fails, so that nobody takes
    /// a rewritten transcript for one that held.
    private static let rewrites =
        ProcessInfo.processInfo.environment["ROOST_REWRITE_TRANSCRIPTS"] == "1"

    @Test(arguments: TranscriptFile.all)
    func replays(_ file: TranscriptFile) throws {
        do {
            let written = try MessageTranscript(try String(contentsOf: file.url, encoding: .utf8))
            let played = try written.played()
            guard let difference = written.difference(from: played) else { return }
            if Self.rewrites {
                try Data(played.text.utf8).write(to: file.url, options: .atomic)
                Issue.record(
                    "\(file.path) was rewritten: read its diff, then test without the flag"
                )
            } else {
                Issue.record(
                    "\(difference.text)",
                    sourceLocation: file.place(line: difference.number)
                )
            }
        } catch let fault as MessageTranscript.Fault {
            Issue.record("\(fault.text)", sourceLocation: file.place(line: fault.number))
        }
    }

    @Test("there are enough of them, each under 400 lines, and all titles differ")
    func enough() throws {
        let texts = try TranscriptFile.all.map { try String(contentsOf: $0.url, encoding: .utf8) }
        #expect(texts.count >= 20)
        #expect(texts.allSatisfy { $0.count { $0 == "\n" } < 400 })
        #expect(Set(texts.map { $0.prefix { $0 != "\n" } }).count == texts.count)
    }

    private static let head = "Title\nSource: 3.4\nSee: nothing.\n\n"

    /// Scripts that mean nothing, each with the line at fault.
    private static let meaningless: [(text: String, line: Int)] = [
        ("", 1),
        ("Title\n\ncluster n1\n", 1),
        (head, 1),
        ("\(head)elect n1\n", 5),
        ("\(head)cluster n1\nstart n1 term\n", 6),
        ("\(head)start m1\n", 5),
        ("\(head)start n1 term 1 log 2\n", 5),
        ("\(head)start n1 term 3 log 2 1\n", 5),
        ("\(head)deliver n1 n2\n", 5),
        ("\(head)settle now\n", 5),
        ("\(head)run 300\n", 5),
        ("\(head)    n1 leads term 1\n", 5),
        ("\(head)cluster n1\n  two columns\n", 6),
        ("\(head)restart n1 without vote\n", 5),
    ]

    @Test("what means nothing is refused with its line", arguments: meaningless)
    func refuses(_ text: String, line: Int) {
        let fault = #expect(throws: MessageTranscript.Fault.self) { try MessageTranscript(text) }
        #expect(fault?.number == line)
    }

    @Test(
        "a step that can't be taken is refused with its line",
        arguments: [
            "deliver n1 -> n2", "drop all", "again n1 -> n2", "persist n1", "heartbeat n1",
            "start n1", "crash n3", "restart n1", "show n3", "snapshot n1 1", "run until n3",
        ]
    )
    func stops(_ step: String) throws {
        let text = Self.head + "cluster n1 n2\nstart n1 n2\n" + step + "\n"
        let transcript = try MessageTranscript(text)
        let fault = #expect(throws: MessageTranscript.Fault.self) { try transcript.played() }
        #expect(fault?.number == 7)
        #expect(fault?.text.hasPrefix(step + ": ") == true)
    }

    @Test("a difference names the first line that is not as written, and both")
    func difference() throws {
        let script = Self.head + "# Alone.\ncluster n1\nstart n1\ntimeout n1\npersist n1\n"
        let played = try MessageTranscript(script).played()
        #expect(try MessageTranscript(played.text).difference(from: played) == nil)
        #expect(played.text.hasPrefix(Self.head + "# Alone.\ncluster n1\nstart n1\n    n1 is a"))
        let line = "    n1 leads term 1\n"
        let changed = played.text.replacingOccurrences(of: line, with: "    n1 leads term 2\n")
        let fault = try #require(try MessageTranscript(changed).difference(from: played))
        #expect(fault.number == 13)
        #expect(fault.text.contains("  - n1 leads term 2\n"))
        #expect(fault.text.contains("  + n1 leads term 1\n"))
    }
}
