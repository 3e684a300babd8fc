internal import Bytes

/// The tag byte of each outcome. A number is never given another meaning.
enum OutcomeTag: UInt8 {
    case nothing = 0
    case put = 1
    case created = 2
    case deleted = 3
    case transaction = 4
    case leaseGranted = 5
    case keptAlive = 6
    case leaseRevoked = 7
    case granted = 8
    case queued = 9
    case abandoned = 10
    case released = 11
    case proclaimed = 12
    case compacted = 13
    case refused = 14
    case treeWritten = 15
    case settings = 16
    case wallClockSet = 17
    case memberOrder = 18
    case featureLevel = 20
    case accessChanged = 21
    case quotaChanged = 30
}

/// The tag byte of each refusal. A number is never given another meaning.
enum RefusalTag: UInt8 {
    case notFound = 0
    case conditionFailed = 1
    case fenced = 2
    case notHolder = 3
    case held = 4
    case modeMismatch = 5
    case reservedKey = 6
    case duplicatePut = 7
    case keyTooLong = 8
    case compacted = 9
    case futureRevision = 10
    case timeToLiveOutOfRange = 11
    case resultTooLarge = 12
    case tooManyLeases = 13
    case tooManyWaiters = 14
    case idempotencyMismatch = 15
    case tooManyIdempotencyKeys = 16
    case malformed = 17
    case nothingToKeep = 18
    case treeChanged = 19
    case valueTooLong = 20
    case tooManyOperations = 21
    case leaseExists = 22
    case tooManyLooks = 23
    case memberOrderStands = 24
    case tooManyMemberOrders = 25
    case quotaExceeded = 26
    case unauthenticated = 27
    case denied = 28
    case noAdministrator = 29
    case accessTooLarge = 30
    case tooManyAccessItems = 31
    case subtreeFull = 40
    case tooManyQuotas = 41
}

/// The tag byte of what an operation of a transaction came to. A number is never given another
/// meaning.
enum ResultTag: UInt8 {
    case put = 0
    /// Every record of the range.
    case get = 1
    case delete = 2
    case transaction = 3
    case putWithPrevious = 4
    case getOfMore = 5
    case deleteWithPrevious = 6
}

/// What is told of a cluster's settings. A number is never given another meaning.
enum SettingsTag: UInt8 {
    /// Nobody has set any.
    case none = 0
    /// All but the quota, of which there is none.
    case withoutQuota = 1
    case withQuota = 2
}

/// What follows a record's version.
enum RecordFlag {
    static let lease: UInt8 = 1
    static let provenance: UInt8 = 2
}

/// What a grant's mode is joined by.
enum GrantFlag {
    /// Its info and its begin follow.
    static let description: UInt8 = 0x80
}

extension Grant {
    /// Whether there is more to write of it than before grants had an info and a begin.
    var isDescribed: Bool { !info.isEmpty || since != .unknown }
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
        case .modeMismatch(let contest), .tooManyWaiters(let contest): output.append(contest)
        case .reservedKey(let key), .duplicatePut(let key), .nothingToKeep(let key):
            output.append(key)
        case .keyTooLong(let value), .timeToLiveOutOfRange(let value), .resultTooLarge(let value),
            .tooManyLooks(let value), .accessTooLarge(let value), .tooManyAccessItems(let value),
            .tooManyQuotas(let value):
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
        append(grant.mode.rawValue | (grant.isDescribed ? GrantFlag.description : 0))
        append(lengthPrefixed: grant.owner)
        append(lengthPrefixed: grant.value)
        if grant.isDescribed {
            append(lengthPrefixed: grant.info)
            append(varint: grant.since.rawValue)
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
