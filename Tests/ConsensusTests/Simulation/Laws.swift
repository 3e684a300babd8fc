import Bytes
import Consensus

/// What must hold in every history (dissertation, figure 3.2), seen from outside all members.
struct Laws {
    /// A law that a history broke.
    enum Violation: Hashable {
        case electionSafety(Term)
        case logMatching(EntryID)
        case leaderCompleteness(LogIndex, leader: Term)
        case stateMachineSafety(LogIndex)
        case staleRead(index: LogIndex, floor: LogIndex)
        case clockWentBack(LogIndex)
    }

    private struct Known {
        let entry: Entry
        let previous: Term
    }

    private struct Committed {
        let entry: Entry
        /// A term in which it was committed, or a later one.
        let seenIn: Term
    }

    private(set) var violations: [Violation] = []
    private(set) var electionCount = 0
    private(set) var readCount = 0
    private var leaders: [Term: MemberID] = [:]
    private var known: [EntryID: Known] = [:]
    private var committed: [Committed] = []

    /// Everything through here was applied somewhere.
    var committedIndex: LogIndex { LogIndex(rawValue: UInt64(committed.count)) }

    func committedEntry(at index: LogIndex) -> Entry? {
        index > .zero && index <= committedIndex ? committed[Int(index.rawValue) - 1].entry : nil
    }

    /// At most one leader a term, whose log holds everything committed in earlier terms.
    mutating func elected(
        _ leader: MemberID,
        in term: Term,
        termAt: (LogIndex) -> Term?,
        base: LogIndex
    ) {
        electionCount += 1
        if let other = leaders[term], other != leader { violations.append(.electionSafety(term)) }
        leaders[term] = leader
        for (offset, known) in committed.enumerated() where known.seenIn < term {
            let index = LogIndex(rawValue: UInt64(offset + 1))
            guard index > base else { continue }
            if termAt(index) != known.entry.id.term {
                violations.append(.leaderCompleteness(index, leader: term))
                return
            }
        }
    }

    /// Two logs with the same entry agree on it and, by induction, on all before it.
    mutating func appended(_ entries: [Entry], after previous: Term) {
        var previous = previous
        for entry in entries {
            if let other = known[entry.id] {
                if other.entry != entry || other.previous != previous {
                    violations.append(.logMatching(entry.id))
                }
            } else {
                known[entry.id] = Known(entry: entry, previous: previous)
            }
            previous = entry.id.term
        }
    }

    /// No two members apply different entries at one index, and time never goes back.
    mutating func applied(_ entry: Entry, in term: Term) {
        if let other = committedEntry(at: entry.id.index) {
            if other != entry { violations.append(.stateMachineSafety(entry.id.index)) }
            return
        }
        if entry.id.index.rawValue != UInt64(committed.count) + 1 {
            violations.append(.stateMachineSafety(entry.id.index))
            return
        }
        if let last = committed.last, last.entry.time > entry.time {
            violations.append(.clockWentBack(entry.id.index))
        }
        committed.append(Committed(entry: entry, seenIn: term))
    }

    /// A read is served at or after everything that was applied anywhere when it came.
    mutating func answered(index: LogIndex, floor: LogIndex) {
        readCount += 1
        if index < floor { violations.append(.staleRead(index: index, floor: floor)) }
    }
}
