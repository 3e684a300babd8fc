internal import Bytes

extension Grant {
    /// Whether there is more to write of it than before grants had an info and a begin.
    var isDescribed: Bool { !info.isEmpty || since != .unknown }

    /// Whether there is more to write of it than before the fourth feature level.
    var hasTerms: Bool {
        permitCount > 0 || holdCount > 1 || holdRemainingMilliseconds != nil
    }

    /// What its mode is joined by.
    fileprivate var flags: UInt8 {
        (isDescribed ? GrantFlag.description : 0) | (hasTerms ? GrantFlag.terms : 0)
    }
}

extension Answer {
    /// Appends the answer's stored form: its revision and outcome. How it was come by is not kept:
    /// a stored answer is `.replayed`.
    func encode(into output: inout [UInt8]) {
        output.append(revision)
        outcome.encode(into: &output)
    }
}

extension Outcome {
    fileprivate func encode(into output: inout [UInt8]) {
        output.append(tag)
        switch self {
        case .nothing: break
        case .put(let result): output.append(result)
        case .created(let key, let result):
            output.append(key)
            output.append(result)
        case .deleted(let revision, let count), .leaseRevoked(let revision, let count):
            output.append(revision)
            output.append(varint: count)
        case .transaction(let result): result.encode(into: &output)
        case .leaseGranted(let lease, let timeToLiveMilliseconds):
            output.append(lease)
            output.append(varint: timeToLiveMilliseconds)
        case .keptAlive(let standings):
            output.append(counted: standings) { standing, output in
                output.append(optional: standing) { standing, output in output.append(standing) }
            }
        case .granted(let grant): output.append(grant)
        case .queued(let place), .abandoned(let place): output.append(place)
        case .released(let revision), .proclaimed(let revision), .compacted(let revision):
            output.append(revision)
        case .treeWritten(let result):
            output.append(result.revision)
            output.append(varint: result.createdCount)
            output.append(varint: result.changedCount)
            output.append(varint: result.deletedCount)
        case .settings(let settings): output.append(settings)
        case .wallClockSet: break
        case .memberOrder(let number): output.append(varint: number)
        case .stillHeld(let revision, let count):
            output.append(revision)
            output.append(varint: UInt64(count))
        case .guardChanged: break
        case .successorChosen(let lease, let owner):
            output.append(lease)
            output.append(lengthPrefixed: owner)
        case .counted(let revision, let before, let after):
            output.append(revision)
            output.append(littleEndian: UInt64(bitPattern: before))
            output.append(littleEndian: UInt64(bitPattern: after))
        case .queue(let outcome): outcome.encode(into: &output)
        case .barrier(let outcome): outcome.encode(into: &output)
        case .featureLevel(let level):
            output.append(varint: level.number)
            output.append(level.hold)
        case .accessChanged(let revision): output.append(varint: revision.rawValue)
        case .quotaChanged(let standing):
            output.append(optional: standing) { standing, output in output.append(standing) }
        case .refused(let refusal): refusal.encode(into: &output)
        }
    }

    private var tag: OutcomeTag {
        switch self {
        case .nothing: .nothing
        case .put: .put
        case .created: .created
        case .deleted: .deleted
        case .transaction: .transaction
        case .leaseGranted: .leaseGranted
        case .keptAlive: .keptAlive
        case .leaseRevoked: .leaseRevoked
        case .granted: .granted
        case .queued: .queued
        case .abandoned: .abandoned
        case .released: .released
        case .proclaimed: .proclaimed
        case .compacted: .compacted
        case .treeWritten: .treeWritten
        case .settings: .settings
        case .wallClockSet: .wallClockSet
        case .memberOrder: .memberOrder
        case .featureLevel: .featureLevel
        case .stillHeld: .stillHeld
        case .guardChanged: .guardChanged
        case .successorChosen: .successorChosen
        case .counted: .counted
        case .queue: .queue
        case .barrier: .barrier
        case .accessChanged: .accessChanged
        case .quotaChanged: .quotaChanged
        case .refused: .refused
        }
    }
}

