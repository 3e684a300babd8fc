import Bytes
import Consensus

/// A sound network, and disks that take their time for each batch of what was handed to them,
/// another one each time.
struct SlowDisks {
    static let electionTimeoutMilliseconds: UInt64 = 300

    let cluster: SimulatedCluster
    /// For each machine, what one batch takes at least and at most.
    let milliseconds: [ClosedRange<UInt64>]
    /// Who led, as often as that changed.
    private(set) var reigns: [Reign] = []
    private var random: SplitMix64
    private var batches: [Batch?]

    /// One member in one term.
    struct Reign: Equatable {
        let leader: MemberID
        let term: Term
    }

    /// What the disk of a machine is at.
    private struct Batch {
        let writeCount: Int
        let done: MonotonicTime
        /// When the host next tells its member that the disk does not answer.
        var warning: MonotonicTime
    }

    init(milliseconds: [ClosedRange<UInt64>], seed: UInt64) {
        let count = milliseconds.count
        cluster = SimulatedCluster(.init(machineCount: count, founders: count), seed: seed)
        random = SplitMix64(seed: seed)
        self.milliseconds = milliseconds
        batches = Array(repeating: nil, count: count)
    }

    /// The furthest commit of any member that runs.
    var committed: LogIndex {
        cluster.machines.compactMap { $0.process?.raft.commitIndex }.max() ?? 0
    }

    /// Lets that much time pass, 1 ms at a time; a message takes as long.
    mutating func run(milliseconds span: UInt64, proposesEach interval: UInt64? = nil) {
        for moment in 0..<span {
            cluster.now = cluster.now.advanced(byMilliseconds: 1)
            let messages = cluster.network
            cluster.network = []
            for message in messages {
                cluster.step(Int(message.to.rawValue) - 1, input: .received(message))
            }
            cluster.tickDue()
            for machine in cluster.machines.indices { work(machine) }
            guard let leader = leader else { continue }
            let reign = Reign(leader: cluster.machines[leader].id, term: term(of: leader))
            if reigns.last != reign { reigns.append(reign) }
            if let interval, moment % interval == 0 {
                cluster.propose(leader, proposals: [command("x")])
            }
        }
    }

    private var leader: Int? {
        cluster.machines.indices.filter { cluster.machines[$0].process?.raft.role == .leader }
            .max { term(of: $0) < term(of: $1) }
    }

    private func term(of machine: Int) -> Term { cluster.machines[machine].process?.raft.term ?? 0 }

    /// One batch at a time, of all that waits, as the host's log lane does it.
    private mutating func work(_ machine: Int) {
        let now = cluster.now
        if let batch = batches[machine] {
            if batch.done <= now {
                batches[machine] = nil
                cluster.completeWrites(machine, count: batch.writeCount)
            } else if batch.warning <= now {
                let next = warning(now)
                batches[machine]?.warning = next
                cluster.step(machine, input: .diskStalled)
            }
        }
        let pending = cluster.machines[machine].disk.pending.count
        guard batches[machine] == nil, pending > 0 else { return }
        let drag = UInt64.random(in: milliseconds[machine], using: &random)
        let done = now.advanced(byMilliseconds: drag)
        batches[machine] = Batch(writeCount: pending, done: done, warning: warning(now))
    }

    private func warning(_ now: MonotonicTime) -> MonotonicTime {
        now.advanced(byMilliseconds: Self.electionTimeoutMilliseconds)
    }
}
