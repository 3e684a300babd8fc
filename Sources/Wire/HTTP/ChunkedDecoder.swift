internal import Bytes

/// Why a chunked body is refused (RFC 9112, 7.1).
package enum ChunkError: Error, Hashable, Sendable {
    case malformedSize
    /// A size that no body within the limits can have.
    case oversize
    case malformedExtension
    case malformedLineEnd
    case malformedTrailer
    /// Extensions or trailers beyond what any honest client sends.
    case overheadTooLarge(limit: Int)
}

/// Takes a chunked body apart as its bytes arrive, wherever they are split. Extensions and trailers
/// are checked, bounded and dropped.
struct ChunkedDecoder: Sendable {
    /// Bytes of one body that may be spent on extensions and trailers.
    static let overheadByteCountMax = 16 << 10

    private enum State: Sendable {
        case size(UInt64, digitCount: Int)
        /// Blanks after the size, which an extension has to follow (RFC 9112, 7.1.1).
        case sizeBlanks(UInt64)
        case sizeExtension(UInt64)
        case sizeLineFeed(UInt64)
        case data(remaining: Int)
        case dataReturn
        case dataLineFeed
        case trailerStart
        case trailerName
        case trailerValue
        case trailerLineFeed
        case finalLineFeed
        case done
    }

    private var state: State = .size(0, digitCount: 0)
    private var overheadByteCount = 0

    /// Whether the last byte of the body has been taken.
    var isDone: Bool {
        if case .done = state { return true }
        return false
    }

    /// Takes bytes of the body from `input`, data going to `output`.
    ///
    /// - Parameters:
    ///   - offset: the offset of the first byte to take; afterwards that after the last one taken.
    ///   - byteCountMax: the most bytes that `output` may hold.
    mutating func decode(
        _ input: Span<UInt8>,
        from offset: inout Int,
        into output: inout [UInt8],
        byteCountMax: Int
    ) throws(ChunkError) {
        while offset < input.count, !isDone {
            if case .data(let remaining) = state {
                let count = min(remaining, input.count - offset)
                output.append(span: input.extracting(offset..<offset + count))
                offset += count
                state = count == remaining ? .dataReturn : .data(remaining: remaining - count)
            } else {
                try take(input[offset])
                offset += 1
                if case .data(let size) = state, size > byteCountMax - output.count {
                    throw .oversize
                }
            }
        }
    }

    private mutating func take(_ byte: UInt8) throws(ChunkError) {
        switch state {
        case .size(let size, let digitCount):
            try takeSize(byte, size: size, digitCount: digitCount)
        case .sizeBlanks(let size):
            try countOverhead()
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"): break
            case UInt8(ascii: ";"): state = .sizeExtension(size)
            default: throw .malformedExtension
            }
        case .sizeExtension(let size):
            try takeExtension(byte, size: size)
        case .sizeLineFeed(let size):
            guard byte == UInt8(ascii: "\n") else { throw .malformedLineEnd }
            guard let count = Int(exactly: size) else { throw .oversize }
            state = count == 0 ? .trailerStart : .data(remaining: count)
        case .dataReturn:
            guard byte == UInt8(ascii: "\r") else { throw .malformedLineEnd }
            state = .dataLineFeed
        case .dataLineFeed:
            guard byte == UInt8(ascii: "\n") else { throw .malformedLineEnd }
            state = .size(0, digitCount: 0)
        case .trailerStart, .trailerName, .trailerValue, .trailerLineFeed, .finalLineFeed:
            try takeTrailer(byte)
        case .data, .done:
            invariant(false, "data and the end are not taken byte by byte")
        }
    }

    private mutating func takeSize(
        _ byte: UInt8,
        size: UInt64,
        digitCount: Int
    ) throws(ChunkError) {
        if let digit = Hexadecimal.digit(byte) {
            guard digitCount < 15 else { throw .oversize }
            state = .size(size << 4 | UInt64(digit), digitCount: digitCount + 1)
            return
        }
        guard digitCount > 0 else { throw .malformedSize }
        switch byte {
        case UInt8(ascii: "\r"): state = .sizeLineFeed(size)
        case UInt8(ascii: ";"): state = .sizeExtension(size)
        case UInt8(ascii: " "), UInt8(ascii: "\t"): state = .sizeBlanks(size)
        default: throw .malformedSize
        }
    }

    private mutating func takeExtension(_ byte: UInt8, size: UInt64) throws(ChunkError) {
        if byte == UInt8(ascii: "\r") {
            state = .sizeLineFeed(size)
        } else {
            guard byte.isFieldContent else { throw .malformedExtension }
            try countOverhead()
        }
    }

    private mutating func takeTrailer(_ byte: UInt8) throws(ChunkError) {
        try countOverhead()
        switch (state, byte) {
        case (.trailerStart, UInt8(ascii: "\r")): state = .finalLineFeed
        case (.finalLineFeed, UInt8(ascii: "\n")): state = .done
        case (.trailerStart, _) where byte.isToken: state = .trailerName
        case (.trailerName, UInt8(ascii: ":")): state = .trailerValue
        case (.trailerName, _) where byte.isToken: break
        case (.trailerValue, UInt8(ascii: "\r")): state = .trailerLineFeed
        case (.trailerValue, _) where byte.isFieldContent: break
        case (.trailerLineFeed, UInt8(ascii: "\n")): state = .trailerStart
        default: throw .malformedTrailer
        }
    }

    private mutating func countOverhead() throws(ChunkError) {
        overheadByteCount += 1
        guard overheadByteCount <= Self.overheadByteCountMax else {
            throw .overheadTooLarge(limit: Self.overheadByteCountMax)
        }
    }
}
