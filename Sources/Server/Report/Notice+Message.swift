internal import Consensus
internal import Keyspace
internal import Replica

extension Notice {
    /// One line for an operator: what, why, and what to do.
    ///
    /// - Parameter member: this member's name.
    func line(member: String) -> String {
        switch self {
        case .startedTwice(let peer):
            "roost: the member at \(text(peer)) was asked in by a second process with the identity "
                + "of this one, and has put it off: somebody has started a copy of this data "
                + "directory. Stop that process"
        case .voteLost(let peer):
            "roost: the member at \(text(peer)) remembers that this one had acknowledged more than "
                + "its data directory holds: an older copy was put in its place. It does not vote "
                + "before it has received everything anew. Never restore a member's directory"
        case .otherProtocol(let peer, let version, let spoken):
            otherProtocol(at: text(peer), version: version, spoken: spoken)
        case .slowDisk(let took, let timeout):
            "roost: the disk took \(took) ms for a write of the log, and the election timeout is "
                + "\(timeout) ms: elections and writes take several times as long as they should. "
                + "If this goes on, use a faster disk, or give all members an --election-timeout "
                + "well above what the disk takes"
        case .repaired(let repair): "roost: \(repair.message)"
        case .orderDropped(let order, let fault):
            "roost: order \(order.number) about members is impossible by now and was dropped: "
                + "\(fault.explanation). See roost member list, and give it anew if it is still wanted"
        case .awaitsOrder(let peer):
            "roost: member \(member) waits for an order that names it, and the member at "
                + "\(text(peer)) knows none yet. Run 'roost member add \(member) HOST:PORT' against "
                + "the cluster, HOST:PORT being where the others reach this member, or 'roost member "
                + "replace OLD \(member) HOST:PORT' for a member that is lost"
        case .refused(let peer, let refusal):
            "refused member=\(member) by=\(text(peer)): \(refusal.explanation)"
        }
    }

    private func otherProtocol(
        at peer: String,
        version: ProtocolVersion,
        spoken: ClosedRange<ProtocolVersion>
    ) -> String {
        let (first, last) = (spoken.lowerBound.rawValue, spoken.upperBound.rawValue)
        let own = first == last ? "version \(first)" : "versions \(first) to \(last)"
        let advice =
            version > spoken.upperBound
            ? "This member's release is too old for that one: give it that one's, and no "
                + "--feature-level-max"
            : "That member's release is too old for this one, or for the cluster's feature level: "
                + "give it this one's, and no --feature-level-max"
        return
            "roost: the member at \(peer) speaks version \(version.rawValue) of the peer protocol "
            + "and this one \(own): they exchange nothing. \(advice). Releases next to each other "
            + "run together until the feature level has risen"
    }

    private func text(_ address: PeerAddress) -> String {
        String(decoding: address.text, as: UTF8.self)
    }
}

extension MembershipFault {
    fileprivate var explanation: String {
        switch self {
        case .noVoters: "nobody would be left who votes"
        case .tooManyMembers(let count): "\(count) members are more than a cluster may have"
        case .duplicate(let id): "another member has the name or address (\(id.text))"
        case .unknownMember(let id): "there is no member \(id.text)"
        case .fieldTooLong(let id): "the name or address is too long (\(id.text))"
        case .alreadyJoint, .outgoingVotersDiffer, .votersChangeAtOnce:
            "another change of the members was under way"
        }
    }
}

extension MemberID {
    fileprivate var text: String { String(rawValue, radix: 16) }
}

extension HelloRefusal {
    fileprivate var explanation: String {
        switch self {
        case .emptyBesideFormedCluster:
            "this data directory is empty, and that member's cluster does not know it"
        case .copiedDirectory:
            "that member has seen a later start of this data directory"
        case .otherStartAlive:
            "that member hears another process with this member's identity; only one may run"
        case .otherCluster:
            "that member belongs to another cluster; check --cluster and --data-dir of both"
        case .notMember:
            "this member is not one of that member's cluster, as far as that one knows"
        case .notExpected:
            "another member than the one looked for answers there, or one whose data directory "
                + "was replaced; check --cluster and --data-dir of both"
        case .otherToken:
            "that member was given another --cluster-token; all of a cluster have the same"
        case .notInList:
            "that member's --cluster does not name this one; give every member the same list"
        }
    }
}
