internal import Bytes

/// What consensus knows of its own log: the term of every entry that the disk holds, as runs, and
/// the last entries themselves.
struct LogView: Sendable {
    /// The entry before the first that the disk holds; its term is known.
    private(set) var base: EntryID
    /// What the newest snapshot covers.
    private(set) var snapshot: EntryID
    private(set) var last: EntryID
    private(set) var lastTime: ClusterTime
    var window: EntryWindow
    /// Runs over `base.index + 1 ... last.index`.
    private var runs: [TermRun]
    /// The first entry that was not handed out to be written yet.
    private var nextToWrite: LogIndex
    /// The last index to keep of what was handed out, when something after it was truncated.
    private var cut: LogIndex?

    init(_ recovered: RecoveredLog) {
        base = recovered.base
        snapshot = recovered.snapshot
        last = recovered.last
        lastTime = recovered.lastTime
        runs = recovered.runs
        window = EntryWindow(recovered.tail)
        nextToWrite = recovered.last.index.next
        cut = nil
        checkRecovered(recovered)
    }

    /// The term of the entry at `index`, nil when the log does not hold it; known for the base.
    ///
    /// - Complexity: O(1) at the ends, else O(log *n*) in the number of runs.
    func term(at index: LogIndex) -> Term? {
        if index == last.index { return last.term }
        if index == base.index { return base.term }
        guard index > base.index, index < last.index else { return nil }
        return runs[run(of: index)].term
    }

    /// Whether the log holds exactly this entry.
    func contains(_ id: EntryID) -> Bool { term(at: id.index) == id.term }

    /// Whether a log that ends with `other` has everything that may be committed here (3.6.1).
    func isCovered(by other: EntryID) -> Bool {
        if planted(.voteForShorterLog) { return true }
        return other >= last
    }

    /// Appends an entry that follows the last one.
    ///
    /// - Complexity: O(1) amortised.
    mutating func append(_ entry: Entry) {
        assert(entry.id.index == last.index.next && entry.id.term >= last.term)
        if runs.last?.term != entry.id.term {
            runs.append(TermRun(first: entry.id.index, term: entry.id.term))
        }
        last = entry.id
        lastTime = entry.time
        window.append(entry)
    }

    /// Drops every entry after `index`; the caller appends others at once, which set the time.
    mutating func truncate(after index: LogIndex) {
        guard let term = term(at: index), index < last.index else { return }
        while let run = runs.last, run.first > index { runs.removeLast() }
        last = EntryID(term: term, index: index)
        window.truncate(after: index)
        guard index.next < nextToWrite else { return }
        nextToWrite = index.next
        cut = min(cut ?? index, index)
    }

    /// The largest index, not after `hint.index`, whose term is not after `hint.term`: where two
    /// logs can still match when the other one says `hint` (etcd's skip by term).
    func lastPossibleMatch(_ hint: EntryID) -> EntryID {
        if hint.index >= last.index, last.term <= hint.term { return last }
        var index = min(hint.index, last.index)
        while index > base.index {
            let run = runs[run(of: index)]
            if run.term <= hint.term { return EntryID(term: run.term, index: index) }
            index = run.first.previous
        }
        return base
    }

    /// Entries from `index` on, as long as memory holds the first of them.
    func entries(from index: LogIndex, byteCountMax: Int, countMax: Int = .max) -> CachedEntries {
        guard index <= last.index else { return .cached([]) }
        guard let first = window.firstIndex, first <= index else { return .onDisk }
        return .cached(
            window.entries(from: index, byteCountMax: byteCountMax, countMax: countMax)
        )
    }

    /// What is to be written since the last call: first the cut, then the entries.
    mutating func takeWrites() -> (cut: LogIndex?, entries: [Entry]) {
        guard cut != nil || nextToWrite <= last.index else { return (nil, []) }
        let from = nextToWrite
        defer {
            cut = nil
            nextToWrite = last.index.next
        }
        guard from <= last.index else { return (cut, []) }
        return (cut, window.entries(from: from, byteCountMax: .max, countMax: .max))
    }

