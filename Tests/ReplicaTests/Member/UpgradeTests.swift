import Bytes
import Consensus
import Journal
import Keyspace
import TestSupport
import Testing

@testable import Replica

@Suite("Members of two releases, and the level that they share (Docs/operations.md)")
struct UpgradeTests {
    /// Three members that act as those of the release before, whose wall clocks are known.
    private static func previous() throws -> ReplicaHarness {
        let harness = ReplicaHarness(3) { $0.featureLevelMax = 1 }
        try harness.startAll()
        #expect(harness.settle())
        tellTime(harness)
        return harness
    }

    private static func tellTime(_ harness: ReplicaHarness) {
        let milliseconds = 1_700_000_000_000 + harness.now.rawValue / 1_000_000
        for number in harness.members.indices {
            harness.tell(number, input: .wallClock(milliseconds: milliseconds))
        }
        harness.run(200)
    }

    private static func restart(
        _ number: Int,
        of harness: ReplicaHarness,
        featureLevelMax: UInt64
    ) throws {
        harness.kill(number)
        harness.members[number].configuration.featureLevelMax = featureLevelMax
        try harness.start(number)
        #expect(harness.settle())
        tellTime(harness)
    }

    private static func levels(_ harness: ReplicaHarness) -> [UInt64] {
        harness.members.compactMap { $0.replica?.keyspace.featureLevel.number }
    }

    @Test("it rises when the last member knows it, and one after another may go back until then")
    func rises() throws {
        let harness = try Self.previous()
        for number in [0, 1, 0, 1, 2] {
            #expect(Self.levels(harness) == [1, 1, 1])
            let isNew = harness.members[number].configuration.featureLevelMax == 2
            let max: UInt64 = isNew && number == 0 ? 1 : 2
            try Self.restart(number, of: harness, featureLevelMax: max)
            for writer in 0..<3 {
                #expect(harness.put("/\(number)", value: "\(writer)", at: writer)?.revision != nil)
            }
        }
        #expect(Self.levels(harness) == [1, 1, 1])
        try Self.restart(0, of: harness, featureLevelMax: 2)
        #expect(harness.run(2_000) { Self.levels(harness) == [2, 2, 2] })
        #expect(harness.settle())
    }

    @Test("a member of the release before is sent nothing that it does not know")
    func understood() throws {
        let harness = ReplicaHarness(3)
        harness.members[2].configuration.featureLevelMax = 1
        var toPrevious: [[UInt8]] = []
        var fromPrevious: [[UInt8]] = []
        harness.carry = { sender, frame in
            if sender == 2 { fromPrevious.append(frame) } else { toPrevious.append(frame) }
            return .whole(frame)
        }
        try harness.startAll()
        #expect(harness.settle())
        Self.tellTime(harness)
        #expect(harness.put("/a", value: "1", at: 2)?.revision == 2)
        let magic = Array("RSTHELLO".utf8)
        let greetings = fromPrevious.filter { $0.starts(with: magic) }
        #expect(greetings.allSatisfy { $0[8] == 5 })
        #expect(greetings.contains { $0.count > 12 }, "it was greeted in its own version")
        #expect(toPrevious.contains { $0.starts(with: magic + [5]) && $0.count > 12 })
        #expect(harness.members.allSatisfy { $0.notices.isEmpty })
        #expect(Self.levels(harness) == [1, 1, 1])
    }

    @Test(
        "once it has risen, a member that does not know it is neither started nor let in",
        arguments: [2, 3, 4] as [UInt64]
    )
    func risen(level: UInt64) throws {
        let harness = try Self.previous()
        for number in 0..<3 { try Self.restart(number, of: harness, featureLevelMax: level) }
        #expect(harness.run(2_000) { Self.levels(harness) == [level, level, level] })
        harness.run(200)
        harness.kill(1)
        harness.members[1].configuration.featureLevelMax = level - 1
        #expect(throws: StopReason.mayNotJoin(.featureLevel(level, known: level - 1))) {
            try harness.start(1)
        }
        harness.members[0].configuration.featureLevelMax = level - 1
        let newcomer = try harness.startNewcomer()
        harness.members[0].configuration.featureLevelMax = level
        harness.run(1_000)
        let arrived = ProtocolVersion.arriving(withFeatureLevel: level)
        let isTold = harness.members[newcomer].notices.contains {
            guard case .otherProtocol(_, let version, let spoken) = $0 else { return false }
            return version == arrived && spoken.upperBound < version
        }
        #expect(isTold, "\(harness.members[newcomer].notices)")
        #expect(harness.put("/a", value: "1", at: 0)?.revision != nil)
    }

    @Test("a level that a member does not know stops it before it applies anything after")
    func unknown() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        let command = EncodedWrite(Request(.raiseFeatureLevel(to: FeatureLevel.newest + 1)))
        let leader = try #require(harness.leader)
        harness.tell(leader, input: .propose(harness.ticket(), command))
        let put = ReplicaHarness.put("/a", value: "1")
        harness.tell(leader, input: .propose(harness.ticket(), put))
        harness.run(2_000) { harness.members.allSatisfy { $0.stop != nil } }
        let reason = StopReason.mayNotJoin(
            .featureLevel(FeatureLevel.newest + 1, known: FeatureLevel.newest)
        )
        for member in harness.members {
            #expect(member.stop == reason)
            #expect(member.applied.isEmpty)
        }
    }

    @Test("a member that has not applied its log yet knows the level from its directory")
    func remembered() throws {
        let harness = try Self.previous()
        for number in 0..<3 { try Self.restart(number, of: harness, featureLevelMax: 2) }
        #expect(harness.run(2_000) { Self.levels(harness) == [2, 2, 2] })
        harness.run(200)
        harness.kill(0)
        try harness.start(0)
        let protocols = harness.members[0].replica?.handshakeView.protocols
        let applied = harness.members[0].replica?.keyspace.featureLevel.number
        #expect(protocols == ProtocolVersion.sixth...ProtocolVersion.sixth)
        #expect(applied == 1, "its log is still to be applied")
    }

    @Test("nobody but a leader raises it")
    func forwarded() throws {
        let harness = try Self.previous()
        let leader = try #require(harness.leader)
        let command = EncodedWrite(Request(.raiseFeatureLevel(to: 2)))
        let ticket = harness.ticket()
        harness.tell((leader + 1) % 3, input: .propose(ticket, command))
        harness.run(500)
        #expect(Self.levels(harness) == [1, 1, 1])
    }

    @Test("an answer to a ping tells how far the peer's wall clock is ahead")
    func clocks() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        for (number, milliseconds) in [(0, 1_000_000), (1, 1_005_000), (2, 900_000)] {
            harness.tell(number, input: .wallClock(milliseconds: UInt64(milliseconds)))
        }
        harness.run(2_000)
        let ids = harness.members.compactMap { $0.status?.id }
        let seen = harness.members[0].observations.compactMap { observation in
            if case .clockOffset(let peer, let offset) = observation { (peer, offset) } else { nil }
        }
        for (place, expected) in [(1, 5_000), (2, -100_000)] {
            let offset = try #require(seen.last { $0.0 == ids[place] }).1
            let bound = Int64(offset.uncertaintyMilliseconds) + 1
            #expect(abs(offset.milliseconds - Int64(expected)) <= bound)
        }
    }
}
