internal import Replica

extension AdmissionFault {
    /// One line for an operator: what, why, and what to do.
    var message: String {
        switch self {
        case .emptyBesideFormedCluster(let peer):
            "this data directory is empty, but the member at \(text(peer)) has a cluster that does "
                + "not know it: it may have forgotten a vote. Start it with the directory it had; where that "
                + "is lost, run 'roost member replace NAME NAME HOST:PORT' against the others, and "
                + "start this one with --join instead of --cluster"
        case .copiedDirectory(let peer):
            "the member at \(text(peer)) has seen a later start of this data directory: it is a "
                + "copy, or was restored. Start the original"
        case .originalAlive(let peer):
            "the member at \(text(peer)) hears another process with the identity of this data "
                + "directory: this is a copy of the directory of a member that runs. Stop this "
                + "process for good; to move a member, stop it first and keep one directory"
        case .otherName(let name):
            "this data directory is that of member \(String(decoding: name, as: UTF8.self)), and "
                + "--name says otherwise. Start it under its name, or choose another --data-dir"
        case .otherCluster(let peer):
            "the member at \(text(peer)) belongs to another cluster than this data directory. "
                + "Check --cluster and --data-dir"
        case .removed:
            "this member was removed from its cluster, and this data directory may not join again. "
                + "To come back, run 'roost member add NAME HOST:PORT' against the others, and start "
                + "it with --join and an empty directory"
        case .featureLevel(let level, let known):
            "the cluster is at feature level \(level), and this member knows levels up to \(known). "
                + "Start it with the roost that the others run, without --feature-level-max; a "
                + "level never falls again"
        case .notInList: "--cluster does not name this member: check --name"
        }
    }

    private func text(_ address: PeerAddress) -> String {
        String(decoding: address.text, as: UTF8.self)
    }
}
