internal import Bytes
package import Consensus

/// Entries on their way from the disk: a walk along the log from the last known place before the
/// asked index, in slices.
struct EntryLoading: Sendable {
    /// Read at a time; longer only for a record that is.
    private static let sliceByteCount = 256 << 10

    let id: LoadID
    let byteCountMax: Int
    /// The index that is looked for.
    fileprivate(set) var next: LogIndex
    fileprivate(set) var position: LogPosition
    fileprivate(set) var sliceByteCount = Self.sliceByteCount
    fileprivate(set) var entries: [Entry] = []
    fileprivate(set) var byteCount = 0

    init(id: LoadID, from next: LogIndex, at position: LogPosition, byteCountMax: Int) {
        self.id = id
        self.next = next
        self.position = position
        self.byteCountMax = byteCountMax
    }

    /// Whether no more is wanted.
    var isFilled: Bool { !entries.isEmpty && byteCount >= byteCountMax }

    /// Reads the next slice.
    var operation: DiskOperation {
        .read(.segment(position.segment), offset: position.offset, byteCount: sliceByteCount)
    }

    /// Takes the entry if it is the one that is looked for; false when it would be too much.
    fileprivate mutating func take(_ entry: Entry) -> Bool {
        invariant(entry.id.index == next, "entry \(entry.id) where \(next) was asked for")
        let total = byteCount + entry.payload.count
        guard entries.isEmpty || total <= byteCountMax else {
            byteCount = byteCountMax
            return false
        }
        entries.append(entry)
        byteCount = total
        next = LogIndex(rawValue: next.rawValue + 1)
        sliceByteCount = Self.sliceByteCount
        return true
    }

    fileprivate mutating func widen(to byteCount: Int) {
        sliceByteCount = max(Self.sliceByteCount, byteCount)
    }

    fileprivate mutating func moveOn(by byteCount: Int) {
        invariant(byteCount > 0, "a load that stands still at \(position)")
        position = LogPosition(segment: position.segment, offset: position.offset + byteCount)
        sliceByteCount = Self.sliceByteCount
    }
}

extension Journal {
    /// Asks for durable entries: at least one, and no more than `byteCountMax` bytes of payload
    /// unless the first alone is longer. Told by `Completed.loads`.
    ///
    /// - Returns: nil when the log does not hold `from`, or not durably yet.
    package mutating func load(from index: LogIndex, byteCountMax: Int) -> LoadID? {
        guard index <= durable.last.index, index <= map.last.index,
            let position = map.point(atOrBefore: index), position < durable.position
        else { return nil }
        lastLoad += 1
        let id = LoadID(rawValue: lastLoad)
        background.append(
            .load(EntryLoading(id: id, from: index, at: position, byteCountMax: byteCountMax))
        )
        return id
    }

    /// Takes in a slice, and goes on or ends the load.
    mutating func advance(
        _ loading: EntryLoading,
        reads: [[UInt8]],
        into completed: inout Completed
    ) {
        var loading = loading
        switch walk(&loading, through: reads.first ?? []) {
        case .goesOn: background.prepend(.load(loading))
        case .ended:
            completed.loads.append(
                EntriesLoaded(id: loading.id, result: .entries(loading.entries))
            )
        case .damaged(let damage):
            completed.loads.append(EntriesLoaded(id: loading.id, result: .damaged(damage)))
        }
    }

    private enum Step {
        case goesOn
        case ended
        case damaged(Damage)
    }

    /// Follows the records of one slice. What was cut off later still stands on the way: only an
    /// entry of the term that the log has at its index is taken.
    private func walk(_ loading: inout EntryLoading, through bytes: [UInt8]) -> Step {
        let segment = loading.position.segment
        let successor = map.successor(of: segment)
        let limit =
            segment == durable.position.segment
            ? durable.position.offset : successor?.end.offset ?? 0
        let start = loading.position.offset
        guard map.contains(segment: segment) else { return .ended }
        while loading.next <= map.last.index, !loading.isFilled {
            let offset = loading.position.offset
            guard offset < limit else { return hop(&loading, to: successor) }
            let record: Record
            do throws(RecordFault) {
                record = try Record(
                    decoding: bytes.span,
                    at: offset - start,
                    segment: segment,
                    offset: offset
                )
            } catch {
                return resume(&loading, after: error, sliceStart: start)
            }
            if record.kind == .entry, record.id.index == loading.next,
                map.term(at: record.id.index) == record.id.term
            {
                let entry = record.entry(in: bytes, at: offset - start)
                guard loading.take(entry) else { return .ended }
            }
            loading.moveOn(by: record.byteCount)
        }
        return .ended
    }

    private func hop(_ loading: inout EntryLoading, to successor: LogMap.Segment?) -> Step {
        guard let successor, successor.number <= durable.position.segment else { return .ended }
        loading.position = LogPosition(
            segment: successor.number,
            offset: SegmentHeader.byteCount
        )
        return .goesOn
    }

    /// Reads on when the slice ended within a record; anything else is damage, for all before
    /// the durable end was written whole.
    private func resume(
        _ loading: inout EntryLoading,
        after fault: RecordFault,
        sliceStart: Int
    ) -> Step {
        let place = loading.position
        let reason: Damage.Reason
        switch fault {
        case .truncated(let needed):
            if place.offset > sliceStart || loading.sliceByteCount < needed {
                loading.widen(to: needed)
                return .goesOn
            }
            reason = .truncated(byteCount: place.offset)
        case .blank: reason = .blank
        case .damaged(let damage): reason = damage
        }
        return .damaged(Damage(file: .segment(place.segment), offset: place.offset, reason: reason))
    }
}

extension Record {
    /// The entry whose record, this one, stands at `start` of `bytes`.
    func entry(in bytes: [UInt8], at start: Int) -> Entry {
        let payload = start + Self.headerByteCount
        return Entry(
            id: id,
            time: time,
            kind: entryKind,
            payload: Array(bytes[payload..<payload + payloadByteCount])
        )
    }
}
