import Testing
import Wire
import roost

@Suite("What a terminal is shown cannot steer it")
struct TerminalTextTests {
    @Test(
        "a name is one word: as it is, or as a JSON string with every control escaped",
        arguments: [
            ("/app/name", "/app/name"), ("/a b", "/a b"), (#"/a"b\c"#, #"/a"b\c"#),
            ("/größe/鍵/👩‍👩‍👧", "/größe/鍵/👩‍👩‍👧"),
            // C0 controls, line ends and DEL (ECMA-48).
            ("/a\u{1B}[31m", #""/a\u001b[31m""#), ("/two\nlines", #""/two\nlines""#),
            ("/tab\t", #""/tab\t""#), ("/del\u{7F}", #""/del\u007f""#), ("\u{0}", #""\u0000""#),
            // C1 controls: CSI and OSC in one character.
            ("/c1\u{9B}31m", #""/c1\u009b31m""#), ("/\u{80}\u{9F}", #""/\u0080\u009f""#),
            // Controls of the bidirectional algorithm, and the line separators.
            ("/\u{202E}txt.exe", #""/\u202etxt.exe""#), ("/\u{2066}\u{2069}", #""/\u2066\u2069""#),
            ("/\u{061C}\u{200E}\u{200F}", #""/\u061c\u200e\u200f""#),
            ("/\u{2028}\u{2029}", #""/\u2028\u2029""#),
            // Neighbours of what is escaped.
            ("/\u{A0}\u{2027}\u{202F}\u{2065}\u{206A}", "/\u{A0}\u{2027}\u{202F}\u{2065}\u{206A}"),
        ]
    )
    func word(_ name: String, shown: String) {
        #expect(TerminalText.word(Array(name.utf8)) == shown)
        #expect(JSONValue.string(Array(name.utf8)).plainText == shown)
    }

    @Test("whatever the bytes, the line that is printed holds no control but its end")
    func everyScalar() {
        for value in UInt32(0)..<0x3000 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let text = "a\(String(scalar))b"
            for shown in [TerminalText.word(text.utf8), TerminalText.prose(text)] {
                #expect(!shown.unicodeScalars.contains(where: TerminalText.isControl), "\(value)")
            }
        }
        #expect(TerminalText.word([0xFF, 0x9B, 0x41]) == "\u{FFFD}\u{FFFD}A")
    }

    @Test("JSON keeps its lines and its meaning")
    func document() throws {
        let json = Array("{\n  \"a\": \"\u{9B}\u{202E}\u{7F}é\"\n}\n".utf8)
        let shown = TerminalText.document(json)
        #expect(try JSONValue(parsing: shown) == JSONValue(parsing: json))
        let lines = String(decoding: shown, as: UTF8.self)
        #expect(lines == "{\n  \"a\": \"\\u009b\\u202e\\u007fé\"\n}\n")
    }

    @Test("a table's cells are escaped wherever they come from")
    func table() {
        var table = Table(titles: ["NAME"])
        table.append(["a\u{9B}31m\nb"])
        #expect(table.text(for: Console(format: .text)).hasSuffix("\na\\u009b31m\\nb\n"))
    }
}
