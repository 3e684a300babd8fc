internal import Bytes
internal import Consensus
internal import Journal

extension Replica {
    /// What a hello is judged against: only durable boots count.
    var handshakeView: HandshakeView {
        let durable = look({ $0.journal.identity }) ?? forming?.journal.identity ?? identity
        return HandshakeView(
            identity: shownIdentity,
            boots: durable.peerBoots.map {
                ($0.peer, BootStamp(counter: $0.counter, nonce: $0.nonce))
            },
            members: look({ $0.memberIDs }) ?? [],
            testimonies: look({ $0.raft.testimonies }) ?? [],
            silenceMillisecondsMax: silenceMillisecondsMax
        )
    }

    /// How long a living member may be silent on its links.
    private var silenceMillisecondsMax: UInt64 {
        Links.silenceMillisecondsMax(
            electionTimeoutMilliseconds: configuration.electionTimeoutMilliseconds
        )
    }

    private var shownIdentity: PeerIdentity {
        PeerIdentity(
            cluster: member == nil ? .unformed : identity.cluster,
            id: identity.member,
            name: identity.name,
            boot: boot,
            earlierNonces: Array(identity.bootNonces.dropLast()),
            peerAddress: configuration.peerAddress,
            clientAddress: configuration.clientAddress,
            membershipIndex: look({ $0.raft.membershipIndex }) ?? .zero,
            term: look({ $0.raft.term }) ?? .zero,
            last: look({ $0.raft.last }) ?? .zero,
            standing: look({ $0.isLeading }) ?? false ? .leading : .notLeading
        )
    }

    /// Carries out what the links have to tell.
    mutating func handle(_ event: LinkEvent?, now: MonotonicTime) {
        guard let event else { return }
        switch event {
        case .up(let peer, let identity, let generation, let shown):
            if let shown { doubtLog(shown: shown, by: identity, now: now) }
            linkUp(peer, identity: identity, generation: generation, now: now)
        case .startPutOff(let dispute):
            for peer in links.peers.compactMap(\.id) {
                links.send(.startPutOff(dispute), to: peer)
            }
        case .down(let peer, let end):
            member?.lostTouch(with: peer, into: &effects)
            // A process that is gone closes its links: a leader's is asked at once.
            if end == .refused { links.redialAtOnce(peer) }
        case .incomingReplaced(let peer): member?.lostTouch(with: peer, into: &effects)
        case .unreachable(_, let peer, let end):
            if let peer, end == .refused { leaderIsGone(peer, now: now) }
        case .guest(let peer, let boot): receive(peer, boot: boot, now: now)
        case .unformed(let name, let peer):
            forming?.formation.heard(name, id: peer)
            foundIfComplete()
        case .refused(let refusal, let responder, let address):
            refused(refusal, by: responder, at: address, now: now)
        case .otherVersion(let version, let address, let peer):
            effects.notices.append(.otherProtocol(peer: address, version: version))
            if let peer { leaderIsGone(peer, now: now) }
        case .messages(let peer, let messages):
            for message in messages { receive(message, from: peer, now: now) }
        }
    }

    private mutating func linkUp(
        _ peer: MemberID,
        identity: PeerIdentity,
        generation: UInt64,
        now: MonotonicTime
    ) {
        guard let term = look({ $0.raft.term }) else { return }
        noteWelcome()
        if identity.cluster == .unformed {
            links.send(.founded(founding), to: peer)
            return
        }
        if identity.standing == .notLeading || identity.term < term {
            leaderIsGone(peer, now: now)
        }
        member?.raft.step(.linkUp(peer, generation: generation), now: now)
    }

    /// A peer has this boot on record: the next start begins another one.
    private mutating func noteWelcome() {
        guard identity.reception == .awaited else { return }
        identity.reception = .accepted
        member?.journal.store(identity)
    }

    /// The member's process refuses us or says that it leads no more.
    private mutating func leaderIsGone(_ peer: MemberID, now: MonotonicTime) {
        guard look({ $0.raft.leader }) == peer, let generation = links.generation(of: peer) else {
            return
        }
        member?.raft.step(.linkBroken(leader: peer, generation: generation), now: now)
    }

    /// A hello is right: it is welcome once its boot is durable.
    private mutating func receive(_ peer: MemberID, boot: BootStamp, now: MonotonicTime) {
        let known = identity.boot(of: peer)
        if known?.counter == boot.counter, known?.nonce == boot.nonce {
            welcomeGuests(now)
        } else if boot.counter >= known?.counter ?? 0 {
            identity.record(
                Identity.PeerBoot(peer: peer, counter: boot.counter, nonce: boot.nonce)
            )
            member?.journal.store(identity)
        }
    }

