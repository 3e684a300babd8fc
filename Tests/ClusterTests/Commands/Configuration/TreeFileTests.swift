import Foundation
import Glibc
import TestCluster
import Testing

@Suite("Trees as files: export, import, edit (cli.md)", .serialized)
struct TreeFileTests {
    private func roost(
        _ arguments: String...,
        environment: [String: String] = [:]
    ) throws -> CommandLine.Result {
        try CommandLine(
            arguments,
            endpoints: SharedMember.cluster().endpoints,
            environment: environment
        ).result()
    }

    private func file(_ name: String, _ text: String = "") throws -> String {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "roost-trees-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let url = directory.appending(path: name)
        try Data(text.utf8).write(to: url)
        return url.path
    }

    @Test(
        "what is exported can be imported byte by byte, whatever the values are",
        arguments: ["json", "yaml", "dotenv", "properties", "toml"]
    )
    func roundTrip(_ format: String) throws {
        let member = try SharedMember.member()
        let values: [(String, [UInt8])] = [
            ("", [0x6F]), ("/a", [0xFF, 0, 10]), ("/a/b", Array("x\n\n y\r\n".utf8)), ("/e", []),
            ("/q%22%20%C3%A9.%25", Array("\"'$`\\é\u{1}".utf8)),
            ("/d", Array("data:application/octet-stream;base64,".utf8)),
        ]
        for (key, value) in values {
            let connection = try member.connect()
            let answer = try connection.request(
                "PUT",
                target: "/v1/kv/from-\(format)\(key)",
                headers: [:],
                body: Data(value)
            )
            try #require(answer.status < 300)
        }
        let exported = try roost("export", "/from-\(format)", "--format", format)
        let path = try file("tree.txt", exported.output)
        let imported = try roost("import", "/to-\(format)", path, "--format", format)
        #expect(imported.status == 0, "\(imported.error)")
        #expect(imported.output.contains("created 6 changed 0 deleted 0 revision "))
        let again = try roost("export", "/to-\(format)", "--format", format)
        #expect(again.output == exported.output)
        for (key, value) in values {
            let answer = member.ask("GET", target: "/v1/kv/to-\(format)\(key)?raw")
            #expect(answer.map { Array($0.body) } == value, "\(key)")
        }
        let nothing = try roost("import", "/to-\(format)", path, "--format", format, "--prune")
        #expect(nothing.output.hasPrefix("created 0 changed 0 deleted 0 "))
    }

    @Test("--prune, --dry-run, notes, the past, and files that are wrong")
    func flags() throws {
        _ = try roost("apply", "/import", #"{"a":"1","b":"2","c":{"d":"3"}}"#)
        let path = try file("tree.yaml", "a: 9\nc:\n  d: 3\ne: new\n")
        let dry = try roost("import", "/import", path, "--prune", "--dry-run")
        #expect(dry.output.contains("-1\n+9\n") && dry.output.contains("--- /import/b now\n"))
        #expect(dry.output.hasSuffix("created 1 changed 1 deleted 1\n"), "\(dry.output)")
        #expect(try roost("get", "/import/a").output == "1")
        let kept = try roost("import", "/import", path, "--note", "from a file")
        #expect(kept.output.hasPrefix("~ /import/a\n+ /import/e\ncreated 1 changed 1 deleted 0 "))
        #expect(try roost("get", "--meta", "/import/e").output.contains("from a file"))
        let json = try roost("import", "/import", path, "--prune", "-ojson")
        #expect(
            json.output.contains(#""created":[],"changed":[],"deleted":["/import/b"],"parts":1}"#)
        )
        _ = try roost("undo", "/import")
        #expect(try roost("get", "/import/b").output == "2")
        _ = try roost("undo", "/import", "--to", "0s-ago")
        let wrong = try file("wrong.yaml", "a: 1\nb: [2]\n")
        let refused = try roost("import", "/import", wrong)
        #expect(
            refused.status == 2 && refused.error.contains("line 2, column 4"),
            "\(refused.error)"
        )
        #expect(try roost("import", "/import", try file("tree.txt")).status == 2)
        #expect(try roost("import", "/import", "/nothing.json").status == 1)
        #expect(try roost("export", "/import-nothing").status == 3)
        #expect(try roost("export", "/import", "--format", "xml").status == 2)
        let then = try roost("export", "/import", "--at", "2001-01-01")
        #expect(then.status == 3)
    }

