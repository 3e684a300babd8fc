package import Bytes

extension Request {
    /// Reads what `encode(into:)` wrote, from bytes that anyone may have sent: every length, count
    /// and key is checked, and bytes left over are an error.
    ///
    /// - Complexity: O(*n*) in the bytes; nothing is allocated for a length that is not there.
    package init(decoding bytes: [UInt8]) throws(DecodingError) {
        var reader = ByteReader(bytes)
        let format = try reader.readCase(Format.self)
        let command = try reader.readCommand(format)
        let company =
            switch format {
            case .first: try reader.readFirstCompany()
            case .second: try reader.readCompany()
            }
        try reader.expectEnd()
        self.init(
            command,
            fences: company.fences,
            idempotency: company.idempotency,
            caller: company.caller,
            note: company.note,
            format: format
        )
        guard isWellFormed else { throw .invalidValue(at: 0) }
    }
}

/// What goes with a command.
private struct RequestCompany {
    var fences: [Fence] = []
    var idempotency: IdempotencyStamp?
    var caller = Caller.nobody
    var note: [UInt8] = []
}

extension ByteReader {
    fileprivate mutating func readCompany() throws(DecodingError) -> RequestCompany {
        let start = position
        let flags = Request.Company(rawValue: try readByte())
        guard flags.isSubset(of: .all) else {
            throw .unknownTag(UInt64(flags.rawValue), at: start)
        }
        var company = RequestCompany()
        if flags.contains(.fences) { company.fences = try readFences() }
        if flags.contains(.idempotency) { company.idempotency = try readStamp() }
        if flags.contains(.author) {
            let author = try readLengthPrefixed(limit: AccessName.byteCountMax)
            company.caller = .outside(subject: author, roles: [])
        }
        if flags.contains(.note) {
            company.note = try readLengthPrefixed(limit: Request.noteByteCountMax)
        }
        if flags.contains(.caller) { company.caller = try readCaller() }
        // What is said to be there is something: a request has one form.
        guard flags.contains(.fences) != company.fences.isEmpty,
            flags.contains(.note) != company.note.isEmpty,
            Request.Company(naming: company.caller) == flags.intersection([.author, .caller])
        else { throw .invalidValue(at: start) }
        return company
    }

    /// The first format had always the fences, and then perhaps a stamp.
    fileprivate mutating func readFirstCompany() throws(DecodingError) -> RequestCompany {
        var company = RequestCompany()
        company.fences = try readFences()
        company.idempotency = try readOptional { reader throws(DecodingError) in
            try reader.readStamp()
        }
        return company
    }

    private mutating func readFences() throws(DecodingError) -> [Fence] {
        try readCounted(countMax: Fence.countMax) { reader throws(DecodingError) in
            Fence(
                lock: try reader.readLengthPrefixed(limit: Contest.nameByteCountMax),
                token: try reader.readToken()
            )
        }
    }

    private mutating func readStamp() throws(DecodingError) -> IdempotencyStamp {
        IdempotencyStamp(
            key: try readLengthPrefixed(limit: IdempotencyStamp.keyByteCountMax),
            fingerprint: try readLengthPrefixed(limit: IdempotencyStamp.fingerprintByteCount)
        )
    }
}

extension Put {
    /// Reads a request that is one put and nothing else, without lease, condition and company, as
    /// most are: a single pass over the bytes, and no more allocations than the key and the value.
    /// Nil for any other request, and where only the general form can tell.
    init?(alone bytes: [UInt8]) {
        let span = bytes.span
        var offset = 2
        guard span.count > offset, span[0] == Request.Format.second.rawValue,
            span[1] == CommandTag.put.rawValue, let keyByteCount = span.shortVarint(at: &offset),
            keyByteCount > 0, keyByteCount <= min(Key.byteCountMax, span.count - offset)
        else { return nil }
        let key = offset..<offset + keyByteCount
        offset = key.upperBound
        guard let valueByteCount = span.shortVarint(at: &offset),
            valueByteCount <= ClusterSettings.valueByteCountLimit,
            // The tags of no lease and no condition, and no company.
            span.count - offset == valueByteCount + 3
        else { return nil }
        let end = offset + valueByteCount
        guard span[end] == AttachmentTag.none.rawValue,
            span[end + 1] == ConditionTag.none.rawValue, span[end + 2] == 0
        else { return nil }
        self.init(
            key: Key(unchecked: Array(bytes[key])),
            value: Array(bytes[offset..<end]),
            lease: .none,
            condition: .none
        )
    }
}

/// A put as `Put(alone:)` reads it, and who asks for it, whom other members name as they do in any
/// request.
struct SignedPut {
    let put: Put
    let caller: Caller

