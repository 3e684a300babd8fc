import Consensus
import Journal
import Keyspace
import Testing

@testable import Replica

@Suite("a snapshot from the leader takes the store's place when consensus orders it")
struct SnapshotInstallTests {
    /// Keeps what the disk's background lane completed from the house.
    private final class SlowDisk {
        private let house: ReplicaHarness.House
        private var held: [Input] = []

        init(of house: ReplicaHarness.House) { self.house = house }

        func hold() {
            let isBackground: (Input) -> Bool = { input in
                if case .disk(let completion) = input {
                    completion.lane == .background
                } else {
                    false
                }
            }
            held += house.inbox.filter(isBackground)
            house.inbox.removeAll(where: isBackground)
        }

        func release() {
            house.inbox = held + house.inbox
            held = []
        }
    }

    private static let long = String(repeating: "x", count: 50_000)

    /// Two of three go on without the last one until it can only be helped by a snapshot.
    private func townThatForgot() throws -> ReplicaHarness {
        let town = ReplicaHarness(3) { $0.snapshotLogByteCountMin = 200_000 }
        try town.startAll()
        #expect(town.settle())
        town.kill(2)
        for number in 0..<120 {
            let revision = try #require(
                town.put("/k\(number % 4)", value: Self.long, at: 0)?.revision
            )
            // Without its history the store stays small, so that snapshots come often.
            town.tell(
                0,
                input: .propose(town.ticket(), Request(.compact(Revision(rawValue: revision))))
            )
        }
        town.run(200)
        return town
    }

    @Test("not when it came whole, if its leader is lost before the disk has its last bytes")
    func leaderLost() throws {
        let town = try townThatForgot()
        try town.start(2)
        let behind = town.houses[2]
        #expect(
            town.run(3_000) {
                behind.replica?.formed?.snapshots.receiving?.keyspace != nil
            }
        )
        let disk = SlowDisk(of: behind)
        disk.hold()
        town.kill(0)
        town.kill(1)
        for _ in 0..<1_500 {
            town.round()
            disk.hold()
        }
        #expect(behind.status?.leader == nil)
        disk.release()
        town.run(500)
        #expect(behind.replacements.isEmpty && behind.stop == nil)
        #expect(behind.status?.appliedIndex.rawValue ?? 0 < 20)
        try town.start(0)
        try town.start(1)
        #expect(town.settle())
        #expect(behind.replacements.count == 1)
        #expect(town.value("/k3", at: 2) == Self.long)
    }

    @Test("a leader whose newest snapshot is damaged writes another one for who needs it")
    func damagedSnapshot() throws {
        let town = try townThatForgot()
        for house in town.houses[..<2] {
            for file in house.disk.contents.keys {
                guard case .snapshot = file else { continue }
                let middle = (house.disk.contents[file]?.count ?? 0) / 2
                house.disk.contents[file]?[middle] ^= 1
            }
        }
        try town.start(2)
        #expect(town.settle())
        #expect(town.houses[2].replacements.count == 1)
        #expect(town.value("/k3", at: 2) == Self.long)
    }
}
