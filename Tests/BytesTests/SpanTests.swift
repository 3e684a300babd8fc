import Bytes
import Testing

@Suite("Spans of bytes")
struct SpanTests {
    @Test("share as many bytes as comparing one by one says, whatever the lengths")
    func commonPrefix() {
        for count in 0..<40 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 91) }
            for place in 0..<count {
                var other = bytes
                other[place] ^= 0x80
                #expect(bytes.span.commonPrefixCount(with: other.span) == place)
                #expect(other.span.commonPrefixCount(with: bytes.span) == place)
                #expect(bytes.span.isEqual(to: other.span) == false)
                let shorter = bytes.span.extracting(first: place)
                #expect(bytes.span.commonPrefixCount(with: shorter) == place)
                #expect(bytes.span.isEqual(to: shorter) == false)
            }
            #expect(bytes.span.commonPrefixCount(with: bytes.span) == count)
            #expect(bytes.span.isEqual(to: Array(bytes).span) == true)
        }
    }

    @Test("are appended and copied as they are, empty ones too")
    func copies() throws {
        let bytes = Array("hello".utf8)
        var output = [UInt8](span: bytes.span.extracting(first: 2))
        output.append(span: bytes.span.extracting(last: 3))
        output.append(span: bytes.span.extracting(first: 0))
        #expect(output == bytes)
        #expect([UInt8](span: [UInt8]().span) == [])
        output = []
        output.append(lengthPrefixed: bytes.span)
        var other: [UInt8] = []
        other.append(lengthPrefixed: bytes)
        #expect(output == other)
        #expect(output == [5] + bytes)
    }
}
