import Bytes
import Consensus
import Journal
import TestSupport
import Testing

/// One directory through many lives, each ended by a crash, with what each life acknowledged.
private struct CrashSequence {
    private var random: SplitMix64
    private var disk = MemoryDisk()
    private var history = [ModelLog()]
    private var hardStates = [HardState.initial]
    private var newestSnapshot = LogIndex.zero
    private var term: UInt64 = 1
    private(set) var operationCount = 0

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    private mutating func draw(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }

    /// One life: opens what the last one left and works until the kill, or to the end of its plan.
    mutating func live(operationsUntilKill: Int?, crash: Crash) throws {
        disk.operationsUntilKill = operationsUntilKill
        var driver: JournalDriver
        do {
            driver = try JournalDriver(
                disk,
                segmentByteCount: 2048,
                expecting: history,
                hardStates: hardStates
            )
        } catch {
            Issue.record("after \(operationCount) operations: \(error)")
            throw error
        }
        try check(driver.recovery)
        settle(on: driver.recovery)
        driver = try JournalDriver(
            disk,
            segmentByteCount: 2048,
            expecting: history,
            hardStates: hardStates
        )
        do { try work(&driver) } catch is Killed {}
        operationCount += driver.disk.operationCount - disk.operationCount
        for published in driver.completed.flatMap(\.snapshots) {
            newestSnapshot = max(newestSnapshot, published.snapshot.id.index)
        }
        history = Array(driver.history[driver.acknowledged...])
        hardStates = Array(driver.hardStates[driver.acknowledgedHardState...])
        switch crash {
        case .kill: disk = driver.disk.afterKill()
        case .powerLoss(let seed): disk = driver.disk.afterPowerLoss(seed: seed)
        case .standstill: disk = driver.disk
        }
    }

    /// After a standstill: opens the directory in every state that a power loss may leave it in, as
    /// far as they are at most `limit`, else in so many of them, and opens each again after what
    /// the opening owed.
    ///
    /// - Returns: how many states were opened, and whether those were all.
    func openEachState(limit: Int) throws -> (count: Int, isExhaustive: Bool) {
        let pieces = disk.unsyncedPieceCount
        let names = disk.unsyncedNameChangeCount + 1
        let isExhaustive = pieces < 20 && (1 << pieces) * names <= limit
        let subsets = isExhaustive ? 1 << pieces : max(limit / names, 1)
        for nameChanges in 0..<names {
            for subset in 0..<subsets {
                // Without room for all: a mix that reaches the late pieces as well.
                var mix = SplitMix64(seed: UInt64(subset))
                let kept = isExhaustive ? UInt64(subset) : mix.next()
                let state = disk.afterPowerLoss(
                    keeping: { kept >> UInt64($0 % 64) & 1 == 1 },
                    nameChanges: nameChanges
                )
                try open(state)
            }
        }
        return (subsets * names, isExhaustive)
    }

    private func open(_ state: MemoryDisk) throws {
        var driver = try JournalDriver(
            state,
            segmentByteCount: 2048,
            expecting: history,
            hardStates: hardStates
        )
        try check(driver.recovery)
        let found = driver.recovery.log.last
        try driver.start()
        let again = try JournalDriver(driver.disk.afterPowerLoss(seed: 1), segmentByteCount: 2048)
        #expect(again.recovery.log.last == found)
    }

    /// What was found is what was acknowledged, or something that was given after it.
    private func check(_ recovery: Recovery) throws {
        try #require(history.contains { $0.matches(recovery.log) }, "log \(recovery.log.last)")
        #expect(hardStates.contains(recovery.hardState), "\(recovery.hardState)")
        #expect(recovery.log.snapshot.index >= newestSnapshot)
        #expect(recovery.log.base.index <= recovery.log.snapshot.index)
        #expect(recovery.logIntegrity == .intact)
        guard let last = history.last(where: { $0.matches(recovery.log) })?.entries.last else {
            return
        }
        #expect(recovery.log.lastTime == last.time)
    }

    /// Forgets what might have been found and was not.
    private mutating func settle(on recovery: Recovery) {
        if let found = history.lastIndex(where: { $0.matches(recovery.log) }) {
            history.removeSubrange((found + 1)...)
        }
        if let found = hardStates.lastIndex(of: recovery.hardState) {
            hardStates.removeSubrange((found + 1)...)
        }
    }

