internal import Bytes
internal import Consensus

extension Links {
    /// The first broken rule: each connection stands in one place, and what belongs to an open link
    /// exists only while it is open.
    ///
    /// - Complexity: O(*n*²) in the connections.
    var brokenRule: ReplicaRule? {
        for place in peers.indices {
            let id = peers[place].id
            if id != nil, peers[..<place].contains(where: { $0.id == id }) { return .peersDiffer }
            if let rule = peers[place].brokenRule { return rule }
        }
        var standing = unidentified.map(\.link) + unconfirmed.map(\.link)
        for peer in peers {
            if let link = peer.outgoing.link { standing.append(link) }
            if let link = peer.incoming { standing.append(link) }
        }
        if Set(standing).count != standing.count { return .connectionsDiffer }
        if isMute, mutedUntil == nil { return .muteEnds }
        guard unidentified.count <= Self.unidentifiedCountMax,
            zip(unidentified, unidentified.dropFirst()).allSatisfy({
                $0.acceptedAt <= $1.acceptedAt
            })
        else { return .unidentifiedInOrder }
        let waiting = unconfirmed.map(\.identity.id)
        return Set(waiting).count == waiting.count ? nil : .unconfirmedDiffer
    }
}

extension Links.Peer {
    fileprivate var brokenRule: ReplicaRule? {
        if case .open = outgoing {
        } else if !outbox.isEmpty || !fullFrames.isEmpty {
            return .outboxIsOpen
        }
        let pauses = Links.redialMillisecondsMin...Links.redialMillisecondsMax
        if !pauses.contains(redialMilliseconds) { return .redialIsBounded }
        if let contender, start == nil || contender == start { return .contenderIsOther }
        return nil
    }
}
