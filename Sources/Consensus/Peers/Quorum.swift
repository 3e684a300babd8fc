internal import Bytes

/// The two sets of voters whose majorities decide (dissertation
/// 4.3). The outgoing set is empty unless the membership is joint.
struct Quorum: Hashable, Sendable {
    let voters: MemberSet
    let outgoing: MemberSet

    /// Everyone who votes.
    var everyVoter: MemberSet { voters.union(outgoing) }

    /// Whether these members are a majority of both sets.
    func isReached(by members: MemberSet) -> Bool {
        if let half = decidingHalf { return Self.isMajority(members, of: half) }
        return Self.isMajority(members, of: voters)
            && (outgoing.isEmpty || Self.isMajority(members, of: outgoing))
    }

    /// Whether no majority is left once the members of `refused` are out.
    func isLost(to refused: MemberSet) -> Bool {
        !isReached(by: everyVoter.subtracting(refused))
    }

    /// The highest value that a majority of each set has reached; `floor` when there is none
    /// above it.
    ///
    /// - Complexity: O(*n*²) in the voters, without allocation: there are seven at most in practice.
    func agreed<Value: Comparable>(above floor: Value, _ value: (Int) -> Value) -> Value {
        if let half = decidingHalf { return Self.agreed(in: half, above: floor, value) }
        let incoming = Self.agreed(in: voters, above: floor, value)
        guard !outgoing.isEmpty, incoming > floor else { return incoming }
        return min(incoming, Self.agreed(in: outgoing, above: floor, value))
    }

    private var decidingHalf: MemberSet? {
        guard !outgoing.isEmpty else { return nil }
        if planted(.outgoingHalfIgnored) { return voters }
        return planted(.incomingHalfIgnored) ? outgoing : nil
    }

    private static func isMajority(_ members: MemberSet, of set: MemberSet) -> Bool {
        let reached = members.intersection(set).count
        if planted(.electionByMinority) { return reached * 2 + 1 >= set.count }
        return reached * 2 > set.count
    }

    private static func agreed<Value: Comparable>(
        in set: MemberSet,
        above floor: Value,
        _ value: (Int) -> Value
    ) -> Value {
        var best = floor
        for position in set {
            let candidate = value(position)
            guard candidate > best else { continue }
            var reached = 0
            for other in set where value(other) >= candidate { reached += 1 }
            if planted(.commitByMinority), reached * 2 + 1 >= set.count { best = candidate }
            if reached * 2 > set.count { best = candidate }
        }
        return best
    }
}
