internal import Bytes

extension Store {
    /// Whether the compare holds for every key of its range that has a value, or for a missing key
    /// if there is none.
    ///
    /// - Throws: `.tooManyLooks`.
    /// - Complexity: O(keys of the range); no value is copied.
    func isMet(
        _ compare: Transaction.Compare,
        budget: inout TransactionBudget
    ) throws(Refusal) -> Bool {
        if case .key(let key) = compare.range {
            return try isMet(compare, by: key, budget: &budget)
        }
        var isEmpty = true
        var walk = RangeWalk(records, range: compare.range)
        while walk.next() {
            try budget.look()
            let childVersion =
                compare.needsChildVersion
                ? try self.childVersion(of: walk.key, budget: &budget) : 0
            // One loan: each costs as much as the rest of a look.
            let reading = walk.read {
                compare.reading(on: $0.current, childVersion: childVersion)
            }
            guard let reading else { continue }
            isEmpty = false
            try budget.look(comparedByteCount: reading.comparedByteCount)
            guard reading.holds else { return false }
            if planted(.rangeCompareStopsAtFirst) { break }
        }
        return isEmpty ? compare.missing(childVersion: 0).holds : true
    }

    private func isMet(
        _ compare: Transaction.Compare,
        by key: Key,
        budget: inout TransactionBudget
    ) throws(Refusal) -> Bool {
        try budget.look()
        let childVersion =
            compare.needsChildVersion ? try self.childVersion(of: key, budget: &budget) : 0
        let reading =
            records.read(key.bytes) {
                compare.reading(on: $0.current, childVersion: childVersion)
            }.flatMap(\.self) ?? compare.missing(childVersion: childVersion)
        try budget.look(comparedByteCount: reading.comparedByteCount)
        return reading.holds
    }

    private func childVersion(
        of key: Key,
        budget: inout TransactionBudget
    ) throws(Refusal) -> UInt64 {
        try budget.look(TransactionBudget.directoryLookCount)
        return directories.read(DirectoryKey.key(of: key)) { $0.childVersion } ?? 0
    }
}

extension Transaction.Compare {
    /// What a compare comes to on one key.
    fileprivate struct Reading {
        let holds: Bool
        /// How many bytes of a value were compared at most.
        var comparedByteCount = 0
    }

    fileprivate var needsChildVersion: Bool {
        guard case .childVersion = target else { return false }
        return true
    }

    /// On a key's newest version; nil if that is its deletion.
    fileprivate func reading(on version: Version, childVersion: UInt64) -> Reading? {
        guard version.isLive else { return nil }
        switch target {
        case .version(let wanted): return reading(version.version, wanted: wanted)
        case .createRevision(let wanted): return reading(version.createRevision, wanted: wanted)
        case .modRevision(let wanted): return reading(version.modRevision, wanted: wanted)
        case .lease(let wanted): return reading(version.lease, wanted: wanted)
        case .exists(let wanted): return reading(1, wanted: wanted ? 1 : 0)
        case .childVersion(let wanted): return reading(childVersion, wanted: wanted)
        case .value(let wanted):
            return Reading(
                holds: comparison.holds(version.value.span.order(to: wanted.span)),
                comparedByteCount: min(version.value.count, wanted.count)
            )
        }
    }

    /// On a key without a value.
    fileprivate func missing(childVersion: UInt64) -> Reading {
        switch target {
        case .version(let wanted), .lease(let wanted): reading(0, wanted: wanted)
        case .createRevision(let wanted), .modRevision(let wanted): reading(.zero, wanted: wanted)
        case .exists(let wanted): reading(0, wanted: wanted ? 1 : 0)
        case .childVersion(let wanted): reading(childVersion, wanted: wanted)
        case .value: Reading(holds: false)
        }
    }

    private func reading<Value: Comparable>(_ value: Value, wanted: Value) -> Reading {
        let order: ByteOrder = value == wanted ? .equal : value < wanted ? .less : .greater
        return Reading(holds: comparison.holds(order))
    }
}

extension Transaction.Comparison {
    /// Whether it holds for what stands so to the target.
    fileprivate func holds(_ order: ByteOrder) -> Bool {
        switch self {
        case .equal: order == .equal
        case .notEqual: order != .equal
        case .less: order == .less
        case .greater: order == .greater
        }
    }
}
