internal import Bytes

extension Request {
    /// Whether every member would accept these values from the log: all counts and lengths within
    /// their bounds, all names valid. Decoding demands it, and so does applying a request that was
    /// never encoded, so that both ways give one answer. Keys are valid by their type.
    ///
    /// - Complexity: O(*n*) in the number of operations.
    var isWellFormed: Bool {
        guard fences.count <= Fence.countMax else { return false }
        guard fences.allSatisfy({ Contest.isValid(name: $0.lock) }) else { return false }
        if let idempotency {
            guard (1...IdempotencyStamp.keyByteCountMax).contains(idempotency.key.count),
                idempotency.fingerprint.count == IdempotencyStamp.fingerprintByteCount
            else { return false }
        }
        guard caller.isWellFormed, note.count <= Self.noteByteCountMax, note.span.isValidUTF8
        else { return false }
        return command.isWellFormed
    }
}

extension Command {
    fileprivate var isWellFormed: Bool {
        switch self {
        case .put(let put):
            put.value.count <= ClusterSettings.valueByteCountLimit && put.condition.isWellFormed
        case .createChild(let parent, let value, _):
            parent.isPath && value.count <= ClusterSettings.valueByteCountLimit
        case .transaction(let transaction): transaction.isWellFormed
        case .keepAlive(let leases): leases.count <= Self.keepAliveCountMax
        case .acquire(let acquisition): acquisition.isWellFormed
        case .abandon(let contest, _, _), .release(let contest, _):
            Contest.isValid(name: contest.name)
        case .proclaim(let election, _, let value):
            Contest.isValid(name: election) && value.count <= ClusterSettings.valueByteCountLimit
        case .delete(let range, let condition): range.isWellFormed(with: condition)
        case .writeTree(let write): write.isWellFormed
        case .grantLease(let lease, _): lease?.isValid ?? true
        case .changeSettings(let change): change.isWellFormed
        case .orderMembers(let step): step.isWellFormed
        case .changeAccess(let change): change.isWellFormed
        case .changeQuota(let change): change.isWellFormed
        case .changeGuard(let change): change.isWellFormed
        case .handOver(let election, _, _, let milliseconds):
            Contest.isValid(name: election) && milliseconds <= LockTerms.millisecondsMax
        case .count(let name, let change): Contest.isValid(name: name) && change.isWellFormed
        case .queue(let request): request.isWellFormed
        case .barrier(let request): request.isWellFormed
        case .raiseFeatureLevel(let number): (2...FeatureLevel.limit).contains(number)
        case .revokeLease, .compact, .setWallClock, .holdFeatureLevel: true
        }
    }
}

extension KeyCondition {
    /// Rising revisions have one order, so that a condition has one form.
    fileprivate var isWellFormed: Bool {
        switch self {
        case .none, .exists, .absent, .modRevision: true
        case .oneOf(let revisions), .noneOf(let revisions, _):
            revisions.count <= Self.revisionCountMax
                && zip(revisions, revisions.dropFirst()).allSatisfy { $0 < $1 }
        }
    }
}

extension KeyRange {
    /// Bounds that a key may have.
    var isWellFormed: Bool {
        guard case .interval(let from, let to) = self else { return true }
        return from.count <= Self.boundByteCountMax && to?.count ?? 0 <= Self.boundByteCountMax
    }

    /// An interval names no key that a condition could be about.
    fileprivate func isWellFormed(with condition: KeyCondition) -> Bool {
        guard case .interval = self else { return condition.isWellFormed }
        return isWellFormed && condition == .none
    }
}

extension LeaseID {
    /// Whether a caller may choose it.
    fileprivate var isValid: Bool { rawValue > 0 && self <= .max }
}

extension SettingsChange {
    /// Rising names have one order, so that a change has one form.
    fileprivate var isWellFormed: Bool {
        items.allSatisfy { $0.name.range.contains($0.value) }
            && zip(items, items.dropFirst()).allSatisfy { $0.name.rawValue < $1.name.rawValue }
    }
}

extension TreeWrite {
    fileprivate var isWellFormed: Bool {
        guard root.isPath, edits.count <= Self.editCountMax else { return false }
        if case .oneOf(let tags) = condition, tags.count > Tag.countMax { return false }
        return edits.allSatisfy { edit in
            guard edit.key.isPath, edit.key.isAtOrBelow(root) else { return false }
            switch edit {
            case .value(_, let value), .leaf(_, let value):
                return value.count <= ClusterSettings.valueByteCountLimit
            case .directory, .removal, .valueRemoval: return true
            }
        }
    }
}

extension Transaction {
    fileprivate var isWellFormed: Bool { isWellFormed(depth: 1) }

    private func isWellFormed(depth: Int) -> Bool {
        guard depth <= Self.depthMax,
            compares.count <= ClusterSettings.transactionOperationCountLimit,
            then.count <= ClusterSettings.transactionOperationCountLimit,
            otherwise.count <= ClusterSettings.transactionOperationCountLimit
        else { return false }
        return compares.allSatisfy(\.isWellFormed)
            && then.allSatisfy { Self.isWellFormed($0, depth: depth) }
            && otherwise.allSatisfy { Self.isWellFormed($0, depth: depth) }
    }

    private static func isWellFormed(_ operation: Operation, depth: Int) -> Bool {
        switch operation {
        case .put(let put):
            guard case .bytes(let value) = put.value else { return true }
            return value.count <= ClusterSettings.valueByteCountLimit
        case .get(let query): return query.range.isWellFormed
        case .delete(let range, _): return range.isWellFormed
        case .transaction(let nested): return nested.isWellFormed(depth: depth + 1)
        }
    }
}

extension Transaction.Compare {
    fileprivate var isWellFormed: Bool {
        guard case .value(let value) = target else { return range.isWellFormed }
        return range.isWellFormed && value.count <= ClusterSettings.valueByteCountLimit
    }
}

extension LockRequest {
    /// Leadership is never shared.
    fileprivate var isWellFormed: Bool {
        Contest.isValid(name: contest.name)
            && owner.count <= Self.ownerByteCountMax
            && value.count <= ClusterSettings.valueByteCountLimit
            && info.count <= Self.infoByteCountMax
            && (contest.kind == .lock || mode == .exclusive)
            && terms.isWellFormed(in: mode, of: contest.kind)
    }
}
