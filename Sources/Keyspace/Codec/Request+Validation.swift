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
        return command.isWellFormed
    }
}

extension Command {
    fileprivate var isWellFormed: Bool {
        switch self {
        case .put(let put):
            put.value.count <= Self.valueByteCountMax && put.condition.isWellFormed
        case .createChild(_, let value, _): value.count <= Self.valueByteCountMax
        case .transaction(let transaction): transaction.isWellFormed
        case .keepAlive(let leases): leases.count <= Self.keepAliveCountMax
        case .acquire(let acquisition): acquisition.isWellFormed
        case .abandon(let contest, _, _), .release(let contest, _):
            Contest.isValid(name: contest.name)
        case .proclaim(let election, _, let value):
            Contest.isValid(name: election) && value.count <= Self.valueByteCountMax
        case .delete(_, _, let condition): condition.isWellFormed
        case .grantLease, .revokeLease, .compact: true
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

extension Transaction {
    fileprivate var isWellFormed: Bool {
        guard compares.count <= Self.operationCountMax, then.count <= Self.operationCountMax,
            otherwise.count <= Self.operationCountMax
        else { return false }
        guard then.allSatisfy(\.isWellFormed), otherwise.allSatisfy(\.isWellFormed) else {
            return false
        }
        return compares.allSatisfy { compare in
            guard case .value(let value) = compare.target else { return true }
            return value.count <= Command.valueByteCountMax
        }
    }
}

extension Transaction.Operation {
    fileprivate var isWellFormed: Bool {
        guard case .put(_, let value, _) = self else { return true }
        return value.count <= Command.valueByteCountMax
    }
}

extension LockRequest {
    /// Leadership is never shared.
    fileprivate var isWellFormed: Bool {
        Contest.isValid(name: contest.name)
            && owner.count <= Self.ownerByteCountMax
            && value.count <= Command.valueByteCountMax
            && (contest.kind == .lock || mode == .exclusive)
    }
}
