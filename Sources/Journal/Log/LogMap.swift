internal import Bytes
internal import Consensus

/// What the log holds and where: terms as runs, and the place of one entry for every 64 KiB, so
/// that memory does not grow with the entries.
struct LogMap: Sendable {
    /// The distance between two points, in bytes of the log.
    private static let pointDistance = 64 << 10

    /// Where the record of one entry stands.
    struct Point: Hashable, Sendable {
        let index: LogIndex
        let position: LogPosition
        /// How many bytes of records stand before it, counted from the opening's first record.
        let logByteCount: Int
    }

    /// One segment of the log, and where the log left the one before.
    struct Segment: Hashable, Sendable {
        let number: UInt64
        let end: LogPosition
        /// The log's last entry before this segment.
        let last: EntryID
        /// The lowest index that a cut in this segment goes back to.
        var lowestCut = LogIndex.highest
    }

    /// The entry before the first that the log still holds.
    private(set) var base: EntryID
    private(set) var last: EntryID
    /// The terms of `base.index + 1` through `last.index`, rising.
    private(set) var runs: [TermRun] = []
    private(set) var segments: [Segment] = []
    /// Bytes of all records that were added.
    private(set) var byteCount = 0
    private var points: [Point] = []
    private var nextPointByteCount = 0

    init(base: EntryID) {
        self.base = base
        last = base
    }

    /// The term of an entry that the log holds, or of `base`; nil for any other.
    func term(at index: LogIndex) -> Term? {
        guard index >= base.index, index <= last.index else { return nil }
        guard index > base.index else { return base.term }
        var (low, high) = (0, runs.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if runs[middle].first <= index { low = middle } else { high = middle }
        }
        return runs[low].term
    }

    /// Whether the log holds that very entry, or has it as base.
    func holds(_ id: EntryID) -> Bool { term(at: id.index) == id.term }

    /// Adds the entry after `last`, whose record stands at `position`.
    mutating func append(_ id: EntryID, at position: LogPosition, byteCount: Int) {
        invariant(
            id.index.rawValue == last.index.rawValue + 1 && id.term >= last.term,
            "entry \(id) after \(last)"
        )
        if runs.last?.term != id.term { runs.append(TermRun(first: id.index, term: id.term)) }
        if self.byteCount >= nextPointByteCount {
            points.append(
                Point(index: id.index, position: position, logByteCount: self.byteCount)
            )
            nextPointByteCount = self.byteCount + Self.pointDistance
        }
        last = id
        self.byteCount += byteCount
    }

    /// The log goes on after `id`, which it holds.
    mutating func cut(after id: EntryID) {
        invariant(holds(id), "cut after \(id), which the log \(base)...\(last) does not hold")
        while let run = runs.last, run.first > id.index { runs.removeLast() }
        while let point = points.last, point.index > id.index { points.removeLast() }
        if let open = segments.indices.last {
            segments[open].lowestCut = min(segments[open].lowestCut, id.index)
        }
        last = id
        nextPointByteCount = byteCount
    }

    /// A snapshot took the place of all entries.
    mutating func restart(after id: EntryID) {
        base = id
        last = id
        runs = []
        points = []
        nextPointByteCount = byteCount
    }

    /// Counts a record that is not an entry.
    mutating func count(byteCount: Int) {
        invariant(byteCount > 0, "a record of \(byteCount) bytes")
        self.byteCount += byteCount
    }

    /// The log goes on in another segment.
    mutating func open(segment number: UInt64, after end: LogPosition) {
        invariant(number > segments.last?.number ?? 0, "segment \(number) after a later one")
        segments.append(Segment(number: number, end: end, last: last))
        nextPointByteCount = byteCount
    }

    /// The place of the last known entry at or before `index`; nil when the log forgot it.
    func point(atOrBefore index: LogIndex) -> LogPosition? {
        guard index > base.index, let first = points.first, first.index <= index else {
            return nil
        }
        return points[placeOfPoint(atOrBefore: index)].position
    }

