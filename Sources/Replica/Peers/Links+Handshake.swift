internal import Bytes
internal import Consensus

extension Links {
    mutating func opened(
        _ link: LinkID,
        to address: PeerAddress,
        view: HandshakeView,
        now: MonotonicTime
    ) {
        guard let peer = dialling(address) else {
            toClose.append(link)
            return
        }
        peers[peer].outgoing = .greeting(link, since: now)
        peers[peer].greetedRefillCount = view.refillCount
        peers[peer].speaks = min(peers[peer].speaks, view.protocols.upperBound)
        let hello = Hello(
            sender: view.identity,
            expected: planted(.addressTrusted) ? nil : peers[peer].id,
            version: peers[peer].speaks
        )
        frames.append(Frame(link: link, bytes: hello.encode()))
    }

    mutating func accepted(_ link: LinkID, now: MonotonicTime) {
        guard unidentified.count < Self.unidentifiedCountMax else {
            toClose.append(link)
            return
        }
        unidentified.append(UnidentifiedLink(link: link, acceptedAt: now))
    }

    /// The peer that was dialled at the address. Another member may have lived there whose removal
    /// this one has not heard of.
    private func dialling(_ address: PeerAddress) -> Int? {
        peers.firstIndex { $0.dialled == address && $0.outgoing == .dialling }
    }

    mutating func dialFailed(_ address: PeerAddress, end: LinkEnd, now: MonotonicTime)
        -> LinkEvent?
    {
        guard let peer = dialling(address) else { return nil }
        if end == .refused { peers[peer].hasSpoken = true }
        redial(peer, now: now)
        return .unreachable(address, peers[peer].id, end)
    }

    mutating func closed(_ link: LinkID, end: LinkEnd, now: MonotonicTime) -> LinkEvent? {
        if let peer = peers.firstIndex(where: { $0.outgoing.link == link }) {
            if case .greeting = peers[peer].outgoing {
                redial(peer, now: now)
                return .unreachable(peers[peer].address, peers[peer].id, end)
            }
            return lost(peer, end: end, now: now)
        }
        if let peer = peers.firstIndex(where: { $0.incoming == link }) {
            peers[peer].incoming = nil
            return peers[peer].id.map { .incomingReplaced($0) }
        }
        unidentified.removeAll { $0.link == link }
        unconfirmed.removeAll { $0.link == link }
        return nil
    }

    /// One frame from outside, if its link is one that a peer sends on. What does not decode closes
    /// the link.
    mutating func messages(
        _ bytes: [UInt8],
        on link: LinkID,
        to receiver: MemberID,
        wallClock: UInt64?,
        now: MonotonicTime
    ) -> LinkEvent? {
        guard let peer = peers.firstIndex(where: { $0.incoming == link }),
            let id = peers[peer].id
        else { return nil }
        do {
            let messages = try PeerMessage.decodeFrame(bytes, from: id, to: receiver)
            peers[peer].heardAt = now
            for case .ping in messages {
                let pong = PeerMessage.pongFrame(
                    wallClock: wallClock,
                    speaking: peers[peer].isSpoken
                )
                frames.append(Frame(link: link, bytes: pong))
            }
            return .messages(id, messages)
        } catch {
            toClose.append(link)
            peers[peer].incoming = nil
            return .incomingReplaced(id)
        }
    }

    /// One frame from outside on any other link: a hello, its answer, or the answer to a ping.
    mutating func greeting(
        _ bytes: [UInt8],
        on link: LinkID,
        view: HandshakeView,
        now: MonotonicTime
    ) -> LinkEvent? {
        if let peer = peers.firstIndex(where: { $0.outgoing.link == link }) {
            return backwards(bytes, from: peer, view: view, now: now)
        }
        guard let place = unidentified.firstIndex(where: { $0.link == link }) else { return nil }
        unidentified.remove(at: place)
        do {
            let hello = try Hello(decoding: bytes, versions: view.protocols)
            return greeted(by: hello, on: link, view: view, now: now)
        } catch {
            if case .otherVersion = error {
                let own = HelloAnswer.otherVersionFrame(view.protocols.upperBound)
                frames.append(Frame(link: link, bytes: own))
            }
            toClose.append(link)
            return nil
        }
    }

