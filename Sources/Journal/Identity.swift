package import Consensus

/// Who this member is: the content of `identity`.
package struct Identity: Hashable, Sendable {
    /// The highest boot that a peer has shown; a lower counter, or an equal one with another nonce,
    /// comes from a copy of its directory.
    package struct PeerBoot: Hashable, Sendable {
        package let peer: MemberID
        package let counter: UInt64
        package let nonce: UInt64

        package init(peer: MemberID, counter: UInt64, nonce: UInt64) {
            self.peer = peer
            self.counter = counter
            self.nonce = nonce
        }
    }

    /// `.unformed` until the cluster was formed.
    package var cluster: ClusterID
    /// This incarnation; drawn before the member first says that it is empty.
    package let member: MemberID
    package let name: [UInt8]
    /// Empty while unformed; later the membership at log index 0.
    package var founders: [Member]
    /// How often this directory was opened, this time included.
    package var bootCounter: UInt64
    /// At most one for each peer, by rising member id.
    package private(set) var peerBoots: [PeerBoot]

    /// A member of no cluster yet, before its first boot.
    package init(member: MemberID, name: [UInt8]) {
        cluster = .unformed
        self.member = member
        self.name = name
        founders = []
        bootCounter = 0
        peerBoots = []
    }

    /// The boot on record for a peer.
    package func boot(of peer: MemberID) -> PeerBoot? { peerBoots.first { $0.peer == peer } }

    /// Puts a boot on record in place of the peer's earlier one.
    package mutating func record(_ boot: PeerBoot) {
        peerBoots.removeAll { $0.peer == boot.peer }
        let place = peerBoots.firstIndex { boot.peer < $0.peer } ?? peerBoots.endIndex
        peerBoots.insert(boot, at: place)
    }
}
