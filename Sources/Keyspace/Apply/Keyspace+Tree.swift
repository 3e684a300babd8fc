internal import Bytes

// Whole subtrees, written at one revision.

extension Keyspace {
    mutating func carryOut(
        _ write: TreeWrite,
        in context: inout ApplyContext
    ) throws(Refusal) -> Outcome {
        let plan = try plan(write)
        store.begin(as: context.stamp, for: context.audience)
        for key in plan.deletes { erase(key, in: &context) }
        for put in plan.puts {
            _ = self.write(put.key, value: put.value, lease: nil, in: &context)
        }
        commit(&context)
        return .treeWritten(
            TreeResult(
                revision: store.revision,
                createdCount: UInt64(plan.puts.count { $0.isNew }),
                changedCount: UInt64(plan.puts.count { !$0.isNew }),
                deletedCount: UInt64(plan.deletes.count)
            )
        )
    }

    /// What the write would change if it came now; nothing is changed.
    ///
    /// - Complexity: O(keys of the subtree + edits · log *n*)
    package func changes(of write: TreeWrite) throws(Refusal) -> TreeChanges {
        let plan = try plan(write)
        return TreeChanges(
            created: plan.puts.filter(\.isNew).map(\.key),
            changed: plan.puts.filter { !$0.isNew }.map(\.key),
            deleted: plan.deletes
        )
    }

    /// What a tree's writing does, key by key.
    private struct TreePlan {
        struct Put {
            let key: Key
            let value: [UInt8]
            let isNew: Bool
        }

        /// In the order of keys; those that have the value already are not among them.
        var puts: [Put] = []
        /// What the puts grow keys and values by, in bytes; negative where they shrink them.
        var growth = 0
        /// In the order of keys.
        var deletes: [Key] = []
    }

    private func plan(_ write: TreeWrite) throws(Refusal) -> TreePlan {
        guard !write.root.isReserved else { throw .reservedKey(write.root) }
        let range = KeyRange.subtree(write.root)
        try check(write.condition, of: range, root: write.root)
        var values = SortedMap<Key, [UInt8]>()
        var gone = SortedMap<Key, Void>()
        for edit in write.edits {
            guard !edit.key.isReserved else { throw .reservedKey(edit.key) }
            switch edit {
            case .value(let key, let value), .leaf(let key, let value):
                try check(byteCount: value.count)
                guard values.insert(value, for: key) == nil else { throw .duplicatePut(key) }
                if case .leaf = edit { gone.insert(store.liveKeys(in: .subtree(key))) }
            case .directory(let key):
                if store.childCount(of: key) == 0, store.isLive(key) { gone.insert((), for: key) }
            case .removal(let key): gone.insert(store.liveKeys(in: .subtree(key)))
            case .valueRemoval(let key): if store.isLive(key) { gone.insert((), for: key) }
            }
        }
        if write.mode == .replace, !planted(.treeKeepsRest) {
            gone.insert(store.liveKeys(in: range))
        }
        var plan = TreePlan()
        for element in values.elements {
            gone.remove(element.key)
            let current = store.get(element.key)
            guard current?.value != element.value else { continue }
            plan.puts.append(
                .init(key: element.key, value: element.value, isNew: current == nil)
            )
            let before = current.map { $0.key.bytes.count + $0.value.count } ?? 0
            plan.growth += element.key.bytes.count + element.value.count - before
        }
        plan.deletes = gone.elements.map(\.key)
        if settings.quotaByteCount > 0 {
            try checkRoom(growth: plan.growth, deleting: plan.deletes)
        }
        if !store.quotas.isEmpty {
            let puts = plan.puts.map { (key: $0.key, byteCount: $0.value.count) }
            try checkSubtrees(for: puts, deleting: plan.deletes)
        }
        return plan
    }

    private func check(
        _ condition: TreeWrite.Condition,
        of range: KeyRange,
        root: Key
    ) throws(Refusal) {
        guard condition != .none else { return }
        let current: TreeWrite.Tag
        do throws(ReadRefusal) { current = try store.tag(of: range) } catch {
            throw Refusal(error)
        }
        let holds =
            switch condition {
            case .none: true
            case .exists: current.keyCount > 0
            case .absent: current.keyCount == 0
            case .oneOf(let tags): tags.contains(current)
            }
        guard holds else { throw .treeChanged(root: root, current: current) }
    }
}

extension SortedMap<Key, Void> {
    fileprivate mutating func insert(_ keys: [Key]) {
        for key in keys { insert((), for: key) }
    }
}
