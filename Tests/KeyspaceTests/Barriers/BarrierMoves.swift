import Bytes

@testable import Keyspace

/// What suites of barriers do and expect.
protocol BarrierMoves {}

extension BarrierMoves {
    var build: BarrierName { BarrierName(bytes("build")) }

    /// A cluster with leases 11 to 15, of 10 s each.
    func prepared() -> Machine {
        var machine = Machine()
        machine.apply(.raiseFeatureLevel(to: FeatureLevel.fourth))
        for number: UInt64 in 11...15 {
            machine.apply(.grantLease(lease(number), timeToLiveMilliseconds: 10_000))
        }
        return machine
    }

    func act(_ act: BarrierRequest.Act, _ name: BarrierName? = nil) -> Command {
        .barrier(BarrierRequest(name ?? build, act: act))
    }

    func enter(
        _ number: UInt64,
        of partyCount: UInt32 = 2,
        generation: BarrierGeneration? = nil,
        _ name: BarrierName? = nil
    ) -> Command {
        let entry = BarrierEntry(
            partyCount: partyCount,
            ownership: .lease(lease(number)),
            generation: generation
        )
        return act(.enter(entry), name)
    }

    func enterAlone(of partyCount: UInt32 = 2) -> Command {
        act(
            .enter(
                BarrierEntry(partyCount: partyCount, ownership: .own(timeToLiveMilliseconds: 5_000))
            )
        )
    }

    func leave(_ number: UInt64, of generation: BarrierGeneration? = nil) -> Command {
        act(.leave(lease(number), of: generation))
    }

    /// The standing after an enter.
    func entered(_ outcome: Outcome) throws -> (BarrierStanding, LeaseID) {
        guard case .barrier(.entered(let standing, let lease)) = outcome else {
            throw UnexpectedOutcome(outcome: outcome)
        }
        return (standing, lease)
    }
}

/// An outcome that is none of those that a test goes on with.
struct UnexpectedOutcome: Error { let outcome: Outcome }
