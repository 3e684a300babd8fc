/// What one simulated run consists of; with a seed it is a whole history.
package struct SimulationOptions: Hashable, Sendable {
    /// A fault of the world that no member can survive; a run with one must be found wanting.
    package enum PlantedFault: UInt8, Hashable, Sendable {
        case none = 0
        /// Every disk says "synced" of the log and keeps nothing of it when the power goes.
        case disksForgetSyncs = 1
        /// The shells say that batches are durable long before they are carried out, and a killed
        /// process loses them.
        case completionsComeEarly = 2
    }

    package var memberCount = 3
    package var clientCount = 6
    /// They contend for one lock.
    package var lockerCount = 3
    package var keyCount = 4
    /// Virtual time in which clients write and faults happen; then everything heals.
    package var milliseconds: UInt64 = 5_000
    /// Virtual time, after the last fault, in which everybody has to be served again.
    package var calmMilliseconds: UInt64 = 5_000
    /// The pause between two faults is random, up to twice this. Zero means none happen.
    package var faultMilliseconds: UInt64 = 300
    /// A snapshot is due after so much log.
    package var snapshotLogByteCountMin = 256 << 10
    /// How often stored bytes of one member's log rot while it is down. More than one member at a
    /// time is more than any promise covers.
    package var rotCount = 1
    package var plantedFault = PlantedFault.none

    package init() {}
}

/// What a run came to.
package struct SimulationReport: Hashable, Sendable {
    package var seed: UInt64
    /// Over everything that happened: equal for two runs of one seed.
    package var traceHash: UInt128 = 0
    package var eventCount = 0
    /// The faults that struck.
    package var faults = Tally<Fault>()
    package var acknowledgedWriteCount = 0
    package var unknownWriteCount = 0
    package var readCount = 0
    /// Grants of the lock that were received.
    package var holdCount = 0
    package var leaderCount = 0
    package var crashCount = 0
    package var powerLossCount = 0
    package var snapshotCount = 0
    /// Snapshots that took the place of a store.
    package var installCount = 0
    package var rotCount = 0
    package var violations: [Violation] = []

    /// An empty report of that seed.
    package init(seed: UInt64) { self.seed = seed }

    /// Adds up what several runs did.
    package mutating func add(_ other: SimulationReport) {
        eventCount += other.eventCount
        faults.add(other.faults)
        acknowledgedWriteCount += other.acknowledgedWriteCount
        unknownWriteCount += other.unknownWriteCount
        readCount += other.readCount
        holdCount += other.holdCount
        leaderCount += other.leaderCount
        crashCount += other.crashCount
        powerLossCount += other.powerLossCount
        snapshotCount += other.snapshotCount
        installCount += other.installCount
        rotCount += other.rotCount
        violations += other.violations
    }
}

/// A promise that was broken.
package enum Violation: Hashable, Sendable {
    /// Two members led in one term.
    case twoLeaders(term: UInt64)
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
    /// A member ended itself in a way that nothing that happened to it explains.
    case memberStopped(member: Int, why: String)
}
