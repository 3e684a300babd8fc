import Bytes
import Consensus
import Journal
import Keyspace
import Testing

@testable import Replica

@Suite("one member alone (operations.md)")
struct LoneMemberTests {
    @Test("forms at once, serves, and finds everything again after kill -9")
    func life() throws {
        let town = ReplicaHarness(1)
        try town.startAll()
        #expect(town.put("/a", value: "1", at: 0)?.revision == 1)
        let read = town.ticket()
        town.tell(0, input: .read(read))
        guard case .readable = town.reply(to: read, at: 0) else {
            Issue.record("a read was not served")
            return
        }
        #expect(town.value("/a", at: 0) == "1")
        let cluster = town.houses[0].status?.cluster
        town.kill(0)
        try town.start(0)
        #expect(town.settle())
        #expect(town.value("/a", at: 0) == "1")
        #expect(town.houses[0].status?.cluster == cluster)
        #expect(town.put("/a", value: "2", at: 0)?.revision == 2)
    }

    @Test("a full disk refuses what grows and lets deletes through (operations.md, Disk space)")
    func noSpace() throws {
        let town = ReplicaHarness(1)
        try town.startAll()
        #expect(town.put("/a", value: "1", at: 0)?.revision == 1)
        town.tell(0, input: .diskSpace(freeByteCount: 1 << 20))
        #expect(town.put("/b", value: "1", at: 0)?.failure == .notApplied(.noSpace))
        #expect(town.houses[0].unreadiness.isEmpty && town.houses[0].status?.diskSpace == .short)
        let ticket = town.ticket()
        let delete = Command.delete(
            key: Path(unchecked: Array("/a".utf8)),
            extent: .key,
            condition: .none
        )
        town.tell(0, input: .propose(ticket, Request(delete)))
        #expect(town.reply(to: ticket, at: 0)?.revision == 2)
        town.tell(0, input: .diskSpace(freeByteCount: 1 << 40))
        #expect(town.put("/b", value: "1", at: 0)?.revision == 3)
    }

    private static func transaction(then: [Transaction.Operation]) -> Request {
        Request(.transaction(Transaction(compares: [], then: then, otherwise: [])))
    }

    @Test("a full disk lets a transaction through that puts nothing (operations.md, Disk space)")
    func noSpaceInTransaction() throws {
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        let leader = try #require(town.leader)
        let key = Path(unchecked: Array("/a".utf8))
        let get = Transaction.Operation.get(key: key, extent: .key)
        let delete = Transaction.Operation.delete(key: key, extent: .key)
        let put = Transaction.Operation.put(key: key, value: [1], lease: nil)
        // Refused by the leader, who alone is short: its own clients' writes and a follower's.
        for number in [leader, (leader + 1) % 3] {
            town.tell(leader, input: .diskSpace(freeByteCount: 1 << 40))
            #expect(town.put("/a", value: "1", at: number)?.revision != nil)
            town.tell(leader, input: .diskSpace(freeByteCount: 1 << 20))
            town.round()
            let refused = town.ticket()
            town.tell(number, input: .propose(refused, Self.transaction(then: [delete, put])))
            #expect(town.reply(to: refused, at: number)?.failure == .notApplied(.noSpace))
            #expect(town.value("/a", at: number) == "1")
            let passed = town.ticket()
            town.tell(number, input: .propose(passed, Self.transaction(then: [get, delete])))
            #expect(town.reply(to: passed, at: number)?.revision != nil)
            #expect(town.value("/a", at: number) == nil)
        }
        let other = town.ticket()
        let otherwise = Transaction(compares: [], then: [delete], otherwise: [put])
        town.tell(leader, input: .propose(other, Request(.transaction(otherwise))))
        #expect(town.reply(to: other, at: leader)?.failure == .notApplied(.noSpace))
    }

    @Test("snapshots are taken when the log has grown, and used at the next start")
    func snapshot() throws {
        let town = ReplicaHarness(1) { $0.snapshotLogByteCountMin = 200_000 }
        try town.startAll()
        let long = String(repeating: "x", count: 20_000)
        for number in 0..<60 {
            #expect(town.put("/k\(number)", value: long, at: 0)?.revision != nil)
        }
        #expect(town.run(1_000) { town.houses[0].status?.snapshotIndex != .zero })
        town.kill(0)
        try town.start(0)
        #expect(town.settle())
        #expect(town.value("/k59", at: 0) == long)
        #expect(town.houses[0].status?.snapshotIndex != .zero)
    }

