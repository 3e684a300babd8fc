package import Bytes

// Commands on keys. `/.roost` is the service's own: nothing here writes it.

extension Keyspace {
    mutating func put(_ put: Put, in context: inout ApplyContext) throws(Refusal) -> Outcome {
        guard !put.key.isAtOrBelow(.reserved) else { throw .reservedKey(put.key) }
        try check(put.condition, key: put.key)
        let lease = try attachment(put.lease, context: context)
        store.begin(at: context.time, for: context.audience)
        let result = write(put.key, value: put.value, lease: lease, in: &context)
        commit(&context)
        return .put(result)
    }

    mutating func createChild(
        of parent: Path,
        value: [UInt8],
        lease: LeaseAttachment,
        in context: inout ApplyContext
    ) throws(Refusal) -> Outcome {
        guard !parent.isAtOrBelow(.reserved) else { throw .reservedKey(parent) }
        // A slash and the longest number, so that no later child can be too long either.
        let byteCount = parent.bytes.count + 1 + 20
        guard byteCount <= Path.byteCountMax else {
            throw .keyTooLong(byteCount: UInt64(byteCount))
        }
        let attached = try attachment(lease, context: context)
        store.begin(at: context.time, for: context.audience)
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
        _ key: Path,
        extent: Extent,
        condition: KeyCondition,
        in context: inout ApplyContext
    ) throws(Refusal) -> Outcome {
        guard !key.isAtOrBelow(.reserved) else { throw .reservedKey(key) }
        try check(condition, key: key)
        store.begin(at: context.time, for: context.audience)
        let count = erase(key, extent: extent, in: &context)
        commit(&context)
        guard count > 0 else { throw .notFound(.key) }
        return .deleted(revision: store.revision, count: count)
    }

    mutating func compact(to revision: Revision) throws(Refusal) -> Outcome {
        // Asking for what is so already is done; the history that went with it cannot come back.
        guard revision != store.compactRevision else { return .compacted(revision) }
        do throws(ReadRefusal) {
            try store.compact(to: revision)
            return .compacted(revision)
        } catch {
            switch error {
            case .compacted(let oldest): throw .compacted(oldest)
            case .futureRevision(let asked, let current):
                throw .futureRevision(asked: asked, current: current)
            }
        }
    }

    private func check(_ condition: KeyCondition, key: Path) throws(Refusal) {
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
        store.dueCompaction(at: time)
    }
}

// MARK: - Inside an open change set

extension Keyspace {
    /// Writes a key and ties it to `lease`, or unties it.
    mutating func write(
        _ key: Path,
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

    /// Deletes a key, or it and everything below it; returns how many there were.
    mutating func erase(_ key: Path, extent: Extent, in context: inout ApplyContext) -> UInt64 {
        switch extent {
        case .key: return erase(key, in: &context)
        case .subtree:
            let removed = store.deleteSubtree(key)
            for record in removed {
                if let lease = record.lease { detach(record.key, from: lease, in: &context) }
            }
            return UInt64(removed.count)
        }
    }

    @discardableResult
    mutating func erase(_ key: Path, in context: inout ApplyContext) -> UInt64 {
        guard let record = store.delete(key) else { return 0 }
        assert(!store.isLive(key), "a deleted key is still in force")
        if let lease = record.lease { detach(key, from: lease, in: &context) }
        return 1
    }

    private mutating func detach(_ key: Path, from id: LeaseID, in context: inout ApplyContext) {
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

extension Path {
    /// The sequential child of that number, ten digits or more.
    fileprivate func child(number: UInt64) -> Path {
        var digits: [UInt8] = []
        var rest = number
        while rest > 0 || digits.count < 10 {
            digits.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        }
        return child(digits.reversed())
    }

    /// The key one level down by that segment, which must be a valid one.
    func child(_ segment: [UInt8]) -> Path {
        var bytes = self == .root ? [] : self.bytes
        bytes.append(UInt8(ascii: "/"))
        bytes.append(contentsOf: segment)
        return Path(unchecked: bytes)
    }
}
