import Bytes
import Testing

@Suite("CRC32C, RFC 3720 appendix B.4")
struct CRC32CTests {
    @Test(
        arguments: [
            ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
            ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
            ((0..<32).map { UInt8($0) }, 0x46DD_794E),
            ((0..<32).reversed().map { UInt8($0) }, 0x113F_DB5C),
            // An iSCSI read command.
            (
                [
                    0x01, 0xC0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 4, 0,
                    0, 0, 0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,
                ], 0xD996_3A56
            ),
            (Array("123456789".utf8), 0xE306_9283),
            ([], 0),
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

    @Test("in parts as in one piece, and every flipped bit shows")
    func parts() {
        let bytes = (0..<96).map { UInt8(truncatingIfNeeded: $0 &* 151) }
        let whole = CRC32C.checksum(bytes.span)
        for cut in 0...bytes.count {
            var checksum = CRC32C()
            checksum.update(bytes.span.extracting(first: cut))
            checksum.update(bytes.span.extracting(droppingFirst: cut))
            #expect(checksum.value == whole)
        }
        for bit in 0..<8 * bytes.count {
            var other = bytes
            other[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(CRC32C.checksum(other.span) != whole)
        }
    }
}
