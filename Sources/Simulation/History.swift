internal import Bytes

/// What clients did and saw, and what every member applied: held against each other at the end.
struct History: Sendable {
    /// One operation of a client on one key.
    struct Operation: Sendable {
        enum Kind: UInt8, Hashable, Sendable {
            case write = 0
            case read = 1
        }

        enum End: Hashable, Sendable {
            case pending
            /// It took effect, or saw, this revision; 0 is a key that was never written.
            case seen(revision: UInt64)
            case denied
            case unknown
        }

        let kind: Kind
        let key: Int
        /// What a write writes; unique in the run. What a read returned.
        var value: UInt64
        let begin: MonotonicTime
        var end = End.pending
        var endedAt: MonotonicTime?
    }

    /// One revision as the first member that applied it showed it.
    private struct Written: Hashable, Sendable {
        let key: Int
        let value: UInt64
    }

    private(set) var operations: [Operation] = []
    /// By revision; the first is revision 1.
    private var revisions: [Written?] = []
    /// The hash after each index, as the first member that reached it found it.
    private var hashes: [UInt128?] = []
    private(set) var violations: [Violation] = []

    mutating func begin(_ operation: Operation) -> Int {
        operations.append(operation)
        return operations.count - 1
    }

    mutating func end(
        _ operation: Int,
        _ end: Operation.End,
        value: UInt64? = nil,
        at time: MonotonicTime
    ) {
        operations[operation].end = end
        operations[operation].endedAt = time
        if let value { operations[operation].value = value }
    }

    mutating func found(_ violation: Violation) {
        if violations.count < 16, !violations.contains(violation) { violations.append(violation) }
    }

    /// A member applied a write.
    mutating func applied(revision: UInt64, key: Int, value: UInt64) {
        let place = Int(revision) - 1
        while revisions.count <= place { revisions.append(nil) }
        let written = Written(key: key, value: value)
        if let known = revisions[place] {
            if known != written { found(.historiesDiffer(revision: revision)) }
        } else {
            revisions[place] = written
        }
    }

    /// A member's store after an index.
    mutating func state(_ hash: UInt128, at index: UInt64) {
        let place = Int(index)
        while hashes.count <= place { hashes.append(nil) }
        if let known = hashes[place] {
            if known != hash { found(.statesDiffer(index: index)) }
        } else {
            hashes[place] = hash
        }
    }

    /// Holds every operation against the one history that the members agreed on.
    mutating func check() {
        for operation in operations {
            switch operation.end {
            case .seen(let revision): checkSeen(operation, revision)
            case .denied: checkDenied(operation)
            case .pending, .unknown: break
            }
        }
        checkOnce()
        let keyCount = (operations.map(\.key).max() ?? 0) + 1
        for key in 0..<keyCount { checkOrder(of: key) }
    }

    private mutating func checkSeen(_ operation: Operation, _ revision: UInt64) {
        guard revision > 0 else { return }
        let written = Written(key: operation.key, value: operation.value)
        let place = Int(revision) - 1
        guard place < revisions.count, revisions[place] == written else {
            switch operation.kind {
            case .write: found(.writeLost(revision: revision))
            case .read: found(.wrongValue(key: operation.key, revision: revision))
            }
            return
        }
    }

    /// However often a write was sent: it takes effect once.
    private mutating func checkOnce() {
        let places = revisions.indices.filter { revisions[$0] != nil }.sorted {
            (revisions[$0]?.value ?? 0, $0) < (revisions[$1]?.value ?? 0, $1)
        }
        for (first, second) in zip(places, places.dropFirst())
        where revisions[first] == revisions[second] {
            found(.appliedTwice(revision: UInt64(first) + 1, and: UInt64(second) + 1))
        }
    }

    private mutating func checkDenied(_ operation: Operation) {
        guard operation.kind == .write else { return }
        let written = Written(key: operation.key, value: operation.value)
        if let place = revisions.firstIndex(of: written) {
            found(.deniedButApplied(revision: UInt64(place) + 1))
        }
    }

    /// The revisions are the order in which operations took effect: it must agree with real time.
    /// Per key: an operation that began after another ended sees its revision or a later one; a
    /// write gets a later one.
    private mutating func checkOrder(of key: Int) {
        let ended = operations.filter { $0.key == key && $0.endedAt != nil }
            .sorted { ($0.endedAt?.rawValue ?? 0) < ($1.endedAt?.rawValue ?? 0) }
        let begun = ended.sorted { $0.begin < $1.begin }
        var highest: UInt64 = 0
        var next = 0
        for operation in begun {
            while next < ended.count, let endedAt = ended[next].endedAt, endedAt < operation.begin {
                if case .seen(let revision) = ended[next].end { highest = max(highest, revision) }
                next += 1
            }
            guard case .seen(let revision) = operation.end else { continue }
            if revision < highest || (operation.kind == .write && revision == highest) {
                found(.notLinearizable(key: key, revision: revision, after: highest))
            }
        }
    }

    /// Whether the value was written at all, with what is known so far.
    var acknowledgedWriteCount: Int {
        operations.count { operation in
            if case .seen = operation.end { operation.kind == .write } else { false }
        }
    }

    var unknownWriteCount: Int {
        operations.count { $0.kind == .write && ($0.end == .unknown || $0.end == .pending) }
    }

    var readCount: Int {
        operations.count { operation in
            if case .seen = operation.end { operation.kind == .read } else { false }
        }
    }
}
