import Bytes
import Consensus
import Journal
import TestSupport
import Testing

@testable import Replica

@Suite("a copy of a member's directory (Docs/Decisions/0006-a-copy-beside-its-original.md)")
struct CopyTests {
    private func formed(_ count: Int) throws -> ReplicaHarness {
        let harness = ReplicaHarness(count)
        try harness.startAll()
        #expect(harness.settle())
        // Until every boot is on record everywhere.
        harness.run(600)
        return harness
    }

    /// The nonces of that member's boot that the founders have on record, one of them left out.
    private func boots(of harness: ReplicaHarness, at number: Int, but other: Int) -> [UInt64?] {
        guard let id = harness.members[number].replica?.id else { return [] }
        return (0..<3).filter { harness.members[$0].replica?.id != id && $0 != other }.map {
            harness.members[$0].replica?.identity.boot(of: id)?.nonce
        }
    }

    @Test("beside its original it is put off and ends; the original serves on", arguments: 0..<3)
    func beside(_ original: Int) throws {
        let harness = try formed(3)
        let known = boots(of: harness, at: original, but: original)
        let copy = harness.copy(of: original)
        try harness.start(copy)
        #expect(harness.put("/a", value: "1", at: original)?.revision == 2)
        // Three times as long as a living member may be silent, and the longest pause of a dial.
        let start = harness.now
        #expect(harness.run(3 * 800 + 600) { harness.members[copy].stop != nil })
        #expect(harness.now.nanoseconds(since: start) > 2_400_000_000)
        guard case .mayNotJoin(.originalAlive) = harness.members[copy].stop else {
            Issue.record("\(String(describing: harness.members[copy].stop))")
            return
        }
        #expect(harness.members[original].stop == nil)
        #expect(boots(of: harness, at: original, but: original) == known)
        #expect(harness.put("/a", value: "2", at: original)?.revision == 3)
        let isTold = harness.members[original].notices.contains {
            if case .startedTwice = $0 { true } else { false }
        }
        #expect(isTold)
        // A supervisor may start it again and again.
        try harness.start(copy)
        #expect(harness.run(4_000) { harness.members[copy].stop != nil })
        #expect(harness.members[original].stop == nil)
        // The original's own next start is welcome.
        harness.kill(original)
        try harness.start(original)
        #expect(harness.run(3_000) { harness.members[original].unreadiness.isEmpty })
    }

    @Test("a peer that could say nothing for a while has not put it off meanwhile")
    func interrupted() throws {
        let harness = try formed(3)
        let copy = harness.copy(of: 2)
        try harness.start(copy)
        harness.run(1_000)
        for peer in 0..<2 { harness.members[peer].isPaused = true }
        harness.run(5_000)
        for peer in 0..<2 { harness.members[peer].isPaused = false }
        harness.run(1_000)
        #expect(harness.members[copy].stop == nil)
        #expect(harness.run(3 * 800 + 600) { harness.members[copy].stop != nil })
        #expect(harness.members[2].stop == nil)
    }

    @Test("a killed member is welcome again at once, though its copy was put off before")
    func restart() throws {
        let harness = try formed(3)
        let leader = try #require(harness.leader)
        let victim = (leader + 1) % 3
        let copy = harness.copy(of: victim)
        try harness.start(copy)
        harness.run(1_000)
        harness.kill(copy)
        harness.kill(victim)
        try harness.start(victim)
        let start = harness.now
        #expect(harness.run(3_000) { harness.members[victim].unreadiness.isEmpty })
        #expect(harness.now.nanoseconds(since: start) < 100_000_000)
    }

    @Test("who is silent without an end of its links is waited for as long as one may be silent")
    func silent() throws {
        let harness = try formed(3)
        let copy = harness.copy(of: 2)
        harness.members[2].isPaused = true
        harness.run(5)
        try harness.start(copy)
        let start = harness.now
        #expect(harness.run(3_000) { !boots(of: harness, at: copy, but: 2).contains { $0 != 4 } })
        // It asks again after at most half a second.
        #expect(harness.now.nanoseconds(since: start) < (800 + 500) * 1_000_000)
        #expect(harness.members[copy].stop == nil)
        // The one that was silent for too long is the copy now. It waits a little, because it was
        // told that the other one was put off.
        harness.members[2].isPaused = false
        #expect(harness.run(6_500) { harness.members[2].stop != nil })
    }

