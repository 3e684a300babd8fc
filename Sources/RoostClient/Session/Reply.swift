package import Platform
package import Wire

/// A member's whole answer.
package struct Reply: Sendable {
    package let status: UInt16
    package let headers: HeaderFields
    package let body: [UInt8]
    /// Who answered.
    package let endpoint: Endpoint

    package var isSuccess: Bool { (200..<300).contains(status) }
}
