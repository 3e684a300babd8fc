internal import Keyspace

/// Numbers the forms of everything that members send each other.
///
/// A hello and its answer begin with it. A link speaks the version of its hello: the newest that
/// both sides know, so that members of neighbouring releases run together.
package struct ProtocolVersion: RawRepresentable, Hashable, Comparable, Sendable {
    /// What members of the first feature level speak.
    package static let fifth = ProtocolVersion(rawValue: 5)
    /// Hellos name the newest feature level, pongs the wall clock, newcomers their address.
    package static let sixth = ProtocolVersion(rawValue: 6)
    /// The newest that this build speaks. Any change of a message's tag or shape raises it.
    package static let current = sixth
    /// All that this build speaks.
    package static let known = fifth...current

    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static func < (left: ProtocolVersion, right: ProtocolVersion) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The first that every member of that feature level speaks.
    static func oldest(ofFeatureLevel level: UInt64) -> ProtocolVersion {
        level < FeatureLevel.second ? .fifth : .sixth
    }
}
