/// Writes a client's requests into a connection's output (RFC 9112).
package enum RequestWriter {
    /// Appends one request with its body.
    ///
    /// - Parameters:
    ///   - target: path and query, percent-encoded.
    ///   - authority: the `Host` field: `HOST:PORT`.
    ///   - headers: further fields; framing fields are this function's matter.
    package static func append(
        _ method: Method,
        target: [UInt8],
        authority: [UInt8],
        headers: HeaderFields = HeaderFields(),
        body: [UInt8] = [],
        to output: inout [UInt8]
    ) {
        output.append(contentsOf: method.rawValue.utf8)
        output.append(" ")
        output.append(contentsOf: target)
        output.append(" HTTP/1.1\r\nHost: ")
        output.append(contentsOf: authority)
        output.append("\r\n")
        output.append(contentsOf: headers.wireBytes)
        switch method {
        case .put, .post, .patch:
            output.append("Content-Length: ")
            output.append(decimal: UInt64(body.count))
            output.append("\r\n")
        case .get, .head, .delete, .options, .other: break
        }
        output.append("\r\n")
        switch method {
        case .put, .post, .patch: output.append(contentsOf: body)
        case .get, .head, .delete, .options, .other: break
        }
    }
}
