internal import Bytes

extension Answer {
    /// Reads what `encode(into:)` wrote; the answer is `.replayed`. The bytes may come from a
    /// peer's snapshot: every length, count and key is checked, and bytes left over are an error.
    init(decoding bytes: [UInt8]) throws(DecodingError) {
        var reader = ByteReader(bytes)
        let revision = try reader.readRevision()
        let outcome = try reader.readOutcome()
        try reader.expectEnd()
        self.init(outcome: outcome, source: .replayed, revision: revision)
    }
}

extension ByteReader {
    fileprivate mutating func readOutcome() throws(DecodingError) -> Outcome {
        switch try readCase(OutcomeTag.self) {
        case .nothing: .nothing
        case .put: .put(try readPutResult())
        case .created: .created(key: try readPath(), try readPutResult())
        case .deleted: .deleted(revision: try readRevision(), count: try readVarint())
        case .transaction: .transaction(try readTransactionResult())
        case .leaseGranted:
            .leaseGranted(try readLease(), timeToLiveMilliseconds: try readVarint())
        case .keptAlive:
            .keptAlive(
                try readCounted(countMax: Command.keepAliveCountMax) {
                    reader throws(DecodingError) in
                    try reader.readOptional { reader throws(DecodingError) in
                        try reader.readStanding()
                    }
                }
            )
        case .leaseRevoked:
            .leaseRevoked(revision: try readRevision(), deletedCount: try readVarint())
        case .granted: .granted(try readGrant())
        case .queued: .queued(try readPlace())
        case .abandoned: .abandoned(try readPlace())
        case .released: .released(revision: try readRevision())
        case .proclaimed: .proclaimed(revision: try readRevision())
        case .compacted: .compacted(try readRevision())
        case .refused: .refused(try readRefusal())
        }
    }

    private mutating func readRefusal() throws(DecodingError) -> Refusal {
        switch try readCase(RefusalTag.self) {
        case .notFound: .notFound(try readCase())
        case .conditionFailed:
            .conditionFailed(
                key: try readPath(),
                current: try readOptional { reader throws(DecodingError) in
                    try reader.readRecord()
                }
            )
        case .fenced:
            .fenced(
                lock: try readLengthPrefixed(limit: Contest.nameByteCountMax),
                token: try readToken(),
                holders: try readGrants()
            )
        case .notHolder: .notHolder(try readContest(), holders: try readGrants())
        case .held:
            .held(try readContest(), holders: try readGrants(), position: try readVarint())
        case .modeMismatch: .modeMismatch(try readContest())
        case .reservedKey: .reservedKey(try readPath())
        case .duplicatePut: .duplicatePut(try readPath())
        case .keyTooLong: .keyTooLong(byteCount: try readVarint())
        case .compacted: .compacted(try readRevision())
        case .futureRevision:
            .futureRevision(asked: try readRevision(), current: try readRevision())
        case .timeToLiveOutOfRange: .timeToLiveOutOfRange(milliseconds: try readVarint())
        case .resultTooLarge: .resultTooLarge(byteCountMax: try readVarint())
        case .tooManyLeases: .tooManyLeases
        case .tooManyWaiters: .tooManyWaiters(try readContest())
        case .idempotencyMismatch: .idempotencyMismatch
        case .tooManyIdempotencyKeys: .tooManyIdempotencyKeys
        case .malformed: .malformed
        }
    }

    private mutating func readTransactionResult() throws(DecodingError) -> TransactionResult {
        TransactionResult(
            branch: try readCase(),
            revision: try readRevision(),
            results: try readCounted(countMax: Transaction.operationCountMax) {
                reader throws(DecodingError) in
                switch try reader.readCase(OperationTag.self) {
                case .put: .put(key: try reader.readPath(), try reader.readPutResult())
                case .get: .get(try reader.readRecords())
                case .delete: .deleted(count: try reader.readVarint())
                }
            }
        )
    }

    /// Each record takes at least seven bytes, so their count is bounded by the bytes themselves.
    private mutating func readRecords() throws(DecodingError) -> [KeyRecord] {
        try readCounted(countMax: remaining / 7) { reader throws(DecodingError) in
            try reader.readRecord()
        }
    }

    private mutating func readPutResult() throws(DecodingError) -> PutResult {
        PutResult(
            revision: try readRevision(),
            createRevision: try readRevision(),
            version: try readVarint(),
            lease: try readOptionalLease()
        )
    }

    private mutating func readRecord() throws(DecodingError) -> KeyRecord {
        KeyRecord(
            key: try readPath(),
            value: try readValue(),
            createRevision: try readRevision(),
            modRevision: try readRevision(),
            version: try readVarint(),
            lease: try readOptionalLease()
        )
    }

    private mutating func readStanding() throws(DecodingError) -> LeaseStanding {
        LeaseStanding(
            id: try readLease(),
            timeToLiveMilliseconds: try readVarint(),
            remainingMilliseconds: try readVarint()
        )
    }

    private mutating func readGrant() throws(DecodingError) -> Grant {
        Grant(
            contest: try readContest(),
            token: try readToken(),
            lease: try readLease(),
            mode: try readCase(),
            owner: try readLengthPrefixed(limit: LockRequest.ownerByteCountMax),
            value: try readValue(),
            remainingMilliseconds: try readVarint()
        )
    }

    private mutating func readGrants() throws(DecodingError) -> [Grant] {
        try readCounted(countMax: Contest.holdersShownMax) { reader throws(DecodingError) in
            try reader.readGrant()
        }
    }

    private mutating func readPlace() throws(DecodingError) -> QueuePosition {
        QueuePosition(
            contest: try readContest(),
            lease: try readLease(),
            position: try readVarint(),
            holders: try readGrants()
        )
    }
}
