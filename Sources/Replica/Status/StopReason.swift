package import Consensus
package import Journal
package import Keyspace

/// Why a member ends itself.
package enum StopReason: Error, Hashable, Sendable {
    /// This directory may not join: exit 78.
    case mayNotJoin(AdmissionFault)
    /// The data is damaged and nobody can repair it: exit 65.
    case damaged(evidence: String)
    /// The disk refused a read while the member started: exit 74.
    case diskFailed(evidence: String)
    /// `stop` was carried out.
    case orderly
}

/// Why a directory may not join its cluster.
package enum AdmissionFault: Hashable, Sendable {
    /// Empty, while its peers have a cluster that does not know this incarnation.
    case emptyBesideFormedCluster(peer: PeerAddress)
    /// Another copy of this directory has run since.
    case copiedDirectory(peer: PeerAddress)
    /// Another process serves with this identity, and was heard all the time.
    case originalAlive(peer: PeerAddress)
    /// The directory is that of a member of this name.
    case otherName([UInt8])
    /// The directory belongs to another cluster.
    case otherCluster(peer: PeerAddress)
    /// The member was removed from the cluster.
    case removed
    /// The list given does not name this member.
    case notInList
    /// The cluster is at a feature level that this member does not know.
    case featureLevel(UInt64, known: UInt64)
}

/// What an operator has to know although the member goes on; each is told once, until it changes.
package enum Notice: Hashable, Sendable {
    /// The member at that address named that version of the peer protocol as its newest, and this
    /// one speaks none but `spoken` in the cluster: no link to it opens before both speak one.
    case otherProtocol(
        peer: PeerAddress,
        version: ProtocolVersion,
        spoken: ClosedRange<ProtocolVersion>
    )
    /// The member at that address would not have this one.
    case refused(peer: PeerAddress, HelloRefusal)
    /// The newcomer waits for an order that names it; the member at that address knows none.
    case awaitsOrder(peer: PeerAddress)
    /// The member at that address was asked for admission by another start of this one, beside
    /// this one, and has put it off.
    case startedTwice(peer: PeerAddress)
    /// The member at that address remembers that this one held more than its directory does.
    case voteLost(peer: PeerAddress)
    /// An order about members can't be carried out any more, and was closed.
    case orderDropped(MemberOrder, MembershipFault)
    /// The disk took that long for a write of the log, which is more than the election timeout.
    /// Told once a minute at most.
    case slowDisk(milliseconds: UInt64, electionTimeoutMilliseconds: UInt64)
    /// Told at the start: what was put right in the data directory.
    case repaired(Repair)
}
