/// A waiter's place in a queue, and who is before it.
package struct QueuePosition: Hashable, Sendable {
    /// What is waited for.
    package let contest: Contest
    /// What the place lives and dies with.
    package let lease: LeaseID
    /// 1 for the first that waits.
    package let position: UInt64
    /// The oldest holders, at most `Contest.holdersShownMax`.
    package let holders: [Grant]

    package init(contest: Contest, lease: LeaseID, position: UInt64, holders: [Grant]) {
        self.contest = contest
        self.lease = lease
        self.position = position
        self.holders = holders
    }
}
