internal import Bytes
internal import Consensus

/// What must hold of all members together (dissertation, figure 3.2): one leader a term, one entry
/// an index, nothing committed lacks in a later leader's log, one state an index.
struct SafetyProperties {
    /// An entry as it was first seen committed.
    struct Committed: Hashable {
        let term: UInt64
        /// A digest of everything in it; nil where only its term could be seen.
        var digest: UInt64?
        /// The term of the member that was first seen to have committed it. A leader of an earlier
        /// term may lack it, even one whose votes arrive only now.
        var committedIn: UInt64 = 0
    }

    /// Who led each term, by term.
    private var leaders: [MemberID?] = []
    /// By index.
    private var committed: [Committed?] = [nil]
    /// The store's hash after each index, as the first member that stopped there had it.
    private var hashes: [UInt128?] = []

    /// The last index that is known to be committed.
    var lastCommitted: UInt64 { UInt64(committed.count) - 1 }

    func committed(at index: UInt64) -> Committed? {
        index < committed.count ? committed[Int(index)] : nil
    }

    /// A member leads a term.
    mutating func leads(_ member: MemberID, term: Int) -> Violation? {
        while leaders.count <= term { leaders.append(nil) }
        if let known = leaders[term], known != member { return .twoLeaders(term: UInt64(term)) }
        leaders[term] = member
        return nil
    }

    enum Comparison {
        case first
        case agrees
        case differs
    }

    /// A member committed an entry.
    mutating func commits(_ entry: Committed, at index: UInt64, in term: UInt64) -> Comparison {
        var entry = entry
        entry.committedIn = term
        let place = Int(index)
        while committed.count <= place { committed.append(nil) }
        guard let known = committed[place] else {
            committed[place] = entry
            return .first
        }
        guard known.term == entry.term else { return .differs }
        guard let digest = entry.digest else { return .agrees }
        guard let knownDigest = known.digest else {
            committed[place]?.digest = digest
            return .first
        }
        return digest == knownDigest ? .agrees : .differs
    }

    /// A member's store after an index.
    mutating func holds(_ hash: UInt128, at index: UInt64) -> Comparison {
        let place = Int(index)
        while hashes.count <= place { hashes.append(nil) }
        guard let known = hashes[place] else {
            hashes[place] = hash
            return .first
        }
        return known == hash ? .agrees : .differs
    }
}

extension SafetyProperties.Committed {
    init(_ entry: Entry) {
        var hash = StableHash(seed: UInt64(entry.kind.rawValue))
        hash.combine(entry.time.rawValue)
        hash.combine(entry.payload.span)
        let value = hash.value
        self.init(
            term: entry.id.term.rawValue,
            digest: UInt64(truncatingIfNeeded: value) ^ UInt64(truncatingIfNeeded: value >> 64)
        )
    }
}
