internal import Replica

extension AdmissionFault {
    /// One line for an operator: what, why, and what to do.
    var message: String {
        switch self {
        case .emptyBesideFormedCluster(let peer):
            "this data directory is empty, but the member at \(text(peer)) has a cluster that does "
                + "not know it: it may have forgotten a vote. Start it with the directory it had"
        case .copiedDirectory(let peer):
            "the member at \(text(peer)) has seen a later start of this data directory: it is a "
                + "copy, or was restored. Start the original"
        case .otherCluster(let peer):
            "the member at \(text(peer)) belongs to another cluster than this data directory. "
                + "Check --cluster and --data-dir"
        case .removed: "this member was removed from its cluster"
        case .notInList: "--cluster does not name this member: check --name"
        }
    }

    private func text(_ address: PeerAddress) -> String {
        String(decoding: address.text, as: UTF8.self)
    }
}
