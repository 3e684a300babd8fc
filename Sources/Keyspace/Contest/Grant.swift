/// Ownership of a lock or of leadership.
package struct Grant: Hashable, Sendable {
    /// What was won.
    package let contest: Contest
    /// The fencing token: the revision of the grant.
    package let token: FencingToken
    /// What the grant lives and dies with.
    package let lease: LeaseID
    /// Whether others may hold, too.
    package let mode: LockRequest.Mode
    /// Who asked, for people.
    package let owner: [UInt8]
    /// An election's proclaimed value; what was asked with for a lock.
    package let value: [UInt8]
    /// What else was said, for people.
    package let info: [UInt8]
    /// When it was granted.
    package let since: WallTime
    /// How many may hold it at a time, 0 for any number of those who share it.
    package let permitCount: UInt32
    /// How often it is held, and so has to be released.
    package let holdCount: UInt32
    /// What is left of the time for which it may be held at all; nil for as long as the lease lives.
    package let holdRemainingMilliseconds: UInt64?
    /// What is left of the lease; 0 when it is over and not swept yet.
    package let remainingMilliseconds: UInt64

    package init(
        contest: Contest,
        token: FencingToken,
        lease: LeaseID,
        mode: LockRequest.Mode,
        owner: [UInt8],
        value: [UInt8],
        info: [UInt8] = [],
        since: WallTime = .unknown,
        permitCount: UInt32 = 0,
        holdCount: UInt32 = 1,
        holdRemainingMilliseconds: UInt64? = nil,
        remainingMilliseconds: UInt64
    ) {
        self.contest = contest
        self.token = token
        self.lease = lease
        self.mode = mode
        self.owner = owner
        self.value = value
        self.info = info
        self.since = since
        self.permitCount = permitCount
        self.holdCount = holdCount
        self.holdRemainingMilliseconds = holdRemainingMilliseconds
        self.remainingMilliseconds = remainingMilliseconds
    }
}
