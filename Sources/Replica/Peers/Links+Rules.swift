internal import Bytes
internal import Consensus

extension Links {
    /// The first broken rule: each connection stands in one place, and what belongs to an open link
    /// exists only while it is open.
    ///
    /// - Complexity: O(*n*²) in the connections.
    func brokenRule(at now: MonotonicTime) -> ReplicaRule? {
        for place in peers.indices {
            let id = peers[place].id
            if id != nil, peers[..<place].contains(where: { $0.id == id }) { return .peersDiffer }
            if let rule = peers[place].linkRule ?? peers[place].startRule { return rule }
            if !peers[place].isPast(now) { return .linkTimesArePast }
        }
        let standing = standing
        if Set(standing).count != standing.count { return .connectionsDiffer }
        if isMute, mutedUntil == nil { return .muteEnds }
        guard unidentified.count <= Self.unidentifiedCountMax,
            zip(unidentified, unidentified.dropFirst()).allSatisfy({
                $0.acceptedAt <= $1.acceptedAt
            })
        else { return .unidentifiedInOrder }
        let waiting = unconfirmed.map(\.identity.id)
        if Set(waiting).count != waiting.count { return .unconfirmedDiffer }
        if mutedUntil == nil, peers.contains(where: { $0.putOff != nil }) { return .putOffIsMute }
        return unidentified.last?.acceptedAt ?? now <= now ? nil : .linkTimesArePast
    }

    /// Every connection that is in use, whatever for.
    var standing: [LinkID] {
        let ofPeers = peers.flatMap { [$0.outgoing.link, $0.incoming] }
        return unidentified.map(\.link) + unconfirmed.map(\.link) + ofPeers.compactMap(\.self)
    }

    /// Whether nothing waits here for the end of the turn.
    var isTaken: Bool {
        frames.isEmpty && toClose.isEmpty && notices.isEmpty
            && peers.allSatisfy { $0.outbox.isEmpty && $0.fullFrames.isEmpty }
    }
}

extension Links.Peer {
    private var isOpen: Bool { if case .open = outgoing { true } else { false } }

    /// What is kept of our link to the peer.
    fileprivate var linkRule: ReplicaRule? {
        if !isOpen, !outbox.isEmpty || !fullFrames.isEmpty { return .outboxIsOpen }
        let pauses = Links.redialMillisecondsMin...Links.redialMillisecondsMax
        if !pauses.contains(redialMilliseconds) { return .redialIsBounded }
        if !isOpen, pingedAt != nil || lastPingAt != nil { return .pingsNeedLink }
        if let pingedAt, pingedAt > lastPingAt ?? MonotonicTime(rawValue: 0) {
            return .pingsInOrder
        }
        if refusal != nil, otherVersion != nil { return .refusalIsOne }
        let isAccepted = hasSpoken && refusal == nil && otherVersion == nil && putOff == nil
        return isOpen && !isAccepted ? .openIsAccepted : nil
    }

    /// What is kept of the peer's starts, and of ours with it.
    fileprivate var startRule: ReplicaRule? {
        if let contender, start == nil || contender == start { return .contenderIsOther }
        if let rival, start == nil || rival.boot == start { return .rivalIsOther }
        if let putOff, putOff.since > putOff.last { return .putOffInOrder }
        return nil
    }

    /// Whether everything that happened to the peer's links lies in the past.
    fileprivate func isPast(_ now: MonotonicTime) -> Bool {
        let greetedAt: MonotonicTime? =
            if case .greeting(_, let since) = outgoing { since } else { nil }
        return [heardAt, lastPingAt, putOff?.last, greetedAt].allSatisfy { $0 ?? now <= now }
    }
}
