internal import Bytes
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
    /// Of members that know the third feature level; writes carry their trace to the leader.
    package static let seventh = ProtocolVersion(rawValue: 7)
    /// The same forms, of members that know the fourth feature level.
    package static let eighth = ProtocolVersion(rawValue: 8)
    /// The newest that this build speaks. Any change of a message's tag or shape raises it.
    package static let current = eighth
    /// All that this build speaks.
    package static let known = fifth...current

    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static func < (left: ProtocolVersion, right: ProtocolVersion) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The version that came with that feature level: the oldest that all members speak once the
    /// cluster is at it, and the newest that a member speaks which knows no higher one.
    static func arriving(withFeatureLevel level: UInt64) -> ProtocolVersion {
        if level < FeatureLevel.second { return .fifth }
        if level < FeatureLevel.third { return .sixth }
        return level < FeatureLevel.fourth ? .seventh : .eighth
    }
}

/// Which version the links of a peer speak.
extension Links {
    /// The peer would rather have that version, which is spoken here too.
    mutating func dialAgain(
        _ peer: Int,
        offered version: ProtocolVersion,
        now: MonotonicTime
    ) {
        // One that has risen since it was asked is greeted in the newest again, after the pause.
        guard version < peers[peer].speaks else { return redial(peer, now: now) }
        peers[peer].speaks = version
        peers[peer].outgoing = .waiting(until: MonotonicTime(rawValue: 0))
    }

    /// Told once, until the peer is of our version or of yet another one.
    mutating func speaksOtherVersion(_ version: ProtocolVersion, peer: Int)
        -> LinkEvent?
    {
        guard peers[peer].otherVersion != version else { return nil }
        peers[peer].otherVersion = version
        peers[peer].refusal = nil
        return .otherVersion(version, peers[peer].address, peers[peer].id)
    }
}
