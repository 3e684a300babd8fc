import Bytes
import Testing
import Wire
import roost

@Suite("Bytes in C escapes (C17, 6.4.4.4)")
struct CEscapesTests {
    @Test(
        "each escape stands for its byte",
        arguments: [
            (#"foo\x00"#, Array("foo".utf8) + [0]), (#"\n\t\r\\"#, [10, 9, 13, 92]),
            (#"\a\b\v\f\"\'\?"#, [7, 8, 11, 12, 34, 39, 63]), (#"\0"#, [0]), (#"\12"#, [10]),
            (#"\377\1011"#, [255, 65, 49]), (#"\xFf\xA"#, [255, 10]), (#"\x0012"#, [0, 49, 50]),
            ("/app/name", Array("/app/name".utf8)), ("é", [0xC3, 0xA9]), ("", []),
            (#"\09"#, [0, 57]),
        ] as [(String, [UInt8])]
    )
    func decodes(_ text: String, bytes: [UInt8]) throws {
        #expect(try CEscapes.decode(Array(text.utf8)) == bytes)
    }

    @Test(
        "what stands for nothing is refused",
        arguments: [#"a\"#, #"\q"#, #"\x"#, #"\xg0"#, #"\8"#, #"\400"#, #"\777"#]
    )
    func refuses(_ text: String) {
        let error = #expect(throws: Failure.self) { try CEscapes.decode(Array(text.utf8)) }
        #expect(error?.exitCode == .usage)
        #expect(error?.explanation.contains(text) ?? false)
    }

    @Test("what is shown is read as the same bytes, and a terminal acts on none of it")
    func roundTrip() throws {
        var generator = SplitMix64(seed: 13)
        for round in 0..<5_000 {
            let count = 1 + Int(generator.next() % 12)
            let bytes = (0..<count).map { _ in
                // Half of them such that UTF-8 and escapes come about.
                round % 2 == 0
                    ? UInt8(truncatingIfNeeded: generator.next())
                    : Array("\\x01né\u{9B}\u{202E}".utf8)[Int(generator.next() % 12)]
            }
            let text = CEscapes.text(of: bytes)
            #expect(try CEscapes.decode(Array(text.utf8)) == bytes, "\(bytes)")
            #expect(!text.unicodeScalars.contains(where: TerminalText.isControl), "\(bytes)")
        }
    }

    @Test(
        "text stays as it is, the rest is hexadecimal",
        arguments: [
            (Array("größe/鍵".utf8), "größe/鍵"), ([0xFF, 0x61], #"\xffa"#),
            (Array("a\u{9B}".utf8), #"a\xc2\x9b"#), ([0, 0x31], #"\x001"#), ([92], #"\\"#),
        ] as [([UInt8], String)]
    )
    func text(_ bytes: [UInt8], shown: String) { #expect(CEscapes.text(of: bytes) == shown) }
}