    /// The memory of entries through `index` may be reused once there are more bytes than `limit`.
    mutating func evict(through index: LogIndex, downTo limit: Int) {
        guard window.byteCount > limit else { return }
        window.evict(through: min(index, nextToWrite.previous), downTo: limit)
    }

    /// A snapshot was taken here, and the disk holds nothing through `forgotten` any more.
    mutating func snapshotTaken(_ id: EntryID, forgottenThrough forgotten: LogIndex) {
        invariant(contains(id) || id <= snapshot, "a snapshot of \(id) off the log")
        invariant(forgotten <= id.index, "forgot \(forgotten), the snapshot ends at \(id)")
        snapshot = max(snapshot, id)
        guard forgotten > base.index, let term = term(at: forgotten) else { return }
        base = EntryID(term: term, index: forgotten)
        let kept = forgotten < last.index ? run(of: forgotten.next) : runs.count
        runs.removeFirst(kept)
        if let first = runs.first, first.first <= forgotten {
            runs[0] = TermRun(first: forgotten.next, term: first.term)
        }
        window.evict(through: forgotten, downTo: 0)
    }

    /// The log begins anew after a snapshot that came from elsewhere.
    mutating func restart(after id: EntryID, time: ClusterTime) {
        assert(id > snapshot, "the log begins anew after \(id), the snapshot was \(snapshot)")
        base = id
        snapshot = id
        last = id
        lastTime = time
        runs = []
        window.removeAll()
        nextToWrite = id.index.next
        cut = nil
    }

    /// The position of the run that holds `index`, which lies after the base.
    private func run(of index: LogIndex) -> Int {
        var low = 0
        var high = runs.count - 1
        if high >= 0, runs[high].first <= index { return high }
        while low < high {
            let middle = (low + high + 1) / 2
            if runs[middle].first <= index { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// The first broken rule that costs a few comparisons.
    var brokenRule: RaftRule? {
        guard base.index <= snapshot.index, snapshot <= last, snapshot.index <= last.index,
            nextToWrite <= last.index.next
        else { return .logIsOrdered }
        guard let first = window.firstIndex else { return nil }
        let end = first.rawValue + UInt64(window.count) - 1
        return first > base.index && end == last.index.rawValue ? nil : .windowEndsAtLast
    }

    /// - Complexity: O(*n*) in the terms.
    var brokenScanRule: RaftRule? {
        guard window.isCounted else { return .windowIsCounted }
        guard let first = runs.first, let end = runs.last else {
            return base == last ? nil : .runsCoverLog
        }
        let covers =
            first.first == base.index.next && end.term == last.term && end.first <= last.index
            && zip(runs, runs.dropFirst()).allSatisfy { $0.first < $1.first && $0.term < $1.term }
        return covers ? nil : .runsCoverLog
    }

    /// Whether everything through `index` was handed out to be written.
    func wasHandedOut(through index: LogIndex) -> Bool { index < nextToWrite }

    private func checkRecovered(_ recovered: RecoveredLog) {
        invariant(
            base <= snapshot && snapshot <= last && snapshot.index <= last.index
                && base.index <= snapshot.index,
            "recovered base \(base), snapshot \(snapshot), last \(last)"
        )
        invariant(runs.isEmpty == (base.index == last.index), "runs do not cover the log")
        invariant(
            runs.first.map { $0.first == base.index.next } ?? true
                && runs.last.map { $0.term == last.term && $0.first <= last.index } ?? true,
            "runs do not reach from \(base) to \(last)"
        )
        for (run, next) in zip(runs, runs.dropFirst()) {
            invariant(run.first < next.first && run.term < next.term, "runs out of order")
        }
        invariant(
            recovered.tail.last.map { $0.id == last } ?? true,
            "the tail ends with \(String(describing: recovered.tail.last?.id)), not \(last)"
        )
    }
}

extension LogIndex {
    /// The position after this one.
    var next: LogIndex { LogIndex(rawValue: rawValue + 1) }

    /// The position before this one, which is not the first.
    var previous: LogIndex { LogIndex(rawValue: rawValue - 1) }
}
