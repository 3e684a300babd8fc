internal import Bytes

extension Keyspace {
    /// Sets or removes a guard. One that is set anew names another lock from now on.
    mutating func change(_ change: GuardChange) throws(Refusal) -> Outcome {
        guard !change.root.isReserved else { throw .reservedKey(change.root) }
        switch change {
        case .put(let root, let lock):
            guard guards[root] != nil || guards.count < WriteGuards.countMax else {
                throw .tooManyGuards(countMax: UInt64(WriteGuards.countMax))
            }
            guards.set(lock, for: root)
        case .remove(let root):
            guard guards[root] != nil else { throw .notFound(.writeGuard) }
            guards.set(nil, for: root)
        }
        return .guardChanged
    }

    /// Throws where the command may write what is guarded and no fence names a token that holds the
    /// guard's lock: by what the command says, both branches of a transaction included, whatever is
    /// there. What ends with a lease is the service's own doing.
    ///
    /// - Complexity: O(guards · parts of the command)
    func checkGuards(
        of command: Command,
        fences: [Fence],
        context: ApplyContext
    ) throws(Refusal) {
        guard !guards.isEmpty else { return }
        if planted(.guardIgnoresTransactions), case .transaction = command { return }
        for case .write(let range) in command.requirements {
            for guarded in guards.concerned(by: range) {
                let isHeld = fences.contains { fence in
                    let lock = Contest(kind: .lock, name: fence.lock)
                    return fence.lock == guarded.lock
                        && holder(of: lock, token: fence.token, at: context.time) != nil
                }
                guard isHeld else { throw .guarded(root: guarded.root, lock: guarded.lock) }
            }
        }
    }
}

// MARK: - Codec

/// The tag byte of each kind of change. A number is never given another meaning.
private enum GuardChangeTag: UInt8 {
    case put = 1
    case remove = 2
}

extension GuardChange {
    func encode(into output: inout [UInt8]) {
        switch self {
        case .put(let root, let lock):
            output.append(GuardChangeTag.put)
            output.append(root)
            output.append(lengthPrefixed: lock)
        case .remove(let root):
            output.append(GuardChangeTag.remove)
            output.append(root)
        }
    }
}

extension ByteReader {
    mutating func readGuardChange() throws(DecodingError) -> GuardChange {
        switch try readCase(GuardChangeTag.self) {
        case .put:
            .put(try readPath(), lock: try readLengthPrefixed(limit: Contest.nameByteCountMax))
        case .remove: .remove(try readPath())
        }
    }

    /// Takes one guard out of a snapshot.
    mutating func readGuard(into guards: inout WriteGuards) throws(DecodingError) {
        let start = position
        let root = try readPath()
        let lock = try readLengthPrefixed(limit: Contest.nameByteCountMax)
        guard guards[root] == nil, guards.count < WriteGuards.countMax else {
            throw .invalidValue(at: start)
        }
        guards.set(lock, for: root)
    }
}
