/// The kinds of items in a snapshot that are beside the store's own. A number is never given
/// another meaning.
enum SessionStateTag: UInt8 {
    case position = 1
    case lease = 2
    case contender = 3
    case answer = 4
    /// Not in format 2.
    case settings = 5
    /// Not in format 2.
    case memberOrder = 6
    /// From format 5 on, as those that follow.
    case access = 7
    case role = 8
    case user = 9
    case signingKey = 10
    /// From format 6 on: the quota of a subtree.
    case quota = 20
    /// From format 6 on, as those that follow.
    case shutContest = 11
    case writeGuard = 12
    case queueSettings = 13
    case queueItem = 14
    case barrier = 21
    case barrierParty = 22
    case endedBarrier = 23
}

/// The seeds, in the state hash, of the kinds of items beside the store's own.
enum SessionStateHashSeed {
    static let position: UInt64 = 256
    static let lease: UInt64 = 257
    static let contender: UInt64 = 258
    static let answer: UInt64 = 259
    static let settings: UInt64 = 260
    static let wallClock: UInt64 = 261
    static let memberOrders: UInt64 = 262
    static let access: UInt64 = 263
    static let role: UInt64 = 264
    static let user: UInt64 = 265
    static let signingKey: UInt64 = 266
    static let quota: UInt64 = 280
    static let shutContest: UInt64 = 267
    static let writeGuard: UInt64 = 268
    static let queueSettings: UInt64 = 269
    static let queueItem: UInt64 = 270
    static let queueStanding: UInt64 = 271
    static let barrier: UInt64 = 281
    static let barrierParty: UInt64 = 282
    static let endedBarrier: UInt64 = 283
}
