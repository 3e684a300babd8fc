import Bytes
import Consensus
import Journal
import TestSupport
import Testing

@testable import Replica

@Suite("a damaged log is given up only where other voters hold it (Docs/operations.md)")
struct DamagedLogTests {
    private static let keyCount = 20

    private func formed(_ count: Int) throws -> ReplicaHarness {
        let harness = ReplicaHarness(count)
        try harness.startAll()
        #expect(harness.settle())
        for number in 0..<Self.keyCount {
            #expect(harness.put("/k\(number)", value: "v", at: 0)?.revision != nil)
        }
        return harness
    }

    private func expectRefusal(_ harness: ReplicaHarness, at number: Int) {
        let disk = harness.members[number].disk.contents
        for place in stride(from: 300, to: 1_500, by: 100) {
            harness.members[number].disk.contents[.segment(1)]?[place] ^= 1
            let damaged = harness.members[number].disk.contents
            let error = #expect(throws: StopReason.self) { try harness.start(number) }
            guard case .damaged(let evidence) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(evidence.contains(".segment"))
            #expect(
                harness.members[number].disk.contents == damaged,
                "the files are left as they are"
            )
            harness.members[number].disk.contents = disk
        }
    }

    @Test("three founders were reduced to one: it stops, though it was founded with peers")
    func shrunk() throws {
        let harness = try formed(3)
        let last = try #require(harness.leader)
        for leaver in 0..<3 where leaver != last {
            let gone = try #require(harness.member(leaver)).id
            #expect(harness.change(.remove(gone)) != nil)
            #expect(harness.run(5_000) { harness.members[leaver].stop == .mayNotJoin(.removed) })
        }
        #expect(harness.put("/alone", value: "1", at: last)?.revision != nil)
        harness.kill(last)
        expectRefusal(harness, at: last)
        try harness.start(last)
        #expect(harness.settle())
        #expect(harness.value("/alone", at: last) == "1")
    }

    @Test("one founder grew to three: it is filled again, though it was founded alone")
    func grown() throws {
        let harness = try formed(1)
        harness.kill(0)
        expectRefusal(harness, at: 0)
        try harness.start(0)
        for _ in 0..<2 {
            let newcomer = try harness.startNewcomer()
            let member = try #require(harness.member(newcomer))
            #expect(harness.change(.addLearner(member, beside: nil)) != nil)
            #expect(harness.run(3_000) { harness.value("/k19", at: newcomer) == "v" })
            #expect(harness.promote(member.id))
            #expect(harness.settle())
        }
        for _ in 0..<2 {
            harness.kill(0)
            harness.members[0].disk.contents[.segment(1)]?[700] ^= 4
            try harness.start(0)
            #expect(harness.settle())
            #expect(harness.put("/after", value: "1", at: 1)?.revision != nil)
            #expect(harness.run(1_000) { harness.value("/after", at: 0) == "1" })
            #expect(harness.value("/k19", at: 0) == "v")
        }
        #expect(harness.members[0].disk.contents[.segment(1)] == nil, "its first log is gone")
    }

    @Test("what a peer said of the log before it was filled again says nothing of it after")
    func lateVerdict() throws {
        let harness = try formed(3)
        let earlier = try #require(harness.leader)
        let (leader, victim) = ((earlier + 1) % 3, (earlier + 2) % 3)
        let successor = harness.members[leader].replica?.id
        harness.tell(earlier, input: .transferLeadership(to: successor))
        #expect(harness.run(5_000) { harness.leader == leader } && harness.settle())
        harness.kill(victim)
        harness.members[victim].disk.contents[.segment(1)]?[700] ^= 4
        var late: [UInt8]?
        harness.carry = { sender, frame in
            guard sender == earlier, late == nil, let answer = try? HelloAnswer(decoding: frame),
                case .voteLost = answer.verdict
            else { return .whole(frame) }
            late = frame
            return .nowhere
        }
        try harness.start(victim)
        func integrity() -> LogIntegrity? {
            harness.members[victim].replica?.consensus?.logIntegrity
        }
        #expect(integrity() == .reseeding)
        #expect(harness.run(1_000) { late != nil && integrity() == .intact })
        let verdict = try #require(late)
        let teller = harness.members[earlier].replica?.id
        let peers = harness.members[victim].replica?.context.links.peers ?? []
        let link = try #require(peers.first { $0.id == teller }?.outgoing.link)
        harness.kill(leader)
        harness.members[victim].inbox.insert(.frame(link, verdict), at: 0)
        // Two of three are left, and hold everything: nobody doubts that.
        #expect(harness.run(5_000) { harness.leader != nil })
        #expect(integrity() == .intact)
        let now = try #require(harness.leader)
        #expect(harness.put("/late", value: "1", at: now)?.revision != nil)
    }
}
