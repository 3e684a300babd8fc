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
        output.append(counted: fences) { fence, output in
            output.append(lengthPrefixed: fence.lock)
            output.append(fence.token)
        }
        output.append(idempotency == nil ? 0 : 1)
        if let idempotency {
            output.append(lengthPrefixed: idempotency.key)
            output.append(lengthPrefixed: idempotency.fingerprint)
        }
    }
}

extension Command {
    fileprivate func encode(into output: inout [UInt8]) {
        switch self {
        case .put(let put): put.encode(into: &output)
        case .createChild(let parent, let value, let lease):
            output.append(CommandTag.createChild.rawValue)
            output.append(parent)
            output.append(lengthPrefixed: value)
            lease.encode(into: &output)
        case .delete(let key, let extent, let condition):
            output.append(CommandTag.delete.rawValue)
            output.append(key)
            output.append(extent.rawValue)
            condition.encode(into: &output)
        case .transaction(let transaction): transaction.encode(into: &output)
        case .grantLease(let timeToLiveMilliseconds):
            output.append(CommandTag.grantLease.rawValue)
            output.append(varint: timeToLiveMilliseconds)
        case .keepAlive(let leases):
            output.append(CommandTag.keepAlive.rawValue)
            output.append(counted: leases) { lease, output in output.append(lease) }
        case .revokeLease(let lease):
            output.append(CommandTag.revokeLease.rawValue)
            output.append(lease)
        case .acquire, .abandon, .release, .proclaim: encodeContest(into: &output)
        case .compact(let revision):
            output.append(CommandTag.compact.rawValue)
            output.append(revision)
        }
    }

    /// The commands of locks and elections.
    private func encodeContest(into output: inout [UInt8]) {
        switch self {
        case .acquire(let acquisition): acquisition.encode(into: &output)
        case .abandon(let contest, let lease, let abandonment):
            output.append(CommandTag.abandon.rawValue)
            output.append(contest)
            output.append(lease)
            output.append(abandonment.rawValue)
        case .release(let contest, let release):
            output.append(CommandTag.release.rawValue)
            output.append(contest)
            switch release {
            case .everyHolder: output.append(0)
            case .token(let token):
                output.append(1)
                output.append(token)
            }
        case .proclaim(let election, let token, let value):
            output.append(CommandTag.proclaim.rawValue)
            output.append(lengthPrefixed: election)
            output.append(token)
            output.append(lengthPrefixed: value)
        default: invariant(false, "no command of a contest")
        }
    }
}

extension Put {
    fileprivate func encode(into output: inout [UInt8]) {
        output.reserveCapacity(output.count + key.bytes.count + value.count + 32)
        output.append(CommandTag.put.rawValue)
        output.append(key)
        output.append(lengthPrefixed: value)
        lease.encode(into: &output)
        condition.encode(into: &output)
    }
}

extension LeaseAttachment {
    fileprivate func encode(into output: inout [UInt8]) {
        switch self {
        case .none: output.append(AttachmentTag.none.rawValue)
        case .lease(let lease):
            output.append(AttachmentTag.lease.rawValue)
            output.append(lease)
        case .own(let timeToLiveMilliseconds):
            output.append(AttachmentTag.own.rawValue)
            output.append(varint: timeToLiveMilliseconds)
        }
    }
}

extension KeyCondition {
    fileprivate func encode(into output: inout [UInt8]) {
        switch self {
        case .none: output.append(ConditionTag.none.rawValue)
        case .exists: output.append(ConditionTag.exists.rawValue)
        case .absent: output.append(ConditionTag.absent.rawValue)
        case .modRevision(let revision):
            output.append(ConditionTag.modRevision.rawValue)
            output.append(revision)
        }
    }
}

extension Transaction {
    fileprivate func encode(into output: inout [UInt8]) {
        output.append(CommandTag.transaction.rawValue)
        output.append(counted: compares) { compare, output in
            output.append(compare.key)
            output.append(compare.comparison.rawValue)
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
            output.append(TargetTag.version.rawValue)
            output.append(varint: version)
        case .createRevision(let revision):
            output.append(TargetTag.createRevision.rawValue)
            output.append(revision)
        case .modRevision(let revision):
            output.append(TargetTag.modRevision.rawValue)
            output.append(revision)
        case .value(let value):
            output.append(TargetTag.value.rawValue)
            output.append(lengthPrefixed: value)
        case .lease(let lease):
            output.append(TargetTag.lease.rawValue)
            output.append(varint: lease)
        case .exists(let exists):
            output.append(TargetTag.exists.rawValue)
            output.append(exists ? 1 : 0)
        }
    }
}

extension Transaction.Operation {
    fileprivate func encode(into output: inout [UInt8]) {
        switch self {
        case .put(let key, let value, let lease):
            output.append(OperationTag.put.rawValue)
            output.append(key)
            output.append(lengthPrefixed: value)
            output.append(lease)
        case .get(let key, let extent):
            output.append(OperationTag.get.rawValue)
            output.append(key)
            output.append(extent.rawValue)
        case .delete(let key, let extent):
            output.append(OperationTag.delete.rawValue)
            output.append(key)
            output.append(extent.rawValue)
        }
    }
}

extension Acquisition {
    fileprivate func encode(into output: inout [UInt8]) {
        output.append(CommandTag.acquire.rawValue)
        output.append(contest)
        output.append(mode.rawValue)
        switch ownership {
        case .lease(let lease):
            output.append(AttachmentTag.lease.rawValue)
            output.append(lease)
        case .own(let timeToLiveMilliseconds):
            output.append(AttachmentTag.own.rawValue)
            output.append(varint: timeToLiveMilliseconds)
        }
        output.append(patience.rawValue)
        output.append(lengthPrefixed: owner)
        output.append(lengthPrefixed: value)
    }
}
