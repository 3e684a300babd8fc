internal import Replica

extension Notice {
    /// One line for an operator: what, why, and what to do.
    var message: String {
        switch self {
        case .otherProtocol(let peer, let version):
            "the member at \(String(decoding: peer.text, as: UTF8.self)) speaks version "
                + "\(version.rawValue) of the peer protocol and this one version "
                + "\(ProtocolVersion.current.rawValue): they exchange nothing. Run one build of "
                + "roost on all members"
        }
    }
}
