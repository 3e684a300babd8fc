/// What one simulated run consists of; with a seed it is a whole history.
package struct SimulationOptions: Hashable, Sendable {
    /// How much of the world the seed decides.
    package enum Variety: UInt8, Hashable, Sendable {
        /// The number of members and clients, sizes, speeds, which faults strike and how often:
        /// the counts and sizes below are drawn anew.
        case swarm = 0
        /// The options as they are, in a world without faults.
        case quiet = 1
    }

    /// A fault of the world that no member can survive; a run with one must be found wanting.
    package enum PlantedFault: UInt8, Hashable, Sendable {
        case none = 0
        /// Every disk says "synced" of the log and keeps nothing of it when the power goes.
        case disksForgetSyncs = 1
        /// The shells say that batches are durable long before they are carried out, and a killed
        /// process loses them.
        case completionsComeEarly = 2
        /// Every disk says "synced" of term and vote and keeps nothing of it when the power goes.
        case disksForgetVotes = 3
        /// A bit of what members send each other flips now and then.
        case networkFlipsBits = 4
        /// The shells say twice that a batch of the log is done: the member ends its process.
        case completionsRepeat = 5
    }

    package var variety = Variety.swarm
    /// 1 to 7.
    package var memberCount = 3
    /// Who uses the cluster; nil lets the seed decide.
    package var mix: Mix?
    /// Virtual time in which clients write and faults happen; then everything heals.
    package var milliseconds: UInt64 = 600_000
    /// Virtual time, after the last fault, in which everybody has to be served again; at least 20
    /// of the longest election timeouts.
    package var calmMilliseconds: UInt64 = 12_000
    /// The pause between two incidents is random, up to twice this.
    package var faultMilliseconds: UInt64 = 3_000
    /// A snapshot is due after so much log.
    package var snapshotLogByteCountMin = 256 << 10
    package var plantedFault = PlantedFault.none

    package init() {}
}
