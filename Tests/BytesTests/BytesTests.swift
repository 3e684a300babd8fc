import Bytes
import Testing

@Suite("CRC32C, RFC 3720 appendix B.4")
struct CRC32CTests {
    @Test(
        arguments: [
            ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
            ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
            ((0..<32).map { UInt8($0) }, 0x46DD_794E),
            (Array("123456789".utf8), 0xE306_9283),
        ] as [([UInt8], UInt32)]
    )
    func vectors(_ bytes: [UInt8], expected: UInt32) {
        #expect(CRC32C.checksum(bytes.span) == expected)
        var byTable = CRC32C()
        byTable.updateByTable(bytes.span)
        #expect(byTable.value == expected)
    }

    @Test("by the instruction and by the table, whatever the length")
    func lengths() {
        let bytes = (0..<200).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        for count in bytes.indices {
            var byTable = CRC32C()
            byTable.updateByTable(bytes.span.extracting(..<count))
            #expect(CRC32C.checksum(bytes.span.extracting(..<count)) == byTable.value)
        }
    }
}

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
}

@Suite("UTF-8, Unicode table 3-7")
struct UTF8ValidationTests {
    @Test(
        "agrees with the standard library on every sequence of up to three bytes and edges of four"
    )
    func exhaustive() {
        func agrees(_ bytes: [UInt8]) -> Bool {
            bytes.span.isValidUTF8 == (String(validating: bytes, as: UTF8.self) != nil)
        }
        let edges: [UInt8] = [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF]
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                #expect(agrees([first, second]))
                for third in edges {
                    #expect(agrees([first, second, third]))
                    for fourth in edges where first >= 0xE0 {
                        #expect(agrees([first, second, third, fourth]))
                    }
                }
            }
        }
        #expect(agrees(Array("plain ascii, then é 漢 😀, then plain again".utf8)))
    }
}

@Suite("ByteReader refuses instead of trapping")
struct ByteReaderTests {
    @Test(arguments: [0, 1, 127, 128, 300, 1 << 32, UInt64.max])
    func varintRoundTrip(_ value: UInt64) throws {
        var bytes: [UInt8] = []
        bytes.append(varint: value)
        var reader = ByteReader(bytes)
        #expect(try reader.readVarint() == value)
        try reader.expectEnd()
    }

    @Test(arguments: [
        [0x80, 0x00], [UInt8](repeating: 0xFF, count: 10), [UInt8](repeating: 0x80, count: 11),
        [0x80],
    ])
    func varintRefused(_ bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        #expect(throws: DecodingError.self) { try reader.readVarint() }
    }

    @Test("short ones are read from a span alike, and nothing else is")
    func shortVarint() {
        for value in [0, 1, 127, 128, 16_383, 16_384, 1 << 21, (1 << 28) - 1, 1 << 28] {
            var bytes: [UInt8] = [9]
            bytes.append(varint: UInt64(value))
            var offset = 1
            let isShort = value < 1 << 28
            #expect(bytes.span.shortVarint(at: &offset) == (isShort ? value : nil))
            #expect(offset == (isShort ? bytes.count : 1))
        }
        for bytes: [UInt8] in [[], [0x80], [0x80, 0x00], [0xFF, 0xFF, 0xFF, 0xFF, 0x01]] {
            var offset = 0
            #expect(bytes.span.shortVarint(at: &offset) == nil)
        }
    }

    @Test("a count that the bytes cannot hold is refused before it is trusted")
    func count() {
        var bytes: [UInt8] = []
        bytes.append(varint: 1 << 40)
        var reader = ByteReader(bytes)
        #expect(throws: DecodingError.self) { try reader.readCount() }
    }

    @Test func lengthPrefixed() throws {
        var bytes: [UInt8] = []
        bytes.append(lengthPrefixed: Array("hello".utf8))
        var reader = ByteReader(bytes)
        #expect(try reader.readLengthPrefixed(limit: 5) == Array("hello".utf8))
        var short = ByteReader(bytes)
        #expect(throws: DecodingError.self) { try short.readLengthPrefixed(limit: 4) }
    }
}
