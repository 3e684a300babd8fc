import Bytes
import Consensus
import Journal
import TestSupport
import Testing

@testable import Keyspace
@testable import Replica

@Suite("Members that are restored from one state form one new cluster")
struct RestoredMemberTests {
    private static let segmentByteCount = (2 << 20) + (64 << 10)
    private static let key = Key(unchecked: Array("/a".utf8))

    /// A state of one key, a lock and a lease, as a backup has it.
    private static func state(_ value: String = "v") throws -> Keyspace {
        var state = Keyspace()
        let put = Put(
            key: key,
            value: Array(value.utf8),
            lease: .none,
            condition: .none
        )
        let lock = LockRequest(
            contest: Contest(kind: .lock, name: Array("l".utf8)),
            mode: .exclusive,
            ownership: .own(timeToLiveMilliseconds: 60_000),
            patience: .queue,
            owner: [],
            value: []
        )
        for (index, command) in [Command.put(put), .acquire(lock)].enumerated() {
            _ = state.apply(
                index: UInt64(index) + 1,
                time: ClusterTime(rawValue: 5_000),
                request: Request(command)
            )
        }
        try state.restore(raisedBy: Keyspace.raiseDefault)
        return state
    }

    private static func founding(_ count: Int, cluster: UInt64 = 7) -> Founding {
        Founding(
            cluster: ClusterID(rawValue: cluster),
            members: (0..<count).map { number in
                Founding.Member(
                    id: MemberID(rawValue: UInt64(11 + number)),
                    name: ReplicaHarness.name(number),
                    address: ReplicaHarness.address(number)
                )
            }
        )
    }

    /// Carries out what makes the member.
    private static func restore(
        _ number: Int,
        of founding: Founding,
        state: Keyspace,
        in harness: ReplicaHarness
    ) throws {
        var member = RestoredMember(
            name: ReplicaHarness.name(number),
            founding: founding,
            state: state,
            segmentByteCount: segmentByteCount
        )
        while let operations = member.next() {
            for operation in operations {
                _ = try harness.members[number].disk.perform(operation)
            }
        }
    }

    @Test(
        "they elect a leader, hold the state, and take writes above its revision",
        arguments: [1, 3]
    )
    func forms(count: Int) throws {
        let harness = ReplicaHarness(count)
        let (state, founding) = (try Self.state(), Self.founding(count))
        for number in 0..<count {
            try Self.restore(number, of: founding, state: state, in: harness)
        }
        try harness.startAll()
        #expect(harness.settle())
        for member in harness.members {
            let status = try #require(member.status)
            #expect(status.term > Term(rawValue: 1) && status.cluster == founding.cluster)
        }
        #expect(harness.members.allSatisfy { $0.replica?.keyspace.store.get(Self.key) != nil })
        let put = try #require(harness.put("/b", value: "w", at: 0))
        #expect(put.revision == state.store.revision.rawValue + 1)
        harness.kill(0)
        try harness.start(0)
        #expect(harness.settle())
        #expect(Set(harness.members.map { $0.replica?.keyspace.hash }).count == 1)
    }

    @Test("those who were given another state, or another list, are strangers")
    func strangers() throws {
        let harness = ReplicaHarness(3)
        let state = try Self.state()
        for number in 0..<2 {
            try Self.restore(number, of: Self.founding(3), state: state, in: harness)
        }
        let other = try Self.state("w")
        try Self.restore(2, of: Self.founding(3, cluster: 8), state: other, in: harness)
        try harness.startAll()
        harness.run(3_000)
        #expect(harness.leader.map { $0 < 2 } == true)
        guard case .mayNotJoin(.otherCluster) = harness.members[2].stop else {
            Issue.record("the stranger went on: \(String(describing: harness.members[2].stop))")
            return
        }
    }

    @Test("whatever a power loss leaves, the directory is a member's with everything, or none's")
    func powerLoss() throws {
        let (state, founding) = (try Self.state(), Self.founding(1))
        for operationCount in 0..<200 {
            let harness = ReplicaHarness(1)
            harness.members[0].disk.operationsUntilKill = operationCount
            let isWhole: Bool
            do {
                try Self.restore(0, of: founding, state: state, in: harness)
                isWhole = true
            } catch is Killed { isWhole = false }
            let left = harness.members[0].disk.afterPowerLoss(seed: UInt64(operationCount))
            harness.members[0].disk = left
            do throws(StopReason) { try harness.start(0) } catch {
                #expect(!isWhole, "\(error)")
                continue
            }
            #expect(harness.run(3_000) { harness.leader == 0 })
            let status = try #require(harness.members[0].status)
            if status.cluster == founding.cluster {
                #expect(harness.settle())
                #expect(harness.members[0].replica?.keyspace.store.get(Self.key) != nil)
            } else {
                #expect(
                    !isWhole && operationCount < 8,
                    "a member of its own after \(operationCount)"
                )
            }
            if isWhole { return }
        }
        Issue.record("the directory was never whole")
    }
}