    private mutating func work(_ driver: inout JournalDriver) throws {
        try driver.start()
        if driver.journal.identity.cluster == .unformed { try driver.form() }
        for _ in 0..<8 {
            switch draw(10) {
            case 0...3: driver.append(1 + draw(8), term: term)
            case 4:
                term += 1
                driver.vote(term: term, for: draw(2) == 0 ? nil : 0xA1)
            case 5: try cut(&driver)
            case 6: for batch in driver.take() { try driver.carryOut(batch) }
            case 7:
                try driver.run()
                let snapshot = driver.journal.durableLast.index
                if snapshot > driver.journal.snapshots.last?.id.index ?? .zero {
                    try driver.takeSnapshot()
                }
            case 8 where draw(4) == 0:
                try driver.run()
                let index = LogIndex(rawValue: driver.model.last.index.rawValue + 50)
                try driver.install(EntryID(term: Term(rawValue: term), index: index))
            default:
                try driver.run()
                driver.journal.settle()
                try driver.run()
            }
        }
    }

    /// Cuts off a part that no snapshot covers, as a new leader's conflict does.
    private mutating func cut(_ driver: inout JournalDriver) throws {
        let floor = max(driver.journal.snapshots.last?.id.index ?? .zero, driver.model.base.index)
        let last = driver.model.last.index
        guard last > floor else { return }
        term += 1
        let keep = floor.rawValue + UInt64(draw(Int(last.rawValue - floor.rawValue)))
        driver.cut(after: keep)
    }

    enum Crash {
        case kill
        case powerLoss(seed: UInt64)
        /// The process is gone; what the device keeps is still to be decided.
        case standstill
    }
}

/// Rows of faults "Storage": kill -9 at every system call, power loss.
@Suite("What is acknowledged survives every crash")
struct CrashTests {
    // Unoptimised code tries a sample.
    #if DEBUG
    static let seeds: Range<UInt64> = 0..<3
    static let exhaustedSeeds: Range<UInt64> = 0..<1
    #else
    static let seeds: Range<UInt64> = 0..<100
    static let exhaustedSeeds: Range<UInt64> = 0..<8
    #endif

    @Test("the process is killed at every operation of a life", arguments: seeds)
    func killPoints(seed: UInt64) throws {
        var whole = CrashSequence(seed: seed)
        try whole.live(operationsUntilKill: nil, crash: .kill)
        #expect(whole.operationCount > 20)
        for count in 0..<whole.operationCount {
            for crash in [
                CrashSequence.Crash.kill, .powerLoss(seed: seed), .powerLoss(seed: seed + 99),
            ] {
                var lives = CrashSequence(seed: seed)
                try lives.live(operationsUntilKill: count, crash: crash)
                try lives.live(operationsUntilKill: nil, crash: .kill)
                try lives.live(operationsUntilKill: nil, crash: .kill)
            }
        }
    }

    @Test(
        "every subset of unsynced sectors, at every operation of a life",
        arguments: exhaustedSeeds
    )
    func everySubset(seed: UInt64) throws {
        var whole = CrashSequence(seed: seed)
        try whole.live(operationsUntilKill: nil, crash: .kill)
        var exhaustiveCount = 0
        for count in 0..<whole.operationCount {
            var lives = CrashSequence(seed: seed)
            try lives.live(operationsUntilKill: count, crash: .standstill)
            let states = try lives.openEachState(limit: 256)
            if states.isExhaustive { exhaustiveCount += 1 }
        }
        // Where more is unsynced than can be enumerated, 256 subsets stand for all.
        #expect(exhaustiveCount * 2 > whole.operationCount)
    }

    @Test("one directory through twelve lives", arguments: seeds)
    func lives(seed: UInt64) throws {
        var random = SplitMix64(seed: seed &+ 1 << 40)
        for _ in 0..<16 {
            var lives = CrashSequence(seed: random.next())
            for _ in 0..<12 {
                let isKill = random.next() % 3 == 0
                let crash = isKill ? CrashSequence.Crash.kill : .powerLoss(seed: random.next())
                try lives.live(operationsUntilKill: Int(random.next() % 120), crash: crash)
            }
        }
    }

    @Test("the check catches an answer that was given before its sync")
    func planted() throws {
        var caught = 0
        for seed in 0..<20 as Range<UInt64> {
            var driver = try JournalDriver(MemoryDisk())
            try driver.form()
            driver.append(3)
            try driver.run()
            driver.append(3)
            // The planted fault: the batch without its sync, answered for.
            for batch in driver.take() {
                let operations = batch.operations.filter { operation in
                    if case .sync = operation { false } else { true }
                }
                try driver.carryOut(
                    DiskBatch(number: batch.number, lane: batch.lane, operations: operations)
                )
            }
            let disk = driver.disk.afterPowerLoss(seed: seed)
            let expected = driver.history[driver.acknowledged...]
            let recovery = try? JournalDriver.open(disk).recovery
            let isThere = recovery.map { found in
                expected.contains { $0.matches(found.log) }
            }
            if isThere != true { caught += 1 }
        }
        #expect(caught > 0)
    }
}
