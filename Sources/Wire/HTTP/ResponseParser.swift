internal import Bytes

/// Why bytes are not a response to our request.
package enum ResponseError: Error, Hashable, Sendable {
    case malformedStatusLine
    case field(FieldError)
    case headersTooLarge(limit: Int)
    case malformedFraming
    case chunk(ChunkError)
    /// The connection ended within a response.
    case truncated
}

/// A response's status and fields.
package struct ResponseHead: Hashable, Sendable {
    package let status: UInt16
    /// Names are in lower case.
    package let headers: HeaderFields
    /// Whether the connection can carry another request after this response.
    package let persistence: Persistence
}

/// What a response consists of, in order of arrival.
package enum ResponsePart: Hashable, Sendable {
    case head(ResponseHead)
    /// Some bytes of the body; never empty.
    case body([UInt8])
    case end
}

/// Takes responses off a connection as bytes arrive (RFC 9112), a streamed one piece by piece.
/// Interim responses are skipped.
package struct ResponseParser: Sendable {
    /// The longest status line with its fields.
    package static let headByteCountMax = 64 << 10
    private static let fieldCountMax = 256

    private enum State: Sendable {
        case head
        case body(remaining: Int)
        case chunks(ChunkedDecoder)
        case untilClose
        case end(End)
    }

    /// Whether the end of the response has been said.
    private enum End: Sendable {
        case due
        case told
    }

    private let method: Method
    private var state: State = .head
    private var buffer: [UInt8] = []
    private var offset = 0
    private var scanned = 0

    /// - Parameters:
    ///   - method: the request's method: a response to HEAD has no body.
    ///   - leftover: bytes that arrived after the previous response.
    package init(method: Method, leftover: [UInt8] = []) {
        self.method = method
        buffer = leftover
    }

    /// What arrived after the response; for the parser of the next one.
    package var leftover: [UInt8] { Array(buffer[offset...]) }

    /// Adds bytes that arrived.
    package mutating func append(_ bytes: some Collection<UInt8>) {
        if offset > 0 {
            buffer.removeFirst(offset)
            offset = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next part, nil when that needs more bytes or nothing follows `.end`.
    package mutating func next() throws(ResponseError) -> ResponsePart? {
        switch state {
        case .head: return try takeHead()
        case .body(let remaining):
            let count = min(remaining, buffer.count - offset)
            guard count > 0 else { return nil }
            state = count == remaining ? .end(.due) : .body(remaining: remaining - count)
            return .body(take(count))
        case .chunks(let decoder): return try takeChunks(decoder)
        case .untilClose:
            let count = buffer.count - offset
            return count > 0 ? .body(take(count)) : nil
        case .end(.due):
            state = .end(.told)
            return .end
        case .end(.told): return nil
        }
    }

    /// The connection was closed by the other side: the end of a response without a length.
    package mutating func close() throws(ResponseError) -> ResponsePart? {
        switch state {
        case .untilClose:
            state = .end(.told)
            return .end
        case .end: return try next()
        case .head, .body, .chunks: throw .truncated
        }
    }

    private mutating func take(_ count: Int) -> [UInt8] {
        defer { offset += count }
        return Array(buffer[offset..<offset + count])
    }

    private mutating func takeHead() throws(ResponseError) -> ResponsePart? {
        while true {
            guard let end = headEnd() else {
                guard buffer.count - offset <= Self.headByteCountMax else {
                    throw .headersTooLarge(limit: Self.headByteCountMax)
                }
                return nil
            }
            let bytes = Array(buffer[offset..<end - 2])
            offset = end
            scanned = 0
            let (head, framing) = try Self.parse(bytes, method: method)
            if (100..<200).contains(head.status) { continue }
            switch framing {
            case .length(0): state = .end(.due)
            case .length(let count): state = .body(remaining: count)
            case .chunked: state = .chunks(ChunkedDecoder())
            case .untilClose: state = .untilClose
            }
            return .head(head)
        }
    }

    /// The offset after the head's empty line.
    private mutating func headEnd() -> Int? {
        var end = offset + scanned
        while end < buffer.count {
            end += 1
            if buffer[end - 1] == UInt8(ascii: "\n"), end - offset >= 4,
                buffer[end - 2] == UInt8(ascii: "\r"), buffer[end - 3] == UInt8(ascii: "\n")
            {
                return end
            }
        }
        scanned = end - offset
        return nil
    }

    private static func parse(
        _ bytes: [UInt8],
        method: Method
    ) throws(ResponseError) -> (ResponseHead, BodyFraming) {
        // HTTP/1.x SSS, at least.
        guard bytes.count >= 14, bytes[..<7].equals("HTTP/1."), bytes[7].isDigit,
            bytes[8] == UInt8(ascii: " "), let status = bytes[9..<12].decimalValue, status >= 100,
            let lineEnd = bytes.firstIndex(of: UInt8(ascii: "\r")), lineEnd >= 12,
            bytes[lineEnd + 1] == UInt8(ascii: "\n")
        else { throw .malformedStatusLine }
        let fields: HeaderFields
        do {
            fields = try HeaderFields(parsing: bytes, from: lineEnd + 2, countMax: fieldCountMax)
        } catch { throw .field(error) }
        let framing = try framing(fields, status: UInt16(status), method: method)
        var persistence: Persistence = bytes[7] == UInt8(ascii: "0") ? .close : .keepAlive
        for value in fields.values(of: "connection") {
            if value.equalsIgnoringCase("close") { persistence = .close }
            if value.equalsIgnoringCase("keep-alive") { persistence = .keepAlive }
        }
        if framing == .untilClose { persistence = .close }
        let head = ResponseHead(
            status: UInt16(status),
            headers: fields,
            persistence: persistence
        )
        return (head, framing)
    }

    /// RFC 9112, 6.3.
    private static func framing(
        _ fields: HeaderFields,
        status: UInt16,
        method: Method
    ) throws(ResponseError) -> BodyFraming {
        guard method != .head, status.mayHaveBody else { return .length(0) }
        let codings = fields.values(of: "transfer-encoding")
        let lengths = fields.values(of: "content-length")
        if let coding = codings.first {
            guard codings.count == 1, lengths.isEmpty, coding.equalsIgnoringCase("chunked") else {
                throw .malformedFraming
            }
            return .chunked
        }
        guard let length = lengths.first else { return .untilClose }
        guard lengths.count == 1, let count = length.decimalValue.flatMap({ Int(exactly: $0) })
        else { throw .malformedFraming }
        return .length(count)
    }

    private mutating func takeChunks(
        _ decoder: ChunkedDecoder
    ) throws(ResponseError) -> ResponsePart? {
        var decoder = decoder
        var output: [UInt8] = []
        var taken = offset
        do {
            try decoder.decode(buffer.span, from: &taken, into: &output, byteCountMax: .max)
        } catch { throw .chunk(error) }
        offset = taken
        state = .chunks(decoder)
        if decoder.isDone {
            state = .end(output.isEmpty ? .told : .due)
            return output.isEmpty ? .end : .body(output)
        }
        return output.isEmpty ? nil : .body(output)
    }
}
