internal import Bytes

/// The tag byte of each command in an encoded request. A number is never given another meaning.
enum CommandTag: UInt8 {
    case put = 1
    case createChild = 2
    case delete = 3
    case transaction = 4
    case grantLease = 5
    case keepAlive = 6
    case revokeLease = 7
    case acquire = 8
    case abandon = 9
    case release = 10
    case proclaim = 11
    case compact = 12
}

/// The tag byte of each kind of lease attachment.
enum AttachmentTag: UInt8 {
    case none = 0
    case lease = 1
    case own = 2
}

/// The tag byte of each kind of condition.
enum ConditionTag: UInt8 {
    case none = 0
    case exists = 1
    case absent = 2
    case modRevision = 3
    case oneOf = 4
    case noneOf = 5
}

/// The tag byte of each target of a compare.
enum TargetTag: UInt8 {
    case version = 0
    case createRevision = 1
    case modRevision = 2
    case value = 3
    case lease = 4
    case exists = 5
}

/// The tag byte of each operation of a transaction.
enum OperationTag: UInt8 {
    case put = 0
    case get = 1
    case delete = 2
}

extension Request {
    /// The first byte of every encoded request.
    static let formatVersion: UInt8 = 1

    /// Appends the request's form in the log: the format's version, the command's tag and fields,
    /// the fences, the idempotency stamp. Integers are varints, byte strings are prefixed with
    /// their length.
    package func encode(into output: inout [UInt8]) {
        output.append(Self.formatVersion)
        command.encode(into: &output)
        Self.encode(fences, idempotency: idempotency, into: &output)
    }

    /// The bytes of a put without lease, condition, fence and idempotency stamp, whose key and value
    /// lie in a buffer.
    ///
    /// - Parameter key: a valid path.
    /// - Complexity: O(*n*), one allocation.
    package static func encodedPut(_ key: Span<UInt8>, value: Span<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(key.count + value.count + Put.overheadByteCount)
        output.append(formatVersion)
        Put.encode(key, value: value, lease: .none, condition: .none, into: &output)
        encode([], idempotency: nil, into: &output)
        return output
    }

    /// Appends what follows the command.
    private static func encode(
        _ fences: [Fence],
        idempotency: IdempotencyStamp?,
        into output: inout [UInt8]
    ) {
        output.append(counted: fences) { fence, output in
            output.append(lengthPrefixed: fence.lock)
            output.append(fence.token)
        }
        output.append(optional: idempotency) { stamp, output in
            output.append(lengthPrefixed: stamp.key)
            output.append(lengthPrefixed: stamp.fingerprint)
        }
    }
}

extension Command {
    fileprivate func encode(into output: inout [UInt8]) {
        switch self {
        case .put(let put): put.encode(into: &output)
        case .createChild(let parent, let value, let lease):
            output.append(CommandTag.createChild)
            output.append(parent)
            output.append(lengthPrefixed: value)
            lease.encode(into: &output)
        case .delete(let key, let extent, let condition):
            output.append(CommandTag.delete)
            output.append(key)
            output.append(extent)
            condition.encode(into: &output)
        case .transaction(let transaction): transaction.encode(into: &output)
        case .grantLease(let timeToLiveMilliseconds):
            output.append(CommandTag.grantLease)
            output.append(varint: timeToLiveMilliseconds)
        case .keepAlive(let leases):
            output.append(CommandTag.keepAlive)
            output.append(counted: leases) { lease, output in output.append(lease) }
        case .revokeLease(let lease):
            output.append(CommandTag.revokeLease)
            output.append(lease)
        case .acquire, .abandon, .release, .proclaim: encodeContest(into: &output)
        case .compact(let revision):
            output.append(CommandTag.compact)
            output.append(revision)
        }
    }

    /// The commands of locks and elections.
    private func encodeContest(into output: inout [UInt8]) {
        switch self {
        case .acquire(let acquisition): acquisition.encode(into: &output)
        case .abandon(let contest, let lease, let abandonment):
            output.append(CommandTag.abandon)
            output.append(contest)
            output.append(lease)
            output.append(abandonment)
        case .release(let contest, let release):
            output.append(CommandTag.release)
            output.append(contest)
            output.append(optional: release.token) { token, output in output.append(token) }
        case .proclaim(let election, let token, let value):
            output.append(CommandTag.proclaim)
            output.append(lengthPrefixed: election)
            output.append(token)
            output.append(lengthPrefixed: value)
        default: invariant(false, "no command of a contest")
        }
    }
}

