package import Bytes
package import Consensus
internal import Journal
package import Keyspace

extension Replica {
    /// The store as of the last applied entry; to be read after `.readable`, or as a stale view.
    package var keyspace: Keyspace {
        switch life {
        case .forming: Keyspace()
        case .formed(let formed): formed.member.machine.keyspace
        }
    }

    /// This incarnation.
    package var id: MemberID { identity.member }

    /// The current term; zero before the cluster is formed.
    package var term: Term { formed?.member.raft.hardState.term ?? .zero }

    /// Whether a leader is known; this member may be it.
    package var hasLeader: Bool { formed?.member.raft.leader != nil }

    /// Why linearizable requests are not served here now.
    package var unreadiness: Unreadiness {
        var reasons = formed?.member.unreadiness(context.links, now: context.now) ?? .forming
        let isAlone = !reasons.isDisjoint(with: [.forming, .noLeader])
        if isAlone, context.links.peers.contains(where: { $0.otherVersion != nil }) {
            reasons.insert(.otherProtocol)
        }
        return reasons
    }

    /// What this member says of itself.
    ///
    /// - Complexity: O(1)
    package var status: MemberStatus {
        var status = MemberStatus(id: identity.member, name: identity.name)
        formed?.member.describe(in: &status)
        if formed != nil { status.cluster = identity.cluster }
        status.electionTimeoutMilliseconds = configuration.electionTimeoutMilliseconds
        status.unreadiness = unreadiness
        return status
    }

    /// Which voters can be heard; of a cluster that is being formed, which founders have answered.
    ///
    /// - Complexity: O(*n*²) in the members.
    package func hearing(now: MonotonicTime) -> Hearing {
        guard let membership = formed?.member.raft.membership else {
            let founders = forming?.formation.founders.count ?? 0
            return Hearing(voterCount: founders, silent: forming?.formation.silentNames ?? [])
        }
        let voters = membership.members.filter { membership.isVoter($0.id) }
        let silent = voters.filter { voter in
            voter.id != identity.member
                && !context.links.wasHeard(
                    voter.id,
                    withinMilliseconds: Hearing.silenceMilliseconds,
                    of: now
                )
        }
        return Hearing(voterCount: voters.count, silent: silent.map(\.name))
    }

    /// Where the other members look for this one; nil while it has no cluster, or is alone in it.
    package var peerAddressKnown: PeerAddress? {
        guard let members = formed?.member.raft.membership.members, members.count > 1 else {
            return nil
        }
        return members.first { $0.id == identity.member }.map {
            PeerAddress(text: $0.peerAddress)
        }
    }

    /// Every member as this one sees it, by rising id.
    ///
    /// - Complexity: O(*n*²) in the members.
    package func members(now: MonotonicTime) -> [ClusterMember] {
        guard let status = formed?.member.raft.status else { return [] }
        let ownRole = formed?.member.role ?? .forming
        return status.membership.members.map { peer in
            let isSelf = peer.id == identity.member
            let link = context.links.index(of: peer.id).map { context.links.peers[$0] }
            let isHeard =
                isSelf
                || context.links.wasHeard(
                    peer.id,
                    withinMilliseconds: Links.silenceMillisecondsMax,
                    of: now
                )
            let known = status.peers.first { $0.id == peer.id }
            return ClusterMember(
                id: peer.id,
                name: peer.name,
                peerAddress: PeerAddress(text: peer.peerAddress),
                clientAddress: isSelf ? configuration.clientAddress : link?.clientAddress ?? [],
                role: isSelf
                    ? ownRole : .seen(peer.id, in: status.membership, ledBy: status.leader),
                suffrage: .of(peer.id, in: status.membership),
                health: isHeard ? .heard : .silent,
                matchIndex: isSelf ? status.durableIndex : known?.match,
                lag: isSelf ? nil : known.flatMap { formed?.member.lag(at: $0.match, now: now) },
                transfer: known?.snapshot.flatMap { formed?.member.transfer(at: $0) },
                silenceMilliseconds: link?.heardAt.map { now.nanoseconds(since: $0) / 1_000_000 },
                version: isSelf ? Array(BuildVersion.version.utf8) : link?.version ?? []
            )
        }
    }
}

