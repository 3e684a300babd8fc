/// A peer's address as configured: `HOST:PORT`.
package struct PeerAddress: Hashable, Sendable {
    /// The longest address, in bytes.
    package static let byteCountMax = 300

    package let text: [UInt8]

    package init(text: [UInt8]) { self.text = text }
}
