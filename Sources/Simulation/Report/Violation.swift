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
    /// Two members applied different states at one index.
    case statesDiffer(index: UInt64)
    /// One revision wrote different things on two members, or in two lives of one.
    case historiesDiffer(revision: UInt64)
    /// An acknowledged write is not in the history at the revision it was given.
    case writeLost(revision: UInt64)
    /// A later operation saw or got an older revision than one that had ended before it began.
    case notLinearizable(key: Int, revision: UInt64, after: UInt64)
    /// A read gave something else than what its revision wrote.
    case wrongValue(key: Int, revision: UInt64)
    /// A write was acknowledged or denied against what the history shows.
    case deniedButApplied(revision: UInt64)
    /// One write took effect at two revisions.
    case appliedTwice(revision: UInt64, and: UInt64)
    /// Two could prove at one moment that they held the lock.
    case twoHolders(token: UInt64, other: UInt64)
    /// A later grant has no higher token.
    case tokenDidNotGrow(token: UInt64, after: UInt64)
    /// After everything healed the cluster did not serve again.
    case notServing
    /// After everything healed a member did not become ready again.
    case notReady(member: Int, why: String)
    /// After everything healed nobody led.
    case noLeader
    /// A member ended itself in a way that nothing that happened to it explains.
    case memberStopped(member: Int, why: String)
    /// A member went on with a directory that it had to refuse.
    case forgeryServed(member: Int)
}