extension Put {
    /// Room for what an encoded put has besides its key and its value, in bytes, where it has no
    /// long condition.
    fileprivate static let overheadByteCount = 32

    fileprivate func encode(into output: inout [UInt8]) {
        output.reserveCapacity(
            output.count + key.bytes.count + value.count + Self.overheadByteCount
        )
        Self.encode(
            key.bytes.span,
            value: value.span,
            lease: lease,
            condition: condition,
            into: &output
        )
    }

    /// Appends the fields of a put, the only writer of them.
    ///
    /// - Parameter key: a valid path.
    fileprivate static func encode(
        _ key: Span<UInt8>,
        value: Span<UInt8>,
        lease: LeaseAttachment,
        condition: KeyCondition,
        into output: inout [UInt8]
    ) {
        output.append(CommandTag.put)
        output.append(lengthPrefixed: key)
        output.append(lengthPrefixed: value)
        lease.encode(into: &output)
        condition.encode(into: &output)
    }
}

extension LeaseAttachment {
    fileprivate func encode(into output: inout [UInt8]) {
        switch self {
        case .none: output.append(AttachmentTag.none)
        case .lease(let lease):
            output.append(AttachmentTag.lease)
            output.append(lease)
        case .own(let timeToLiveMilliseconds):
            output.append(AttachmentTag.own)
            output.append(varint: timeToLiveMilliseconds)
        }
    }
}

extension KeyCondition {
    fileprivate func encode(into output: inout [UInt8]) {
        switch self {
        case .none: output.append(ConditionTag.none)
        case .exists: output.append(ConditionTag.exists)
        case .absent: output.append(ConditionTag.absent)
        case .modRevision(let revision):
            output.append(ConditionTag.modRevision)
            output.append(revision)
        case .oneOf(let revisions):
            output.append(ConditionTag.oneOf)
            output.append(counted: revisions) { revision, output in output.append(revision) }
        case .noneOf(let revisions, let missing):
            output.append(ConditionTag.noneOf)
            output.append(counted: revisions) { revision, output in output.append(revision) }
            output.append(missing)
        }
    }
}

extension Transaction {
    fileprivate func encode(into output: inout [UInt8]) {
        output.append(CommandTag.transaction)
        output.append(counted: compares) { compare, output in
            output.append(compare.key)
            output.append(compare.comparison)
            compare.target.encode(into: &output)
        }
        for list in [then, otherwise] {
            output.append(counted: list) { operation, output in operation.encode(into: &output) }
        }
    }
}

extension Transaction.Target {
    fileprivate func encode(into output: inout [UInt8]) {
        switch self {
        case .version(let version):
            output.append(TargetTag.version)
            output.append(varint: version)
        case .createRevision(let revision):
            output.append(TargetTag.createRevision)
            output.append(revision)
        case .modRevision(let revision):
            output.append(TargetTag.modRevision)
            output.append(revision)
        case .value(let value):
            output.append(TargetTag.value)
            output.append(lengthPrefixed: value)
        case .lease(let lease):
            output.append(TargetTag.lease)
            output.append(varint: lease)
        case .exists(let exists):
            output.append(TargetTag.exists)
            output.append(exists ? 1 : 0)
        }
    }
}

extension Transaction.Operation {
    fileprivate func encode(into output: inout [UInt8]) {
        switch self {
        case .put(let key, let value, let lease):
            output.append(OperationTag.put)
            output.append(key)
            output.append(lengthPrefixed: value)
            output.append(lease)
        case .get(let key, let extent):
            output.append(OperationTag.get)
            output.append(key)
            output.append(extent)
        case .delete(let key, let extent):
            output.append(OperationTag.delete)
            output.append(key)
            output.append(extent)
        }
    }
}

extension LockRequest {
    fileprivate func encode(into output: inout [UInt8]) {
        output.append(CommandTag.acquire)
        output.append(contest)
        output.append(mode)
        ownership.attachment.encode(into: &output)
        output.append(patience)
        output.append(lengthPrefixed: owner)
        output.append(lengthPrefixed: value)
    }
}

extension LockRequest.Ownership {
    /// Written as what ties a key's life to a lease is.
    fileprivate var attachment: LeaseAttachment {
        switch self {
        case .lease(let lease): .lease(lease)
        case .own(let timeToLiveMilliseconds):
            .own(timeToLiveMilliseconds: timeToLiveMilliseconds)
        }
    }
}

extension Release {
    /// Nil where every holder is released.
    fileprivate var token: FencingToken? {
        switch self {
        case .everyHolder: nil
        case .token(let token): token
        }
    }
}
