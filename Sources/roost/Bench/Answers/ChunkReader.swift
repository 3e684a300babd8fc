/// Finds the payload in a chunked body (RFC 9112, 7.1) where it lies in the receive buffer, wherever
/// the chunks are split.
package struct ChunkReader: Hashable, Sendable {
    private enum State: Hashable, Sendable {
        case size(Int)
        /// An extension, or the carriage return after a size.
        case sizeEnd(Int)
        case payload(remaining: Int)
        /// The line end after a chunk.
        case payloadEnd
        /// The lines after the last chunk, with the length of the present one so far.
        case trailer(byteCount: Int)
        case done
        case malformed
    }

    private var state = State.size(0)

    /// Before the first chunk.
    package init() {}

    /// Whether the body's last byte was taken.
    package var isDone: Bool { state == .done }
    /// Whether these bytes are not a chunked body.
    package var isMalformed: Bool { state == .malformed }

    /// The next piece of payload; nil when more bytes are needed or the body has ended.
    ///
    /// - Parameter offset: the first byte to look at; afterwards the one after the last that was taken.
    package mutating func next(
        _ input: Span<UInt8>,
        from offset: inout Int,
        to end: Int
    ) -> Range<Int>? {
        while offset < end {
            switch state {
            case .payload(let remaining):
                let count = min(remaining, end - offset)
                state = count == remaining ? .payloadEnd : .payload(remaining: remaining - count)
                offset += count
                return offset - count..<offset
            case .done, .malformed: return nil
            case .size, .sizeEnd, .payloadEnd, .trailer:
                take(input[offset])
                offset += 1
            }
        }
        return nil
    }

    private mutating func take(_ byte: UInt8) {
        switch (state, byte) {
        case (.size(let size), _) where Self.digit(byte) != nil:
            let next = size << 4 | (Self.digit(byte) ?? 0)
            state = size < 1 << 40 ? .size(next) : .malformed
        case (.size(let size), UInt8(ascii: "\r")), (.size(let size), UInt8(ascii: ";")):
            state = .sizeEnd(size)
        case (.sizeEnd(let size), UInt8(ascii: "\n")):
            state = size == 0 ? .trailer(byteCount: 0) : .payload(remaining: size)
        case (.sizeEnd, _), (.payloadEnd, UInt8(ascii: "\r")), (.trailer, UInt8(ascii: "\r")):
            break
        case (.payloadEnd, UInt8(ascii: "\n")): state = .size(0)
        case (.trailer(0), UInt8(ascii: "\n")): state = .done
        case (.trailer, UInt8(ascii: "\n")): state = .trailer(byteCount: 0)
        case (.trailer(let count), _): state = .trailer(byteCount: count + 1)
        default: state = .malformed
        }
    }

    private static func digit(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}