    /// On a link that we dialled: the answer to our hello, then nothing but answers to pings.
    private mutating func backwards(
        _ bytes: [UInt8],
        from peer: Int,
        view: HandshakeView,
        now: MonotonicTime
    ) -> LinkEvent? {
        switch peers[peer].outgoing {
        case .open:
            if let pong = PeerMessage.pong(bytes) {
                // Only a link that carries something ends the growing pause: one that is accepted
                // and closed at once, again and again, must not be dialled without one.
                peers[peer].redialMilliseconds = Self.redialMillisecondsMin
                peers[peer].endCountSincePong = 0
                if let id = peers[peer].id, let pingedAt = peers[peer].pingedAt {
                    let took = now.nanoseconds(since: pingedAt)
                    observations.append(.roundTrip(id, nanoseconds: took))
                    if let theirs = pong.wallClock, let ours = view.wallClock {
                        let ahead = ClockOffset(of: theirs, to: ours, roundTripNanoseconds: took)
                        observations.append(.clockOffset(id, ahead))
                    }
                }
                peers[peer].pingedAt = nil
                peers[peer].heardAt = now
            }
            return nil
        case .greeting(let link, _):
            do {
                return answered(
                    try HelloAnswer(
                        decoding: bytes,
                        versions: peers[peer].speaks...peers[peer].speaks
                    ),
                    peer: peer,
                    link: link,
                    view: view,
                    now: now
                )
            } catch {
                toClose.append(link)
                guard case .otherVersion(let version) = error else {
                    redial(peer, now: now)
                    return nil
                }
                if view.protocols.contains(version) {
                    dialAgain(peer, offered: version, now: now)
                    return nil
                }
                peers[peer].hasSpoken = true
                redial(peer, now: now)
                return speaksOtherVersion(version, peer: peer)
            }
        case .waiting, .dialling: return nil
        }
    }

    private mutating func answered(
        _ answer: HelloAnswer,
        peer: Int,
        link: LinkID,
        view: HandshakeView,
        now: MonotonicTime
    ) -> LinkEvent? {
        if case .voteLost = answer.verdict, view.refillCount != peers[peer].greetedRefillCount {
            // It judges a log that is no more, since a leader has filled it again: as if the link
            // had broken before it came. The peer is asked anew, about the log as it is.
            toClose.append(link)
            redial(peer, now: now)
            return nil
        }
        var responder = answer.responder
        if planted(.addressTrusted), let id = peers[peer].id { responder.id = id }
        peers[peer].otherVersion = nil
        peers[peer].hasSpoken = true
        if case .refused(let refusal) = answer.verdict {
            toClose.append(link)
            redial(peer, now: now)
            // Empty beside a cluster is the end of a founder, and a newcomer waits.
            if peers[peer].refusal != refusal, refusal != .emptyBesideFormedCluster {
                notices.append(.refused(peer: peers[peer].address, refusal))
            }
            peers[peer].refusal = refusal
            if refusal == .otherStartAlive { wasPutOff(by: peer, view: view, now: now) }
            return .refused(refusal, by: responder, peers[peer].address)
        }
        guard isTheOneDialled(responder, peer: peer, view: view) else {
            toClose.append(link)
            redial(peer, now: now)
            return .unreachable(peers[peer].address, peers[peer].id, .refused)
        }
        if responder.cluster != .unformed, putOff(responder, view: view, now: now) != .free {
            // Who we looked for is alive and does not live there.
            toClose.append(link)
            redial(peer, now: now)
            return nil
        }
        wasAccepted(by: peer)
        peers[peer].refusal = nil
        peers[peer].learn(responder)
        if responder.cluster != .unformed, view.identity.cluster != .unformed {
            adopt(responder.boot, of: peer, now: now)
        }
        peers[peer].outgoing = .open(link)
        peers[peer].heardAt = now
        peers[peer].id = responder.id
        if view.identity.cluster == .unformed, responder.cluster == .unformed {
            return .unformed(name: responder.name, responder.id)
        }
        peers[peer].generation += 1
        let shown: Term? = if case .voteLost(let term) = answer.verdict { term } else { nil }
        return .up(responder.id, responder, generation: peers[peer].generation, shown: shown)
    }

    /// Whether the responder is the member that we dialled: another one may live at the address.
    private func isTheOneDialled(
        _ responder: PeerIdentity,
        peer: Int,
        view: HandshakeView
    ) -> Bool {
        guard responder.token == view.identity.token else { return false }
        if view.identity.cluster == .unformed {
            let isNamed = peers[peer].name.isEmpty || responder.name == peers[peer].name
            // A newcomer asks at addresses: the member behind one may be known from another, or have
            // called by itself meanwhile.
            let isHere = index(of: responder.id).map { $0 == peer } ?? true
            return isNamed && isHere && responder.id != view.identity.id
        }
        guard responder.id == peers[peer].id else { return false }
        guard responder.cluster != .unformed else { return view.boot(of: responder.id) == nil }
        return responder.cluster == view.identity.cluster
            && !view.isCopy(responder)
    }

