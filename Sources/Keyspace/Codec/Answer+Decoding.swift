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
        case .keptAlive: .keptAlive(try readStandings())
        case .leaseRevoked:
            .leaseRevoked(
                revision: try readRevision(),
                deletedCount: try readVarint()
            )
        case .granted: .granted(try readGrant())
        case .queued: .queued(try readPlace())
        case .abandoned: .abandoned(try readPlace())
        case .released: .released(revision: try readRevision())
        case .proclaimed: .proclaimed(revision: try readRevision())
        case .compacted: .compacted(try readRevision())
        case .refused: .refused(try readRefusal())
        case .treeWritten:
            .treeWritten(
                TreeResult(
                    revision: try readRevision(),
                    createdCount: try readVarint(),
                    changedCount: try readVarint(),
                    deletedCount: try readVarint()
                )
            )
        case .settings: .settings(try readSettings())
        case .wallClockSet: .wallClockSet
        case .featureLevel: .featureLevel(try readFeatureLevel())
        case .memberOrder: .memberOrder(number: try readVarint())
        case .accessChanged: .accessChanged(AuthRevision(rawValue: try readVarint()))
        case .quotaChanged:
            .quotaChanged(
                try readOptional { reader throws(DecodingError) in try reader.readQuotaStanding() }
            )
        case .stillHeld: .stillHeld(revision: try readRevision(), count: try readHoldCount())
        case .guardChanged: .guardChanged
        case .successorChosen:
            .successorChosen(
                lease: try readLease(),
                owner: try readLengthPrefixed(limit: LockRequest.ownerByteCountMax)
            )
        case .counted:
            .counted(
                revision: try readRevision(),
                before: try readInteger(),
                after: try readInteger()
            )
        case .queue: .queue(try readQueueOutcome())
        case .barrier: .barrier(try readBarrierOutcome())
        }
    }

    private mutating func readRefusal() throws(DecodingError) -> Refusal {
        switch try readCase(RefusalTag.self) {
        case .notFound: .notFound(try readCase())
        case .conditionFailed:
            .conditionFailed(key: try readKey(), current: try readOptionalRecord())
        case .fenced:
            .fenced(
                lock: try readLengthPrefixed(limit: Contest.nameByteCountMax),
                token: try readToken(),
                holders: try readGrants()
            )
        case .notHolder: .notHolder(try readContest(), holders: try readGrants())
        case .held:
            .held(
                try readContest(),
                holders: try readGrants(),
                position: try readVarint()
            )
        case .modeMismatch: .modeMismatch(try readContest())
        case .guarded:
            .guarded(
                root: try readPath(),
                lock: try readLengthPrefixed(limit: Contest.nameByteCountMax)
            )
        case .noSuccessor: .noSuccessor(try readContest())
        case .tooManyGuards: .tooManyGuards(countMax: try readVarint())
        case .counterOutOfRange: .counterOutOfRange(value: try readInteger())
        case .queue: .queue(try readQueueName(), try readQueueRefusal())
        case .barrier: .barrier(try readBarrierName(), try readBarrierRefusal())
        case .permitsDiffer: .permitsDiffer(try readContest(), permitCount: try readPermitCount())
        case .reservedKey: .reservedKey(try readKey())
        case .duplicatePut: .duplicatePut(try readKey())
        case .nothingToKeep: .nothingToKeep(try readKey())
        case .treeChanged:
            .treeChanged(root: try readPath(), current: try readTreeTag())
        case .keyTooLong: .keyTooLong(byteCount: try readVarint())
        case .compacted: .compacted(try readRevision())
        case .futureRevision:
            .futureRevision(asked: try readRevision(), current: try readRevision())
        case .timeToLiveOutOfRange:
            .timeToLiveOutOfRange(milliseconds: try readVarint())
        case .resultTooLarge: .resultTooLarge(byteCountMax: try readVarint())
        case .tooManyLooks: .tooManyLooks(countMax: try readVarint())
        case .valueTooLong:
            .valueTooLong(byteCount: try readVarint(), byteCountMax: try readVarint())
        case .tooManyOperations:
            .tooManyOperations(count: try readVarint(), countMax: try readVarint())
        case .quotaExceeded:
            .quotaExceeded(byteCount: try readVarint(), quotaByteCount: try readVarint())
        case .leaseExists: .leaseExists(try readLease())
        case .memberOrderStands: .memberOrderStands(try readVarint())
        case .tooManyMemberOrders: .tooManyMemberOrders
        case .tooManyLeases: .tooManyLeases
        case .tooManyWaiters: .tooManyWaiters(try readContest())
        case .idempotencyMismatch: .idempotencyMismatch
        case .tooManyIdempotencyKeys: .tooManyIdempotencyKeys
        case .malformed: .malformed
        case .unauthenticated: .unauthenticated
        case .denied: .denied(try readCase())
        case .noAdministrator: .noAdministrator
        case .accessTooLarge: .accessTooLarge(byteCountMax: try readVarint())
        case .tooManyAccessItems: .tooManyAccessItems(countMax: try readVarint())
        case .subtreeFull: .subtreeFull(try readPath(), try readQuotaExcess())
        case .tooManyQuotas: .tooManyQuotas(countMax: try readVarint())
        }
    }

    // MARK: Transactions

    private mutating func readTransactionResult(
        depth: Int = 0
    ) throws(DecodingError) -> TransactionResult {
        let start = position
        guard depth < Transaction.depthMax else { throw .invalidValue(at: start) }
        let branch = try readCase(TransactionResult.Branch.self)
        let revision = try readRevision()
        let results = try readCounted(countMax: ClusterSettings.transactionOperationCountLimit) {
            reader throws(DecodingError) in try reader.readOperationResult(depth: depth)
        }
        return TransactionResult(branch: branch, revision: revision, results: results)
    }

    /// What is said to be there is something: a result has one form.
    private mutating func readOperationResult(
        depth: Int
    ) throws(DecodingError) -> TransactionResult.OperationResult {
        let start = position
        switch try readCase(ResultTag.self) {
        case .put: return .put(key: try readKey(), try readPutResult(), previous: nil)
        case .putWithPrevious:
            return .put(key: try readKey(), try readPutResult(), previous: try readRecord())
        case .get: return .get(RangeResult(all: try readRecords()))
        case .getOfMore:
            let result = RangeResult(
                records: try readRecords(),
                count: try readVarint(),
                hasMore: try readFlag()
            )
            guard !result.isAll else { throw .invalidValue(at: start) }
            return .get(result)
        case .delete: return .deleted(count: try readVarint(), previous: [])
        case .deleteWithPrevious:
            let count = try readVarint()
            let previous = try readRecords()
            guard !previous.isEmpty else { throw .invalidValue(at: start) }
            return .deleted(count: count, previous: previous)
        case .transaction: return .transaction(try readTransactionResult(depth: depth + 1))
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

    /// Each record takes at least seven bytes, so their count is bounded by the bytes themselves.
    private mutating func readRecords() throws(DecodingError) -> [KeyRecord] {
        try readCounted(countMax: remaining / 7) { reader throws(DecodingError) in
            try reader.readRecord()
        }
    }

    private mutating func readOptionalRecord() throws(DecodingError) -> KeyRecord? {
        try readFlag() ? try readRecord() : nil
    }

    /// The flags after the version say which of the lease and the provenance follow.
    private mutating func readRecord() throws(DecodingError) -> KeyRecord {
        let key = try readKey()
        let value = try readValue()
        let createRevision = try readRevision()
        let modRevision = try readRevision()
        let version = try readVarint()
        let start = position
        let flags = try readByte()
        guard flags & ~(RecordFlag.lease | RecordFlag.provenance) == 0 else {
            throw .unknownTag(UInt64(flags), at: start)
        }
        return KeyRecord(
            key: key,
            value: value,
            createRevision: createRevision,
            modRevision: modRevision,
            version: version,
            lease: flags & RecordFlag.lease == 0 ? nil : try readLease(),
            provenance: flags & RecordFlag.provenance == 0 ? Provenance() : try readProvenance()
        )
    }

    private mutating func readProvenance() throws(DecodingError) -> Provenance {
        let start = position
        let provenance = Provenance(
            created: WallTime(rawValue: try readVarint()),
            modified: WallTime(rawValue: try readVarint()),
            author: try readLengthPrefixed(limit: AccessName.byteCountMax),
            note: try readLengthPrefixed(limit: Request.noteByteCountMax)
        )
        guard provenance != Provenance() else { throw .invalidValue(at: start) }
        return provenance
    }

    // MARK: Leases, locks and elections

    private mutating func readStandings() throws(DecodingError) -> [LeaseStanding?] {
        try readCounted(countMax: Command.keepAliveCountMax) {
            reader throws(DecodingError) in
            try reader.readOptional { reader throws(DecodingError) in
                LeaseStanding(
                    id: try reader.readLease(),
                    timeToLiveMilliseconds: try reader.readVarint(),
                    remainingMilliseconds: try reader.readVarint()
                )
            }
        }
    }

    private mutating func readGrant() throws(DecodingError) -> Grant {
        let contest = try readContest()
        let token = try readToken()
        let lease = try readLease()
        let start = position
        let flags = try readByte()
        guard let mode = LockRequest.Mode(rawValue: flags & ~GrantFlag.all) else {
            throw .unknownTag(UInt64(flags), at: start)
        }
        let isDescribed = flags & GrantFlag.description != 0
        let hasTerms = flags & GrantFlag.terms != 0
        let grant = Grant(
            contest: contest,
            token: token,
            lease: lease,
            mode: mode,
            owner: try readLengthPrefixed(limit: LockRequest.ownerByteCountMax),
            value: try readValue(),
            info: isDescribed ? try readLengthPrefixed(limit: LockRequest.infoByteCountMax) : [],
            since: WallTime(rawValue: isDescribed ? try readVarint() : 0),
            permitCount: hasTerms ? try readPermitCount() : 0,
            holdCount: hasTerms ? try readHoldCount() : 1,
            holdRemainingMilliseconds: hasTerms
                ? try readOptional { reader throws(DecodingError) in try reader.readVarint() }
                : nil,
            remainingMilliseconds: try readVarint()
        )
        guard isDescribed == grant.isDescribed, hasTerms == grant.hasTerms else {
            throw .invalidValue(at: start)
        }
        return grant
    }

    private mutating func readHoldCount() throws(DecodingError) -> UInt32 {
        let start = position
        guard let count = UInt32(exactly: try readVarint()), count > 0 else {
            throw .invalidValue(at: start)
        }
        return count
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

extension ByteReader {
    mutating func readSettings() throws(DecodingError) -> ClusterSettings {
        var settings = ClusterSettings()
        let tag = try readCase(SettingsTag.self)
        settings.areSet = tag != .none
        guard settings.areSet else { return settings }
        let start = position
        for name in SettingsChange.Name.allCases {
            if name == .quotaByteCount, tag == .withoutQuota { continue }
            let value = try readVarint()
            guard name.range.contains(value) else { throw .invalidValue(at: start) }
            settings[name] = value
        }
        // What is said to be there is something: settings have one form.
        guard tag == .withoutQuota || settings.quotaByteCount > 0 else {
            throw .invalidValue(at: start)
        }
        return settings
    }
}
