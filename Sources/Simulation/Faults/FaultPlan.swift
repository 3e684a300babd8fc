internal import Bytes
internal import Consensus

/// What a seed makes of the world: which faults strike and how often, how fast machines are, how
/// many members there are. No two seeds test the same corner.
struct FaultPlan: Sendable {
    /// One kind of incident among those of a seed.
    private struct Share: Sendable {
        let fault: Fault
        let weight: Int
    }

    enum RenameCrashes: UInt8, Hashable, Sendable {
        case none = 0
        case some = 1
    }

    /// Which releases the cluster's machines have.
    enum Releases: UInt8, Hashable, Sendable {
        case alike = 0
        /// The founders' is the one before; each is upgraded at one of its starts.
        case mixed = 1
    }

    private(set) var releases = Releases.alike
    private(set) var heartbeatMilliseconds = Timing.heartbeatMillisecondsDefault
    private(set) var electionMilliseconds = Timing.electionTimeoutMillisecondsDefault
    /// How long a frame takes from sending to arrival.
    private(set) var networkMicroseconds: ClosedRange<UInt64> = 30...600
    /// How long the disk takes for a batch.
    private(set) var diskMicroseconds: ClosedRange<UInt64> = 50...1_500
    /// How fast the disks write the log when all faults have ended: somebody has to lead on slow
    /// ones too.
    private(set) var calmDisks = DiskHealth.LogSpeed.prompt
    private(set) var segmentByteCount = 128 << 10
    private(set) var clocks = SimulatedClock.Rates.different
    /// How many bytes of entries stay in memory for members that lag a little.
    private(set) var windowByteCount = 1 << 20
    /// Whether crashes seek out the moments at which files get or lose their names.
    private(set) var renameCrashes = RenameCrashes.none
    /// How many of 65,536 frames are struck.
    private(set) var frameFaultsPer65536: UInt64 = 0

    /// The mean pause between two actions of the operator; nil when nobody touches the cluster.
    private(set) var actionMilliseconds: UInt64?
    private var actions: [ClusterOperator.Action] = []

    private var incidents: [Share] = []
    private var frameFaults: [Fault] = []

    /// No faults: the same for every seed.
    init() {}

    /// Draws what a seed makes of the world.
    init(_ chance: inout SplitMix64) {
        electionMilliseconds = UInt64.random(in: 300...1_000, using: &chance)
        heartbeatMilliseconds = electionMilliseconds / UInt64.random(in: 4...8, using: &chance)
        networkMicroseconds = [30...300, 30...600, 200...5_000].pick(&chance)
        diskMicroseconds = [50...500, 50...1_500, 1_000...10_000].pick(&chance)
        segmentByteCount = [32 << 10, 64 << 10, 256 << 10].pick(&chance)
        renameCrashes = [.none, .some].pick(&chance)
        windowByteCount = [4 << 10, 64 << 10, 1 << 20].pick(&chance)
        for fault in Fault.incidents where Int.random(in: 0..<5, using: &chance) < 3 {
            let weight =
                [.worldPowerLoss, .slowDisks].contains(fault)
                ? 1 : Int.random(in: 1...6, using: &chance)
            incidents.append(Share(fault: fault, weight: weight))
        }
        let kinds: [Fault] = [
            .brokenConnection, .lostFrame, .duplicatedFrame, .lateFrame, .replayedFrame,
        ]
        frameFaults = kinds.filter { _ in Int.random(in: 0..<2, using: &chance) == 0 }
        frameFaultsPer65536 = frameFaults.isEmpty ? 0 : [4, 32, 256, 2_048].pick(&chance)
        actions = ClusterOperator.Action.allCases.filter { _ in
            Int.random(in: 0..<4, using: &chance) > 0
        }
        let pauses: [UInt64?] = [nil, 2_000, 5_000, 15_000]
        actionMilliseconds = pauses.pick(&chance)
        clocks = [.alike, .different, .different].pick(&chance)
        calmDisks = Int.random(in: 0..<4, using: &chance) == 0 ? .slow : .prompt
        releases = Int.random(in: 0..<3, using: &chance) == 0 ? .mixed : .alike
    }

    func drawAction(_ chance: inout SplitMix64) -> ClusterOperator.Action? {
        actions.isEmpty ? nil : actions.pick(&chance)
    }

    /// The kind of the next incident; nil when the seed has none.
    func drawIncident(_ chance: inout SplitMix64) -> Fault? {
        let total = incidents.reduce(0) { $0 + $1.weight }
        guard total > 0 else { return nil }
        var place = Int.random(in: 0..<total, using: &chance)
        for share in incidents {
            if place < share.weight { return share.fault }
            place -= share.weight
        }
        return nil
    }

    /// What becomes of a frame that is struck.
    func drawFrameFault(_ chance: inout SplitMix64) -> Fault? {
        frameFaults.isEmpty ? nil : frameFaults.pick(&chance)
    }
}

extension Array {
    /// One of them; there is at least one.
    func pick(_ chance: inout SplitMix64) -> Element {
        self[Int.random(in: indices, using: &chance)]
    }
}
