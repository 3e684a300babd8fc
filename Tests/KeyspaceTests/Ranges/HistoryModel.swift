import Bytes

@testable import Keyspace

/// Every state that there was, each as a sorted array of records: what ranges, queries and
/// transactions mean, in code that hides nothing.
struct HistoryModel {
    /// By revision, each in the order of keys; a store begins at revision 1.
    private(set) var states: [[KeyRecord]] = [[], []]
    /// How often a child of each came or went.
    private(set) var childVersions: [Key: UInt64] = [:]
    /// The oldest revision that can be read; 0 before any compaction.
    var compactRevision: UInt64 = 0
    /// The state that is being made.
    private var open: [KeyRecord]?
    private(set) var changes: [Event] = []
    /// What the changes that are being made are marked with.
    private var marks = Provenance()

    var revision: Revision { Revision(rawValue: UInt64(states.count - 1)) }

    /// As it is, changes that are being made included.
    var current: [KeyRecord] { open ?? states[states.count - 1] }

    // MARK: Changes

    mutating func begin(_ marks: Provenance) {
        open = current
        changes = []
        self.marks = marks
    }

    /// Keeps what was changed; without any change, there is no new revision.
    mutating func commit() {
        if let open, !changes.isEmpty { states.append(open) }
        open = nil
    }

    @discardableResult
    mutating func put(_ key: Key, value: [UInt8], lease: LeaseID?) -> KeyRecord {
        let before = current.first { $0.key == key }
        let record = KeyRecord(
            key: key,
            value: value,
            createRevision: before?.createRevision ?? revision.next,
            modRevision: revision.next,
            version: (before?.version ?? 0) + 1,
            lease: lease,
            provenance: Provenance(
                created: before?.provenance.created ?? marks.modified,
                modified: marks.modified,
                author: marks.author,
                note: marks.note
            )
        )
        var records = current.filter { $0.key != key }
        records.append(record)
        records.sort { $0.key < $1.key }
        change(.put(record), previous: before, records: records)
        return record
    }

    @discardableResult
    mutating func delete(_ key: Key, cause: DeleteCause = .deleted) -> KeyRecord? {
        guard let before = current.first(where: { $0.key == key }) else { return nil }
        change(
            .delete(key, cause),
            previous: before,
            records: current.filter { $0.key != key }
        )
        return before
    }

    mutating func delete(_ range: KeyRange) -> [KeyRecord] {
        current.filter { Self.contains($0.key, in: range) }.compactMap { delete($0.key) }
    }

    private mutating func change(
        _ change: Event.Change,
        previous: KeyRecord?,
        records: [KeyRecord]
    ) {
        let id = EventID(revision: revision.next, sub: UInt32(changes.count))
        changes.append(Event(id: id, change: change, previous: previous))
        if records.count != current.count {
            let (before, after) = (Self.paths(current), Self.paths(records))
            for path in before.symmetricDifference(after) {
                guard let parent = path.parent else { continue }
                childVersions[parent, default: 0] += 1
            }
        }
        open = records
    }

    // MARK: Words

    /// Whether the key is in the range; the service's own are only where it begins inside them.
    static func contains(_ key: Key, in range: KeyRange) -> Bool {
        if isReserved(key.bytes), !isReserved(range.lowerBound) { return false }
        switch range {
        case .key(let wanted): return key.bytes == wanted.bytes
        case .subtree(let root):
            if root.bytes == bytes("/") { return key.bytes.first == UInt8(ascii: "/") }
            return key == root || key.bytes.starts(with: root.bytes + bytes("/"))
        case .interval(let from, let to):
            if key.bytes.lexicographicallyPrecedes(from) { return false }
            guard let to else { return true }
            return key.bytes.lexicographicallyPrecedes(to)
        }
    }

    static func isReserved(_ key: [UInt8]) -> Bool {
        key == bytes("/.roost") || key.starts(with: bytes("/.roost/"))
    }

    /// Whether the bytes are a path, told segment by segment.
    static func isPath(_ key: Key) -> Bool {
        if key.bytes == bytes("/") { return true }
        guard key.bytes.first == UInt8(ascii: "/"), !key.bytes.contains(0),
            String(validating: key.bytes, as: UTF8.self) != nil
        else { return false }
        let segments = key.bytes.dropFirst().split(
            separator: UInt8(ascii: "/"),
            omittingEmptySubsequences: false
        )
        return segments.allSatisfy { segment in
            !segment.isEmpty && Array(segment) != bytes(".") && Array(segment) != bytes("..")
        }
    }

    /// Every path with a record, and what lies above each; the root is above all.
    static func paths(_ records: [KeyRecord]) -> Set<Key> {
        var paths: Set<Key> = []
        for record in records where isPath(record.key) {
            var path: Key? = record.key
            while let next = path {
                paths.insert(next)
                path = next.parent
            }
        }
        return paths
    }
}

// MARK: - Reads

extension HistoryModel {
    /// The state that a query is about, or why it cannot be read.
    func state(at asked: Revision) throws(ReadRefusal) -> [KeyRecord] {
        if asked == .zero { return current }
        guard asked <= revision else {
            throw .futureRevision(asked: asked, current: revision)
        }
        guard asked.rawValue >= compactRevision else {
            throw .compacted(Revision(rawValue: compactRevision))
        }
        return states[Int(asked.rawValue)]
    }

    /// What a query finds.
    func read(_ query: RangeQuery) throws(ReadRefusal) -> RangeResult {
        let all = try state(at: query.revision).filter { Self.contains($0.key, in: query.range) }
        if query.content == .count {
            return RangeResult(records: [], count: UInt64(all.count), hasMore: false)
        }
        var found = all.filter { record in
            Self.isWithin(record.modRevision, bounds: query.modBounds)
                && Self.isWithin(record.createRevision, bounds: query.createBounds)
        }
        found.sort { left, right in
            // Keys of one rank stay in the order of keys.
            switch query.field {
            case .key: left.key < right.key
            case .version: (left.version, left.key) < (right.version, right.key)
            case .createRevision:
                (left.createRevision, left.key) < (right.createRevision, right.key)
            case .modRevision: (left.modRevision, left.key) < (right.modRevision, right.key)
            case .value:
                left.value == right.value
                    ? left.key < right.key : left.value.lexicographicallyPrecedes(right.value)
            }
        }
        if query.direction == .descending { found.reverse() }
        let isCut = query.limit > 0 && UInt64(found.count) > query.limit
        if isCut { found = Array(found[..<Int(query.limit)]) }
        if query.content == .keys { found = found.map(\.withoutValue) }
        return RangeResult(records: found, count: UInt64(all.count), hasMore: isCut)
    }

    private static func isWithin(_ revision: Revision, bounds: RangeQuery.RevisionBounds) -> Bool {
        if bounds.min.rawValue > 0, revision < bounds.min { return false }
        if bounds.max.rawValue > 0, revision > bounds.max { return false }
        return true
    }

    /// How many keys of the range there are, and the newest of their revisions.
    func tag(of range: KeyRange) -> TreeWrite.Tag {
        let records = current.filter { Self.contains($0.key, in: range) }
        return TreeWrite.Tag(
            modRevision: records.map(\.modRevision).max() ?? .zero,
            keyCount: UInt64(records.count)
        )
    }
}

extension KeyRecord {
    /// The record as a query of keys tells it.
    var withoutValue: KeyRecord {
        KeyRecord(
            key: key,
            value: [],
            createRevision: createRevision,
            modRevision: modRevision,
            version: version,
            lease: lease,
            provenance: provenance
        )
    }
}
