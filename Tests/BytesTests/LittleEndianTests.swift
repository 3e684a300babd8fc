import Bytes
import Testing

@Suite("Little-endian integers")
struct LittleEndianTests {
    @Test func leastSignificantByteFirst() {
        var bytes: [UInt8] = [9]
        bytes.append(littleEndian: UInt8(1))
        bytes.append(littleEndian: UInt16(0x0203))
        bytes.append(littleEndian: UInt32(0x0405_0607))
        bytes.append(littleEndian: UInt64(0x0809_0A0B_0C0D_0E0F))
        #expect(
            bytes == [9, 1, 3, 2, 7, 6, 5, 4, 0x0F, 0x0E, 0x0D, 0x0C, 0x0B, 0x0A, 9, 8]
        )
        #expect(bytes.span.littleEndian(UInt16.self, at: 2) == 0x0203)
        #expect(bytes.span.littleEndian(UInt32.self, at: 4) == 0x0405_0607)
    }

    @Test func readAtEveryOffsetAsWritten() {
        for value in [0, 1, 0xFF, 0x8000_0000_0000_0000, UInt64.max] {
            for offset in 0..<16 {
                var bytes = [UInt8](repeating: 0xAA, count: 24)
                bytes.overwrite(at: offset, littleEndian: value)
                #expect(bytes.span.littleEndian(UInt64.self, at: offset) == value)
                let others = bytes.enumerated().filter {
                    !(offset..<offset + 8).contains($0.offset)
                }
                #expect(others.allSatisfy { $0.element == 0xAA })
            }
        }
    }

    @Test func readerTakesThemAndRefusesShortOnes() throws {
        var reader = ByteReader([1, 2, 3, 4, 5, 6, 7])
        #expect(try reader.readLittleEndian(UInt16.self) == 0x0201)
        #expect(try reader.readLittleEndian(UInt32.self) == 0x0605_0403)
        #expect(throws: DecodingError.truncated(needed: 2, available: 1)) {
            try reader.readLittleEndian(UInt16.self)
        }
        #expect(reader.position == 6)
        #expect(try reader.readLittleEndian(UInt8.self) == 7)
        #expect(throws: DecodingError.truncated(needed: 8, available: 0)) {
            try reader.readLittleEndian(UInt64.self)
        }
    }
}
