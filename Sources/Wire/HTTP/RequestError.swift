/// Why bytes are not a request that is served. The connection is closed after the answer: where the
/// next request begins is not known.
package enum RequestError: Error, Hashable, Sendable {
    case malformed(Fault)
    case targetTooLong(limit: Int)
    case headersTooLarge(limit: Int)
    case bodyTooLarge(limit: Int)

    /// What is wrong with the framing.
    package enum Fault: Hashable, Sendable {
        case requestLine
        case version
        case target
        case missingHost
        case repeatedHost
        case invalidHost
        case field(FieldError)
        case invalidLength
        case repeatedLength
        /// RFC 9112, 6.1: a way to smuggle requests past a proxy.
        case lengthAndTransferEncoding
        case transferEncodingInHTTP10
        case unknownTransferEncoding
        case unknownExpectation
        case chunk(ChunkError)
    }

    init(_ error: FieldError) {
        switch error {
        case .tooMany(let limit): self = .headersTooLarge(limit: limit)
        default: self = .malformed(.field(error))
        }
    }
}

extension RequestError.Fault: CustomStringConvertible {
    /// What is wrong, as one sentence's end for people.
    package var description: String {
        switch self {
        case .requestLine: "the request line is not METHOD TARGET HTTP/1.1"
        case .version: "the version is not HTTP/1.1 or HTTP/1.0"
        case .target: "the target is no path, absolute URL or *"
        case .missingHost: "the Host field is missing"
        case .repeatedHost: "the Host field is repeated"
        case .invalidHost: "the Host field is no HOST:PORT"
        case .field(.folded): "a header field is folded over two lines"
        case .field(.malformedValue): "a header field's value holds a control character"
        case .field(.malformedLineEnd): "a header line does not end in CR LF"
        case .field: "a header line is not NAME: VALUE"
        case .invalidLength: "Content-Length is no number"
        case .repeatedLength: "Content-Length is repeated"
        case .lengthAndTransferEncoding: "Content-Length and Transfer-Encoding exclude each other"
        case .transferEncodingInHTTP10: "HTTP/1.0 has no Transfer-Encoding"
        case .unknownTransferEncoding: "the only Transfer-Encoding is chunked"
        case .unknownExpectation: "the only Expect is 100-continue"
        case .chunk: "the chunked body is malformed"
        }
    }
}

/// What a request may take up at most; bounds the memory of a connection that has not been
/// understood yet.
package struct RequestLimits: Hashable, Sendable {
    /// The request line. A key of 4 KiB, every byte percent-encoded, takes 12 KiB; a watch names
    /// several.
    package var requestLineByteCountMax = 32 << 10
    /// Request line and fields together.
    package var headByteCountMax = 64 << 10
    package var fieldCountMax = 128
    package var bodyByteCountMax = 3 << 19

    package init() {}
}
