import Bytes
import Consensus
import Testing

@Suite("Figure 3.2 under loss, duplication, reordering, partitions and crashes")
struct SafetyTests {
    /// Runs seeds one after the other in one test; a failure names the seed.
    private func survives(_ plan: SimulatedCluster.Plan, seeds: ClosedRange<UInt64>, rounds: Int) {
        var elections = 0
        var committed: UInt64 = 0
        var reads = 0
        for seed in seeds {
            let cluster = SimulatedCluster(plan, seed: seed)
            cluster.run(rounds: rounds)
            #expect(cluster.laws.violations.isEmpty, "seed \(seed): \(cluster.laws.violations)")
            #expect(cluster.settles(), "seed \(seed): no agreement once everything works")
            #expect(cluster.laws.violations.isEmpty, "seed \(seed): \(cluster.laws.violations)")
            elections += cluster.laws.electionCount
            committed += cluster.laws.committedIndex.rawValue
            reads += cluster.laws.readCount
        }
        let count = seeds.count
        #expect(elections > 2 * count, "hardly any elections: the schedule tests nothing")
        #expect(committed > 20 * UInt64(count), "hardly any commits: the schedule tests nothing")
        #expect(reads > 5 * count, "hardly any reads: the schedule tests nothing")
    }

    @Test("three members, one of which may lose its log")
    func three() {
        var plan = SimulatedCluster.Plan()
        plan.losesLogs = true
        survives(plan, seeds: 1...60, rounds: 4_000)
    }

    @Test("five members")
    func five() {
        var plan = SimulatedCluster.Plan()
        plan.machineCount = 5
        plan.founders = 5
        survives(plan, seeds: 1_001...1_030, rounds: 4_000)
    }

    @Test("changing memberships over five machines")
    func membership() {
        var plan = SimulatedCluster.Plan()
        plan.machineCount = 5
        plan.changesMembership = true
        survives(plan, seeds: 2_001...2_060, rounds: 4_000)
    }

    @Test("a world that lies is found out", arguments: Lie.allCases)
    func lies(_ lie: Lie) {
        var plan = SimulatedCluster.Plan()
        plan.lie = lie
        plan.losesLogs = lie == .hidesLoss
        let caught = (UInt64(1)...200).contains { seed in
            let cluster = SimulatedCluster(plan, seed: seed)
            cluster.run(rounds: 4_000)
            return !cluster.laws.violations.isEmpty
        }
        #expect(caught)
    }
}
