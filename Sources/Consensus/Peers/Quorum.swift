internal import Bytes

/// The two sets of voters whose majorities decide, as bits at the positions of the members
/// (dissertation 4.3). The outgoing set is empty unless the membership is joint.
struct Quorum: Hashable, Sendable {
    let voters: UInt64
    let outgoing: UInt64

    /// Everyone who votes.
    var everyVoter: UInt64 { voters | outgoing }

    /// Whether the members of `mask` are a majority of both sets.
    func isReached(by mask: UInt64) -> Bool {
        if let half = decidingHalf { return Self.isMajority(mask, of: half) }
        return Self.isMajority(mask, of: voters)
            && (outgoing == 0 || Self.isMajority(mask, of: outgoing))
    }

    /// Whether no majority is left once the members of `refused` are out.
    func isLost(to refused: UInt64) -> Bool { !isReached(by: ~refused) }

    /// The highest value that a majority of each set has reached; `floor` when there is none
    /// above it.
    ///
    /// - Complexity: O(*n*²) in the voters, without allocation: there are seven at most in practice.
    func agreed<Value: Comparable>(above floor: Value, _ value: (Int) -> Value) -> Value {
        if let half = decidingHalf { return Self.agreed(in: half, above: floor, value) }
        let incoming = Self.agreed(in: voters, above: floor, value)
        guard outgoing != 0, incoming > floor else { return incoming }
        return min(incoming, Self.agreed(in: outgoing, above: floor, value))
    }

    private var decidingHalf: UInt64? {
        guard outgoing != 0 else { return nil }
        if planted(.outgoingHalfIgnored) { return voters }
        return planted(.incomingHalfIgnored) ? outgoing : nil
    }

    private static func isMajority(_ mask: UInt64, of set: UInt64) -> Bool {
        if planted(.electionByMinority) {
            return (mask & set).nonzeroBitCount * 2 + 1 >= set.nonzeroBitCount
        }
        return (mask & set).nonzeroBitCount * 2 > set.nonzeroBitCount
    }

    private static func agreed<Value: Comparable>(
        in set: UInt64,
        above floor: Value,
        _ value: (Int) -> Value
    ) -> Value {
        var best = floor
        var candidates = set
        while candidates != 0 {
            let candidate = value(candidates.trailingZeroBitCount)
            candidates &= candidates - 1
            guard candidate > best else { continue }
            var reached = 0
            var others = set
            while others != 0 {
                if value(others.trailingZeroBitCount) >= candidate { reached += 1 }
                others &= others - 1
            }
            if planted(.commitByMinority), reached * 2 + 1 >= set.nonzeroBitCount {
                best = candidate
            }
            if reached * 2 > set.nonzeroBitCount { best = candidate }
        }
        return best
    }
}
