/// A lease as its owner sees it at one time.
package struct LeaseStanding: Hashable, Sendable {
    /// The lease.
    package let id: LeaseID
    /// What each keepalive gives it.
    package let timeToLiveMilliseconds: UInt64
    /// What is left until its deadline.
    package let remainingMilliseconds: UInt64

    package init(id: LeaseID, timeToLiveMilliseconds: UInt64, remainingMilliseconds: UInt64) {
        self.id = id
        self.timeToLiveMilliseconds = timeToLiveMilliseconds
        self.remainingMilliseconds = remainingMilliseconds
    }
}
