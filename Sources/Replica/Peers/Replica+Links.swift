internal import Bytes
internal import Consensus
internal import Journal
internal import Keyspace

extension Replica {
    /// What a hello is judged against: only durable boots count.
    var handshakeView: HandshakeView {
        let durable = formed?.member.journal.identity ?? forming?.journal.identity ?? identity
        return HandshakeView(
            identity: shownIdentity,
            boots: durable.peerBoots.map {
                ($0.peer, BootStamp(counter: $0.counter, nonce: $0.nonce))
            },
            members: formed?.member.memberIDs ?? [],
            testimonies: formed?.member.raft.testimonies ?? [],
            refillCount: formed?.member.raft.refillCount ?? 0,
            silenceMillisecondsMax: silenceMillisecondsMax,
            protocols: protocols,
            wallClock: context.wallClock?.milliseconds(at: context.now)
        )
    }

    /// What this member speaks in this cluster: nobody is let in who does not know its level.
    private var protocols: ClosedRange<ProtocolVersion> {
        let level = identity.featureLevel
        let newest = ProtocolVersion.arriving(withFeatureLevel: configuration.featureLevelMax)
        return min(.arriving(withFeatureLevel: level), newest)...newest
    }

    /// How long a living member may be silent on its links.
    private var silenceMillisecondsMax: UInt64 {
        Links.silenceMillisecondsMax(
            electionTimeoutMilliseconds: configuration.electionTimeoutMilliseconds
        )
    }

    private var shownIdentity: PeerIdentity {
        PeerIdentity(
            cluster: formed == nil ? .unformed : identity.cluster,
            id: identity.member,
            name: identity.name,
            boot: boot,
            earlierNonces: Array(identity.bootNonces.dropLast()),
            peerAddress: configuration.peerAddress,
            clientAddress: configuration.clientAddress,
            membershipIndex: formed?.member.raft.membershipIndex ?? .zero,
            term: formed?.member.raft.term ?? .zero,
            last: formed?.member.raft.last ?? .zero,
            standing: formed?.member.isLeading ?? false ? .leading : .notLeading,
            version: Array(BuildVersion.version.utf8),
            token: configuration.clusterToken,
            featureLevel: configuration.featureLevelMax
        )
    }

    /// Carries out what the links have to tell.
    mutating func handle(_ event: LinkEvent?) {
        guard let event else { return }
        switch event {
        case .up(let peer, let identity, let generation, let shown):
            if let shown { doubtLog(shown: shown, by: identity) }
            linkUp(peer, identity: identity, generation: generation)
        case .startPutOff(let dispute):
            for peer in context.links.peers.compactMap(\.id) {
                context.links.send(.startPutOff(dispute), to: peer)
            }
        case .down(let peer, let end):
            formed?.member.lostTouch(with: peer, into: &context.effects)
            // A process that is gone closes its links: a leader's is asked at once.
            if end == .refused { context.links.redialAtOnce(peer) }
        case .incomingReplaced(let peer):
            formed?.member.lostTouch(with: peer, into: &context.effects)
        case .unreachable(_, let peer, let end):
            if let peer, end == .refused { leaderIsGone(peer) }
        case .unconfirmed(let peer, let boot): confirm(peer, boot: boot)
        case .newcomer(let newcomer): formed?.member.meet(newcomer, in: &context)
        case .unformed(let name, let peer):
            forming?.formation.heard(name, id: peer)
            foundIfComplete()
        case .refused(let refusal, let responder, let address):
            refused(refusal, by: responder, at: address)
        case .otherVersion(let version, let address, let peer):
            context.effects.notices.append(
                .otherProtocol(peer: address, version: version, spoken: protocols)
            )
            if let peer { leaderIsGone(peer) }
        case .messages(let peer, let messages):
            for message in messages { dispatch(message, from: peer) }
        }
    }