extension TransactionResult {
    fileprivate func encode(into output: inout [UInt8]) {
        output.append(branch)
        output.append(revision)
        output.append(counted: results) { result, output in
            switch result {
            case .put(let key, let result, let previous):
                output.append(previous == nil ? ResultTag.put : .putWithPrevious)
                output.append(key)
                output.append(result)
                if let previous { output.append(previous) }
            case .get(let result) where result.isAll:
                output.append(ResultTag.get)
                output.append(result.records)
            case .get(let result):
                output.append(ResultTag.getOfMore)
                output.append(result.records)
                output.append(varint: result.count)
                output.append(result.hasMore ? 1 : 0)
            case .deleted(let count, let previous):
                output.append(previous.isEmpty ? ResultTag.delete : .deleteWithPrevious)
                output.append(varint: count)
                if !previous.isEmpty { output.append(previous) }
            case .transaction(let nested):
                output.append(ResultTag.transaction)
                nested.encode(into: &output)
            }
        }
    }
}

extension Refusal {
    fileprivate func encode(into output: inout [UInt8]) {
        output.append(tag)
        switch self {
        case .notFound(let subject): output.append(subject)
        case .conditionFailed(let key, let current):
            output.append(key)
            output.append(optional: current) { record, output in output.append(record) }
        case .fenced(let lock, let token, let holders):
            output.append(lengthPrefixed: lock)
            output.append(token)
            output.append(holders)
        case .notHolder(let contest, let holders):
            output.append(contest)
            output.append(holders)
        case .held(let contest, let holders, let position):
            output.append(contest)
            output.append(holders)
            output.append(varint: position)
        case .modeMismatch(let contest), .tooManyWaiters(let contest), .noSuccessor(let contest):
            output.append(contest)
        case .permitsDiffer(let contest, let permitCount):
            output.append(contest)
            output.append(varint: UInt64(permitCount))
        case .reservedKey(let key), .duplicatePut(let key), .nothingToKeep(let key):
            output.append(key)
        case .keyTooLong(let value), .timeToLiveOutOfRange(let value), .resultTooLarge(let value),
            .tooManyLooks(let value), .accessTooLarge(let value), .tooManyAccessItems(let value),
            .tooManyQuotas(let value), .tooManyGuards(let value):
            output.append(varint: value)
        case .subtreeFull(let path, let excess):
            output.append(path)
            output.append(excess)
        case .treeChanged(let root, let current):
            output.append(root)
            output.append(current)
        case .valueTooLong(let count, let countMax), .tooManyOperations(let count, let countMax),
            .quotaExceeded(let count, let countMax):
            output.append(varint: count)
            output.append(varint: countMax)
        case .leaseExists(let lease): output.append(lease)
        case .guarded(let root, let lock):
            output.append(root)
            output.append(lengthPrefixed: lock)
        case .counterOutOfRange(let value):
            output.append(littleEndian: UInt64(bitPattern: value))
        case .queue(let name, let refusal):
            output.append(name)
            refusal.encode(into: &output)
        case .barrier(let name, let refusal):
            output.append(name)
            refusal.encode(into: &output)
        case .compacted(let revision): output.append(revision)
        case .futureRevision(let asked, let current):
            output.append(asked)
            output.append(current)
        case .memberOrderStands(let number): output.append(varint: number)
        case .denied(let verb): output.append(verb)
        case .tooManyLeases, .idempotencyMismatch, .tooManyIdempotencyKeys, .malformed,
            .tooManyMemberOrders, .unauthenticated, .noAdministrator:
            break
        }
    }

