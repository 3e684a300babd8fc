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
            case .put(let key, let result):
                output.append(OperationTag.put)
                output.append(key)
                output.append(result)
            case .get(let records):
                output.append(OperationTag.get)
                output.append(counted: records) { record, output in output.append(record) }
            case .deleted(let count):
                output.append(OperationTag.delete)
                output.append(varint: count)
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
        case .reservedKey(let key), .duplicatePut(let key): output.append(key)
        case .keyTooLong(let value), .timeToLiveOutOfRange(let value), .resultTooLarge(let value):
            output.append(varint: value)
        case .compacted(let revision): output.append(revision)
        case .futureRevision(let asked, let current):
            output.append(asked)
            output.append(current)
        case .tooManyLeases, .idempotencyMismatch, .tooManyIdempotencyKeys, .malformed: break
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
        case .tooManyLeases: .tooManyLeases
        case .tooManyWaiters: .tooManyWaiters
        case .idempotencyMismatch: .idempotencyMismatch
        case .tooManyIdempotencyKeys: .tooManyIdempotencyKeys
        case .malformed: .malformed
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
        append(record.lease)
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
        append(grant.mode)
        append(lengthPrefixed: grant.owner)
        append(lengthPrefixed: grant.value)
        append(varint: grant.remainingMilliseconds)
    }

    fileprivate mutating func append(_ grants: [Grant]) {
        append(counted: grants) { grant, output in output.append(grant) }
    }

    fileprivate mutating func append(_ place: QueuePosition) {
        append(place.contest)
        append(place.lease)
        append(varint: place.position)
        append(place.holders)
    }
}
