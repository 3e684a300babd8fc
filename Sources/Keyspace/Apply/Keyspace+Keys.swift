package import Bytes

// Commands on keys. `/.roost` is the service's own: nothing here writes it.

extension Keyspace {
    mutating func put(_ put: Put, in context: inout ApplyContext) throws(Refusal) -> Outcome {
        guard !put.key.isReserved else { throw .reservedKey(put.key) }
        // No method of the state's where there is nothing to look at: the whole of it would be copied
        // for the call.
        if put.value.count > settings.valueByteCountMax { try check(byteCount: put.value.count) }
        if put.condition != .none { try check(put.condition, key: put.key) }
        if settings.quotaByteCount > 0 { try checkRoom(for: put.value, at: put.key) }
        if !store.quotas.isEmpty { try checkSubtrees(for: put.value, at: put.key) }
        let lease = try attachment(put.lease, in: &context)
        store.begin(as: context.stamp, for: context.audience)
        let result = write(put.key, value: put.value, lease: lease, in: &context)
        commit(&context)
        return .put(result)
    }

    mutating func createChild(
        of parent: Key,
        value: [UInt8],
        lease: LeaseAttachment,
        in context: inout ApplyContext
    ) throws(Refusal) -> Outcome {
        guard !parent.isReserved else { throw .reservedKey(parent) }
        try check(byteCount: value.count)
        // A slash and the longest number, so that no later child can be too long either.
        let byteCount = parent.bytes.count + 1 + 20
        guard byteCount <= Key.byteCountMax else {
            throw .keyTooLong(byteCount: UInt64(byteCount))
        }
        if settings.quotaByteCount > 0 { try checkRoom(for: value, atChildOf: parent) }
        if !store.quotas.isEmpty { try checkSubtrees(for: value, atChildOf: parent) }
        let attached = try attachment(lease, in: &context)
        store.begin(as: context.stamp, for: context.audience)
        var key = parent.child(number: store.nextSequence(under: parent))
        // A client may have put a key of that form itself; each is stepped over once.
        while store.get(key) != nil {
            key = parent.child(number: store.nextSequence(under: parent))
        }
        let result = write(key, value: value, lease: attached, in: &context)
        commit(&context)
        return .created(key: key, result)
    }

    mutating func delete(
        _ range: KeyRange,
        condition: KeyCondition,
        in context: inout ApplyContext
    ) throws(Refusal) -> Outcome {
        try checkWritable(range)
        switch range {
        case .key(let key), .subtree(let key): try check(condition, key: key)
        case .interval: break
        }
        store.begin(as: context.stamp, for: context.audience)
        let count = UInt64(erase(range, in: &context).count)
        commit(&context)
        guard count > 0 else { throw .notFound(.key) }
        return .deleted(revision: store.revision, count: count)
    }

    /// Throws when the range begins inside the service's own records.
    func checkWritable(_ range: KeyRange) throws(Refusal) {
        guard range.beginsInsideReserved else { return }
        throw .reservedKey(Key(unchecked: range.lowerBound))
    }

    /// Throws when a value of that length is longer than the settings allow.
    func check(byteCount: Int) throws(Refusal) {
        guard byteCount <= settings.valueByteCountMax else {
            throw .valueTooLong(
                byteCount: UInt64(byteCount),
                byteCountMax: settings.valueByteCountMax
            )
        }
    }

    mutating func compact(to revision: Revision) throws(Refusal) -> Outcome {
        // Asking for what is so already is done; the history that went with it cannot come back.
        guard revision != store.compactRevision else { return .compacted(revision) }
        do throws(ReadRefusal) {
            try store.compact(to: revision)
            return .compacted(revision)
        } catch {
            throw Refusal(error)
        }
    }

    private func check(_ condition: KeyCondition, key: Key) throws(Refusal) {
        if planted(.conditionIgnored) { return }
        guard condition != .none else { return }
        let current = store.get(key)
        guard condition.holds(for: current) else {
            throw .conditionFailed(key: key, current: current)
        }
    }

