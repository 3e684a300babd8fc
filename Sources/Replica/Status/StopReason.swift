/// Why a member ends itself.
package enum StopReason: Error, Hashable, Sendable {
    /// This directory may not join: exit 78.
    case mayNotJoin(AdmissionFault)
    /// The data is damaged and nobody can mend it: exit 65.
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
}
