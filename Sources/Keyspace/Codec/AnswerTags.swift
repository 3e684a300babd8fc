// The numbers that an answer's stored form is made of.

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
    case stillHeld = 22
    case guardChanged = 23
    case counted = 24
    case successorChosen = 25
    case queue = 26
    case barrier = 31
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
    case permitsDiffer = 32
    case guarded = 33
    case tooManyGuards = 34
    case counterOutOfRange = 35
    case noSuccessor = 36
    case queue = 37
    case barrier = 42
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
    /// How many may hold at a time follows, how often it is held, and for how long it may be.
    static let terms: UInt8 = 0x40
    static let all = description | terms
}
