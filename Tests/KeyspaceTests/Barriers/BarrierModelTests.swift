import Bytes
import Testing

@testable import Keyspace

@Suite("Barriers against the model")
struct BarrierModelTests {
    private static let names = ["a", "b"].map { BarrierName(bytes($0)) }
    private static let leases: [UInt64] = [1_001, 1_002, 1_003, 1_004, 1_005]

    @Test("random histories come to the same, with snapshots in between")
    func agree() throws {
        for seed: UInt64 in 0..<60 {
            let difference = try run(seed: seed, fault: .none)
            #expect(difference == nil, "seed \(seed): \(difference ?? "")")
        }
    }

    /// The comparison is not empty: each way of being wrong is seen.
    @Test(arguments: BarrierModel.Fault.allCases.filter { $0 != .none })
    func plantedFaultsAreSeen(_ fault: BarrierModel.Fault) throws {
        let isSeen = try (0..<60).contains { seed in try run(seed: seed, fault: fault) != nil }
        #expect(isSeen)
    }

    /// The first difference of a random history, nil when there is none.
    private func run(seed: UInt64, fault: BarrierModel.Fault) throws -> String? {
        var random = SplitMix64(seed: seed)
        var machine = Machine()
        var model = BarrierModel(fault: fault)
        machine.apply(.raiseFeatureLevel(to: FeatureLevel.fourth))
        for number in Self.leases { grant(number, in: &machine) }
        var generations: [BarrierGeneration] = []
        for entry in 0..<300 {
            if Int.random(in: 0..<14, using: &random) == 0 {
                let number = Self.leases.randomElement(using: &random) ?? 0
                endLease(number, in: &machine, model: &model, random: &random)
            }
            let request = next(generations, random: &random)
            let words = words(machine.apply(.barrier(request)))
            let expected = model.apply(request, index: machine.index)
            if words != expected { return "\(words) instead of \(expected) for \(request)" }
            for name in Self.names {
                let view = machine.keyspace.barrier(name)
                let told = [view.present, view.next].compactMap(\.self).map(self.words)
                    .joined(separator: ", ")
                if told != model.view(of: name) {
                    return "\(told) instead of \(model.view(of: name)) in \(name)"
                }
                generations += [view.present, view.next].compactMap(\.?.generation)
            }
            generations = Array(generations.suffix(20))
            if entry % 37 == 0 { try machine.restartTwin() }
        }
        return nil
    }

    private func grant(_ number: UInt64, in machine: inout Machine) {
        machine.apply(.grantLease(lease(number), timeToLiveMilliseconds: 1_000))
    }

    /// Ends a lease, by its time or by hand, and grants it anew.
    private func endLease(
        _ number: UInt64,
        in machine: inout Machine,
        model: inout BarrierModel,
        random: inout SplitMix64
    ) {
        if Bool.random(using: &random) {
            machine.apply(.revokeLease(lease(number)))
            model.end(lease(number), for: "revoked")
        } else {
            let others = Self.leases.filter { $0 != number }.map(lease)
            machine.time += 900
            machine.apply(.keepAlive(others))
            machine.pass(200)
            model.end(lease(number), for: "expired")
            machine.apply(.keepAlive(others))
        }
        grant(number, in: &machine)
    }

    private func next(
        _ generations: [BarrierGeneration],
        random: inout SplitMix64
    ) -> BarrierRequest {
        func one(in count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }
        let name = Self.names[one(in: 3) ? 1 : 0]
        let id = lease(Self.leases.randomElement(using: &random) ?? 0)
        let known = generations.randomElement(using: &random)
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<10:
            let entry = BarrierEntry(
                partyCount: one(in: 9) ? 3 : 2,
                ownership: .lease(id),
                generation: one(in: 5) ? known : nil
            )
            return BarrierRequest(name, act: .enter(entry))
        case 10..<16:
            return BarrierRequest(name, act: .leave(id, of: one(in: 3) ? known : nil))
        case 16..<19:
            let extent: BarrierRequest.Withdrawal = one(in: 2) ? .unlessOpen : .openToo
            let generation = one(in: 3) ? nil : generations.last
            return BarrierRequest(name, act: .withdraw(id, from: generation, extent))
        default: return BarrierRequest(name, act: one(in: 3) ? .breakUp : .leave(id, of: nil))
        }
    }

    private func words(_ standing: BarrierStanding) -> String {
        let counts = "\(standing.enteredCount)/\(standing.partyCount) \(standing.leftCount)"
        return "\(standing.generation.rawValue) \(standing.phase) \(counts)"
    }

    private func words(_ outcome: Outcome) -> String {
        switch outcome {
        case .barrier(.entered(let standing, _)): "in \(words(standing))"
        case .barrier(.left(let standing)):
            standing.phase == .left
                ? "left \(standing.generation.rawValue) over" : "left \(words(standing))"
        case .barrier(.withdrawn(let standing)): "withdrawn \(standing.enteredCount)"
        case .barrier(.broken(let count)): "broke \(count)"
        case .refused(.barrier(_, let refusal)): words(refusal)
        default: "\(outcome)"
        }
    }

    private func words(_ refusal: BarrierRefusal) -> String {
        switch refusal {
        case .partiesDiffer(let count): "differ \(count)"
        case .occupied: "occupied"
        case .broken(_, let breach):
            (["broken", "\(breach.cause)"] + [breach.lease.map { "\($0)" }].compactMap(\.self))
                .joined(separator: " ")
        case .notIn: "not in"
        case .full: "full"
        }
    }
}
