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
    case writeTree = 13
    case changeSettings = 14
    case setWallClock = 15
    case orderMembers = 16
    case raiseFeatureLevel = 17
    case holdFeatureLevel = 18
    case changeAccess = 19
    case changeQuota = 30
    case acquireOnTerms = 20
    case changeGuard = 21
    case count = 22
    case handOver = 23
    case queue = 24
    case barrier = 31
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

extension Request {
    /// Appends the request's form in the log: the format, the command's tag and fields, then what
    /// goes with the command. Integers are varints, byte strings are prefixed with their length.
    package func encode(into output: inout [UInt8]) {
        output.append(Format.second)
        command.encode(into: &output)
        encodeCompany(into: &output)
    }

    /// The bytes of a put without lease and condition, which nothing goes with and whose key and
    /// value lie in a buffer.
    ///
    /// - Parameter key: a valid key.
    /// - Complexity: O(*n*), one allocation.
    package static func encodedPut(
        _ key: Span<UInt8>,
        value: Span<UInt8>,
        by caller: Caller = .nobody
    ) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(
            key.count + value.count + Put.overheadByteCount + caller.byteCount
        )
        output.append(Format.second)
        Put.encode(key, value: value, lease: .none, condition: .none, into: &output)
        let company = Company(naming: caller)
        output.append(company.rawValue)
        if company == .author { output.append(lengthPrefixed: caller.author) }
        if company == .caller { output.append(caller) }
        return output
    }

    /// What goes with a command: a byte that says which of these follow, in this order.
    struct Company: OptionSet {
        let rawValue: UInt8

        static let fences = Company(rawValue: 1)
        static let idempotency = Company(rawValue: 2)
        static let author = Company(rawValue: 4)
        static let note = Company(rawValue: 8)
        static let caller = Company(rawValue: 16)
        static let all: Company = [.fences, .idempotency, .author, .note, .caller]

        init(rawValue: UInt8) { self.rawValue = rawValue }

        /// What says who asks: somebody of an issuer that names no roles is an author, as before
        /// there were callers.
        init(naming caller: Caller) {
            switch caller {
            case .nobody: self.init(rawValue: 0)
            case .outside(_, roles: []): self = .author
            case .user, .outside, .member: self = .caller
            }
        }
    }

    private func encodeCompany(into output: inout [UInt8]) {
        var company = Company(naming: caller)
        if !fences.isEmpty { company.insert(.fences) }
        if idempotency != nil { company.insert(.idempotency) }
        if !note.isEmpty { company.insert(.note) }
        output.append(company.rawValue)
        if !fences.isEmpty {
            output.append(counted: fences) { fence, output in
                output.append(lengthPrefixed: fence.lock)
                output.append(fence.token)
            }
        }
        if let idempotency {
            output.append(lengthPrefixed: idempotency.key)
            output.append(lengthPrefixed: idempotency.fingerprint)
        }
        if company.contains(.author) { output.append(lengthPrefixed: caller.author) }
        if !note.isEmpty { output.append(lengthPrefixed: note) }
        if company.contains(.caller) { output.append(caller) }
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
        case .delete(let range, let condition):
            output.append(CommandTag.delete)
            output.append(range)
            condition.encode(into: &output)
        case .transaction(let transaction):
            output.append(CommandTag.transaction)
            transaction.encode(into: &output)
        case .writeTree(let write):
            output.append(CommandTag.writeTree)
            write.encode(into: &output)
        case .grantLease(let lease, let timeToLiveMilliseconds):
            output.append(CommandTag.grantLease)
            output.append(lease)
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
        case .changeSettings(let change):
            output.append(CommandTag.changeSettings)
            output.append(change.occasion)
            output.append(counted: change.items) { item, output in
                output.append(item.name)
                output.append(varint: item.value)
            }
        case .setWallClock(let offset):
            output.append(CommandTag.setWallClock)
            output.append(littleEndian: UInt64(bitPattern: offset))
        case .raiseFeatureLevel(let number):
            output.append(CommandTag.raiseFeatureLevel)
            output.append(varint: number)
        case .holdFeatureLevel(let hold):
            output.append(CommandTag.holdFeatureLevel)
            output.append(hold)
        case .orderMembers(let step):
            output.append(CommandTag.orderMembers)
            step.encode(into: &output)
        case .changeAccess(let change):
            output.append(CommandTag.changeAccess)
            change.encode(into: &output)
        case .changeQuota(let change):
            output.append(CommandTag.changeQuota)
            change.encode(into: &output)
        case .changeGuard(let change):
            output.append(CommandTag.changeGuard)
            change.encode(into: &output)
        case .handOver(let election, let token, let successor, let milliseconds):
            output.append(CommandTag.handOver)
            output.append(lengthPrefixed: election)
            output.append(token)
            output.append(successor)
            output.append(varint: milliseconds)
        case .count(let name, let change):
            output.append(CommandTag.count)
            output.append(lengthPrefixed: name)
            change.encode(into: &output)
        case .queue(let request):
            output.append(CommandTag.queue)
            request.encode(into: &output)
        case .barrier(let request):
            output.append(CommandTag.barrier)
            request.encode(into: &output)
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
    /// - Parameter key: a valid key.
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

extension LockRequest {
    fileprivate func encode(into output: inout [UInt8]) {
        output.append(terms == .none ? CommandTag.acquire : CommandTag.acquireOnTerms)
        output.append(contest)
        output.append(mode)
        ownership.attachment.encode(into: &output)
        output.append(patience)
        output.append(lengthPrefixed: owner)
        output.append(lengthPrefixed: value)
        output.append(lengthPrefixed: info)
        if terms != .none { terms.encode(into: &output) }
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
