internal import Bytes
internal import Consensus
internal import Journal

extension Replica {
    /// Ends the process when a rule is broken, where assertions are checked. Called at the end of
    /// each turn.
    func verify() { assert(brokenRule == nil, "replica: \(brokenRule?.rawValue ?? "")") }

    /// The first broken rule; nil while the state agrees with itself.
    ///
    /// - Complexity: O(*n*) in what the member holds for its clients, O(*m*²) in the peers.
    var brokenRule: ReplicaRule? {
        if case .done = opening {
        } else if !context.effects.frames.isEmpty {
            return .nothingSaidEarly
        }
        if let rule = life.brokenRule(identity: identity, context: context)
            ?? context.links.brokenRule(at: context.now)
        {
            return rule
        }
        return identityRule ?? linksRule ?? repliesRule ?? context.effects.brokenRule
    }

    /// Who the member is, which the peers, the disk and the configuration say as well.
    private var identityRule: ReplicaRule? {
        if boot.counter != identity.bootCounter || boot.nonce != identity.bootNonces.last {
            return .startIsOnRecord
        }
        if identity.name != configuration.name { return .nameIsConfigured }
        guard identity.cluster == .unformed else { return nil }
        if formed != nil { return .clusterIsNamed }
        return identity.founders.isEmpty ? nil : .foundersHaveCluster
    }

    /// The links, against the membership and against what leaves with the turn.
    private var linksRule: ReplicaRule? {
        let links = context.links
        if links.index(of: identity.member) != nil { return .peersAreOthers }
        if case .done = opening, !links.isTaken { return .linksAreTaken }
        let closed = context.effects.linksToClose + links.toClose
        if Set(closed).count != closed.count { return .closedOnce }
        if !Set(closed).isDisjoint(with: links.standing) { return .closedIsGone }
        if let forming {
            let names = links.peers.map(\.name)
            return forming.formation.otherNames.allSatisfy(names.contains)
                ? nil : .foundersArePeers
        }
        guard let formed else { return nil }
        for member in formed.member.raft.membership.members where member.id != identity.member {
            let peer = links.index(of: member.id).map { links.peers[$0] }
            guard peer?.address.text == member.peerAddress else { return .peersAreMembers }
        }
        let areCounted = links.peers.allSatisfy {
            if case .open = $0.outgoing { $0.generation > 0 } else { true }
        }
        return areCounted ? nil : .openIsCounted
    }

    private var repliesRule: ReplicaRule? {
        var tickets: Set<Ticket> = []
        for reply in context.effects.replies where !tickets.insert(reply.ticket).inserted {
            return .oneCompletion
        }
        let open = formed?.member.openTickets ?? forming?.early.map(\.ticket) ?? []
        if !tickets.isDisjoint(with: open) { return .completedWaitsNoMore }
        guard let formed else { return nil }
        if let task = context.effects.snapshot, task.id != formed.member.snapshots.writing?.id {
            return .taskIsAwaited
        }
        // A store that was replaced may be of an earlier entry.
        guard context.effects.storeReplacement == nil,
            let told = context.effects.applied.last
        else { return nil }
        return told.index <= formed.member.machine.applied.index ? nil : .toldIsApplied
    }
}

extension Replica.Life {
    func brokenRule(identity: Identity, context: TurnContext) -> ReplicaRule? {
        switch self {
        case .forming(let forming):
            if forming.journal.identity.member != identity.member { return .oneIncarnation }
            if forming.journal.identity.cluster != .unformed { return .clusterIsJoined }
            return forming.brokenRule
        case .formed(let formed):
            guard formed.member.id == identity.member,
                formed.member.journal.identity.member == identity.member
            else { return .oneIncarnation }
            if formed.member.journal.identity.cluster != identity.cluster {
                return .clusterIsJoined
            }
            return formed.member.brokenRule(in: context)
        }
    }
}

extension Effects {
    /// The first broken rule of what one turn owes, by itself.
    ///
    /// - Complexity: O(*n*) in the effects.
    fileprivate var brokenRule: ReplicaRule? {
        if Set(disk.map(\.lane)).count != disk.count { return .oneBatchALane }
        if frames.contains(where: { $0.bytes.count > PeerMessage.frameByteCountMax }) {
            return .framesAreBounded
        }
        let rise = zip(applied, applied.dropFirst()).allSatisfy {
            $0.index < $1.index && $0.revision <= $1.revision
        }
        return rise ? nil : .toldInOrder
    }
}
