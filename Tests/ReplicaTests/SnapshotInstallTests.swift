import Journal
import Keyspace
import TestSupport
import Testing

@testable import Consensus
@testable import Replica

@Suite("a snapshot from the leader takes the store's place when consensus orders it")
struct SnapshotInstallTests {
    /// Keeps what the disk's background lane completed from the member.
    private final class SlowDisk {
        private let member: HarnessMember
        private var held: [Input] = []

        init(of member: HarnessMember) { self.member = member }

        func hold() {
            let isBackground: (Input) -> Bool = { input in
                if case .disk(let completion) = input {
                    completion.lane == .background
                } else {
                    false
                }
            }
            held += member.inbox.filter(isBackground)
            member.inbox.removeAll(where: isBackground)
        }

        func release() {
            member.inbox = held + member.inbox
            held = []
        }
    }

    private static let long = String(repeating: "x", count: 50_000)

    /// Two of three go on without the last one until it can only be helped by a snapshot.
    private func harnessThatForgot() throws -> ReplicaHarness {
        let harness = ReplicaHarness(3) { $0.snapshotLogByteCountMin = 200_000 }
        try harness.startAll()
        #expect(harness.settle())
        harness.kill(2)
        for number in 0..<120 {
            let revision = try #require(
                harness.put("/k\(number % 4)", value: Self.long, at: 0)?.revision
            )
            // Without its history the store stays small, so that snapshots come often.
            harness.tell(
                0,
                input: .propose(
                    harness.ticket(),
                    EncodedWrite(Request(.compact(Revision(rawValue: revision))))
                )
            )
        }
        harness.run(200)
        return harness
    }

    @Test("not when it came whole, if its leader is lost before the disk has its last bytes")
    func leaderLost() throws {
        let harness = try harnessThatForgot()
        try harness.start(2)
        let behind = harness.members[2]
        #expect(
            harness.run(3_000) {
                behind.replica?.formed?.member.snapshots.receiving?.keyspace != nil
            }
        )
        let disk = SlowDisk(of: behind)
        disk.hold()
        harness.kill(0)
        harness.kill(1)
        for _ in 0..<1_500 {
            harness.round()
            disk.hold()
        }
        #expect(behind.status?.leader == nil)
        disk.release()
        harness.run(500)
        #expect(behind.replacements.isEmpty && behind.stop == nil)
        #expect(behind.status?.appliedIndex.rawValue ?? 0 < 20)
        try harness.start(0)
        try harness.start(1)
        #expect(harness.settle())
        #expect(behind.replacements.count == 1)
        #expect(harness.value("/k3", at: 2) == Self.long)
    }

    @Test("the leader tells how much of it is sent, until it is there")
    func progress() throws {
        let harness = try harnessThatForgot()
        try harness.start(2)
        let behind = harness.members[2].replica?.id
        func transfer() -> ClusterMember.Transfer? {
            harness.members[0].replica?.members(now: harness.now)
                .first { $0.id == behind }?.transfer
        }
        #expect(harness.run(3_000) { transfer() != nil })
        let files = harness.members[0].disk.contents.filter { file, _ in
            if case .snapshot = file { true } else { false }
        }
        let byteCount = try #require(transfer()?.byteCount)
        #expect(files.values.contains { UInt64($0.count) == byteCount })
        #expect(harness.settle())
        #expect(transfer() == nil)
    }

    @Test("nothing is applied while it has taken the log's place and not yet the store's")
    func betweenLogAndStore() throws {
        let harness = try harnessThatForgot()
        try harness.start(2)
        let home = harness.members[2].replica?.formed
        let formed = try #require(home)
        #expect(harness.run(3_000) { formed.member.isInstalling })
        // As if a commit were known that the store has yet to reach.
        formed.member.raft.commitIndex = LogIndex(
            rawValue: formed.member.machine.applied.index.rawValue + 1
        )
        let hasMore = formed.member.hasMore
        #expect(!hasMore)
    }

    @Test("a leader whose newest snapshot is damaged writes another one for who needs it")
    func damagedSnapshot() throws {
        let harness = try harnessThatForgot()
        for member in harness.members[..<2] {
            for file in member.disk.contents.keys {
                guard case .snapshot = file else { continue }
                let middle = (member.disk.contents[file]?.count ?? 0) / 2
                member.disk.contents[file]?[middle] ^= 1
            }
        }
        try harness.start(2)
        #expect(harness.settle())
        #expect(harness.members[2].replacements.count == 1)
        #expect(harness.value("/k3", at: 2) == Self.long)
    }

    @Test("a store that came whole, but from before the log begins, is asked for anew")
    func staleStore() throws {
        let harness = try harnessThatForgot()
        try harness.start(2)
        #expect(harness.settle())
        let member = harness.members[2].replica?.formed
        let formed = try #require(member)
        let stale = EntryID(term: Term(rawValue: 1), index: LogIndex(rawValue: 1))
        try #require(formed.member.journal.base.index > stale.index)
        var reception = StoreReception(stale, of: formed.member.journal.identity.cluster)
        reception.state.keyspace = Keyspace()
        reception.state.membership = formed.member.machine.membership
        formed.member.snapshots.repairing = reception
        formed.member.storeIntegrity = .differs(StoreRepair(snapshot: stale, nextOffset: 100))
        #expect(harness.run(3_000) { formed.member.storeIntegrity == .sound })
        #expect(harness.value("/k3", at: 2) == Self.long)
    }
}