    private mutating func greeted(
        by hello: Hello,
        on link: LinkID,
        view: HandshakeView,
        now: MonotonicTime
    ) -> LinkEvent? {
        let sender = hello.sender
        if let refusal = view.refusal(of: hello, knownNames: peers.map(\.name)) {
            answer(link, speaking: hello.version, verdict: .refused(refusal), view: view)
            toClose.append(link)
            guard refusal == .emptyBesideFormedCluster else { return nil }
            let address = sender.peerAddress
            return .newcomer(Newcomer(id: sender.id, name: sender.name, address: address))
        }
        let candidate = UnconfirmedPeer(link: link, identity: sender, speaks: hello.version)
        if view.identity.cluster == .unformed || sender.cluster == .unformed {
            return accept(candidate, view: view, now: now)
        }
        let standing = putOff(sender, view: view, now: now)
        guard standing == .free else {
            answer(
                link,
                speaking: hello.version,
                verdict: .refused(.otherStartAlive),
                view: view
            )
            toClose.append(link)
            if case .contested(let dispute) = standing { return .startPutOff(dispute) }
            return nil
        }
        // It dialled again: nobody answers on its earlier link any more.
        let earlier = unconfirmed.filter { $0.identity.id == sender.id }
        toClose += earlier.map(\.link)
        unconfirmed.removeAll { $0.identity.id == sender.id }
        unconfirmed.append(candidate)
        return .unconfirmed(sender.id, sender.boot)
    }

    /// Admits the unconfirmed whose boots are durable now.
    mutating func acceptConfirmed(_ view: HandshakeView, now: MonotonicTime) -> [LinkEvent] {
        var events: [LinkEvent] = []
        var waiting: [UnconfirmedPeer] = []
        for candidate in unconfirmed {
            if view.boot(of: candidate.identity.id) == candidate.identity.boot {
                if let event = accept(candidate, view: view, now: now) { events.append(event) }
            } else if view.isCopy(candidate.identity) {
                answer(
                    candidate.link,
                    speaking: candidate.speaks,
                    verdict: .refused(.copiedDirectory),
                    view: view
                )
                toClose.append(candidate.link)
            } else {
                waiting.append(candidate)
            }
        }
        unconfirmed = waiting
        return events
    }

    private mutating func accept(
        _ candidate: UnconfirmedPeer,
        view: HandshakeView,
        now: MonotonicTime
    ) -> LinkEvent? {
        let identity = candidate.identity
        answer(
            candidate.link,
            speaking: candidate.speaks,
            verdict: view.verdict(on: identity),
            view: view
        )
        // While no cluster is formed a member may draw another incarnation under its name.
        let known =
            index(of: identity.id)
            ?? (view.identity.cluster == .unformed
                ? peers.firstIndex { $0.name == identity.name } : nil)
        let peer = known ?? add(identity)
        if view.identity.cluster != .unformed, identity.cluster != .unformed {
            adopt(identity.boot, of: peer, now: now)
            peers[peer].heardAt = now
        }
        if let older = peers[peer].incoming { toClose.append(older) }
        peers[peer].incoming = candidate.link
        peers[peer].isSpoken = candidate.speaks
        peers[peer].learn(identity)
        // The process behind the address is alive again: no need to sit out the pause.
        endPause(peer)
        if view.identity.cluster == .unformed { peers[peer].id = identity.id }
        return .incomingReplaced(identity.id)
    }

    /// A member that was added since we last heard of the membership: it is answered at the address
    /// it names, until the membership that follows says where it is.
    private mutating func add(_ identity: PeerIdentity) -> Int {
        peers.append(
            Peer(
                address: identity.peerAddress,
                name: identity.name,
                id: identity.id,
                outgoing: .waiting(until: MonotonicTime(rawValue: 0))
            )
        )
        return peers.count - 1
    }

    private mutating func answer(
        _ link: LinkID,
        speaking version: ProtocolVersion,
        verdict: HelloAnswer.Verdict,
        view: HandshakeView
    ) {
        let answer = HelloAnswer(
            responder: view.identity,
            verdict: verdict,
            version: version
        )
        frames.append(Frame(link: link, bytes: answer.encode()))
    }
}

extension Links.Peer {
    /// What the peer says of itself that nobody has to prove.
    fileprivate mutating func learn(_ identity: PeerIdentity) {
        clientAddress = identity.clientAddress
        version = identity.version
        shownAddress = identity.peerAddress
        featureLevel = identity.featureLevel
    }
}