    /// The revision up to which history is past its bounds of age, count and size; the leader
    /// proposes to compact to it.
    package func dueCompaction(at time: ClusterTime) -> Revision? {
        store.dueCompaction(at: time, keeping: settings)
    }
}

// MARK: - Inside an open change set

extension Keyspace {
    /// Writes a key and ties it to `lease`, or unties it.
    mutating func write(
        _ key: Key,
        value: [UInt8],
        lease: LeaseID?,
        in context: inout ApplyContext
    ) -> PutResult {
        let replacement = store.put(key, value: value, lease: lease)
        let before = replacement.previousLease
        if before != lease {
            if let lease { leases.attach(key, to: lease) }
            if planted(.overwrittenKeyStaysTied) { return replacement.result }
            if let before { detach(key, from: before, in: &context) }
        }
        return replacement.result
    }

    /// Deletes every key of a range, which is not the service's own; returns what there was.
    mutating func erase(_ range: KeyRange, in context: inout ApplyContext) -> [KeyRecord] {
        let removed = store.delete(range)
        detach(removed, in: &context)
        return removed
    }

    /// The same within a transaction.
    ///
    /// - Throws: `.tooManyLooks`, before anything of the range is deleted.
    mutating func erase(
        _ range: KeyRange,
        budget: inout TransactionBudget,
        in context: inout ApplyContext
    ) throws(Refusal) -> [KeyRecord] {
        let removed = try store.delete(range, budget: &budget)
        detach(removed, in: &context)
        return removed
    }

    @discardableResult
    mutating func erase(
        _ key: Key,
        cause: DeleteCause = .deleted,
        in context: inout ApplyContext
    ) -> UInt64 {
        guard let record = store.delete(key, cause: cause) else { return 0 }
        assert(!store.isLive(key), "a deleted key is still in force")
        if let lease = record.lease { detach(key, from: lease, in: &context) }
        return 1
    }

    private mutating func detach(_ removed: [KeyRecord], in context: inout ApplyContext) {
        for record in removed {
            if let lease = record.lease { detach(record.key, from: lease, in: &context) }
        }
    }

    private mutating func detach(_ key: Key, from id: LeaseID, in context: inout ApplyContext) {
        leases.detach(key, from: id)
        if leases[id]?.origin == .key { context.loosened.append(id) }
    }

    /// Closes the change set. A lease of a key's own to which nothing is tied now ends here and not
    /// sooner: a transaction may untie its last key and then tie another.
    mutating func commit(_ context: inout ApplyContext) {
        for lease in context.loosened where leases.firstKey(of: lease) == nil {
            if contests.firstContest(of: lease) == nil { leases.remove(lease) }
        }
        context.loosened.removeAll()
        context.gather(store.commit())
    }
}

extension KeyCondition {
    /// Whether the key as it is, nil when missing, meets the condition.
    fileprivate func holds(for current: KeyRecord?) -> Bool {
        switch self {
        case .none: true
        case .exists: current != nil
        case .absent: current == nil
        case .modRevision(let revision): current?.modRevision == revision
        case .oneOf(let revisions):
            current.map { revisions.names($0.modRevision) } ?? false
        case .noneOf(let revisions, let missing):
            current.map { !revisions.names($0.modRevision) } ?? (missing == .meets)
        }
    }
}

extension [Revision] {
    fileprivate func names(_ revision: Revision) -> Bool {
        if planted(.restOfListIgnored) { return first == revision }
        return contains(revision)
    }
}

extension Key {
    /// The sequential child of that number, ten digits or more.
    func child(number: UInt64) -> Key {
        var digits: [UInt8] = []
        var rest = number
        while rest > 0 || digits.count < 10 {
            digits.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        }
        return child(digits.reversed())
    }

    /// The key one level down by that segment, which must be a valid one.
    func child(_ segment: [UInt8]) -> Key {
        var bytes = self == .root ? [] : self.bytes
        bytes.append(UInt8(ascii: "/"))
        bytes.append(contentsOf: segment)
        return Key(unchecked: bytes)
    }
}
