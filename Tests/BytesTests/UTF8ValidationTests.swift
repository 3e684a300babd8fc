import Bytes
import Testing

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

    @Test("a sequence may begin at any offset of the eight bytes that are looked at together")
    func offsets() {
        for sequence in ["é", "漢", "😀"].map({ Array($0.utf8) }) {
            for before in 0..<17 {
                for after in 0..<9 {
                    let bytes =
                        [UInt8](repeating: 0x41, count: before) + sequence
                        + [UInt8](repeating: 0x42, count: after)
                    #expect(bytes.span.isValidUTF8 == true)
                    let cut = bytes.prefix(before + sequence.count - 1)
                    #expect(Array(cut).span.isValidUTF8 == false)
                    let torn = Array(cut) + [UInt8](repeating: 0x42, count: after + 1)
                    #expect(torn.span.isValidUTF8 == false)
                }
            }
        }
    }
}
