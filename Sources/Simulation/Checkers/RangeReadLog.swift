package import Keyspace

/// Reads of ranges that ask for an order, a limit, bounds or an earlier revision, held against what
/// history has at the revision that they were told.
package struct RangeReadLog: Sendable {
    /// A record as it was told.
    package struct Found: Hashable, Sendable {
        package let key: Int
        /// 0 where values were not asked for.
        package let value: UInt64
        package let modRevision: UInt64
        package let createRevision: UInt64
        package let version: UInt64

        package init(
            key: Int,
            value: UInt64,
            modRevision: UInt64,
            createRevision: UInt64,
            version: UInt64
        ) {
            self.key = key
            self.value = value
            self.modRevision = modRevision
            self.createRevision = createRevision
            self.version = version
        }
    }

    fileprivate struct Read: Sendable {
        let query: RangeQuery
        let keys: [Int]
        let revision: UInt64
        let found: [Found]
        let count: UInt64
        let hasMore: Bool
    }

    private var reads: [Read] = []

    /// Nobody has read.
    package init() {}

    /// How many reads there were.
    package var count: Int { reads.count }

    /// A read was answered.
    ///
    /// - Parameters:
    ///   - keys: those that the range has, in the order of bytes.
    ///   - revision: of the store as it was read, unless the query names one.
    ///   - found: in the order in which they were told.
    package mutating func append(
        _ query: RangeQuery,
        keys: [Int],
        revision: UInt64,
        found: [Found],
        count: UInt64,
        hasMore: Bool
    ) {
        let past = query.revision.rawValue
        reads.append(
            Read(
                query: query,
                keys: keys,
                revision: past == 0 ? revision : past,
                found: found,
                count: count,
                hasMore: hasMore
            )
        )
    }

    /// - Complexity: O(*n* · keys · log changes)
    package func check(against timeline: Timeline) -> [Finding] {
        let keyed = KeyedTimeline(timeline)
        return reads.filter { !$0.agrees(with: keyed) }
            .map { .rangeReadDiffers(revision: $0.revision) }
    }
}

extension RangeReadLog.Read {
    fileprivate func agrees(with history: KeyedTimeline) -> Bool {
        let all = keys.compactMap { key in
            history.moment(of: key, at: revision).map { moment in
                RangeReadLog.Found(
                    key: key,
                    value: moment.value,
                    modRevision: moment.revision,
                    createRevision: moment.createRevision,
                    version: moment.version
                )
            }
        }
        guard count == UInt64(all.count) else { return false }
        guard query.content != .count else { return found.isEmpty && !hasMore }
        var wanted = sorted(
            all.filter {
                Self.isWithin($0.modRevision, bounds: query.modBounds)
                    && Self.isWithin($0.createRevision, bounds: query.createBounds)
            }
        )
        let isCut = query.limit > 0 && UInt64(wanted.count) > query.limit
        if isCut { wanted.removeLast(wanted.count - Int(query.limit)) }
        return hasMore == isCut && found == (query.content == .keys ? wanted.map(\.bare) : wanted)
    }

    /// Those of one rank stay in the order of keys; the other direction turns all of it round.
    private func sorted(_ records: [RangeReadLog.Found]) -> [RangeReadLog.Found] {
        let places = records.indices.sorted { left, right in
            let (one, other) = (records[left], records[right])
            switch query.field {
            case .key: return left < right
            case .version: return (one.version, left) < (other.version, right)
            case .createRevision: return (one.createRevision, left) < (other.createRevision, right)
            case .modRevision: return (one.modRevision, left) < (other.modRevision, right)
            case .value:
                let bytes = (KeySpaces.encode(one.value), KeySpaces.encode(other.value))
                return bytes.0.lexicographicallyPrecedes(bytes.1)
            }
        }
        let inOrder = places.map { records[$0] }
        return query.direction == .ascending ? inOrder : inOrder.reversed()
    }

    private static func isWithin(_ revision: UInt64, bounds: RangeQuery.RevisionBounds) -> Bool {
        (bounds.min == .zero || revision >= bounds.min.rawValue)
            && (bounds.max == .zero || revision <= bounds.max.rawValue)
    }
}

extension RangeReadLog.Found {
    /// Without its value.
    fileprivate var bare: RangeReadLog.Found {
        RangeReadLog.Found(
            key: key,
            value: 0,
            modRevision: modRevision,
            createRevision: createRevision,
            version: version
        )
    }
}