    @Test("a member that applies a long log again takes a snapshot only of what it has applied")
    func snapshotOfApplied() throws {
        let town = ReplicaHarness(1) { $0.snapshotLogByteCountMin = 1 << 30 }
        try town.startAll()
        let long = String(repeating: "x", count: 400_000)
        for number in 0..<32 {
            #expect(town.put("/k\(number)", value: long, at: 0)?.revision != nil)
        }
        town.kill(0)
        town.houses[0].configuration.snapshotLogByteCountMin = 8_000_000
        // So little is kept in memory that the log is applied as it is read, part by part.
        town.houses[0].configuration.windowByteCountMax = 1 << 20
        try town.start(0)
        #expect(town.settle())
        #expect(town.run(5_000) { town.houses[0].status?.snapshotIndex != .zero })
        #expect(town.houses[0].snapshotCount == 1)
        #expect(town.houses[0].status?.snapshotIndex ?? .zero >= LogIndex(rawValue: 20))
    }

    @Test("damage before the durable bound ends the only member")
    func damage() throws {
        let town = ReplicaHarness(1)
        try town.startAll()
        for number in 0..<20 { _ = town.put("/k\(number)", value: "value", at: 0) }
        town.kill(0)
        town.houses[0].disk.contents[.segment(1)]?[400] ^= 1
        #expect(throws: StopReason.self) { try town.start(0) }
    }

    @Test("an orderly end is said once everything is durable")
    func stop() throws {
        let town = ReplicaHarness(1)
        try town.startAll()
        #expect(town.put("/a", value: "1", at: 0)?.revision == 1)
        town.tell(0, input: .stop)
        #expect(town.run(2_000) { town.houses[0].stop != nil })
        #expect(town.houses[0].stop == .orderly)
    }
}

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
        #expect(members.map(\.clientAddress).count == 3 && members.allSatisfy { $0.health == .heard })
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

@Suite("members whose stores differ")
struct StoreComparisonTests {
    /// Writes until every member has compared its store.
    private func compare(_ town: ReplicaHarness, at number: Int) {
        for step in 0..<1_100 {
            town.tell(
                number,
                input: .propose(
                    town.ticket(),
                    ReplicaHarness.put("/k\(step % 10)", value: "\(step)")
                )
            )
            if step % 50 == 0 { town.round() }
        }
        town.run(300)
    }

    @Test("the minority answers 503, takes the leader's store, and serves again")
    func minority() throws {
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        let leader = try #require(town.leader)
        let odd = (leader + 1) % 3
        town.houses[odd].corruptStore()
        compare(town, at: leader)
        #expect(town.run(3_000) { !town.houses[odd].replacements.isEmpty })
        #expect(town.settle())
        let hashes = town.houses.compactMap { $0.status?.stateHash }
        #expect(Set(hashes).count == 1)
    }

    @Test("a leader in the minority hands leadership to one of the majority")
    func leader() throws {
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        let odd = try #require(town.leader)
        town.houses[odd].corruptStore()
        compare(town, at: odd)
        #expect(town.run(3_000) { !town.houses[odd].replacements.isEmpty })
        #expect(town.settle())
        #expect(town.leader != odd)
    }

    @Test("without a majority nobody serves")
    func nobody() throws {
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        for house in town.houses.dropFirst() { house.corruptStore() }
        compare(town, at: 0)
        #expect(
            town.houses.allSatisfy {
                $0.unreadiness.contains(.storeDiffers)
            }
        )
        #expect(town.put("/a", value: "1", at: 0)?.failure == .notApplied(.notServing))
    }
}

extension ReplicaHarness.House {
    /// Puts another store in the place of this one, as a fault of the machine would; each house gets
    /// another one.
    func corruptStore() {
        let key = Path(unchecked: Array("/rot".utf8) + configuration.name)
        var payload: [UInt8] = []
        let put = Put(key: key, value: [1], lease: .none, condition: .none)
        Request(.put(put)).encode(into: &payload)
        var keyspace = Keyspace()
        _ = keyspace.apply(index: 1, time: .zero, command: payload)
        guard let machine = replica?.formed?.machine else { return }
        replica?.formed?.machine = StateMachine(
            keyspace: keyspace,
            applied: machine.applied,
            time: machine.time,
            membership: machine.membership
        )
    }
}
