internal import Bytes

extension Store {
    /// Whether the compare holds for every key of its range that has a value, or for a missing key
    /// if there is none.
    ///
    /// - Complexity: O(keys of the range)
    func isMet(_ compare: Transaction.Compare) -> Bool {
        if case .key(let key) = compare.range { return isMet(compare, by: key) }
        var isEmpty = true
        var walk = RangeWalk(records, range: compare.range)
        while walk.next() {
            guard walk.read(\.current.isLive) else { continue }
            isEmpty = false
            guard isMet(compare, by: walk.key) else { return false }
            if planted(.rangeCompareStopsAtFirst) { break }
        }
        return isEmpty ? compare.holds(for: nil, childVersion: 0) : true
    }

    private func isMet(_ compare: Transaction.Compare, by key: Key) -> Bool {
        guard case .childVersion = compare.target else {
            return compare.holds(for: get(key), childVersion: 0)
        }
        return compare.holds(for: get(key), childVersion: directory(key)?.childVersion ?? 0)
    }
}

extension Transaction.Compare {
    /// Whether the compare holds for a key as it is, nil when missing.
    fileprivate func holds(for record: KeyRecord?, childVersion: UInt64) -> Bool {
        switch target {
        case .version(let wanted): comparison.holds(record?.version ?? 0, wanted: wanted)
        case .createRevision(let wanted):
            comparison.holds(record?.createRevision ?? .zero, wanted: wanted)
        case .modRevision(let wanted):
            comparison.holds(record?.modRevision ?? .zero, wanted: wanted)
        case .lease(let wanted): comparison.holds(record?.lease?.rawValue ?? 0, wanted: wanted)
        case .exists(let wanted): comparison.holds(record == nil ? 0 : 1, wanted: wanted ? 1 : 0)
        case .childVersion(let wanted): comparison.holds(childVersion, wanted: wanted)
        case .value(let wanted):
            record.map {
                comparison.holds(ByteValue(bytes: $0.value), wanted: ByteValue(bytes: wanted))
            }
                ?? false
        }
    }
}

/// Values in the order of their bytes.
struct ByteValue: Comparable {
    let bytes: [UInt8]

    static func < (left: ByteValue, right: ByteValue) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension Transaction.Comparison {
    fileprivate func holds<Value: Comparable>(_ value: Value, wanted: Value) -> Bool {
        switch self {
        case .equal: value == wanted
        case .notEqual: value != wanted
        case .less: value < wanted
        case .greater: value > wanted
        }
    }
}