extension FormedMember {
    /// Fills in what consensus, the log and the store know.
    fileprivate mutating func describe(in status: inout MemberStatus) {
        status.role = role
        status.leader = raft.leader
        status.term = raft.term
        status.commitIndex = raft.commitIndex
        status.appliedIndex = machine.applied.index
        status.lastIndex = raft.last.index
        status.lastTerm = raft.last.term
        status.durableIndex = raft.durableIndex
        status.snapshotIndex = journal.snapshots.last?.id.index ?? .zero
        status.logByteCount = journal.logByteCountSinceSnapshot
        status.storedByteCount = journal.storedByteCount
        status.stateHash = machine.keyspace.hash
        status.diskSpace = diskSpace
        status.logWrites = watchdog.logWrites
        status.pendingWriteCount = proposals.count
        status.pendingReadCount = reads.openCount
        status.catchUpIndex = catchUpIndex
    }

    var memberIDs: [MemberID] { mutating get { raft.membership.members.map(\.id) } }

    var role: MemberStatus.Role {
        mutating get {
            switch raft.role {
            case .preCandidate, .candidate: .candidate
            case .follower, .leader: .seen(id, in: raft.membership, ledBy: raft.leader)
            }
        }
    }

    mutating func unreadiness(_ links: Links, now: MonotonicTime) -> Unreadiness {
        var reasons: Unreadiness = []
        if let leader = raft.leader {
            if !isLeading, !links.canSend(to: leader) { reasons.insert(.noLink) }
            if !isCaughtUp { reasons.insert(.catchingUp) }
        } else {
            reasons.insert(.noLeader)
        }
        if raft.logIntegrity == .reseeding { reasons.insert(.reseeding) }
        if storeIntegrity != .sound { reasons.insert(.storeDiffers) }
        if shutdown != .none { reasons.insert(.stopping) }
        if watchdog.isSilent(now: now) { reasons.insert(.diskStalled) }
        return reasons
    }

    /// A member that lags this many entries or more behind its leader is no longer caught up.
    private static let lagMax: Int64 = 4096

    private var isCaughtUp: Bool {
        mutating get {
            guard let catchUpIndex else { return false }
            return machine.applied.index >= catchUpIndex
        }
    }

    /// Once the store has this entry, it has everything that was committed when the present leader
    /// was first heard, and is not far behind now; nil while no leader has named an entry.
    var catchUpIndex: LogIndex? {
        mutating get {
            guard let contact = raft.contact else { return nil }
            let lag = Int64(contact.commitIndex.rawValue) - Int64(machine.applied.index.rawValue)
            return lag > Self.lagMax
                ? max(contact.lastIndex, contact.commitIndex) : contact.lastIndex
        }
    }
}

extension FormedMember {
    /// How much of a snapshot a member has that wants its bytes from there on; nil for one that is
    /// gone.
    fileprivate mutating func transfer(at place: SnapshotOffset) -> ClusterMember.Transfer? {
        journal.snapshots.first { $0.id == place.snapshot }.map {
            let byteCount = UInt64($0.byteCount)
            return ClusterMember.Transfer(
                sentByteCount: min(place.nextOffset, byteCount),
                byteCount: byteCount
            )
        }
    }

    /// How far a member is behind whose log is known to match up to `match`.
    fileprivate mutating func lag(at match: LogIndex, now: MonotonicTime) -> ClusterMember.Lag {
        let count = raft.last.index.rawValue - min(match, raft.last.index).rawValue
        guard count > 0 else { return ClusterMember.Lag(entryCount: 0, milliseconds: 0) }
        let next = LogIndex(rawValue: match.rawValue + 1)
        guard case .cached(let entries) = raft.entries(from: next, byteCountMax: 1),
            let first = entries.first, let time = raft.clusterTime(at: now)
        else { return ClusterMember.Lag(entryCount: count, milliseconds: nil) }
        let age = time.rawValue - min(first.time, time).rawValue
        return ClusterMember.Lag(entryCount: count, milliseconds: age)
    }
}

extension ClusterMember.Suffrage {
    fileprivate static func of(_ id: MemberID, in membership: Membership) -> Self {
        if membership.isVoter(id) { return .voter }
        return membership.observers.contains(id) ? .observer : .learner
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