    private mutating func linkUp(
        _ peer: MemberID,
        identity: PeerIdentity,
        generation: UInt64
    ) {
        guard let term = formed?.member.raft.term else { return }
        noteAcceptance()
        if identity.cluster == .unformed {
            context.links.send(.founded(founding), to: peer)
            return
        }
        if identity.standing == .notLeading || identity.term < term {
            leaderIsGone(peer)
        }
        formed?.member.raft.step(.linkUp(peer, generation: generation), now: context.now)
    }

    /// A peer has this boot on record: the next start begins another one.
    private mutating func noteAcceptance() {
        guard identity.reception == .awaited else { return }
        identity.reception = .accepted
        formed?.member.journal.store(identity)
    }

    /// The member's process refuses us, or says that it no longer leads.
    private mutating func leaderIsGone(_ peer: MemberID) {
        guard formed?.member.raft.leader == peer,
            let generation = context.links.generation(of: peer)
        else {
            return
        }
        formed?.member.raft.step(
            .linkBroken(leader: peer, generation: generation),
            now: context.now
        )
    }

    /// A hello is right: it is accepted once its boot is durable.
    private mutating func confirm(_ peer: MemberID, boot: BootStamp) {
        let known = identity.boot(of: peer)
        if known?.counter == boot.counter, known?.nonce == boot.nonce {
            acceptConfirmed()
        } else if boot.counter >= known?.counter ?? 0 {
            identity.record(
                Identity.PeerBoot(peer: peer, counter: boot.counter, nonce: boot.nonce)
            )
            formed?.member.journal.store(identity)
        }
    }

    mutating func acceptConfirmed() {
        for event in context.links.acceptConfirmed(handshakeView, now: context.now) {
            handle(event)
        }
    }

    private mutating func refused(
        _ refusal: HelloRefusal,
        by responder: PeerIdentity,
        at address: PeerAddress
    ) {
        switch refusal {
        case .emptyBesideFormedCluster:
            guard let forming else { break }
            if forming.formation.arrival == .founding {
                stop(.emptyBesideFormedCluster(peer: address))
            } else if forming.wasRefused(now: context.now) {
                context.effects.notices.append(.awaitsOrder(peer: address))
            }
        case .copiedDirectory:
            guard responder.cluster == identity.cluster || identity.cluster == .unformed else {
                break
            }
            // Who has put the other one off is about to tell this peer too.
            if let disputedUntil, context.now < disputedUntil { return }
            stop(.copiedDirectory(peer: address))
        case .otherStartAlive:
            if context.links.isPutOffForGood(by: address, view: handshakeView, now: context.now) {
                stop(.originalAlive(peer: address))
            }
            return
        case .notMember:
            if responder.cluster == identity.cluster, knowsBetter(responder) { stop(.removed) }
        case .otherCluster:
            if context.links.peers.allSatisfy({ $0.refusal == .otherCluster }) {
                stop(.otherCluster(peer: address))
            }
        case .notExpected, .notInList, .otherToken: break
        }
        leaderIsGone(responder.id)
    }

    /// Whether the responder's word that this member does not belong counts: it leads a term not
    /// older than ours by a membership later than ours. A leader that was replaced without knowing
    /// it, and one whose log has lost our addition, do not; a newcomer that has no log yet waits.
    private func knowsBetter(_ responder: PeerIdentity) -> Bool {
        guard responder.standing == .leading,
            let formed
        else { return false }
        let isNewcomer =
            formed.member.raft.membershipIndex == .zero
            && !identity.founders.contains { $0.id == identity.member }
        guard responder.term >= formed.member.raft.term, !isNewcomer else { return false }
        let own = formed.member.raft.membershipIndex
        return formed.member.memberIDs.contains(identity.member)
            ? responder.membershipIndex > own : responder.membershipIndex >= own
    }

    private mutating func stop(_ fault: AdmissionFault) {
        context.effects.stop = .mayNotJoin(fault)
    }