    @Test("who hears the original says so to whoever has let the copy in")
    func disputed() throws {
        let harness = try formed(3)
        let original = harness.members[2].replica?.boot.nonce
        let copy = harness.copy(of: 2)
        // The links between the original and member 0 break, and it cannot dial for a while.
        harness.members[2].isDialling = false
        harness.breakLinks(between: 2, and: 0)
        harness.members[0].isDialling = false
        try harness.start(copy)
        var wasLetIn = false
        #expect(
            harness.run(4_000) {
                if boots(of: harness, at: copy, but: 1) != [original] { wasLetIn = true }
                return harness.members[copy].stop != nil
            }
        )
        #expect(wasLetIn, "member 0 could not know better")
        #expect(boots(of: harness, at: 2, but: 1) == [original])
        harness.members[2].isDialling = true
        harness.members[0].isDialling = true
        #expect(harness.run(3_000) { harness.members[2].unreadiness.isEmpty })
        #expect(harness.put("/a", value: "1", at: 2)?.revision == 2)
        #expect(harness.members[2].stop == nil)
    }

    @Test("one that is put off says nothing to those who have let it in")
    func mute() throws {
        let harness = try formed(3)
        let copy = harness.copy(of: 2)
        try harness.start(copy)
        harness.run(20)
        #expect(harness.members[copy].replica?.context.links.isMute == true)
        #expect(
            harness.members[copy].replica?.context.links.send(.ping, to: MemberID(rawValue: 1))
                == .dropped
        )
    }

    @Test("a copy from before the cluster was formed is refused")
    func unformed() throws {
        let harness = ReplicaHarness(3)
        try harness.start(2)
        harness.run(10)
        let copy = harness.copy(of: 2)
        try harness.start(0)
        try harness.start(1)
        #expect(harness.settle())
        harness.run(600)
        #expect(harness.members[copy].disk.contents != harness.members[2].disk.contents)
        harness.kill(2)
        try harness.start(copy)
        #expect(harness.run(3_000) { harness.members[copy].stop != nil })
        guard case .mayNotJoin(.copiedDirectory) = harness.members[copy].stop else {
            Issue.record("\(String(describing: harness.members[copy].stop))")
            return
        }
    }

    @Test("a directory has one name")
    func name() throws {
        let harness = try formed(1)
        harness.kill(0)
        let contents = harness.members[0].disk.contents
        harness.members[0].configuration.name = Array("other".utf8)
        #expect(throws: StopReason.mayNotJoin(.otherName(ReplicaHarness.name(0)))) {
            try harness.start(0)
        }
        #expect(harness.members[0].disk.contents == contents)
    }

    // MARK: Instead of the original

    /// Member 2 acknowledged what made it committed, and starts again on a directory of before.
    private func setBack() throws -> (harness: ReplicaHarness, leader: Int, other: Int) {
        let harness = try formed(3)
        let leader = try #require(harness.leader)
        let victim = (leader + 1) % 3
        let other = 3 - leader - victim
        let old = harness.members[victim].disk.contents
        harness.members[other].isPaused = true
        #expect(harness.put("/a", value: "1", at: leader)?.revision == 2)
        harness.kill(victim)
        harness.members[victim].disk.contents = old
        try harness.start(victim)
        return (harness, leader, other)
    }

    @Test("one that comes back with less than it acknowledged is told, and does not vote")
    func voteLost() throws {
        let (harness, leader, other) = try setBack()
        let victim = 3 - leader - other
        #expect(
            harness.run(500) {
                harness.members[victim].replica?.consensus?.logIntegrity == .reseeding
            }
        )
        let told = harness.members[victim].notices.contains {
            if case .voteLost = $0 { true } else { false }
        }
        #expect(told)
        // Nobody who knows is left: it must not help the one that lacks the write to lead.
        harness.kill(leader)
        harness.members[other].isPaused = false
        #expect(!harness.run(3_000) { harness.leader != nil })
        // It stays so over a restart of its own.
        harness.kill(victim)
        try harness.start(victim)
        #expect(!harness.run(3_000) { harness.leader != nil })
        try harness.start(leader)
        #expect(harness.settle())
        for number in 0..<3 {
            #expect(harness.value("/a", at: number) == "1")
            #expect(harness.members[number].replica?.consensus?.logIntegrity == .intact)
        }
    }

    @Test("with everybody there it has everything again in no time")
    func refilled() throws {
        let (harness, _, other) = try setBack()
        harness.members[other].isPaused = false
        #expect(harness.settle())
        #expect((0..<3).allSatisfy { harness.value("/a", at: $0) == "1" })
    }

    @Test("a correct member is never doubted, however often anybody starts again")
    func correct() throws {
        let harness = try formed(3)
        for round in 0..<12 {
            _ = harness.put("/k\(round)", value: "v", at: round % 3)
            let victim = round % 3
            harness.kill(victim)
            _ = harness.put("/l\(round)", value: "v", at: (victim + 1) % 3)
            try harness.start(victim)
            #expect(harness.settle())
        }
        for member in harness.members { #expect(member.notices.isEmpty) }
    }
}
