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
        self.remainingMilliseconds = remainingMilliseconds
    }
}
