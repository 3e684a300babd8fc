import Bytes
import Consensus
import Journal
import TestSupport
import Testing

@Suite("The hard state (Docs/Formats/hardstate.md)")
struct HardStateTests {
    /// A directory whose slots hold term 4 and, newer, term 5 with a vote.
    static func voted() throws -> JournalDriver {
        var driver = try JournalDriver(MemoryDisk())
        try driver.form()
        for term in 4...5 as ClosedRange<UInt64> {
            driver.vote(term: term, for: term == 5 ? 0xB2 : nil)
            try driver.run()
        }
        return driver
    }

    static let newest = HardState(term: Term(rawValue: 5), votedFor: MemberID(rawValue: 0xB2))

    @Test("the newest of the two slots counts, and opening changes nothing of it")
    func newestCounts() throws {
        var driver = try Self.voted()
        for _ in 0..<3 {
            #expect(try JournalDriver.open(driver.disk).recovery.hardState == Self.newest)
            driver = try JournalDriver(driver.disk)
            try driver.run()
        }
    }

    @Test("a slot whose sectors are all damaged is a forgotten vote, though the other is sound")
    func slotLost() throws {
        for slot in 0..<2 {
            var disk = try Self.voted().disk
            disk.edit(.hardState) { bytes in
                for start in stride(from: 0, to: 4096, by: 512) { bytes[slot * 4096 + start] ^= 1 }
            }
            let error = #expect(throws: JournalError.self) { try JournalDriver.open(disk) }
            guard case .voteLost(let damage) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(damage.file == .hardState && damage.offset == slot * 4096)
        }
    }

    @Test(
        "a sequence that no writer reaches, under a right checksum, is refused and never counted on"
    )
    func sequenceBeyondReach() throws {
        for sequence in [.max, .max - 1, 1 << 62 + 1] as [UInt64] {
            var disk = try Self.voted().disk
            disk.edit(.hardState) { $0.forge(sequence, at: 16) }
            let error = #expect(throws: JournalError.self) { try JournalDriver.open(disk) }
            let damage = Damage(file: .hardState, offset: 0, reason: .malformed)
            #expect(error == .voteLost(damage))
        }
    }

    @Test(
        "a bound of a sequence or segment that no writer reaches is refused",
        arguments: [16, 32]
    )
    func boundBeyondReach(at place: Int) throws {
        var disk = try Self.voted().disk
        disk.edit(.bound) { $0.forge(.max, at: place) }
        let error = #expect(throws: JournalError.self) { try JournalDriver.open(disk) }
        #expect(error == .damaged(Damage(file: .bound, offset: 0, reason: .malformed)))
    }

    @Test("one sound sector of a slot is enough", arguments: 0..<8)
    func oneSector(_ sector: Int) throws {
        var disk = try Self.voted().disk
        disk.edit(.hardState) { bytes in
            for start in stride(from: 0, to: 8192, by: 512) where start / 512 % 8 != sector {
                bytes[start + 20] ^= 0x10
            }
        }
        #expect(try JournalDriver.open(disk).recovery.hardState == Self.newest)
    }

    @Test("a write that was torn anywhere leaves the state before or the new one")
    func torn() throws {
        let before = try Self.voted()
        for count in 0...4 {
            for seed in 0..<8 as Range<UInt64> {
                var driver = before
                driver.vote(term: 6, for: 0xC3)
                driver.disk.operationsUntilKill = count
                do { try driver.run() } catch is Killed {}
                let found = try JournalDriver.open(driver.disk.afterPowerLoss(seed: seed)).recovery
                let isDurable = driver.completed.last?.hardState?.term.rawValue == 6
                let new = HardState(term: Term(rawValue: 6), votedFor: MemberID(rawValue: 0xC3))
                #expect(found.hardState == new || !isDurable && found.hardState == Self.newest)
            }
        }
    }

    @Test("a missing or short file is a forgotten vote")
    func missing() throws {
        var disk = try Self.voted().disk
        let whole = disk[.hardState] ?? []
        for length in stride(from: 0, to: whole.count - 4096 + 68, by: 97) {
            disk.edit(.hardState) { $0 = Array(whole.prefix(length)) }
            #expect(throws: JournalError.self) { try JournalDriver.open(disk) }
        }
        disk[.hardState] = nil
        #expect(throws: JournalError.self) { try JournalDriver.open(disk) }
    }
}

@Suite("Identity and formation")
struct IdentityTests {
    @Test("an empty directory draws an identity that stays; boots that were accepted are counted")
    func boots() throws {
        var driver = try JournalDriver(MemoryDisk())
        #expect(driver.recovery.directory == .fresh)
        try driver.form(memberCount: 3)
        for boot in 2...4 as ClosedRange<UInt64> {
            var identity = driver.journal.identity
            identity.reception = .accepted
            driver.journal.store(identity)
            try driver.run()
            // None of three starts that nobody accepts begins another boot.
            for startCount in 1...3 {
                driver = try JournalDriver(driver.disk)
                try driver.run()
                #expect(driver.recovery.identity.bootNonces.count == startCount)
            }
            #expect(driver.recovery.directory == .existing)
            #expect(driver.recovery.identity.bootCounter == boot)
            #expect(driver.recovery.identity.member == JournalDriver.member)
            #expect(driver.recovery.identity.cluster == JournalDriver.cluster)
            #expect(driver.recovery.identity.founders.map(\.name.count) == [2, 2, 2])
        }
    }