    @Test(
        "a file that one request cannot hold is written in marked parts, and goes on after a break"
    )
    func parts() throws {
        let value = String(repeating: "v", count: 40)
        let lines = (0..<60_000).map { "k\($0)=\(value)\($0)" }
        let path = try file("tree.env", lines.joined(separator: "\n") + "\n")
        let half = try file("half.env", lines.prefix(20_000).joined(separator: "\n") + "\n")
        #expect(try roost("import", "/parts", half, "-q").status == 0)
        let whole = try roost("import", "/parts", path, "--note", "all")
        #expect(whole.status == 0, "\(whole.error)")
        let summary = whole.output.split(separator: "\n").last ?? ""
        #expect(summary.hasPrefix("created 40000 changed 0 deleted 0 revision "))
        #expect(summary.contains(" parts"), "\(summary)")
        #expect(try roost("ls", "-r", "/parts", "--count").output == "60000\n")
        let meta = try roost("get", "--meta", "/parts/k59999").output
        #expect(meta.contains("note") && meta.contains(": all\n") && meta.contains("part "))
        let out = try roost("export", "/parts", "--format", "dotenv").output
        #expect(out.split(separator: "\n").sorted() == lines.map { Substring($0) }.sorted())
        _ = try roost("rm", "-r", "/parts")
    }

    @Test("at a terminal the difference is shown, and nothing is written without a yes")
    func asked() throws {
        let cluster = try SharedMember.cluster()
        _ = try roost("put", "/asked/a", "1")
        let path = try file("tree.yaml", "a: 2\n")
        let binary = try #require(Member.binary)
        let shell = try TerminalShell(
            directory: FileManager.default.temporaryDirectory,
            environment: [
                "PATH": "/usr/bin:/bin", "ROOST_ENDPOINTS": cluster.endpoints, "TERM": "xterm",
            ]
        )
        try shell.type("\(binary) import /asked \(path); echo code=$?\n")
        let shown = try shell.expect("[y/N] ")
        #expect(shown.contains("\u{1B}[31m-1\u{1B}[0m\n\u{1B}[32m+2\u{1B}[0m\n"), "\(shown)")
        try shell.type("n\n")
        try shell.expect("code=1\n")
        #expect(try roost("get", "/asked/a").output == "1")
        try shell.type("NO_COLOR=1 \(binary) import /asked \(path); echo code=$?\n")
        #expect(try shell.expect("[y/N] ").contains("\n-1\n+2\n"))
        try shell.type("y\n")
        try shell.expect("code=0\n")
        #expect(try roost("get", "/asked/a").output == "2")
    }

    @Test("edit writes what the editor leaves; on a conflict the text stays in its file")
    func edit() throws {
        _ = try roost("apply", "/edit", #"{"name":"roost","motd":"one\ntwo\n","old":"x"}"#)
        let editor = ["EDITOR": "sed -i -e s/roost/wren/ -e /old/d", "VISUAL": ""]
        let edited = try roost("edit", "/edit", "--note", "by hand", environment: editor)
        #expect(
            edited.output.hasPrefix("~ /edit/name\n- /edit/old\ncreated 0 changed 1 deleted 1 "),
            "\(edited.error)"
        )
        #expect(try roost("get", "/edit/motd").output == "one\ntwo\n")
        #expect(try roost("get", "--meta", "/edit/name").output.contains("by hand"))
        let same = try roost("edit", "/edit", environment: ["VISUAL": "true"])
        #expect(same.status == 0 && same.error.contains("nothing was changed"))
        let failed = try roost("edit", "/edit", environment: ["VISUAL": "false"])
        #expect(failed.status == 1)
        // Somebody writes while the editor is open.
        let binary = try #require(Member.binary)
        let script = try file(
            "editor",
            "#!/bin/sh\n'\(binary)' put -q /edit/name other\nsed -i s/wren/robin/ \"$1\"\n"
        )
        #expect(unsafe chmod(script, 0o700) == 0)
        let conflict = try roost("edit", "/edit", environment: ["VISUAL": script])
        #expect(conflict.status == 4, "\(conflict.error)")
        #expect(try roost("get", "/edit/name").output == "other")
        let words = conflict.error.split(separator: " ").map(String.init)
        let kept = try #require(words.first { $0.contains("roost-edit-") })
            .trimmingCharacters(in: .init(charactersIn: ":"))
        #expect(try String(contentsOfFile: kept, encoding: .utf8).contains("name: robin"))
        #expect(try roost("import", "/edit", kept, "--prune", "-q").status == 0)
        #expect(try roost("get", "/edit/name").output == "robin")
        let wrong = try roost("edit", "/edit", environment: ["VISUAL": "sed -i s/:/=/"])
        #expect(wrong.status == 1 && wrong.error.contains("line 1"), "\(wrong.error)")
        let empty = try roost("edit", "/edit", environment: ["VISUAL": "truncate -s 0"])
        #expect(empty.status == 1 && empty.error.contains("rm -r"), "\(empty.error)")
    }
}
