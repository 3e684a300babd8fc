internal import Bytes

// What a command touches, each part of it, whatever the state: both branches of a transaction, what
// is nested in them, what would be returned, and what a refusal would tell.

extension Request {
    /// What the caller must be allowed before anything of the request is done or told.
    ///
    /// - Complexity: O(*n*) in what the command names
    func requirements(under access: borrowing AccessControl) -> [AccessRequirement] {
        let tokens = fences.map { AccessRequirement.lock(name: $0.lock) }
        let own =
            isOfOwnPassword(under: access) ? [AccessRequirement.identity] : command.requirements
        return tokens.isEmpty ? own : tokens + own
    }

    /// A password is its user's own. Who has none comes with a certificate, and a first password
    /// would outlive its revocation: only who administers gives one.
    private func isOfOwnPassword(under access: borrowing AccessControl) -> Bool {
        guard case .changeAccess(.putUser(let name, .set, .removing([]))) = command,
            case .user(name, _) = caller
        else { return false }
        return access.hasPassword(name)
    }
}

extension Command {
    /// The same without fences. Leases that a command keeps alive or revokes are asked about one by
    /// one: see `Keyspace.mayUse`.
    var requirements: [AccessRequirement] {
        switch self {
        case .put(let put): put.requirements
        case .createChild(let parent, _, _): [.write(parent.sequentialChildren)]
        case .delete(let range, let condition):
            condition == .none ? [.write(range)] : [.write(range), .read(range)]
        case .transaction(let transaction): transaction.requirements
        case .writeTree(let write): write.requirements
        case .grantLease, .keepAlive, .revokeLease: [.identity]
        case .acquire(let acquisition): [.lock(name: acquisition.contest.name)]
        case .abandon(let contest, _, _), .release(let contest, .token):
            [.lock(name: contest.name)]
        // Whoever holds it: nobody's own.
        case .release(let contest, .everyHolder): [.lock(name: contest.name), .admin]
        case .proclaim(let election, _, _): [.lock(name: election)]
        case .handOver(let election, _, _, _): [.lock(name: election)]
        case .compact, .changeSettings, .setWallClock, .raiseFeatureLevel, .holdFeatureLevel,
            .orderMembers, .changeAccess, .changeQuota, .changeGuard:
            [.admin]
        case .count(let name, _): [.lock(name: name)]
        case .queue(let request): request.names.map { .lock(name: $0) }
        case .barrier(let request): [.lock(name: request.barrier.bytes)]
        }
    }
}

extension Put {
    /// A refused condition tells the key as it is.
    fileprivate var requirements: [AccessRequirement] {
        condition == .none ? [.write(.key(key))] : [.write(.key(key)), .read(.key(key))]
    }
}

extension Key {
    /// Where the keys of sequential children lie, whatever their numbers.
    fileprivate var sequentialChildren: KeyRange {
        .interval(from: child([UInt8(ascii: "0")]).bytes, to: child([UInt8(ascii: "9") + 1]).bytes)
    }
}

extension TreeWrite {
    /// What it comes to tells what there was: how many keys changed, and how many did not.
    fileprivate var requirements: [AccessRequirement] {
        let whole = KeyRange.subtree(root)
        switch mode {
        case .replace: return [.write(whole), .read(whole)]
        case .merge:
            let parts = edits.map(\.range).flatMap { [AccessRequirement.write($0), .read($0)] }
            return condition == .none && !parts.isEmpty ? parts : parts + [.read(whole)]
        }
    }
}

extension TreeWrite.Edit {
    /// What may change by it.
    fileprivate var range: KeyRange {
        switch self {
        case .value(let key, _), .valueRemoval(let key): .key(key)
        case .leaf(let key, _), .removal(let key), .directory(let key): .subtree(key)
        }
    }
}

extension Transaction {
    fileprivate var requirements: [AccessRequirement] {
        var requirements: [AccessRequirement] = []
        collect(into: &requirements)
        return requirements.isEmpty ? [.identity] : requirements
    }

    fileprivate func collect(into requirements: inout [AccessRequirement]) {
        for compare in compares { requirements.append(.read(compare.range)) }
        for operation in then { operation.collect(into: &requirements) }
        for operation in otherwise { operation.collect(into: &requirements) }
    }
}

extension Transaction.Operation {
    fileprivate func collect(into requirements: inout [AccessRequirement]) {
        switch self {
        case .put(let put):
            requirements.append(.write(.key(put.key)))
            // What is kept, or cannot be, tells of the key.
            if put.returnsPrevious || put.value == .kept || put.lease == .kept {
                requirements.append(.read(.key(put.key)))
            }
        case .get(let query): requirements.append(.read(query.range))
        case .delete(let range, let returnsPrevious):
            requirements.append(.write(range))
            if returnsPrevious { requirements.append(.read(range)) }
        case .transaction(let nested):
            if planted(.nestedOperationUnchecked) { return }
            nested.collect(into: &requirements)
        }
    }
}
