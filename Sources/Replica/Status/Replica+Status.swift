package import Bytes
package import Consensus
internal import Journal
package import Keyspace

extension Replica {
    /// The store as of the last applied entry; to be read after `.readable`, or as a stale view.
    package var keyspace: Keyspace {
        mutating get { inspect { $0.machine.keyspace } ?? Keyspace() }
    }

    /// This incarnation.
    package var id: MemberID { identity.member }

    /// The current term; zero before the cluster is formed.
    package var term: Term { mutating get { inspect { $0.raft.term } ?? .zero } }

    /// Why linearizable requests are not served here now.
    package var unreadiness: Unreadiness {
        var reasons = look({ $0.unreadiness(links) }) ?? .forming
        let isAlone = !reasons.isDisjoint(with: [.forming, .noLeader])
        if isAlone, links.peers.contains(where: { $0.otherVersion != nil }) {
            reasons.insert(.otherProtocol)
        }
        return reasons
    }

    /// What this member says of itself.
    ///
    /// - Complexity: O(1)
    package var status: MemberStatus {
        MemberStatus(
            id: identity.member,
            name: identity.name,
            cluster: member == nil ? .unformed : identity.cluster,
            role: look({ $0.role }) ?? .forming,
            leader: look { $0.raft.leader } ?? nil,
            term: look({ $0.raft.term }) ?? .zero,
            commitIndex: look({ $0.raft.commitIndex }) ?? .zero,
            appliedIndex: look({ $0.machine.applied.index }) ?? .zero,
            lastIndex: look({ $0.raft.last.index }) ?? .zero,
            durableIndex: look({ $0.raft.durableIndex }) ?? .zero,
            snapshotIndex: look({ $0.journal.snapshots.last?.id.index ?? .zero }) ?? .zero,
            logByteCount: look({ $0.journal.logByteCountSinceSnapshot }) ?? 0,
            storedByteCount: look({ $0.journal.storedByteCount }) ?? 0,
            stateHash: look({ $0.machine.keyspace.hash }) ?? StateHash(),
            diskSpace: look({ $0.space }) ?? .ample,
            unreadiness: unreadiness,
            catchUpIndex: look { $0.catchUpIndex } ?? nil
        )
    }

    /// Which voters can be heard; of a cluster that is being formed, which founders have answered.
    ///
    /// - Complexity: O(*n*²) in the members.
    package func hearing(now: MonotonicTime) -> Hearing {
        guard let membership = look({ $0.raft.membership }) else {
            let founders = forming?.formation.founders.count ?? 0
            return Hearing(voterCount: founders, silent: forming?.formation.silentNames ?? [])
        }
        let voters = membership.members.filter { membership.isVoter($0.id) }
        let silent = voters.filter { voter in
            voter.id != identity.member
                && !links.wasHeard(
                    voter.id,
                    withinMilliseconds: Hearing.silenceMilliseconds,
                    of: now
                )
        }
        return Hearing(voterCount: voters.count, silent: silent.map(\.name))
    }

    /// Where the other members look for this one; nil while it has no cluster, or is alone in it.
    package var peerAddressKnown: PeerAddress? {
        guard let members = look({ $0.raft.membership.members }), members.count > 1 else {
            return nil
        }
        return members.first { $0.id == identity.member }.map {
            PeerAddress(text: $0.peerAddress)
        }
    }

    /// Every member as this one sees it, by rising id.
    ///
    /// - Complexity: O(*n*²) in the members.
    package func roster(now: MonotonicTime) -> [RosterEntry] {
        guard let status = look({ $0.raft.status }) else { return [] }
        let ownRole = look { $0.role } ?? .forming
        return status.membership.members.map { peer in
            let isSelf = peer.id == identity.member
            let link = links.index(of: peer.id).map { links.peers[$0] }
            let isHeard =
                isSelf
                || links.wasHeard(
                    peer.id,
                    withinMilliseconds: Links.silenceMillisecondsMax,
                    of: now
                )
            let match = status.peers.first { $0.id == peer.id }?.match
            return RosterEntry(
                id: peer.id,
                name: peer.name,
                peerAddress: PeerAddress(text: peer.peerAddress),
                clientAddress: isSelf ? configuration.clientAddress : link?.clientAddress ?? [],
                role: isSelf
                    ? ownRole : .seen(peer.id, in: status.membership, ledBy: status.leader),
                suffrage: status.membership.isVoter(peer.id) ? .voter : .learner,
                health: isHeard ? .heard : .silent,
                matchIndex: isSelf ? status.durableIndex : match
            )
        }
    }
}

extension FormedMember {
    var memberIDs: [MemberID] { raft.membership.members.map(\.id) }

    var role: MemberStatus.Role {
        switch raft.role {
        case .preCandidate, .candidate: .candidate
        case .follower, .leader: .seen(id, in: raft.membership, ledBy: raft.leader)
        }
    }

    func unreadiness(_ links: borrowing Links) -> Unreadiness {
        var reasons: Unreadiness = []
        if let leader = raft.leader {
            if !isLeading, !links.isOpen(to: leader) { reasons.insert(.noLink) }
            if !isCaughtUp { reasons.insert(.catchingUp) }
        } else {
            reasons.insert(.noLeader)
        }
        if raft.logIntegrity == .reseeding { reasons.insert(.reseeding) }
        if soundness != .sound { reasons.insert(.storeDiffers) }
        if departure != .none { reasons.insert(.stopping) }
        return reasons
    }

    /// A member so far behind what its leader has committed is not caught up any more.
    private static let lagMax: Int64 = 4096

    private var isCaughtUp: Bool {
        guard let catchUpIndex else { return false }
        return machine.applied.index >= catchUpIndex
    }

    /// Once the store has this entry, it has everything that was committed when the present leader
    /// was first heard, and is not far behind now; nil while no leader has named an entry.
    var catchUpIndex: LogIndex? {
        guard let contact = raft.contact else { return nil }
        let lag = Int64(contact.commitIndex.rawValue) - Int64(machine.applied.index.rawValue)
        return lag > Self.lagMax ? max(contact.lastIndex, contact.commitIndex) : contact.lastIndex
    }
}

extension MemberStatus.Role {
    /// What a member is that does not campaign, as its leader and its vote tell.
    fileprivate static func seen(
        _ id: MemberID,
        in membership: Membership,
        ledBy leader: MemberID?
    ) -> Self {
        if id == leader { return .leader }
        return membership.isVoter(id) ? .follower : .learner
    }
}
