import Bytes
import Testing

@Suite("Hexadecimal")
struct HexadecimalTests {
    @Test(
        arguments: [
            (0, "0000000000000000"), (1, "0000000000000001"),
            (0x0123_4567_89AB_CDEF, "0123456789abcdef"), (.max, "ffffffffffffffff"),
        ] as [(UInt64, String)]
    )
    func sixteenDigits(_ value: UInt64, text: String) {
        #expect(Hexadecimal.encode(value) == Array(text.utf8))
        #expect(Hexadecimal.decode(Array(text.utf8)) == value)
        #expect(Hexadecimal.decode(Array(text.uppercased().utf8)) == value)
    }

    @Test func twoDigitsAByte() {
        #expect(Hexadecimal.encode([] as [UInt8]) == [])
        #expect(Hexadecimal.encode([0x00, 0x0F, 0xF0, 0xFF]) == Array("000ff0ff".utf8))
        for byte in UInt8.min...UInt8.max {
            #expect(Hexadecimal.decode(Hexadecimal.encode([byte])) == UInt64(byte))
        }
    }

    @Test(arguments: [("7", 7), ("Ff", 255), ("00000000000000010", nil), ("0x1", nil)])
    func shorterOnes(_ text: String, value: UInt64?) {
        #expect(Hexadecimal.decode(Array(text.utf8)) == value)
    }

    @Test(arguments: ["", " 1", "1 ", "-1", "+1", "g", "１", "12345678901234567"])
    func refused(_ text: String) { #expect(Hexadecimal.decode(Array(text.utf8)) == nil) }

    @Test func nothingElseIsADigit() {
        let digits = Set("0123456789abcdefABCDEF".utf8)
        for character in UInt8.min...UInt8.max {
            #expect((Hexadecimal.digit(character) != nil) == digits.contains(character))
        }
    }
}
