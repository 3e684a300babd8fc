internal import Bytes

// Which revision was in force at a time of day.

extension Store {
    /// How many pieces of the log are looked through for a time before it is estimated.
    private static let searchedPieceCountMax = 16

    /// A change whose time of day is known, and the cluster's time at it.
    private struct Dated {
        let wallTime: WallTime
        let time: ClusterTime

        /// What the wall clock showed at a later change, had it gone as the cluster's did.
        func estimate(at later: ClusterTime) -> WallTime {
            let elapsed = later.rawValue - min(time.rawValue, later.rawValue)
            let (sum, overflows) = wallTime.rawValue.addingReportingOverflow(elapsed)
            return overflows ? .max : WallTime(rawValue: sum)
        }
    }

    /// The newest revision whose changes were made at `time` or before, by the wall clock that the
    /// members share; revision 1 before the first change of a store that forgot nothing.
    ///
    /// What is deleted keeps no time of its own: a delete counts as made as long after the put
    /// before it as the cluster's clock says.
    ///
    /// - Throws: `.compacted` when history does not reach back so far.
    /// - Complexity: O(log pieces · piece) of the log of events, in which times rise.
    package func revision(at time: WallTime) throws(ReadRefusal) -> Revision {
        var (low, high) = (log.firstPiece, log.pieces.count)
        var anchor: Dated?
        while low < high {
            let middle = low + (high - low) / 2
            let found = dated(fromPiece: middle, before: high)
            let start =
                found?.wallTime ?? anchor?.estimate(at: log.pieces[middle].firstTime) ?? .unknown
            if start <= time {
                low = middle + 1
                anchor = found ?? anchor
            } else {
                high = middle
            }
        }
        let first = max(log.firstPiece, low - 1)
        var last = Revision.initial
        if first < log.pieces.count {
            last = lastRevision(notAfter: time, fromPiece: first, anchor: anchor) ?? last
        }
        guard last >= compactRevision else { throw .compacted(compactRevision) }
        return last
    }

    /// The first change from a piece on, before another, whose time is known.
    private func dated(fromPiece first: Int, before end: Int) -> Dated? {
        let last = min(end, first + Self.searchedPieceCountMax)
        guard last > first else { return nil }
        var position = log.position(of: log.pieces[first].first)
        while position.piece < last, let event = log.next(&position) {
            if let wallTime = wallTime(of: event) {
                return Dated(wallTime: wallTime, time: event.time)
            }
        }
        return nil
    }

    /// The last revision from a piece on that was made at `time` or before; nil where the first was
    /// made later.
    private func lastRevision(
        notAfter time: WallTime,
        fromPiece first: Int,
        anchor: Dated?
    ) -> Revision? {
        var position = log.position(of: log.pieces[first].first)
        var anchor = anchor.flatMap { $0.time <= log.pieces[first].firstTime ? $0 : nil }
        var last: Revision?
        while let event = log.next(&position), event.id.revision <= revision {
            let known = wallTime(of: event)
            let made = known ?? anchor?.estimate(at: event.time) ?? .unknown
            guard made <= time else { return last }
            if let known { anchor = Dated(wallTime: known, time: event.time) }
            last = event.id.revision
        }
        return last
    }

    /// When a put was made; nil for a delete, and for what was written before times were kept.
    private func wallTime(of event: LoggedEvent) -> WallTime? {
        guard event.kind == .put else { return nil }
        let archive = archive
        let head = records.read(event.key.bytes) {
            $0.head(at: event.id.revision, archive: archive)
        }
        guard let head = head ?? nil, head.modified != .unknown else { return nil }
        return head.modified
    }
}
