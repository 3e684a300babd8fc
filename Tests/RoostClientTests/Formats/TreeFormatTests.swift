import Bytes
import Fuzzing
import Testing

@testable import roost

@Suite("Trees as json, yaml, dotenv, properties and toml")
struct TreeFormatTests {
    private static func leaf(_ path: String, _ value: String) -> TreeLeaf {
        TreeLeaf(path: Array(path.utf8), value: Array(value.utf8))
    }

    private static let example = [
        leaf("", "own"), leaf("/a", "one"), leaf("/a/b", "two words"), leaf("/a-b", "x: y # z"),
        leaf("/db/host", "db1"), leaf("/db/port", "5432"), leaf("/db/empty", ""),
        leaf("/motd", "line one\n\n  line two\n"), leaf("/tail", "a\nb"), leaf("/cr", "a\r\nb\n"),
        leaf("/yes", "no"), leaf("/ünï/\"q\"", "é\u{2028}\u{1}$HOME `x` \\n '\""),
        leaf("/dots.and%percent", "=:#!\t "),
        leaf("/data", "data:application/octet-stream;base64,"),
        TreeLeaf(path: Array("/bytes".utf8), value: [0, 0xFF, 10, 13]),
    ]

    /// In the order of a format's own writing, which a reader keeps.
    private static func sorted(_ leaves: [TreeLeaf]) -> [TreeLeaf] {
        leaves.sorted { $0.precedes($1) }
    }

    @Test("what is written is read as it was", arguments: TreeFormat.allCases)
    func roundTrip(_ format: TreeFormat) throws {
        let text = format.text(of: Self.example)
        let read = try format.leaves(in: text)
        #expect(Self.sorted(read) == Self.sorted(Self.example))
        // And written again it is the same file.
        #expect(format.text(of: read) == text)
        #expect(try format.leaves(in: format.text(of: [])) == [])
    }

