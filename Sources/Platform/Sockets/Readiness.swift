internal import CPlatform

/// What a descriptor is ready for, or asked about.
package struct Readiness: OptionSet, Hashable, Sendable {
    /// Bytes, an end of stream, or a connection to accept are waiting.
    package static let readable = Readiness(rawValue: UInt32(ROOST_READABLE))
    /// Bytes can be sent, or a connection attempt has ended.
    package static let writable = Readiness(rawValue: UInt32(ROOST_WRITABLE))
    /// An error or a hang-up; always reported, never asked for.
    package static let broken = Readiness(rawValue: UInt32(ROOST_BROKEN))

    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }
}