    /// Nil for any other request, and where only the general form can tell.
    init?(_ bytes: [UInt8]) {
        let span = bytes.span
        var offset = 2
        guard span.count > offset, span[0] == Request.Format.second.rawValue,
            span[1] == CommandTag.put.rawValue, let keyByteCount = span.shortVarint(at: &offset),
            keyByteCount > 0, keyByteCount <= min(Key.byteCountMax, span.count - offset)
        else { return nil }
        let key = offset..<offset + keyByteCount
        offset = key.upperBound
        guard let valueByteCount = span.shortVarint(at: &offset),
            valueByteCount <= ClusterSettings.valueByteCountLimit,
            span.count - offset > valueByteCount + 3
        else { return nil }
        let end = offset + valueByteCount
        guard span[end] == AttachmentTag.none.rawValue,
            span[end + 1] == ConditionTag.none.rawValue,
            span[end + 2] == Request.Company.caller.rawValue
        else { return nil }
        var reader = ByteReader(bytes, in: end + 3..<span.count)
        guard let caller = try? reader.readCaller(), reader.remaining == 0, caller.isWellFormed,
            Request.Company(naming: caller) == .caller
        else { return nil }
        put = Put(
            key: Key(unchecked: Array(bytes[key])),
            value: Array(bytes[offset..<end]),
            lease: .none,
            condition: .none
        )
        self.caller = caller
    }

    var request: Request { Request(.put(put), caller: caller) }
}

extension ByteReader {
    fileprivate mutating func readCommand(
        _ format: Request.Format
    ) throws(DecodingError) -> Command {
        switch try readCase(CommandTag.self) {
        case .put:
            .put(
                Put(
                    key: format == .first ? try readPath() : try readKey(),
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
                format == .first ? try readFirstRange() : try readRange(),
                condition: try readCondition()
            )
        case .transaction:
            .transaction(
                format == .first ? try readFirstTransaction() : try readTransaction()
            )
        case .grantLease:
            .grantLease(
                format == .first ? nil : try readOptionalLease(),
                timeToLiveMilliseconds: try readVarint()
            )
        case .keepAlive:
            .keepAlive(
                try readCounted(countMax: Command.keepAliveCountMax) {
                    reader throws(DecodingError) in try reader.readLease()
                }
            )
        case .revokeLease: .revokeLease(try readLease())
        case .acquire: .acquire(try readLockRequest(format))
        case .acquireOnTerms: .acquire(try readLockRequest(format, terms: .given))
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
        case .writeTree: .writeTree(try readTreeWrite())
        case .changeSettings: .changeSettings(try readSettingsChange())
        case .setWallClock:
            .setWallClock(
                offsetMilliseconds: Int64(bitPattern: try readLittleEndian(UInt64.self))
            )
        case .raiseFeatureLevel: .raiseFeatureLevel(to: try readVarint())
        case .holdFeatureLevel: .holdFeatureLevel(try readCase())
        case .orderMembers: .orderMembers(try readMemberOrderStep())
        case .changeAccess: .changeAccess(try readAccessChange())
        case .changeQuota: .changeQuota(try readQuotaChange())
        case .changeGuard: .changeGuard(try readGuardChange())
        case .handOver:
            .handOver(
                election: try readLengthPrefixed(limit: Contest.nameByteCountMax),
                token: try readToken(),
                to: try readOptionalLease(),
                withinMilliseconds: try readVarint()
            )
        case .count:
            .count(
                try readLengthPrefixed(limit: Contest.nameByteCountMax),
                try readCounterChange()
            )
        case .queue: .queue(try readQueueRequest())
        case .barrier: .barrier(try readBarrierRequest())
        }
    }

    private mutating func readSettingsChange() throws(DecodingError) -> SettingsChange {
        let occasion = try readCase(SettingsChange.Occasion.self)
        let items = try readCounted(countMax: SettingsChange.Name.allCases.count) {
            reader throws(DecodingError) in
            SettingsChange.Item(try reader.readCase(), value: try reader.readVarint())
        }
        return SettingsChange(items, occasion: occasion)
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

    /// Whether a request for a place says on what terms.
    private enum Terms {
        case none
        case given
    }

    private mutating func readLockRequest(
        _ format: Request.Format,
        terms: Terms = .none
    ) throws(DecodingError) -> LockRequest {
        let start = position
        let request = LockRequest(
            contest: try readContest(),
            mode: try readCase(),
            ownership: try readOwnership(),
            patience: try readCase(),
            owner: try readLengthPrefixed(limit: LockRequest.ownerByteCountMax),
            value: try readValue(),
            info: format == .first
                ? [] : try readLengthPrefixed(limit: LockRequest.infoByteCountMax),
            terms: terms == .none ? .none : try LockTerms(decoding: &self)
        )
        guard (request.terms == .none) == (terms == .none) else { throw .invalidValue(at: start) }
        return request
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
