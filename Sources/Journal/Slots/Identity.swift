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

    /// What became of a boot so far.
    package enum Reception: UInt8, Hashable, Sendable {
        /// No peer has accepted it, as far as is known here.
        case awaited = 0
        case accepted = 1
    }

    /// Starts of one boot beyond this forget the earliest of them.
    package static let bootNonceCountMax = 64

    /// `.unformed` until the cluster was formed.
    package var cluster: ClusterID
    /// This incarnation; drawn before the member first says that it is empty.
    package let member: MemberID
    package let name: [UInt8]
    /// Empty while unformed; later the membership at log index 0.
    package var founders: [Member]
    /// Counts the boots of this directory that a peer has accepted, and the one after those. A boot
    /// that nobody has accepted is used again by the next start, so that a copy whose starts are
    /// refused never gets ahead of what its peers know.
    package private(set) var bootCounter: UInt64
    /// Drawn at the starts of this boot, at most `bootNonceCountMax`; the last one by this process.
    package private(set) var bootNonces: [UInt64]
    /// Whether a peer has accepted this boot.
    package var reception: Reception
    /// The feature level of the cluster, as far as it was applied here: a release that does not
    /// know it refuses the directory.
    package var featureLevel: UInt64 = 1
    /// At most one for each peer, by rising member id.
    package private(set) var peerBoots: [PeerBoot]

    /// A member of no cluster yet, before its first boot.
    package init(member: MemberID, name: [UInt8]) {
        cluster = .unformed
        self.member = member
        self.name = name
        founders = []
        bootCounter = 0
        bootNonces = []
        reception = .accepted
        peerBoots = []
    }

    /// As another file has it.
    init(
        member: MemberID,
        name: [UInt8],
        bootCounter: UInt64,
        bootNonces: [UInt64],
        reception: Reception
    ) {
        self.init(member: member, name: name)
        self.bootCounter = bootCounter
        self.bootNonces = bootNonces
        self.reception = reception
    }

    /// A process starts: with the next boot, or once more with one that nobody has accepted.
    mutating func start(with nonce: UInt64) {
        switch reception {
        case .accepted:
            bootCounter += 1
            bootNonces = [nonce]
            reception = .awaited
        case .awaited:
            bootNonces.removeFirst(max(0, bootNonces.count - Self.bootNonceCountMax + 1))
            bootNonces.append(nonce)
        }
    }

    /// The boot on record for a peer.
    package func boot(of peer: MemberID) -> PeerBoot? { peerBoots.first { $0.peer == peer } }

    /// Puts a boot on record in place of the peer's earlier one.
    package mutating func record(_ boot: PeerBoot) {
        peerBoots.removeAll { $0.peer == boot.peer }
        let place = peerBoots.firstIndex { boot.peer < $0.peer } ?? peerBoots.endIndex
        peerBoots.insert(boot, at: place)
        assert(peerBoots.isRising { $0.peer < $1.peer }, "boots on record out of order")
    }
}
