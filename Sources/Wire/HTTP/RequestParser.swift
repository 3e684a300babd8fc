internal import Bytes

/// Takes HTTP/1.1 requests off a connection's receive buffer as bytes arrive (RFC 9112).
///
/// A head is looked at where it lies and copied once, when it is complete; body bytes are taken as
/// they come, so that the receive buffer never has to hold more than one head.
package struct RequestParser: Sendable {
    /// What came of the bytes given so far.
    package enum Progress: Hashable, Sendable {
        /// Nothing to do until more bytes arrive. Those not consumed are to be given again, at the
        /// front of what follows them.
        case needsMore
        /// As `needsMore`, and the client waits for `ResponseWriter.continueResponse`.
        case needsContinue
        case request(HTTPRequest)
        /// Nothing more can be read from this connection.
        case refused(RequestError)
    }

    private enum State: Sendable {
        /// Bytes of the head that hold no end of head, and of those, where the request line ends.
        case head(scannedByteCount: Int, lineEnd: Int?)
        indirect case body(RequestHead, body: [UInt8], remaining: Int)
        indirect case chunks(RequestHead, body: [UInt8], decoder: ChunkedDecoder)
        case refused(RequestError)
    }

    private var limits: RequestLimits
    private var state: State = .head(scannedByteCount: 0, lineEnd: nil)

    package init(limits: RequestLimits = RequestLimits()) { self.limits = limits }

    /// The longest body, in bytes; it may change with every request, and in the middle of one.
    package var bodyByteCountMax: Int {
        get { limits.bodyByteCountMax }
        set { limits.bodyByteCountMax = newValue }
    }

    /// Whether a request has begun and is not complete: a connection in this state may not stay
    /// silent for long.
    package var isWithinRequest: Bool {
        if case .head(let scannedByteCount, _) = state { return scannedByteCount > 0 }
        return true
    }

    /// Goes on with the bytes from `offset`; call again until it asks for more or refuses.
    ///
    /// - Parameter offset: afterwards that of the first byte that was not consumed.
    /// - Complexity: O(*n*) in the bytes given, those of an incomplete head being looked at once.
    package mutating func next(_ input: Span<UInt8>, from offset: inout Int) -> Progress {
        do throws(RequestError) {
            switch state {
            case .head: return try takeHead(input, from: &offset)
            case .body: return takeBody(input, from: &offset)
            case .chunks: return try takeChunks(input, from: &offset)
            case .refused(let error): return .refused(error)
            }
        } catch {
            state = .refused(error)
            return .refused(error)
        }
    }

    // MARK: - Head

    private mutating func takeHead(
        _ input: Span<UInt8>,
        from offset: inout Int
    ) throws(RequestError) -> Progress {
        guard case .head(var scanned, var lineEnd) = state else { return .needsMore }
        // RFC 9112, 2.2: empty lines before a request are skipped.
        while scanned == 0, offset + 1 < input.count, input[offset] == UInt8(ascii: "\r"),
            input[offset + 1] == UInt8(ascii: "\n")
        {
            offset += 2
        }
        let available = input.count - offset
        if scanned == 0, available == 1, input[offset] == UInt8(ascii: "\r") { return .needsMore }
        while scanned < available {
            guard input[offset + scanned] == UInt8(ascii: "\n") else {
                scanned += 1
                continue
            }
            guard scanned > 0, input[offset + scanned - 1] == UInt8(ascii: "\r") else {
                throw .malformed(
                    lineEnd == nil ? .requestLine : .field(.malformedLineEnd(at: scanned))
                )
            }
            scanned += 1
            if let lineEnd, scanned >= 4, input[offset + scanned - 3] == UInt8(ascii: "\n") {
                return try finishHead(input, from: &offset, byteCount: scanned, lineEnd: lineEnd)
            }
            if lineEnd == nil {
                guard scanned <= limits.requestLineByteCountMax else { throw tooLong }
                lineEnd = scanned - 2
            }
            guard scanned <= limits.headByteCountMax else { throw tooLarge }
        }
        guard lineEnd != nil || scanned <= limits.requestLineByteCountMax else { throw tooLong }
        guard scanned <= limits.headByteCountMax else { throw tooLarge }
        state = .head(scannedByteCount: scanned, lineEnd: lineEnd)
        return .needsMore
    }

    private var tooLong: RequestError { .targetTooLong(limit: limits.requestLineByteCountMax) }
    private var tooLarge: RequestError { .headersTooLarge(limit: limits.headByteCountMax) }

    private mutating func finishHead(
        _ input: Span<UInt8>,
        from offset: inout Int,
        byteCount: Int,
        lineEnd: Int
    ) throws(RequestError) -> Progress {
        guard byteCount <= limits.headByteCountMax else { throw tooLarge }
        let bytes = Array(span: input.extracting(offset..<offset + byteCount - 2))
        let head = try RequestHead(bytes, lineEnd: lineEnd, limits: limits)
        offset += byteCount
        switch head.framing {
        case .length(0), .untilClose:
            state = .head(scannedByteCount: 0, lineEnd: nil)
            return .request(HTTPRequest(head, body: []))
        case .length(let count):
            state = .body(head, body: [], remaining: count)
        case .chunked:
            state = .chunks(head, body: [], decoder: ChunkedDecoder())
        }
        if head.expectsContinue, offset == input.count { return .needsContinue }
        return next(input, from: &offset)
    }

    // MARK: - Body

    private mutating func takeBody(_ input: Span<UInt8>, from offset: inout Int) -> Progress {
        guard case .body(let head, var body, var remaining) = state else { return .needsMore }
        state = .head(scannedByteCount: 0, lineEnd: nil)
        let count = min(remaining, input.count - offset)
        // What the client only announced is not allocated for more than one slice ahead.
        if body.isEmpty { body.reserveCapacity(min(remaining, max(count, 64 << 10))) }
        body.append(span: input.extracting(offset..<offset + count))
        offset += count
        remaining -= count
        guard remaining > 0 else { return .request(HTTPRequest(head, body: body)) }
        state = .body(head, body: body, remaining: remaining)
        return .needsMore
    }

    private mutating func takeChunks(
        _ input: Span<UInt8>,
        from offset: inout Int
    ) throws(RequestError) -> Progress {
        guard case .chunks(let head, var body, var decoder) = state else { return .needsMore }
        state = .head(scannedByteCount: 0, lineEnd: nil)
        do {
            try decoder.decode(
                input,
                from: &offset,
                into: &body,
                byteCountMax: limits.bodyByteCountMax
            )
        } catch {
            if case .oversize = error { throw .bodyTooLarge(limit: limits.bodyByteCountMax) }
            throw .malformed(.chunk(error))
        }
        guard !decoder.isDone else { return .request(HTTPRequest(head, body: body)) }
        state = .chunks(head, body: body, decoder: decoder)
        return .needsMore
    }
}