    @Test("the highest boot of each peer is kept")
    func peerBoots() throws {
        var driver = try JournalDriver(MemoryDisk())
        try driver.form()
        var identity = driver.journal.identity
        for peer in [7, 3, 9, 3] as [UInt64] {
            let boot = Identity.PeerBoot(
                peer: MemberID(rawValue: peer),
                counter: 10 + UInt64(identity.peerBoots.count),
                nonce: peer
            )
            identity.record(boot)
        }
        driver.journal.store(identity)
        try driver.run()
        #expect(driver.completed.last?.identity == identity)
        let found = try JournalDriver.open(driver.disk).recovery.identity
        #expect(found.peerBoots.map(\.peer.rawValue) == [3, 7, 9])
        #expect(found.boot(of: MemberID(rawValue: 3))?.counter == 13)
    }

    @Test("a log without its identity is damage, not an empty directory")
    func missing() throws {
        var driver = try JournalDriver(MemoryDisk())
        try driver.form()
        driver.append(1)
        try driver.run()
        driver.disk[.identity] = nil
        #expect(throws: JournalError.self) { try JournalDriver.open(driver.disk) }
    }
}

@Suite("Re-seeding: a damaged log that peers can replace is given up")
struct ReseedingTests {
    static func damaged() throws -> JournalDriver {
        var driver = try JournalDriver(MemoryDisk())
        try driver.form(memberCount: 3)
        driver.vote(term: 2, for: 0xA2)
        driver.append(120)
        try driver.run()
        var bytes = driver.disk[.segment(2)] ?? []
        bytes[700] ^= 1
        driver.disk[.segment(2)] = bytes
        return try JournalDriver(
            driver.disk,
            hardStates: [HardState(term: Term(rawValue: 2), votedFor: MemberID(rawValue: 0xA2))]
        )
    }

    @Test("the log is given up, the vote is kept, and a new log grows in segments never used")
    func newLog() throws {
        var driver = try Self.damaged()
        #expect(driver.recovery.logIntegrity == .reseeding)
        #expect(driver.recovery.hardState.votedFor == MemberID(rawValue: 0xA2))
        let highest = try driver.disk.files().compactMap(\.number).max() ?? 0
        try driver.run()
        driver.append(5, term: 2)
        try driver.run()
        let segments = try driver.disk.files().compactMap(\.number)
        #expect(segments.allSatisfy { $0 > highest } && !segments.isEmpty)

        let (journal, recovery) = try JournalDriver.open(driver.disk)
        #expect(recovery.logIntegrity == .reseeding && journal.logIntegrity == .reseeding)
        #expect(recovery.damage == nil)
        #expect(driver.model.matches(recovery.log))
    }

    @Test("it goes on through restarts until it is ended")
    func ends() throws {
        var driver = try Self.damaged()
        try driver.run()
        driver.journal.endReseeding()
        try driver.run()
        #expect(driver.completed.last?.hardState?.term.rawValue == 2)
        let recovery = try JournalDriver.open(driver.disk).recovery
        #expect(recovery.logIntegrity == .intact && recovery.hardState.term.rawValue == 2)
    }

    @Test("that a log is the only one is durable before the entry that made it so")
    func onlyLog() throws {
        var start = try JournalDriver(MemoryDisk())
        try start.form(memberCount: 3)
        start.append(120)
        try start.run()
        start.journal.note(.sole)
        start.append(1)
        var foundCount = 0
        var reseedingCount = 0
        for count in 0..<6 {
            for seed in 0..<60 as Range<UInt64> {
                var driver = start
                driver.disk.operationsUntilKill = count
                do { try driver.run() } catch is Killed {}
                var disk = driver.disk.afterPowerLoss(seed: seed)
                let isFound = try JournalDriver.open(disk).recovery.log.last.index.rawValue == 121
                disk.edit(.segment(2)) { $0[700] ^= 1 }
                let isReseeding =
                    (try? JournalDriver.open(disk).recovery.logIntegrity) == .reseeding
                #expect(!(isFound && isReseeding), "\(count) operations, seed \(seed)")
                foundCount += isFound ? 1 : 0
                reseedingCount += isReseeding ? 1 : 0
            }
        }
        #expect(foundCount > 0 && reseedingCount > 0)
    }

    @Test("a crash at any operation of it leaves a member that knows that its log is lost")
    func crashes() throws {
        let start = try Self.damaged()
        for count in 0..<start.recovery.operations.count {
            for seed in 0..<10 as Range<UInt64> {
                var driver = start
                driver.disk.operationsUntilKill = count
                #expect(throws: Killed.self) { try driver.run() }
                let disk =
                    seed == 0 ? driver.disk.afterKill() : driver.disk.afterPowerLoss(seed: seed)
                let recovery = try JournalDriver.open(disk).recovery
                #expect(recovery.logIntegrity == .reseeding)
                #expect(recovery.hardState.votedFor == MemberID(rawValue: 0xA2))
            }
        }
    }
}

extension DiskFile {
    fileprivate var number: UInt64? {
        if case .segment(let number) = self { number } else { nil }
    }
}

extension [UInt8] {
    /// Writes a number into every cell of both slots, and a checksum that is right.
    fileprivate mutating func forge(_ number: UInt64, at place: Int) {
        for start in stride(from: 0, to: count, by: 512) {
            var cell = Array(self[start..<start + 64])
            for byte in 0..<8 {
                cell[place + byte] = UInt8(truncatingIfNeeded: number >> (8 * byte))
            }
            cell.append(littleEndian: CRC32C.checksum(cell.span))
            replaceSubrange(start..<start + 68, with: cell)
        }
    }
}
