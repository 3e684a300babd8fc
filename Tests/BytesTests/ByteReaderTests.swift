import Bytes
import Testing

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

    @Test("a refusal says what was needed, what was there and where")
    func evidence() throws {
        var reader = ByteReader([3, 1, 2, 200, 1, 7])
        #expect(throws: DecodingError.limitExceeded(value: 3, limit: 2, at: 0)) {
            try reader.readLengthPrefixed(limit: 2)
        }
        #expect(try reader.readBytes(count: 2) == [1, 2])
        #expect(throws: DecodingError.limitExceeded(value: 200, limit: 1, at: 3)) {
            try reader.readCount()
        }
        #expect(throws: DecodingError.trailingBytes(count: 1)) { try reader.expectEnd() }
        #expect(throws: DecodingError.truncated(needed: 2, available: 1)) {
            try reader.readBytes(count: 2)
        }
        #expect(throws: DecodingError.truncated(needed: 0, available: 1)) {
            try reader.readBytes(count: -1)
        }
        #expect(try reader.readByte() == 7)
        #expect(throws: DecodingError.truncated(needed: 1, available: 0)) {
            try reader.readByte()
        }
        try reader.expectEnd()
    }

    @Test("a count is bounded by the bytes that each of what it counts takes")
    func countOfLargerThings() throws {
        let bytes: [UInt8] = [3] + [UInt8](repeating: 0, count: 11)
        var reader = ByteReader(bytes)
        #expect(throws: DecodingError.limitExceeded(value: 3, limit: 2, at: 0)) {
            try reader.readCount(byteCountMin: 4)
        }
        reader = ByteReader(bytes)
        #expect(try reader.readCount(byteCountMin: 3) == 3)
        reader = ByteReader(bytes)
        #expect(try reader.readCount(byteCountMin: 0) == 3)
    }

    @Test("a part of the bytes is read as if there were no others")
    func range() throws {
        let bytes = Array(UInt8(0)..<20)
        var reader = ByteReader(bytes, in: 5..<8)
        #expect((reader.position, reader.remaining) == (5, 3))
        #expect(try reader.readBytes(count: 3) == [5, 6, 7])
        #expect(reader.isAtEnd)
        #expect(throws: DecodingError.truncated(needed: 1, available: 0)) {
            try reader.readByte()
        }
        #expect(ByteReader(bytes, in: 20..<20).isAtEnd)
    }

    @Test("random bytes are read or refused, and the reader never leaves them")
    func randomBytes() {
        var generator = SplitMix64(seed: 11)
        for _ in 0..<2_000 {
            let count = Int.random(in: 0..<24, using: &generator)
            let bytes = (0..<count).map { _ in
                // Often at the edges, where lengths and varints go wrong.
                Bool.random(using: &generator)
                    ? UInt8.random(in: .min ... .max, using: &generator)
                    : [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
            }
            var reader = ByteReader(bytes)
            while !reader.isAtEnd {
                let position = reader.position
                let isRead: Bool
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: isRead = (try? reader.readVarint()) != nil
                case 1: isRead = (try? reader.readLengthPrefixed(limit: 8)) != nil
                case 2: isRead = (try? reader.readCount()) != nil
                case 3: isRead = (try? reader.readLittleEndian(UInt32.self)) != nil
                default: isRead = (try? reader.readByte()) != nil
                }
                #expect((position...count).contains(reader.position))
                guard isRead else { break }
                #expect(reader.position > position)
            }
        }
    }
}