    /// What was given to be stored is durable.
    mutating func identityPersisted(_ now: MonotonicTime) {
        if let forming, forming.journal.identity.cluster != .unformed {
            self.forming = nil
            links.closeAll()
            join(
                forming.journal,
                recovery: nil,
                machine: StateMachine(foundedBy: identity),
                now: now
            )
            for early in forming.early {
                switch early {
                case .write(let ticket, let write):
                    member?.propose(ticket, write: write, into: &effects)
                case .read(let ticket): member?.read(ticket, into: &effects)
                }
            }
        }
        welcomeGuests(now)
    }

    private mutating func welcomeGuests(_ now: MonotonicTime) {
        for event in links.welcomeGuests(handshakeView, now: now) { handle(event, now: now) }
    }

    private mutating func refused(
        _ refusal: HelloRefusal,
        by responder: PeerIdentity,
        at address: PeerAddress,
        now: MonotonicTime
    ) {
        switch refusal {
        case .emptyBesideFormedCluster:
            if forming?.formation.arrival == .founding {
                stop(.emptyBesideFormedCluster(peer: address))
            }
        case .copiedDirectory:
            guard responder.cluster == identity.cluster || identity.cluster == .unformed else {
                break
            }
            // Who has put the other one off is about to tell this peer too.
            if let contestedUntil, now < contestedUntil { return }
            stop(.copiedDirectory(peer: address))
        case .otherStartAlive:
            if links.isPutOffForGood(by: address, view: handshakeView, now: now) {
                stop(.originalAlive(peer: address))
            }
            return
        case .notMember:
            if responder.cluster == identity.cluster, knowsBetter(responder) { stop(.removed) }
        case .otherCluster:
            if links.peers.allSatisfy({ $0.refusal == .otherCluster }) {
                stop(.otherCluster(peer: address))
            }
        case .notExpected, .notInList: break
        }
        leaderIsGone(responder.id, now: now)
    }

    /// Whether the responder's word that this member does not belong counts: it leads a term not
    /// older than ours by a membership later than ours. A leader that was replaced without knowing
    /// it, and one whose log has lost our addition, do not; a newcomer that has no log yet waits.
    private func knowsBetter(_ responder: PeerIdentity) -> Bool {
        guard responder.standing == .leading,
            let own = look({ (term: $0.raft.term, index: $0.raft.membershipIndex) })
        else { return false }
        let isNewcomer =
            own.index == .zero && !identity.founders.contains { $0.id == identity.member }
        guard responder.term >= own.term, !isNewcomer else { return false }
        let isOwnMember = look({ $0.memberIDs.contains(identity.member) }) ?? false
        return isOwnMember
            ? responder.membershipIndex > own.index : responder.membershipIndex >= own.index
    }

    private mutating func stop(_ fault: AdmissionFault) { effects.stop = .mayNotJoin(fault) }

    /// A peer has put off one of two starts of a member: this one's double, or one that was let in
    /// here.
    private mutating func receive(
        _ dispute: StartDispute,
        from peer: MemberID,
        now: MonotonicTime
    ) {
        guard dispute.member != identity.member else {
            guard dispute.heard == boot else { return }
            let isNew = contestedUntil.map { $0 <= now } ?? true
            contestedUntil = now.advanced(byMilliseconds: Self.contestMilliseconds)
            if isNew, let address = links.index(of: peer).map({ links.peers[$0].address }) {
                effects.notices.append(.startedTwice(peer: address))
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
            member?.journal.store(identity)
        }
        if links.heed(dispute, view: handshakeView, now: now) {
            member?.lostTouch(with: dispute.member, into: &effects)
        }
    }

    /// For so long after the word that a double of this start was put off, a peer that takes this
    /// one for the copy is asked again: it hears of it too. A double tries again every half second.
    private static let contestMilliseconds: UInt64 = 5_000

    /// A peer remembers that this member has shown more than its directory holds.
    private mutating func doubtLog(
        shown: Term,
        by peer: PeerIdentity,
        now: MonotonicTime
    ) {
        if look({ $0.raft.logIntegrity }) == .intact {
            effects.notices.append(.voteLost(peer: peer.peerAddress))
        }
        member?.raft.step(.logDoubted(shown: shown), now: now)
    }

    private mutating func receive(
        _ message: PeerMessage,
        from peer: MemberID,
        now: MonotonicTime
    ) {
        switch message {
        case .raft(let message):
            // Put off, it has no say.
            if !links.isMute { member?.raft.step(.received(message), now: now) }
        case .startPutOff(let dispute): receive(dispute, from: peer, now: now)
        case .forward(let forward): member?.receive(forward, from: peer, now: now, links: &links)
        case .forwarded(let answer): member?.receive(answer, from: peer, now: now, into: &effects)
        case .storeWanted(let place): member?.receive(place, from: peer)
        case .storePart(let part): member?.receive(part)
        case .stateHash(let report): member?.receive(report, from: peer, into: &effects)
        case .founded(let founding): receive(founding)
        case .ping, .pong: break
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
    private mutating func receive(_ founding: Founding) {
        guard let forming, forming.formation.mayJoin(founding),
            identity.cluster == .unformed
        else { return }
        found(founding)
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
