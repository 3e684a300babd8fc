internal import Bytes
internal import Consensus

/// What the handshake is judged against.
struct HandshakeView: Sendable {
    /// How this member introduces itself now.
    let identity: PeerIdentity
    /// The highest boot known of a peer.
    let boots: [(id: MemberID, boot: BootStamp)]
    /// The incarnations that belong to the cluster; empty as long as none is formed.
    let members: [MemberID]
    /// What consensus remembers of the peers.
    var testimonies: [Testimony] = []
    /// How often this member's log was lost and filled again since its process began.
    var refillCount: UInt64 = 0
    /// How long a living member may be silent on its links.
    var silenceMillisecondsMax: UInt64 = 0
    /// What this member speaks in this cluster.
    var protocols = ProtocolVersion.known
    /// What the own wall clock shows, in milliseconds since 1970, if it is known.
    var wallClock: UInt64?

    func boot(of id: MemberID) -> BootStamp? { boots.first { $0.id == id }?.boot }
}

extension HandshakeView {
    /// Whether the boot is older than one seen before, or is its double: another copy of the
    /// directory has run.
    func isCopy(_ peer: PeerIdentity) -> Bool {
        guard let highest = boot(of: peer.id) else { return false }
        guard peer.boot.counter == highest.counter else {
            return peer.boot.counter < highest.counter
        }
        // That an earlier start of this boot was accepted may never have reached the peer.
        return peer.boot.nonce != highest.nonce && !peer.earlierNonces.contains(highest.nonce)
    }

    /// The verdict on a peer whose start may stand.
    func verdict(on peer: PeerIdentity) -> HelloAnswer.Verdict {
        guard peer.cluster != .unformed,
            let testimony = testimonies.first(where: { $0.peer == peer.id }),
            testimony.isContradicted(by: peer.term, last: peer.last)
        else { return .accepted }
        if planted(.lossForgiven) { return .accepted }
        return .voteLost(shown: max(testimony.shown, peer.term))
    }

    /// Why a hello is refused; nil when it is not.
    func refusal(of hello: Hello, knownNames: [[UInt8]]) -> HelloRefusal? {
        let sender = hello.sender
        guard sender.token == identity.token else { return .otherToken }
        if identity.cluster == .unformed {
            if sender.cluster != .unformed {
                return hello.expected == identity.id ? nil : .notExpected
            }
            let isListed = sender.id != identity.id && knownNames.contains(sender.name)
            return isListed ? nil : .notInList
        }
        if sender.cluster == .unformed {
            guard members.contains(sender.id) else { return .emptyBesideFormedCluster }
            // A copy from before the cluster was formed, which the member has shown to know.
            let isCopy = sender.id == identity.id || boot(of: sender.id) != nil
            return isCopy ? .copiedDirectory : nil
        }
        guard sender.cluster == identity.cluster else { return .otherCluster }
        if let expected = hello.expected, expected != identity.id { return .notExpected }
        // Our own directory, copied: it introduces itself with our own id.
        guard sender.id != identity.id else { return .copiedDirectory }
        // Who follows a later membership than ours may have been added by it.
        let isAhead = sender.membershipIndex > identity.membershipIndex
        guard members.contains(sender.id) || isAhead else { return .notMember }
        return isCopy(sender) ? .copiedDirectory : nil
    }
}
