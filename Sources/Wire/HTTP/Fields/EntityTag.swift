/// One entity tag (RFC 9110, 8.8.3).
package struct EntityTag: Hashable, Sendable {
    /// Whether equal tags promise equal bytes.
    package enum Strength: UInt8, Hashable, Sendable {
        case strong = 0
        /// `W/"…"`: never equal under the strong comparison of `If-Match`.
        case weak = 1
    }

    package let strength: Strength
    /// Between the quotes; compared octet by octet.
    package let opaque: [UInt8]

    package init(strength: Strength, opaque: [UInt8]) {
        self.strength = strength
        self.opaque = opaque
    }

    /// The most tags of one field, all its lines together.
    package static let countMax = 64
}
