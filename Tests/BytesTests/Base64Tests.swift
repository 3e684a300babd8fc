import Bytes
import Testing

@Suite("Base64, RFC 4648 section 10")
struct Base64Tests {
    @Test(
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ]
    )
    func vectors(_ plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == Array(encoded.utf8))
        #expect(Base64.decode(Array(encoded.utf8)) == Array(plain.utf8))
    }

    @Test(arguments: ["Zg", "Zg=", "Zh==", "Zm9=", "====", "Z===", "Zm9v\n", "Zm-v", "=Zm9"])
    func refused(_ text: String) { #expect(Base64.decode(Array(text.utf8)) == nil) }

    @Test("what decodes is the one text of its bytes, whatever is changed in it")
    func canonical() {
        for count in 0..<8 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 77 &+ 250) }
            let text = Base64.encode(bytes)
            #expect(Base64.decode(text) == bytes)
            for place in text.indices {
                for character in UInt8.min...UInt8.max {
                    var other = text
                    other[place] = character
                    guard let decoded = Base64.decode(other) else { continue }
                    #expect(Base64.encode(decoded) == other)
                }
            }
        }
    }

    @Test("every byte value in every place of a group")
    func bytes() {
        for byte in UInt8.min...UInt8.max {
            for group in [[byte], [0, byte], [0, 0, byte], [byte, 255, 255, byte]] {
                #expect(Base64.decode(Base64.encode(group)) == group)
            }
        }
        var output = Array("a=".utf8)
        Base64.append([0xFB, 0xFF], to: &output)
        #expect(output == Array("a=+/8=".utf8))
    }
}
