/// Numbers the forms of everything that members send each other.
///
/// A hello and its answer begin with it; members of two versions understand nothing else of each
/// other, and open no link.
package struct ProtocolVersion: RawRepresentable, Hashable, Sendable {
    /// What this build speaks. Any change of a message's tag or shape raises it.
    package static let current = ProtocolVersion(rawValue: 3)

    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }
}