    private func placeOfPoint(atOrBefore index: LogIndex) -> Int {
        var (low, high) = (0, points.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if points[middle].index <= index { low = middle } else { high = middle }
        }
        return low
    }

    /// Bytes of log after the entry at `index`, to within 64 KiB.
    func byteCount(after index: LogIndex) -> Int {
        guard let first = points.first else { return 0 }
        guard first.index <= index else { return byteCount - first.logByteCount }
        return byteCount - points[placeOfPoint(atOrBefore: index)].logByteCount
    }

    /// Where the log leaves a segment, and for which one; nil for the last.
    func successor(of segment: UInt64) -> Segment? {
        guard let place = segments.firstIndex(where: { $0.number == segment }) else { return nil }
        return place + 1 < segments.count ? segments[place + 1] : nil
    }

    /// Whether the segment is a part of the log still.
    func contains(segment number: UInt64) -> Bool {
        segments.contains { $0.number == number }
    }

    /// Forgets the segments that hold nothing after `index`, of those before `limit`, and gives
    /// their numbers. What is left can be followed from its first record: no cut in it goes back
    /// to before its beginning.
    mutating func forget(through index: LogIndex, before limit: UInt64) -> [UInt64] {
        var first = 0
        var lowestCut = LogIndex.highest
        for place in segments.indices.reversed() where place > 0 {
            let segment = segments[place]
            lowestCut = min(lowestCut, segment.lowestCut)
            guard segment.last.index <= min(index, lowestCut), segment.number <= limit else {
                continue
            }
            first = place
            break
        }
        guard first > 0 else { return [] }
        let forgotten = segments[..<first].map(\.number)
        segments.removeSubrange(..<first)
        if segments[0].last.index > base.index { rebase(to: segments[0].last) }
        points.removeAll { $0.position.segment < segments[0].number }
        return forgotten
    }

    private mutating func rebase(to id: EntryID) {
        invariant(id.index <= last.index, "a base \(id) after the last entry \(last)")
        base = id
        let covered = runs.lastIndex { $0.first.rawValue <= id.index.rawValue + 1 } ?? 0
        runs.removeSubrange(..<covered)
        guard let first = runs.first, first.first <= id.index else { return }
        let next = LogIndex(rawValue: id.index.rawValue + 1)
        if next > last.index {
            runs.removeFirst()
        } else {
            runs[0] = TermRun(first: next, term: first.term)
        }
    }
}

extension LogMap {
    /// The first of its rules that does not hold.
    ///
    /// - Complexity: O(*n*) in the runs and points.
    var brokenRule: JournalRule? {
        guard Self.cover(runs, from: base, through: last) else { return .runsCoverLog }
        let next = LogIndex(rawValue: base.index.rawValue + 1)
        let lead = points.first?.index ?? .highest
        let start = segments.first?.number ?? 0
        guard Self.rise(points, through: last), runs.isEmpty || lead <= next,
            points.first?.position.segment ?? start >= start
        else { return .pointsRise }
        return nil
    }

    /// Whether the runs give each entry after `base` through `last` its term, none falling.
    static func cover(_ runs: [TermRun], from base: EntryID, through last: EntryID) -> Bool {
        guard let firstRun = runs.first, let lastRun = runs.last else { return base == last }
        return runs.isRising { $0.first < $1.first && $0.term < $1.term }
            && firstRun.first.rawValue == base.index.rawValue + 1 && firstRun.term >= base.term
            && lastRun.first <= last.index && lastRun.term == last.term
    }

    /// Whether index, place and byte count rise from point to point, none of them after `last`.
    static func rise(_ points: [Point], through last: EntryID) -> Bool {
        points.last?.index ?? .zero <= last.index
            && points.isRising {
                $0.index < $1.index && $0.position < $1.position
                    && $0.logByteCount < $1.logByteCount
            }
    }
}
