import Bytes
import Consensus
import Journal
import Keyspace
import TestSupport
import Testing

@testable import Replica

@Suite("three members")
struct ThreeMemberTests {
    @Test("form one cluster, and every member answers writes and reads")
    func formation() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        let clusters = harness.members.compactMap { $0.status?.cluster }
        #expect(Set(clusters).count == 1 && clusters[0] != .unformed)
        for number in 0..<3 {
            #expect(
                harness.put("/from", value: "\(number)", at: number)?.revision == UInt64(number + 2)
            )
            let read = harness.ticket()
            let reader = (number + 1) % 3
            harness.tell(reader, input: .read(read))
            guard case .readable = harness.reply(to: read, at: reader) else {
                Issue.record("a read was not served")
                return
            }
            #expect(harness.value("/from", at: reader) == "\(number)")
        }
        #expect(harness.settle())
        let hashes = harness.members.compactMap { $0.status?.stateHash }
        #expect(Set(hashes).count == 1)
        let members = harness.members[0].replica?.members(now: harness.now) ?? []
        #expect(
            members.map(\.clientAddress).count == 3 && members.allSatisfy { $0.health == .heard }
        )
    }

    @Test("a member is the same in its status and in its own row of the members")
    func role() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        let leader = try #require(harness.leader)
        for member in harness.members { try expectOneRole(member, now: harness.now) }
        let last = (leader + 1) % 3
        let members = harness.members[last].replica?.members(now: harness.now) ?? []
        #expect(members.filter { $0.role == .leader }.map(\.name) == [ReplicaHarness.name(leader)])
        for number in 0..<3 where number != last { harness.kill(number) }
        #expect(harness.run(2_000) { harness.members[last].status?.role == .candidate })
        try expectOneRole(harness.members[last], now: harness.now)
    }

    private func expectOneRole(_ member: HarnessMember, now: MonotonicTime) throws {
        let status = try #require(member.status)
        let members = member.replica?.members(now: now) ?? []
        #expect(members.first { $0.id == status.id }?.role == status.role)
    }

    @Test("the list must name the member")
    func notInList() {
        let harness = ReplicaHarness(3)
        harness.members[0].configuration.name = Array("stranger".utf8)
        #expect(throws: StopReason.mayNotJoin(.notInList)) { try harness.start(0) }
    }

    @Test("nobody forms a cluster before every member of the list has answered")
    func formationWaits() throws {
        let harness = ReplicaHarness(3)
        try harness.start(0)
        try harness.start(1)
        harness.run(2_000)
        #expect(harness.members[0].status?.role == .forming)
        #expect(harness.members[1].status?.role == .forming)
        let ticket = harness.ticket()
        harness.tell(0, input: .propose(ticket, ReplicaHarness.put("/early", value: "1")))
        try harness.start(2)
        #expect(harness.reply(to: ticket, at: 0)?.revision == 2)
    }

    @Test("an empty directory beside a formed cluster may not join")
    func wiped() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        harness.kill(2)
        harness.members[2].disk = MemoryDisk()
        try harness.start(2)
        #expect(harness.run(3_000) { harness.members[2].stop != nil })
        guard case .mayNotJoin(.emptyBesideFormedCluster) = harness.members[2].stop else {
            Issue.record("\(String(describing: harness.members[2].stop))")
            return
        }
        #expect(harness.put("/a", value: "1", at: 0)?.revision == 2)
    }

    @Test("a copy of a directory is refused once another copy has run")
    func copied() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        harness.kill(2)
        let copy = harness.members[2].disk
        try harness.start(2)
        #expect(harness.settle())
        harness.kill(2)
        harness.members[2].disk = copy
        // However often a supervisor starts it: it never gets ahead of what the peers know.
        for _ in 0..<4 {
            try harness.start(2)
            #expect(harness.run(3_000) { harness.members[2].stop != nil })
            guard case .mayNotJoin(.copiedDirectory) = harness.members[2].stop else {
                Issue.record("\(String(describing: harness.members[2].stop))")
                return
            }
        }
    }

    @Test("who is a copy: an earlier boot, or the same one without the start on record")
    func copies() {
        func isCopy(_ boot: BootStamp, earlier: [UInt64]) -> Bool {
            let known = PeerMessageTests.identity
            let view = HandshakeView(
                identity: known,
                boots: [(PeerMessageTests.peer, BootStamp(counter: 3, nonce: 40))],
                members: [PeerMessageTests.peer]
            )
            return view.isCopy(
                PeerIdentity(
                    cluster: known.cluster,
                    id: PeerMessageTests.peer,
                    name: known.name,
                    boot: boot,
                    earlierNonces: earlier,
                    peerAddress: known.peerAddress,
                    clientAddress: known.clientAddress,
                    membershipIndex: known.membershipIndex,
                    term: known.term,
                    last: known.last,
                    standing: known.standing,
                    version: known.version,
                    token: known.token
                )
            )
        }
        #expect(!isCopy(BootStamp(counter: 3, nonce: 40), earlier: []))
        // Its welcome never arrived, so the next start took the boot up again.
        #expect(!isCopy(BootStamp(counter: 3, nonce: 41), earlier: [39, 40]))
        #expect(!isCopy(BootStamp(counter: 4, nonce: 41), earlier: []))
        #expect(isCopy(BootStamp(counter: 3, nonce: 41), earlier: [39]))
        #expect(isCopy(BootStamp(counter: 2, nonce: 40), earlier: []))
    }

    @Test("kill -9 of the leader: another leads within the fast re-election")
    func fastReelection() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        let leader = try #require(harness.leader)
        harness.kill(leader)
        let before = harness.now
        let ticket = harness.ticket()
        harness.tell(
            (leader + 1) % 3,
            input: .propose(ticket, ReplicaHarness.put("/after", value: "1"))
        )
        #expect(harness.reply(to: ticket, at: (leader + 1) % 3)?.revision == 2)
        #expect(harness.now.nanoseconds(since: before) < 150_000_000)
    }

    @Test("without a leader a write is withdrawn, and surely not applied")
    func forget() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        harness.kill(0)
        harness.kill(1)
        harness.run(2_000)
        let ticket = harness.ticket()
        harness.tell(2, input: .propose(ticket, ReplicaHarness.put("/a", value: "1")))
        harness.run(200)
        harness.tell(2, input: .forget(ticket))
        #expect(harness.reply(to: ticket, at: 2)?.failure == .notApplied(.noLeader))
        try harness.start(0)
        try harness.start(1)
        #expect(harness.settle())
        #expect(harness.value("/a", at: 0) == nil)
    }

    @Test("a leader that is stopped hands over first")
    func transferLeadership() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        let leader = try #require(harness.leader)
        let term = harness.members[leader].term
        harness.tell(leader, input: .stop)
        #expect(harness.run(2_000) { harness.members[leader].stop == .orderly })
        #expect(harness.run(100) { harness.leader != nil })
        let heir = try #require(harness.leader)
        #expect(heir != leader)
        #expect(harness.members[heir].term == term + 1)
    }

    @Test("a disk that forgot term and vote is told of, and the member does not start")
    func forgottenTerm() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        let leader = try #require(harness.leader)
        let old = harness.members[2].disk.contents[.hardState]
        harness.kill(leader)
        #expect(harness.run(3_000) { harness.leader != nil && harness.leader != leader })
        try harness.start(leader)
        #expect(harness.settle())
        #expect(harness.put("/a", value: "1", at: 2)?.revision == 2)
        #expect(harness.settle())
        harness.kill(2)
        harness.members[2].disk.contents[.hardState] = old
        let error = #expect(throws: StopReason.self) { try harness.start(2) }
        guard case .damaged(let evidence) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(evidence.contains("hardstate") && evidence.contains("forgotten a vote"))
    }

    @Test("a log that rotted is filled again under the same identity")
    func reseeding() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        for number in 0..<50 {
            #expect(harness.put("/k\(number)", value: "v", at: 0)?.revision != nil)
        }
        harness.kill(2)
        harness.members[2].disk.contents[.segment(1)]?[700] ^= 4
        try harness.start(2)
        #expect(harness.members[2].unreadiness.contains(.reseeding))
        #expect(harness.settle())
        #expect(harness.value("/k49", at: 2) == "v")
    }
}
