import Bytes
import Testing

@Suite("Varints: unsigned LEB128 in its shortest form")
struct VarintTests {
    /// DWARF 5, figure 22 (section 7.6), and the edges.
    @Test(
        arguments: [
            (2, [2]), (127, [0x7F]), (128, [0x80, 1]), (129, [0x81, 1]), (12_857, [0xB9, 0x64]),
            (624_485, [0xE5, 0x8E, 0x26]),
            (.max, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1]),
        ] as [(UInt64, [UInt8])]
    )
    func vectors(_ value: UInt64, expected: [UInt8]) throws {
        var bytes: [UInt8] = []
        bytes.append(varint: value)
        #expect(bytes == expected)
        var reader = ByteReader(expected)
        #expect(try reader.readVarint() == value)
    }

    @Test("each length, at both of its ends, is read back and takes a byte for seven bits")
    func lengths() throws {
        for length in 1...10 {
            let low: UInt64 = length == 1 ? 0 : 1 << UInt64(7 * (length - 1))
            let high: UInt64 = length == 10 ? .max : 1 << UInt64(7 * length) - 1
            for value in [low, high] {
                var bytes: [UInt8] = []
                bytes.append(varint: value)
                #expect(bytes.count == length)
                var reader = ByteReader(bytes)
                #expect(try reader.readVarint() == value)
                #expect(reader.isAtEnd)
            }
        }
    }

    @Test("one that is cut off anywhere is truncated, one with a needless zero is invalid")
    func hostile() {
        var bytes: [UInt8] = []
        bytes.append(varint: .max)
        for count in 0..<bytes.count {
            var reader = ByteReader(Array(bytes.prefix(count)))
            #expect(throws: DecodingError.truncated(needed: 1, available: 0)) {
                try reader.readVarint()
            }
        }
        for count in 1..<10 {
            var reader = ByteReader([UInt8](repeating: 0x80, count: count) + [0])
            #expect(throws: DecodingError.invalidVarint(at: 0)) { try reader.readVarint() }
        }
        // The tenth byte holds one bit.
        var overlong = ByteReader([UInt8](repeating: 0xFF, count: 9) + [2])
        #expect(throws: DecodingError.invalidVarint(at: 0)) { try overlong.readVarint() }
    }
}
