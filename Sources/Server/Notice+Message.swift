internal import Replica

extension Notice {
    /// One line for an operator: what, why, and what to do.
    ///
    /// - Parameter member: this member's name.
    func line(member: String) -> String {
        switch self {
        case .otherProtocol(let peer, let version):
            "roost: the member at \(String(decoding: peer.text, as: UTF8.self)) speaks version "
                + "\(version.rawValue) of the peer protocol and this one version "
                + "\(ProtocolVersion.current.rawValue): they exchange nothing. Run one build of "
                + "roost on all members"
        case .refused(let peer, let refusal):
            "refused member=\(member) by=\(String(decoding: peer.text, as: UTF8.self)): "
                + refusal.explanation
        }
    }
}

extension HelloRefusal {
    fileprivate var explanation: String {
        switch self {
        case .emptyBesideFormedCluster:
            "this data directory is empty, and that member's cluster does not know it"
        case .copiedDirectory:
            "that member has seen a later start of this data directory"
        case .otherCluster:
            "that member belongs to another cluster; check --cluster and --data-dir of both"
        case .notMember:
            "this member is not one of that member's cluster, as far as that one knows"
        case .notExpected:
            "another member than the one looked for answers there, or one whose data directory "
                + "was replaced; check --cluster and --data-dir of both"
        case .notInList:
            "that member's --cluster does not name this one; give every member the same list"
        }
    }
}
