package import Bytes

extension Request {
    /// Reads what `encode(into:)` wrote, from bytes that anyone may have sent: every length, count
    /// and key is checked, and bytes left over are an error.
    ///
    /// - Complexity: O(*n*) in the bytes; nothing is allocated for a length that is not there.
    package init(decoding bytes: [UInt8]) throws(DecodingError) {
        var reader = ByteReader(bytes)
        let version = try reader.readByte()
        guard version == Self.formatVersion else { throw .unknownTag(UInt64(version), at: 0) }
        let command = try reader.readCommand()
        let fences = try reader.readCounted(countMax: Fence.countMax) {
            reader throws(DecodingError) in
            Fence(
                lock: try reader.readLengthPrefixed(limit: Contest.nameByteCountMax),
                token: try reader.readToken()
            )
        }
        let stamp = try reader.readOptional { reader throws(DecodingError) in
            IdempotencyStamp(
                key: try reader.readLengthPrefixed(limit: IdempotencyStamp.keyByteCountMax),
                fingerprint: try reader.readLengthPrefixed(
                    limit: IdempotencyStamp.fingerprintByteCount
                )
            )
        }
        try reader.expectEnd()
        self.init(command, fences: fences, idempotency: stamp)
        guard isWellFormed else { throw .invalidValue(at: 0) }
    }
}

extension Put {
    /// Reads a request that is one put and nothing else, without lease, condition, fence and
    /// idempotency stamp, as most are: a single pass over the bytes, and no more allocations than
    /// the key and the value. Nil for any other request, and where only the general form can tell.
    init?(alone bytes: [UInt8]) {
        let span = bytes.span
        var offset = 2
        guard span.count > offset, span[0] == Request.formatVersion,
            span[1] == CommandTag.put.rawValue, let keyByteCount = span.shortVarint(at: &offset),
            keyByteCount <= min(Path.byteCountMax, span.count - offset)
        else { return nil }
        let key = offset..<offset + keyByteCount
        offset = key.upperBound
        guard let valueByteCount = span.shortVarint(at: &offset),
            valueByteCount <= Command.valueByteCountMax,
            // The tags of no lease and no condition, the count of no fences, the flag of no stamp.
            span.count - offset == valueByteCount + 4
        else { return nil }
        let end = offset + valueByteCount
        guard span[end] == AttachmentTag.none.rawValue,
            span[end + 1] == ConditionTag.none.rawValue, span[end + 2] == 0, span[end + 3] == 0,
            span.extracting(key).isPlainPath
        else { return nil }
        self.init(
            key: Path(unchecked: Array(bytes[key])),
            value: Array(bytes[offset..<end]),
            lease: .none,
            condition: .none
        )
    }
}

extension ByteReader {
    fileprivate mutating func readCommand() throws(DecodingError) -> Command {
        switch try readCase(CommandTag.self) {
        case .put:
            .put(
                Put(
                    key: try readPath(),
                    value: try readValue(),
                    lease: try readAttachment(),
                    condition: try readCondition()
                )
            )
        case .createChild:
            .createChild(
                parent: try readPath(),
                value: try readValue(),
                lease: try readAttachment()
            )
        case .delete:
            .delete(
                key: try readPath(),
                extent: try readCase(),
                condition: try readCondition()
            )
        case .transaction: .transaction(try readTransaction())
        case .grantLease: .grantLease(timeToLiveMilliseconds: try readVarint())
        case .keepAlive:
            .keepAlive(
                try readCounted(countMax: Command.keepAliveCountMax) {
                    reader throws(DecodingError) in try reader.readLease()
                }
            )
        case .revokeLease: .revokeLease(try readLease())
        case .acquire: .acquire(try readAcquisition())
        case .abandon: .abandon(try readContest(), lease: try readLease(), try readCase())
        case .release:
            .release(
                try readContest(),
                try readFlag() ? .token(try readToken()) : .everyHolder
            )
        case .proclaim:
            .proclaim(
                election: try readLengthPrefixed(limit: Contest.nameByteCountMax),
                token: try readToken(),
                value: try readValue()
            )
        case .compact: .compact(try readRevision())
        }
    }

    private mutating func readAttachment() throws(DecodingError) -> LeaseAttachment {
        switch try readCase(AttachmentTag.self) {
        case .none: .none
        case .lease: .lease(try readLease())
        case .own: .own(timeToLiveMilliseconds: try readVarint())
        }
    }

    private mutating func readCondition() throws(DecodingError) -> KeyCondition {
        switch try readCase(ConditionTag.self) {
        case .none: .none
        case .exists: .exists
        case .absent: .absent
        case .modRevision: .modRevision(try readRevision())
        case .oneOf: .oneOf(try readRevisions())
        case .noneOf: .noneOf(try readRevisions(), missing: try readCase())
        }
    }

    private mutating func readRevisions() throws(DecodingError) -> [Revision] {
        try readCounted(countMax: KeyCondition.revisionCountMax) { reader throws(DecodingError) in
            try reader.readRevision()
        }
    }

    private mutating func readTransaction() throws(DecodingError) -> Transaction {
        Transaction(
            compares: try readCounted(countMax: Transaction.operationCountMax) {
                reader throws(DecodingError) in
                Transaction.Compare(
                    key: try reader.readPath(),
                    comparison: try reader.readCase(),
                    target: try reader.readTarget()
                )
            },
            then: try readOperations(),
            otherwise: try readOperations()
        )
    }

    private mutating func readOperations() throws(DecodingError) -> [Transaction.Operation] {
        try readCounted(countMax: Transaction.operationCountMax) { reader throws(DecodingError) in
            try reader.readOperation()
        }
    }

    private mutating func readTarget() throws(DecodingError) -> Transaction.Target {
        switch try readCase(TargetTag.self) {
        case .version: .version(try readVarint())
        case .createRevision: .createRevision(try readRevision())
        case .modRevision: .modRevision(try readRevision())
        case .value: .value(try readValue())
        case .lease: .lease(try readVarint())
        case .exists: .exists(try readFlag())
        }
    }

    private mutating func readOperation() throws(DecodingError) -> Transaction.Operation {
        switch try readCase(OperationTag.self) {
        case .put:
            .put(key: try readPath(), value: try readValue(), lease: try readOptionalLease())
        case .get: .get(key: try readPath(), extent: try readCase())
        case .delete: .delete(key: try readPath(), extent: try readCase())
        }
    }

    private mutating func readAcquisition() throws(DecodingError) -> LockRequest {
        LockRequest(
            contest: try readContest(),
            mode: try readCase(),
            ownership: try readOwnership(),
            patience: try readCase(),
            owner: try readLengthPrefixed(limit: LockRequest.ownerByteCountMax),
            value: try readValue()
        )
    }

    private mutating func readOwnership() throws(DecodingError) -> LockRequest.Ownership {
        let start = position
        switch try readAttachment() {
        case .none: throw .unknownTag(UInt64(AttachmentTag.none.rawValue), at: start)
        case .lease(let lease): return .lease(lease)
        case .own(let timeToLiveMilliseconds):
            return .own(timeToLiveMilliseconds: timeToLiveMilliseconds)
        }
    }
}
