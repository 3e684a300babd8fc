/// A promise that was broken.
package enum Violation: Hashable, Sendable {
    /// Two members led in one term.
    case twoLeaders(term: UInt64)
    /// Two members committed different entries at one index.
    case logsDiffer(index: UInt64)
    /// A leader's log lacks an entry that was committed before its term.
    case leaderLacks(index: UInt64, term: UInt64)
    /// What a member knew to be committed was no longer so later in its life.
    case commitWentBack(member: Int)
    /// A member's durable term went back.
    case termWentBack(member: Int)
    /// A member voted twice in one term.
    case votedTwice(member: Int, term: UInt64)
    /// Somebody leads by votes that could still be forgotten.
    case votesNotDurable(term: UInt64)
    /// A leader committed an entry of an older term by counting.
    case olderTermCounted(index: UInt64)
    /// A leader committed what is not durable on a majority of each half of the voters.
    case commitNotDurable(index: UInt64)
    /// A leader changed the membership before an entry of its own term was committed.
    case changedTooSoon(index: UInt64)
    /// Fewer vote than any order could have left.
    case tooFewVoters(index: UInt64, count: Int)
    /// A member that is only to observe votes, or one is known by another name than its own.
    case wrongRole(member: Int, index: UInt64)
    /// Whoever answers at an address was taken for another member.
    case takenForAnother(member: Int, by: Int)
    /// After everything healed a member did not reach another one.
    case notReached(member: Int, by: Int)
    /// A learner is on its way to vote, and no order wants it to.
    case strandedLearner(index: UInt64)
    /// A machine was let in although the order for it had been withdrawn.
    case uninvited(member: Int)
    /// A member that lost its directory for good is who it was before.
    case cameBackAsItself(member: Int)
    /// The feature level rose before that member, which belongs to the cluster, was ever upgraded.
    case levelTooSoon(member: Int)
    /// All members know the feature level, and that one is not at it.
    case levelNotRaised(member: Int)
    /// A membership stayed in force when its entry was cut off.
    case cutMembershipInForce(member: Int, index: UInt64)
    /// An entry that was durable is no longer there in the next life.
    case durableEntryLost(member: Int, index: UInt64)
    /// A member's log lost a durable entry of the term that still lasts: what it acknowledged to
    /// that term's leader.
    case entryWithdrawn(member: Int, index: UInt64)
    /// A member gave up its log although nothing had happened to it.
    case logGivenUp(member: Int)
    /// Two members applied different states at one index.
    case statesDiffer(index: UInt64)
    /// What clients were promised.
    case client(Finding)
    /// After everything healed the cluster did not serve again.
    case notServing
    /// After everything healed a member did not become ready again.
    case notReady(member: Int, why: String)
    /// After everything healed nobody led.
    case noLeader
    /// On disks slower than the election timeout nobody led one term for as long as several writes
    /// took, with something committed in each such span.
    case noSteadyLeader
    /// A member ended itself in a way that nothing that happened to it explains.
    case memberStopped(member: Int, why: String)
    /// A member takes turn after turn in which nothing happens.
    case spins(member: Int)
    /// After everything healed a member that was to come or go was not let in or removed.
    case changeUnfinished(member: Int)
    /// A member that came back with less than it had acknowledged met one that knows, and may vote.
    case forgetfulVoter(member: Int)
    /// A copy of a running member's directory took its place with a peer.
    case originalDisplaced(member: Int)
    /// A member went on with a directory that it had to refuse.
    case forgeryServed(member: Int)
    /// What a member would have written as a backup is none.
    case backupUnreadable
    /// A restored cluster has a revision that the old one may have told.
    case restoredBelowTold(member: Int, revision: UInt64)
    /// A lease of the backup ended before its whole time to live was over.
    case restoredLeaseEnded(lease: UInt64)
    /// A holder of the backup holds no more, although its lease lives.
    case restoredHolderRobbed(token: UInt64)
    /// A restored cluster granted a lease under an id that the old one may have granted.
    case restoredLeaseGivenTwice(lease: UInt64)
    /// A watch of the old cluster would go on in the restored one as if nothing had been lost.
    case restoredHistoryKept(member: Int)
    /// A key is not as it was at the backup.
    case restoredKeyDiffers(member: Int)
}
