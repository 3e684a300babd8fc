/// A response before it is written: framing (`Content-Length`, chunks, `Connection`, `Date`) is the
/// writer's matter.
package struct HTTPResponse: Hashable, Sendable {
    /// What follows the header.
    package enum Body: Hashable, Sendable {
        case bytes([UInt8])
        /// Chunks follow until the end is written; for event streams.
        case stream
    }

    package var status: UInt16
    package var headers: HeaderFields
    package var body: Body

    package init(
        status: UInt16,
        headers: HeaderFields = HeaderFields(),
        body: Body = .bytes([])
    ) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
