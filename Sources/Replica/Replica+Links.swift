internal import Bytes
internal import Consensus
internal import Journal

extension Replica {
    /// What a hello is judged against: only durable boots count.
    var handshakeView: HandshakeView {
        let durable = look({ $0.journal.identity }) ?? forming?.journal.identity ?? identity
        return HandshakeView(
            introduction: introduction,
            boots: durable.peerBoots.map {
                ($0.peer, BootStamp(counter: $0.counter, nonce: $0.nonce))
            },
            members: look({ $0.memberIDs }) ?? []
        )
    }

    private var introduction: Introduction {
        Introduction(
            cluster: member == nil ? .unformed : identity.cluster,
            id: identity.member,
            name: identity.name,
            boot: boot,
            earlierNonces: Array(identity.bootNonces.dropLast()),
            peerAddress: configuration.peerAddress,
            clientAddress: configuration.clientAddress,
            membershipIndex: look({ $0.raft.membershipIndex }) ?? .zero,
            term: look({ $0.raft.term }) ?? .zero,
            standing: look({ $0.isLeading }) ?? false ? .leading : .notLeading
        )
    }

    /// Carries out what the links have to tell.
    mutating func handle(_ event: LinkEvent?, _ now: MonotonicTime) {
        guard let event else { return }
        switch event {
        case .up(let peer, let introduction, let generation):
            linkUp(peer, introduction, generation, now)
        case .down(let peer, let end):
            member?.lostTouch(with: peer, &effects)
            // A process that is gone closes its links: a leader's is asked at once.
            if end == .refused { links.redialAtOnce(peer) }
        case .incomingReplaced(let peer): member?.lostTouch(with: peer, &effects)
        case .unreachable(_, let peer, let end):
            if let peer, end == .refused { leaderIsGone(peer, now) }
        case .guest(let peer, let boot): receive(peer, boot, now)
        case .unformed(let name, let peer):
            forming?.formation.heard(name, peer)
            foundIfComplete()
        case .refused(let refusal, let responder, let address):
            refused(refusal, by: responder, at: address, now)
        case .otherVersion(let version, let address, let peer):
            effects.notices.append(.otherProtocol(peer: address, version: version))
            if let peer { leaderIsGone(peer, now) }
        case .messages(let peer, let messages):
            for message in messages { receive(message, from: peer, now) }
        }
    }

    private mutating func linkUp(
        _ peer: MemberID,
        _ introduction: Introduction,
        _ generation: UInt64,
        _ now: MonotonicTime
    ) {
        guard let term = look({ $0.raft.term }) else { return }
        noteWelcome()
        if introduction.cluster == .unformed {
            links.send(.founded(founding), to: peer)
            return
        }
        if introduction.standing == .notLeading || introduction.term < term {
            leaderIsGone(peer, now)
        }
        member?.raft.step(.linkUp(peer, generation: generation), now: now)
    }

    /// A peer has this boot on record: the next start begins another one.
    private mutating func noteWelcome() {
        guard identity.reception == .awaited else { return }
        identity.reception = .welcomed
        member?.journal.store(identity)
    }

    /// The member's process refuses us or says that it leads no more.
    private mutating func leaderIsGone(_ peer: MemberID, _ now: MonotonicTime) {
        guard look({ $0.raft.leader }) == peer, let generation = links.generation(of: peer) else {
            return
        }
        member?.raft.step(.linkBroken(leader: peer, generation: generation), now: now)
    }

    /// A hello is right: it is welcome once its boot is durable.
    private mutating func receive(_ peer: MemberID, _ boot: BootStamp, _ now: MonotonicTime) {
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
            join(forming.journal, nil, StateMachine(foundedBy: identity), now)
            for early in forming.early {
                switch early {
                case .write(let ticket, let write): member?.propose(ticket, write, &effects)
                case .read(let ticket): member?.read(ticket, &effects)
                }
            }
        }
        welcomeGuests(now)
    }

    private mutating func welcomeGuests(_ now: MonotonicTime) {
        for event in links.welcomeGuests(handshakeView) { handle(event, now) }
    }

    private mutating func refused(
        _ refusal: HelloRefusal,
        by responder: Introduction,
        at address: PeerAddress,
        _ now: MonotonicTime
    ) {
        switch refusal {
        case .emptyBesideFormedCluster:
            if forming?.formation.arrival == .founding {
                stop(.emptyBesideFormedCluster(peer: address))
            }
        case .copiedDirectory:
            if responder.cluster == identity.cluster { stop(.copiedDirectory(peer: address)) }
        case .notMember:
            if responder.cluster == identity.cluster, knowsBetter(responder) { stop(.removed) }
        case .otherCluster:
            if links.peers.allSatisfy({ $0.refusal == .otherCluster }) {
                stop(.otherCluster(peer: address))
            }
        case .notExpected, .notInList: break
        }
        leaderIsGone(responder.id, now)
    }

    /// Whether the responder's word that this member does not belong counts: it leads a term not
    /// older than ours by a membership later than ours. A leader that was replaced without knowing
    /// it, and one whose log has lost our addition, do not; a newcomer that has no log yet waits.
    private func knowsBetter(_ responder: Introduction) -> Bool {
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

    private mutating func receive(
        _ message: PeerMessage,
        from peer: MemberID,
        _ now: MonotonicTime
    ) {
        switch message {
        case .raft(let message): member?.raft.step(.received(message), now: now)
        case .forward(let forward): member?.receive(forward, from: peer, now, &links)
        case .forwarded(let answer): member?.receive(answer, from: peer, now, &effects)
        case .storeWanted(let place): member?.receive(place, from: peer)
        case .storePart(let part): member?.receive(part)
        case .stateHash(let report): member?.receive(report, from: peer, &effects)
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
