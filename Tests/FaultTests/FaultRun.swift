import Bytes
import Foundation
import Glibc
import TestCluster
import Testing

/// Every fault once, then faults drawn by a seed until the time is over.
struct FaultRun {
    /// After this many faults the next one meets new members, because a history is checked as a whole.
    private static let windowCountMax = 40

    let seed: UInt64
    private let faults: [FaultRow]
    private let deadline: MonotonicTime
    private let begin = MonotonicTime.now
    private var chance: Chance
    private var arena: FaultHarness?
    private let ground: FaultHarness.Ground
    private var table: FaultTable

    init(_ faults: [FaultRow], seconds: Double, seed: UInt64, on ground: FaultHarness.Ground) {
        self.seed = seed
        self.faults = faults
        self.ground = ground
        deadline = begin.advanced(byMilliseconds: UInt64(seconds * 1000))
        chance = Chance(seed: seed)
        table = FaultTable(faults)
    }

    /// Runs it, and prints the table.
    mutating func run() {
        tell("faults: seed \(seed)")
        let usable = faults.filter { fault in
            let isUsable = fault.needs.isEmpty || Tool.areUsable(fault.needs)
            if !isUsable { table.omit(fault) }
            return isUsable
        }
        for fault in usable.shuffled(using: &chance) { strike(fault) }
        while MonotonicTime.now < deadline, let fault = usable.randomElement(using: &chance) {
            strike(fault)
        }
        arena = nil
        let seconds = MonotonicTime.now.seconds(since: begin)
        tell(table.markdown(seed: seed, seconds: seconds))
        #expect(table.violationCount == 0)
    }

    /// Prints it at once: what comes out only at the end of a long run may never come out.
    private func tell(_ text: String) {
        print(text)
        fflush(nil)
    }

    private mutating func strike(_ fault: FaultRow) {
        let time = Int(MonotonicTime.now.seconds(since: begin))
        var outcome = FaultRow.Outcome()
        var counts: Ledger.Counts?
        do {
            switch fault.course {
            case .underLoad(let body):
                let arena = try self.arena ?? FaultHarness(ground)
                self.arena = arena
                (outcome, counts) = try arena.run(body, chance: &chance)
                if arena.windowCount == Self.windowCountMax { self.arena = nil }
            case .alone(let body): try body(&outcome, &chance)
            }
        } catch {
            outcome.violations.append("\(error)")
        }
        outcome.count = max(outcome.count, 1)
        table.add(outcome, of: fault, counts: counts)
        let worst = outcome.recoveries.max().map { "\(Int($0 * 1000)) ms" } ?? "-"
        tell("\(time) s: \(fault.name): \(worst), \(outcome.violations.count) violations")
        guard !outcome.violations.isEmpty else { return }
        for violation in outcome.violations {
            Issue.record("seed \(seed), \(fault.name): \(violation)")
        }
        if case .underLoad = fault.course { keepEvidence() }
    }

    /// What a broken promise leaves stays for a look; the next fault meets new members.
    private mutating func keepEvidence() {
        guard let broken = arena else { return }
        for member in broken.cluster.members {
            tell("--- \(member.name)\n\(member.standardError.suffix(4000))")
        }
        arena = nil
    }
}
