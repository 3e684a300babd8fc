package import RoostClient
package import Wire

/// A request encoded once, of which each use differs only in a key's number and in one other value:
/// nothing is built or allocated for a request.
package struct BenchRequestForm: Sendable {
    /// Digits of a key's number, zeros in front, so that all keys are equally long.
    package static let digitCount = 10
    private static let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: digitCount)

    private var bytes: [UInt8] = []
    /// Where the digits of the key's number stand.
    private var digitsAt: Int?
    /// Where the other value is put in; after the digits if there are both.
    private var insertionAt: Int?

    /// What a target, a field or a body is made of.
    package enum Piece: Sendable {
        case text([UInt8])
        /// The key's number; once in a request, and in front of an insertion.
        case digits
        /// A value that is put in at use.
        case insertion
    }

    /// Encodes a request of pieces.
    ///
    /// - Parameters:
    ///   - target: path and query, percent-encoded.
    ///   - authority: the `Host` field.
    ///   - authorization: as whom; nil for nobody in particular.
    ///   - field: one more header field, its line end left out; empty for none.
    ///   - body: for PUT and POST; without an insertion, whose length nobody knows here.
    package init(
        _ method: Method,
        target: [Piece],
        authority: [UInt8],
        as authorization: Authorization? = .ofThisProcess,
        field: [Piece] = [],
        body: [Piece] = []
    ) {
        append([.text(Array(method.rawValue.utf8)), .text([UInt8(ascii: " ")])] + target)
        append([.text(Array(" HTTP/1.1\r\nHost: ".utf8) + authority + Array("\r\n".utf8))])
        if let authorization {
            append([.text(Array("Authorization: ".utf8) + authorization.field + Array("\r\n".utf8))]
            )
        }
        if !field.isEmpty { append(field + [.text(Array("\r\n".utf8))]) }
        if method == .put || method == .post {
            append([.text(Array("Content-Length: \(Self.byteCount(of: body))\r\n".utf8))])
        }
        append([.text(Array("\r\n".utf8))] + body)
    }

    private mutating func append(_ pieces: [Piece]) {
        for piece in pieces {
            switch piece {
            case .text(let text): bytes += text
            case .digits:
                digitsAt = bytes.count
                bytes += Self.zeros
            case .insertion: insertionAt = bytes.count
            }
        }
    }

    private static func byteCount(of pieces: [Piece]) -> Int {
        pieces.reduce(0) { count, piece in
            switch piece {
            case .text(let text): count + text.count
            case .digits: count + digitCount
            case .insertion: count
            }
        }
    }

    /// Appends the request about a key.
    ///
    /// - Complexity: O(*n*) in its bytes; nothing is allocated while `output` has room.
    package func append(key: Int, to output: inout [UInt8]) {
        let start = output.count
        output.append(contentsOf: bytes)
        patch(key, in: &output, from: start)
    }

    /// Appends the request about a key with a number in the other place.
    package func append(key: Int, inserting number: UInt64, to output: inout [UInt8]) {
        let start = output.count
        let split = insertionAt ?? bytes.count
        output.append(contentsOf: bytes[..<split])
        output.append(decimal: number)
        output.append(contentsOf: bytes[split...])
        patch(key, in: &output, from: start)
    }

    /// Appends the request with bytes in the other place.
    package func append(inserting text: [UInt8], to output: inout [UInt8]) {
        let split = insertionAt ?? bytes.count
        output.append(contentsOf: bytes[..<split])
        output.append(contentsOf: text)
        output.append(contentsOf: bytes[split...])
    }

    private func patch(_ key: Int, in output: inout [UInt8], from start: Int) {
        guard let digitsAt else { return }
        var rest = UInt64(truncatingIfNeeded: key)
        var place = start + digitsAt + Self.digitCount - 1
        while rest > 0, place >= start + digitsAt {
            output[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
            place -= 1
        }
    }
}
