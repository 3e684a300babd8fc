internal import Bytes

// Quotas of subtrees bound clients' keys alone. A write that would take what lies under one beyond it
// is refused as a whole, on every member alike, if it grows that; all quotas that cover a key count.

extension Keyspace {
    /// The quota of exactly that path, with what there is under it.
    package func quota(of path: Key) -> QuotaStanding? { store.quotas.standing(of: path) }

    /// At most `countMax` quotas after `path`, in the order of paths.
    package func quotas(after path: Key?, countMax: Int) -> [QuotaStanding] {
        store.quotas.standings(after: path, countMax: countMax)
    }

    /// How many quotas of subtrees there are.
    package var quotaCount: Int { store.quotas.count }

    /// Sets a quota, or removes it.
    ///
    /// - Complexity: O(keys below the path) for one that had none.
    mutating func changeQuota(_ change: QuotaChange) throws(Refusal) -> Outcome {
        switch change {
        case .set(let path, let quota):
            let known = store.quotas.standing(of: path)?.used
            guard known != nil || store.quotas.count < SubtreeQuota.countMax else {
                throw .tooManyQuotas(countMax: UInt64(SubtreeQuota.countMax))
            }
            let size = known ?? store.size(below: path)
            store.quotas.set(quota, at: path, size: size)
            return .quotaChanged(store.quotas.standing(of: path))
        case .remove(let path):
            guard store.quotas.remove(path) else { throw .notFound(.quota) }
            return .quotaChanged(nil)
        }
    }

    /// Throws where a value for the key would take a subtree beyond its quota.
    ///
    /// - Complexity: O(depth · log *n*), there being quotas.
    func checkSubtrees(for value: [UInt8], at key: Key) throws(Refusal) {
        let after = SubtreeSize(keyCount: 1, byteCount: key.bytes.count + value.count)
        let paths = store.quotas.paths(over: key)
        guard !paths.isEmpty else { return }
        let growth = after - store.size(of: key)
        for path in paths {
            if let refusal = store.quotas.refusal(of: growth, at: path) { throw refusal }
        }
    }

    /// The same for the next sequential child of a key.
    func checkSubtrees(for value: [UInt8], atChildOf parent: Key) throws(Refusal) {
        try checkSubtrees(for: value, at: nextChild(of: parent))
    }

    /// The same for puts, and keys that are deleted beside them.
    func checkSubtrees(
        for puts: [(key: Key, byteCount: Int)],
        deleting keys: [Key]
    ) throws(Refusal) {
        var growth = QuotaGrowth()
        for put in puts {
            let after = SubtreeSize(
                keyCount: 1,
                byteCount: put.key.bytes.count + put.byteCount
            )
            growth.add(after - store.size(of: put.key), at: put.key, under: store.quotas)
        }
        for key in keys {
            growth.add(SubtreeSize.none - store.size(of: key), at: key, under: store.quotas)
        }
        if let refusal = growth.refusals(by: store.quotas).first?.refusal { throw refusal }
    }

    /// Throws where one of these subtrees was grown beyond its quota by what was carried out since it
    /// was as `before` says.
    func checkSubtrees(_ paths: [Key], since before: QuotaTable) throws(Refusal) {
        for path in paths {
            guard let now = store.quotas.standing(of: path),
                let then = before.standing(of: path)
            else { continue }
            if let refusal = before.refusal(of: now.used - then.used, at: path) { throw refusal }
        }
    }
}

extension Store {
    /// What a key and its value count for.
    ///
    /// - Complexity: O(log *n*)
    func size(of key: Key) -> SubtreeSize {
        records.read(key.bytes) { record in
            record.current.isLive
                ? SubtreeSize(
                    keyCount: 1,
                    byteCount: key.bytes.count + record.current.head.valueByteCount
                ) : .none
        } ?? .none
    }

    /// What the keys at and below a path count for, the service's own left out.
    ///
    /// - Complexity: O(keys)
    func size(below path: Key) -> SubtreeSize {
        var size = SubtreeSize.none
        var walk = RangeWalk(records, range: .subtree(path))
        while walk.next() {
            let head = walk.read(\.current.head)
            guard head.isLive else { continue }
            size += SubtreeSize(
                keyCount: 1,
                byteCount: walk.key.bytes.count + head.valueByteCount
            )
        }
        return size
    }
}