    private var tag: RefusalTag {
        switch self {
        case .notFound: .notFound
        case .conditionFailed: .conditionFailed
        case .fenced: .fenced
        case .notHolder: .notHolder
        case .held: .held
        case .modeMismatch: .modeMismatch
        case .permitsDiffer: .permitsDiffer
        case .guarded: .guarded
        case .tooManyGuards: .tooManyGuards
        case .counterOutOfRange: .counterOutOfRange
        case .noSuccessor: .noSuccessor
        case .queue: .queue
        case .barrier: .barrier
        case .reservedKey: .reservedKey
        case .duplicatePut: .duplicatePut
        case .keyTooLong: .keyTooLong
        case .compacted: .compacted
        case .futureRevision: .futureRevision
        case .timeToLiveOutOfRange: .timeToLiveOutOfRange
        case .resultTooLarge: .resultTooLarge
        case .tooManyLooks: .tooManyLooks
        case .tooManyLeases: .tooManyLeases
        case .tooManyWaiters: .tooManyWaiters
        case .idempotencyMismatch: .idempotencyMismatch
        case .tooManyIdempotencyKeys: .tooManyIdempotencyKeys
        case .malformed: .malformed
        case .nothingToKeep: .nothingToKeep
        case .treeChanged: .treeChanged
        case .valueTooLong: .valueTooLong
        case .tooManyOperations: .tooManyOperations
        case .leaseExists: .leaseExists
        case .memberOrderStands: .memberOrderStands
        case .tooManyMemberOrders: .tooManyMemberOrders
        case .quotaExceeded: .quotaExceeded
        case .unauthenticated: .unauthenticated
        case .denied: .denied
        case .noAdministrator: .noAdministrator
        case .accessTooLarge: .accessTooLarge
        case .tooManyAccessItems: .tooManyAccessItems
        case .subtreeFull: .subtreeFull
        case .tooManyQuotas: .tooManyQuotas
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ result: PutResult) {
        append(result.revision)
        append(result.createRevision)
        append(varint: result.version)
        append(result.lease)
    }

    fileprivate mutating func append(_ record: KeyRecord) {
        append(record.key)
        append(lengthPrefixed: record.value)
        append(record.createRevision)
        append(record.modRevision)
        append(varint: record.version)
        // A record without provenance is written as before there was any.
        let isKnown = record.provenance != Provenance()
        append((record.lease == nil ? 0 : RecordFlag.lease) | (isKnown ? RecordFlag.provenance : 0))
        if let lease = record.lease { append(lease) }
        guard isKnown else { return }
        append(varint: record.provenance.created.rawValue)
        append(varint: record.provenance.modified.rawValue)
        append(lengthPrefixed: record.provenance.author)
        append(lengthPrefixed: record.provenance.note)
    }

    fileprivate mutating func append(_ records: [KeyRecord]) {
        append(counted: records) { record, output in output.append(record) }
    }

    fileprivate mutating func append(_ standing: LeaseStanding) {
        append(standing.id)
        append(varint: standing.timeToLiveMilliseconds)
        append(varint: standing.remainingMilliseconds)
    }

    fileprivate mutating func append(_ grant: Grant) {
        append(grant.contest)
        append(grant.token)
        append(grant.lease)
        append(grant.mode.rawValue | grant.flags)
        append(lengthPrefixed: grant.owner)
        append(lengthPrefixed: grant.value)
        if grant.isDescribed {
            append(lengthPrefixed: grant.info)
            append(varint: grant.since.rawValue)
        }
        if grant.hasTerms {
            append(varint: UInt64(grant.permitCount))
            append(varint: UInt64(grant.holdCount))
            append(optional: grant.holdRemainingMilliseconds) { left, output in
                output.append(varint: left)
            }
        }
        append(varint: grant.remainingMilliseconds)
    }

    fileprivate mutating func append(_ grants: [Grant]) {
        append(counted: grants) { grant, output in output.append(grant) }
    }

    mutating func append(_ settings: ClusterSettings) {
        guard settings.areSet else { return append(SettingsTag.none) }
        append(settings.quotaByteCount > 0 ? SettingsTag.withQuota : .withoutQuota)
        for name in settings.told { append(varint: settings[name]) }
    }

    fileprivate mutating func append(_ place: QueuePosition) {
        append(place.contest)
        append(place.lease)
        append(varint: place.position)
        append(place.holders)
    }
}
