import Foundation
import TestCluster
import Testing

@Suite("Real processes under real faults keep every promise", .serialized)
struct FaultTests {
    /// How long the whole matrix runs, as `make test-faults` sets it.
    static let seconds = number("ROOST_FAULT_SECONDS")

    private static func number(_ name: String) -> Double? {
        ProcessInfo.processInfo.environment[name].flatMap(Double.init)
    }

    /// Given, or else new in every run; printed either way.
    private static var seed: UInt64 {
        let given = ProcessInfo.processInfo.environment["ROOST_FAULT_SEED"].flatMap(UInt64.init)
        return given ?? UInt64.random(in: 1...999_999)
    }

    /// Rows to run, by a part of their names; nil is all.
    private static var chosen: String {
        ProcessInfo.processInfo.environment["ROOST_FAULT_ONLY"] ?? ""
    }

    @Test("the whole matrix, then faults drawn by a seed", .enabled(if: seconds != nil))
    func matrix() {
        let faults = FaultRow.all.filter { fault in
            Self.chosen.isEmpty || fault.name.contains(Self.chosen)
        }
        var run = FaultRun(
            faults,
            seconds: Self.seconds ?? 0,
            seed: Self.seed,
            on: FaultHarness.Ground.best
        )
        run.run()
    }

    @Test("a leader is killed, all are killed, an answer is lost", .enabled(if: seconds == nil))
    func short() {
        let names = [
            "kill -9 of the leader", "kill -9 of all at once",
            "an answer lost, the write sent again",
        ]
        var run = FaultRun(
            FaultRow.all.filter { names.contains($0.name) },
            seconds: 0,
            seed: Self.seed,
            on: .loopback
        )
        run.run()
    }
}