    @Test("any bytes, any names", arguments: TreeFormat.allCases)
    func random(_ format: TreeFormat) throws {
        var chance = SplitMix64(seed: 11)
        let alphabet = Array(
            " \n\r\t\"'\\#:=!|-{}[]%$./`,&*?<>@~0aZé\u{85}\u{FEFF}\u{1F600}\u{0}\u{7F}"
        )
        for _ in 0..<300 {
            var leaves: [[UInt8]: TreeLeaf] = [:]
            for _ in 0..<chance.next() % 8 {
                var path: [UInt8] = []
                for _ in 0..<chance.next() % 4 {
                    let name = (0...chance.next() % 4).map { _ in
                        alphabet[Int(chance.next() % UInt64(alphabet.count))]
                    }.filter { $0 != "/" && $0 != "\u{0}" }
                    let text = String(name)
                    guard !text.isEmpty, text != ".", text != ".." else { continue }
                    path += Array("/\(text)".utf8)
                }
                let value: [UInt8] =
                    chance.next() % 4 == 0
                    ? (0..<chance.next() % 9).map { _ in UInt8(truncatingIfNeeded: chance.next()) }
                    : Array(
                        String(
                            (0..<chance.next() % 12).map { _ in
                                alphabet[Int(chance.next() % UInt64(alphabet.count))]
                            }
                        ).utf8
                    )
                leaves[path] = TreeLeaf(path: path, value: value)
            }
            let tree = Self.sorted(Array(leaves.values))
            let text = format.text(of: tree)
            let read = try format.leaves(in: text)
            #expect(
                Self.sorted(read) == tree,
                "\(String(decoding: text, as: UTF8.self).debugDescription)"
            )
        }
    }

    @Test("deep paths are written and read", arguments: TreeFormat.allCases)
    func deep(_ format: TreeFormat) throws {
        let deep = [
            Self.leaf(String(repeating: "/d", count: 2_000), "v"),
            Self.leaf(String(repeating: "/d", count: 33) + "/e", "w"),
        ]
        let read = try format.leaves(in: format.text(of: deep))
        #expect(Self.sorted(read) == Self.sorted(deep))
    }

    @Test("what it looks like")
    func looks() {
        let leaves = [
            Self.leaf("/name", "roost"), Self.leaf("/db/host", "db 1"), Self.leaf("/db", "own"),
            Self.leaf("/motd", "one\ntwo\n"), Self.leaf("/port", "80"),
        ]
        func text(_ format: TreeFormat) -> String {
            String(decoding: format.text(of: leaves), as: UTF8.self)
        }
        #expect(
            text(.yaml) == """
                db:
                  "": own
                  host: "db 1"
                motd: |
                  one
                  two
                name: roost
                port: "80"

                """
        )
        #expect(
            text(.toml) == """
                motd = "one\\ntwo\\n"
                name = "roost"
                port = "80"

                [db]
                "" = "own"
                host = "db 1"

                """
        )
        #expect(
            text(.dotenv) == """
                db=own
                db/host="db 1"
                motd="one\\ntwo\\n"
                name=roost
                port=80

                """
        )
        #expect(
            text(.properties) == """
                db=own
                db.host=db 1
                motd=one\\ntwo\\n
                name=roost
                port=80

                """
        )
        #expect(
            text(.json) == """
                {
                  "db": {
                    "": "own",
                    "host": "db 1"
                  },
                  "motd": "one\\ntwo\\n",
                  "name": "roost",
                  "port": "80"
                }

                """
        )
    }

    @Test(
        "what people write is read",
        arguments: [
            (
                .yaml, "---\n# c\na: 1 # c\nb:\n    c: 'it''s'\n    d: -5\ne: {}\nf: a:b\n",
                "/a=1 /b/c=it's /b/d=-5 /f=a:b"
            ),
            (
                .yaml, "a: |+\n  x\n\n\nb: |-\n  y\n   z\r\nc: \"\\x41\\u00e9\"\r\n",
                "/a=x\n\n\n /b=y\n z /c=Aé"
            ),
            (.yaml, "{}\n# nothing\n", ""), (.yaml, "a/b: c\n", "/a/b=c"),
            (.json, "{\"a\":1.50,\"b\":true,\"c\":[1, 2],\"d\":{}}", "/a=1.50 /b=true /c=[1,2]"),
            (
                .dotenv, "export A=1 # c\n\n# c\nB='$x'\r\nC=\"a\\$b\"\nD=\nE=a#b\n",
                "/A=1 /B=$x /C=a$b /D= /E=a#b"
            ),
            (
                .properties, "! c\na.b : c\\\n   d\ne\tf\ng\n\\u00e9\\ x=\\ud83d\\ude00\n",
                "/a/b=cd /e=f /g= /é x=😀"
            ),
            (
                .toml,
                "a.b = 1 # c\n[c.\"d.e\"]\nf = 'x\\y'\ng=2026-11-30T00:00:00Z\n[h]\ni = true\n",
                "/a/b=1 /c/d.e/f=x\\y /c/d.e/g=2026-11-30T00:00:00Z /h/i=true"
            ),
        ] as [(TreeFormat, String, String)]
    )
    func written(_ format: TreeFormat, _ text: String, _ expected: String) throws {
        let leaves = try format.leaves(in: Array(text.utf8))
        let found = leaves.map {
            "\(String(decoding: $0.path, as: UTF8.self))=\(String(decoding: $0.value, as: UTF8.self))"
        }.joined(separator: " ")
        #expect(found == expected)
    }

    @Test(
        "what is wrong is told with its place",
        arguments: [
            (.yaml, "a: 1\na: 2\n", 2, 1), (.yaml, "a:\n\tb: 1\n", 2, 1),
            (.yaml, "a: &x 1\n", 1, 4),
            (.yaml, "a: [1]\n", 1, 4), (.yaml, "- a\n", 1, 1), (.yaml, "a:\n", 1, 1),
            (.yaml, "a:\nb: 1\n", 1, 1), (.yaml, "a: 1\n  b: 2\n", 2, 1), (.yaml, "a: 'x\n", 1, 4),
            (.yaml, "a: null\n", 1, 4), (.yaml, "a: b: c\n", 1, 5), (.yaml, "a:b\n", 1, 1),
            (.yaml, "a: !!str x\n", 1, 4), (.yaml, "a: >\n  x\n", 1, 4), (.yaml, "..: x\n", 1, 1),
            (.yaml, "a: \"\\q\"\n", 1, 6), (.yaml, "a: 1\n---\nb: 2\n", 2, 1),
            (.dotenv, "A=1\nB\n", 2, 2), (.dotenv, "A=$B\n", 1, 3), (.dotenv, "A=\"x\n", 1, 3),
            (.dotenv, "A B=1\n", 1, 2), (.dotenv, "A=1\nA=2\n", 2, 1), (.dotenv, "A='x' y\n", 1, 7),
            (.dotenv, "A=\"`x`\"\n", 1, 4), (.dotenv, "%zz=1\n", 1, 2), (.dotenv, "=1\n", 1, 1),
            (.properties, "a..b=1\n", 1, 1), (.properties, "a=\\u12\n", 1, 7),
            (.properties, "a=\\ud800x\n", 1, 3), (.properties, "a%=1\n", 1, 1),
            (.properties, "a=1\na:2\n", 2, 1),
            (.toml, "a = b\n", 1, 5), (.toml, "a = [1]\n", 1, 5), (.toml, "[[a]]\n", 1, 2),
            (.toml, "a = \"\"\"x\"\"\"\n", 1, 5), (.toml, "a\n", 1, 2), (.toml, "a = 1 2\n", 1, 7),
            (.toml, "[a\n", 1, 3), (.toml, "a = {b=1}\n", 1, 5), (.toml, "a=1\na=2\n", 2, 1),
            (.json, "{\"a\":\"1\",}", 1, 10), (.json, "{\n \"a\" 1}", 2, 6),
            (.json, "{\"a\":\"1\"} x", 1, 11),
        ] as [(TreeFormat, String, Int, Int)]
    )
    func faults(_ format: TreeFormat, _ text: String, _ line: Int, _ column: Int) {
        do {
            let leaves = try format.leaves(in: Array(text.utf8))
            Issue.record("\(format) takes \(text.debugDescription): \(leaves)")
        } catch {
            #expect(
                error.line == line && error.column == column,
                "\(text.debugDescription): \(error)"
            )
        }
    }

    @Test(
        "what has no place is told, too",
        arguments: [
            (.json, "[]"), (.json, "{\"a\":null}"), (.json, "{\"a\":{\"\":{}}}"),
            (.json, "{\"a/b\":\"1\",\"a\":{\"b\":\"2\"}}"), (.json, "{\"a//b\":\"1\"}"),
            (.json, "{\"a\":\"data:application/octet-stream;base64,x\"}"),
        ] as [(TreeFormat, String)]
    )
    func placeless(_ format: TreeFormat, _ text: String) {
        #expect(throws: FormatFault.self) { try format.leaves(in: Array(text.utf8)) }
    }

    @Test("the format is that of a file's name")
    func names() {
        for (name, format) in [
            ("a.json", .json), ("d.yaml/a.yml", .yaml), (".env", .dotenv), ("x/prod.env", .dotenv),
            (".env.local", .dotenv), ("a.properties", .properties), ("a.toml", .toml),
            ("a.txt", nil), ("-", nil), ("json", .json),
        ] as [(String, TreeFormat?)] { #expect(TreeFormat(ofFile: name) == format, "\(name)") }
    }

    @Test("no bytes trap a reader, and what is read can be written", arguments: TreeFormat.allCases)
    func fuzz(_ format: TreeFormat) {
        var fuzzer = Fuzzer(
            "tree as \(format.rawValue)",
            corpus: [format.text(of: Self.example), format.text(of: [])],
            tokens: [
                "\n", "  ", ": ", "|-\n", "\"", "'", "\\u", "=", "[", "]", "#", "{}", "%2e", "$",
            ]
        )
        fuzzer.run { bytes in
            let leaves = try format.leaves(in: bytes)
            let again = try format.leaves(in: format.text(of: leaves))
            #expect(Self.sorted(again) == Self.sorted(leaves))
            return "\(leaves.count)"
        }
    }
}
