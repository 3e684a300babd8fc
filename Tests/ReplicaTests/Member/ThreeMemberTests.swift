import Bytes
import Consensus
import Journal
import Keyspace
import Testing

@testable import Replica

@Suite("three members")
struct ThreeMemberTests {
    @Test("form one cluster, and every member answers writes and reads")
    func formation() throws {
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        let clusters = town.houses.compactMap { $0.status?.cluster }
        #expect(Set(clusters).count == 1 && clusters[0] != .unformed)
        for number in 0..<3 {
            #expect(
                town.put("/from", value: "\(number)", at: number)?.revision == UInt64(number + 1)
            )
            let read = town.ticket()
            let reader = (number + 1) % 3
            town.tell(reader, input: .read(read))
            guard case .readable = town.reply(to: read, at: reader) else {
                Issue.record("a read was not served")
                return
            }
            #expect(town.value("/from", at: reader) == "\(number)")
        }
        #expect(town.settle())
        let hashes = town.houses.compactMap { $0.status?.stateHash }
        #expect(Set(hashes).count == 1)
        let members = town.houses[0].replica?.members(now: town.now) ?? []
        #expect(
            members.map(\.clientAddress).count == 3 && members.allSatisfy { $0.health == .heard }
        )
    }

    @Test("a member is the same in its status and in its own row of the members")
    func role() throws {
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        let leader = try #require(town.leader)
        for house in town.houses { try expectOneRole(house, now: town.now) }
        let last = (leader + 1) % 3
        let members = town.houses[last].replica?.members(now: town.now) ?? []
        #expect(members.filter { $0.role == .leader }.map(\.name) == [ReplicaHarness.name(leader)])
        for number in 0..<3 where number != last { town.kill(number) }
        #expect(town.run(2_000) { town.houses[last].status?.role == .candidate })
        try expectOneRole(town.houses[last], now: town.now)
    }

    private func expectOneRole(_ house: ReplicaHarness.House, now: MonotonicTime) throws {
        let status = try #require(house.status)
        let members = house.replica?.members(now: now) ?? []
        #expect(members.first { $0.id == status.id }?.role == status.role)
    }

    @Test("the list must name the member")
    func notInList() {
        let town = ReplicaHarness(3)
        town.houses[0].configuration.name = Array("stranger".utf8)
        #expect(throws: StopReason.mayNotJoin(.notInList)) { try town.start(0) }
    }

    @Test("nobody forms a cluster before every member of the list has answered")
    func formationWaits() throws {
        let town = ReplicaHarness(3)
        try town.start(0)
        try town.start(1)
        town.run(2_000)
        #expect(town.houses[0].status?.role == .forming)
        #expect(town.houses[1].status?.role == .forming)
        let ticket = town.ticket()
        town.tell(0, input: .propose(ticket, ReplicaHarness.put("/early", value: "1")))
        try town.start(2)
        #expect(town.reply(to: ticket, at: 0)?.revision == 1)
    }

    @Test("an empty directory beside a formed cluster may not join")
    func wiped() throws {
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        town.kill(2)
        town.houses[2].disk = MemoryDisk()
        try town.start(2)
        #expect(town.run(3_000) { town.houses[2].stop != nil })
        guard case .mayNotJoin(.emptyBesideFormedCluster) = town.houses[2].stop else {
            Issue.record("\(String(describing: town.houses[2].stop))")
            return
        }
        #expect(town.put("/a", value: "1", at: 0)?.revision == 1)
    }

    @Test("a copy of a directory is refused once another copy has run")
    func copied() throws {
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        town.kill(2)
        let copy = MemoryDisk()
        copy.contents = town.houses[2].disk.contents
        try town.start(2)
        #expect(town.settle())
        town.kill(2)
        town.houses[2].disk = copy
        // However often a supervisor starts it: it never gets ahead of what the peers know.
        for _ in 0..<4 {
            try town.start(2)
            #expect(town.run(3_000) { town.houses[2].stop != nil })
            guard case .mayNotJoin(.copiedDirectory) = town.houses[2].stop else {
                Issue.record("\(String(describing: town.houses[2].stop))")
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
                    standing: known.standing
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
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        let leader = try #require(town.leader)
        town.kill(leader)
        let before = town.now
        let ticket = town.ticket()
        town.tell(
            (leader + 1) % 3,
            input: .propose(ticket, ReplicaHarness.put("/after", value: "1"))
        )
        #expect(town.reply(to: ticket, at: (leader + 1) % 3)?.revision == 1)
        #expect(town.now.nanoseconds(since: before) < 150_000_000)
    }

    @Test("without a leader a write is withdrawn, and surely not applied")
    func forget() throws {
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        town.kill(0)
        town.kill(1)
        town.run(2_000)
        let ticket = town.ticket()
        town.tell(2, input: .propose(ticket, ReplicaHarness.put("/a", value: "1")))
        town.run(200)
        town.tell(2, input: .forget(ticket))
        #expect(town.reply(to: ticket, at: 2)?.failure == .notApplied(.noLeader))
        try town.start(0)
        try town.start(1)
        #expect(town.settle())
        #expect(town.value("/a", at: 0) == nil)
    }

    @Test("a leader that is stopped hands over first")
    func transferLeadership() throws {
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        let leader = try #require(town.leader)
        let term = town.houses[leader].term
        town.tell(leader, input: .stop)
        #expect(town.run(2_000) { town.houses[leader].stop == .orderly })
        #expect(town.run(100) { town.leader != nil })
        let heir = try #require(town.leader)
        #expect(heir != leader)
        #expect(town.houses[heir].term == term + 1)
    }

    @Test("a disk that forgot term and vote is told of, and the member does not start")
    func forgottenTerm() throws {
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        let leader = try #require(town.leader)
        let old = town.houses[2].disk.contents[.hardState]
        town.kill(leader)
        #expect(town.run(3_000) { town.leader != nil && town.leader != leader })
        try town.start(leader)
        #expect(town.settle())
        #expect(town.put("/a", value: "1", at: 2)?.revision == 1)
        #expect(town.settle())
        town.kill(2)
        town.houses[2].disk.contents[.hardState] = old
        let error = #expect(throws: StopReason.self) { try town.start(2) }
        guard case .damaged(let evidence) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(evidence.contains("hardstate") && evidence.contains("forgotten a vote"))
    }

    @Test("a log that rotted is filled again under the same identity")
    func reseeding() throws {
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        for number in 0..<50 {
            #expect(town.put("/k\(number)", value: "v", at: 0)?.revision != nil)
        }
        town.kill(2)
        town.houses[2].disk.contents[.segment(1)]?[700] ^= 4
        try town.start(2)
        #expect(town.houses[2].unreadiness.contains(.reseeding))
        #expect(town.settle())
        #expect(town.value("/k49", at: 2) == "v")
    }
}
