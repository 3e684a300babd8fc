internal import Platform
package import Wire

/// A member's whole answer.
package struct Response: Sendable {
    package let status: UInt16
    package let headers: HeaderFields
    /// JSON comes without the line feed at its end: whoever writes a line ends it.
    package let body: [UInt8]
    /// Who answered.
    package let endpoint: ServiceAddress

    package init(status: UInt16, headers: HeaderFields, body: [UInt8], endpoint: ServiceAddress) {
        self.status = status
        self.headers = headers
        let endsLine = body.last == UInt8(ascii: "\n") && headers.tellOfJSON
        self.body = endsLine ? body.dropLast() : body
        self.endpoint = endpoint
    }

    package var isSuccess: Bool { (200..<300).contains(status) }
}

extension HeaderFields {
    fileprivate var tellOfJSON: Bool {
        guard let type = self["content-type"] else { return false }
        return type.equals("application/json") || type.equals("application/problem+json")
    }
}