    /// A peer has put off one of two starts of a member: this one's double, or one that was let in
    /// here.
    private mutating func heed(
        _ dispute: StartDispute,
        from peer: MemberID
    ) {
        guard dispute.member != identity.member else {
            guard dispute.heard == boot else { return }
            let isNew = disputedUntil.map { $0 <= context.now } ?? true
            disputedUntil = context.now.advanced(byMilliseconds: Self.disputeMilliseconds)
            if isNew,
                let address = context.links.index(of: peer).map({ context.links.peers[$0].address })
            {
                context.effects.notices.append(.startedTwice(peer: address))
            }
            return
        }
        let known = identity.boot(of: dispute.member)
        if known?.counter == dispute.other.counter, known?.nonce == dispute.other.nonce {
            identity.record(
                Identity.PeerBoot(
                    peer: dispute.member,
                    counter: dispute.heard.counter,
                    nonce: dispute.heard.nonce
                )
            )
            formed?.member.journal.store(identity)
        }
        if context.links.heed(dispute, view: handshakeView, now: context.now) {
            formed?.member.lostTouch(with: dispute.member, into: &context.effects)
        }
    }

    /// For so long after the word that a double of this start was put off, a peer that takes this
    /// one for the copy is asked again: it hears of it too. A double tries again every half second.
    private static let disputeMilliseconds: UInt64 = 5_000

    /// A peer remembers that this member has shown more than its directory holds.
    private mutating func doubtLog(
        shown: Term,
        by peer: PeerIdentity
    ) {
        if formed?.member.raft.logIntegrity == .intact {
            context.effects.notices.append(.voteLost(peer: peer.peerAddress))
        }
        formed?.member.raft.step(.logDoubted(shown: shown), now: context.now)
    }

    private mutating func dispatch(
        _ message: PeerMessage,
        from peer: MemberID
    ) {
        switch message {
        case .raft(let message):
            // Put off, it has no say.
            if !context.links.isMute {
                formed?.member.raft.step(.received(message), now: context.now)
            }
        case .startPutOff(let dispute): heed(dispute, from: peer)
        case .forward(let forward):
            formed?.member.proposeForwarded(forward, from: peer, in: &context)
        case .forwarded(let answer):
            formed?.member.settleForwarded(answer, from: peer, in: &context)
        case .storeWanted(let place): formed?.member.serveStore(at: place, to: peer)
        case .storePart(let part): formed?.member.receiveStorePart(part)
        case .stateHash(let report):
            formed?.member.compareStore(with: report, from: peer, into: &context.effects)
        case .founded(let founding): join(founding, toldBy: peer)
        case .newcomer(let newcomer):
            if formed?.member.isLeading ?? false { formed?.member.meet(newcomer, in: &context) }
        case .leadershipWanted(let target):
            if formed?.member.isLeading ?? false {
                formed?.member.transferLeadership(to: target, in: &context)
            }
        case .ping, .pong, .clock: break
        }
    }
}

extension Replica {
    /// Every member of the list has answered and this one decides: it draws the cluster's id.
    mutating func foundIfComplete() {
        guard let members = forming?.formation.members, identity.cluster == .unformed else {
            return
        }
        found(Founding(cluster: ClusterID(rawValue: chance.next() | 1), members: members))
    }

    /// A peer tells which cluster was founded.
    ///
    /// - Parameter peer: who tells it: a member that was told whom to await under this one's name.
    private mutating func join(_ founding: Founding, toldBy peer: MemberID) {
        guard let forming, identity.cluster == .unformed else { return }
        if forming.formation.mayJoin(founding) { return found(founding) }
        // It was started as a founder beside a cluster that awaits a newcomer of its name.
        guard let place = context.links.index(of: peer) else { return }
        stop(.emptyBesideFormedCluster(peer: context.links.peers[place].address))
    }

    private mutating func found(_ founding: Founding) {
        identity.cluster = founding.cluster
        identity.founders = founding.members.map {
            Member(id: $0.id, name: $0.name, peerAddress: $0.address.text)
        }
        forming?.journal.store(identity)
    }

    private var founding: Founding {
        Founding(
            cluster: identity.cluster,
            members: identity.founders.map {
                Founding.Member(
                    id: $0.id,
                    name: $0.name,
                    address: PeerAddress(text: $0.peerAddress)
                )
            }
        )
    }
}
