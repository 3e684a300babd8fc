import Bytes
import Consensus
import Journal
import Testing

@testable import Replica

@Suite("a copy of a member's directory (Docs/Decisions/0006-a-copy-beside-its-original.md)")
struct CopyTests {
    private func formed(_ count: Int) throws -> ReplicaHarness {
        let town = ReplicaHarness(count)
        try town.startAll()
        #expect(town.settle())
        // Until every boot is on record everywhere.
        town.run(600)
        return town
    }

    /// The nonces of that member's boot that the founders have on record, one of them left out.
    private func boots(of town: ReplicaHarness, at number: Int, but other: Int) -> [UInt64?] {
        guard let id = town.houses[number].replica?.id else { return [] }
        return (0..<3).filter { town.houses[$0].replica?.id != id && $0 != other }.map {
            town.houses[$0].replica?.identity.boot(of: id)?.nonce
        }
    }

    @Test("beside its original it is put off and ends; the original serves on", arguments: 0..<3)
    func beside(_ original: Int) throws {
        let town = try formed(3)
        let known = boots(of: town, at: original, but: original)
        let copy = town.copy(of: original)
        try town.start(copy)
        #expect(town.put("/a", value: "1", at: original)?.revision == 1)
        // Three times as long as a living member may be silent, and the longest pause of a dial.
        let start = town.now
        #expect(town.run(3 * 800 + 600) { town.houses[copy].stop != nil })
        #expect(town.now.nanoseconds(since: start) > 2_400_000_000)
        guard case .mayNotJoin(.originalAlive) = town.houses[copy].stop else {
            Issue.record("\(String(describing: town.houses[copy].stop))")
            return
        }
        #expect(town.houses[original].stop == nil)
        #expect(boots(of: town, at: original, but: original) == known)
        #expect(town.put("/a", value: "2", at: original)?.revision == 2)
        let isTold = town.houses[original].notices.contains {
            if case .startedTwice = $0 { true } else { false }
        }
        #expect(isTold)
        // A supervisor may start it again and again.
        try town.start(copy)
        #expect(town.run(4_000) { town.houses[copy].stop != nil })
        #expect(town.houses[original].stop == nil)
        // The original's own next start is welcome.
        town.kill(original)
        try town.start(original)
        #expect(town.run(3_000) { town.houses[original].unreadiness.isEmpty })
    }

    @Test("a peer that could say nothing for a while has not put it off meanwhile")
    func interrupted() throws {
        let town = try formed(3)
        let copy = town.copy(of: 2)
        try town.start(copy)
        town.run(1_000)
        for peer in 0..<2 { town.houses[peer].isPaused = true }
        town.run(5_000)
        for peer in 0..<2 { town.houses[peer].isPaused = false }
        town.run(1_000)
        #expect(town.houses[copy].stop == nil)
        #expect(town.run(3 * 800 + 600) { town.houses[copy].stop != nil })
        #expect(town.houses[2].stop == nil)
    }

    @Test("a killed member is welcome again at once, though its copy was put off before")
    func restart() throws {
        let town = try formed(3)
        let leader = try #require(town.leader)
        let victim = (leader + 1) % 3
        let copy = town.copy(of: victim)
        try town.start(copy)
        town.run(1_000)
        town.kill(copy)
        town.kill(victim)
        try town.start(victim)
        let start = town.now
        #expect(town.run(3_000) { town.houses[victim].unreadiness.isEmpty })
        #expect(town.now.nanoseconds(since: start) < 100_000_000)
    }

    @Test("who is silent without an end of its links is waited for as long as one may be silent")
    func silent() throws {
        let town = try formed(3)
        let copy = town.copy(of: 2)
        town.houses[2].isPaused = true
        town.run(5)
        try town.start(copy)
        let start = town.now
        #expect(town.run(3_000) { !boots(of: town, at: copy, but: 2).contains { $0 != 4 } })
        // It asks again after at most half a second.
        #expect(town.now.nanoseconds(since: start) < (800 + 500) * 1_000_000)
        #expect(town.houses[copy].stop == nil)
        // The one that was silent for too long is the copy now. It waits a little, because it was
        // told that the other one was put off.
        town.houses[2].isPaused = false
        #expect(town.run(6_500) { town.houses[2].stop != nil })
    }

    @Test("who hears the original says so to whoever has let the copy in")
    func disputed() throws {
        let town = try formed(3)
        let original = town.houses[2].replica?.boot.nonce
        let copy = town.copy(of: 2)
        // The links between the original and member 0 break, and it cannot dial for a while.
        town.houses[2].isDialling = false
        for (ours, end) in town.houses[2].ends where end.house == 0 {
            town.houses[2].ends[ours] = nil
            town.houses[0].ends[end.link] = nil
            town.houses[2].inbox.append(.linkClosed(ours, .timedOut))
            town.houses[0].inbox.append(.linkClosed(end.link, .timedOut))
        }
        town.houses[0].isDialling = false
        try town.start(copy)
        var wasLetIn = false
        #expect(
            town.run(4_000) {
                if boots(of: town, at: copy, but: 1) != [original] { wasLetIn = true }
                return town.houses[copy].stop != nil
            }
        )
        #expect(wasLetIn, "member 0 could not know better")
        #expect(boots(of: town, at: 2, but: 1) == [original])
        town.houses[2].isDialling = true
        town.houses[0].isDialling = true
        #expect(town.run(3_000) { town.houses[2].unreadiness.isEmpty })
        #expect(town.put("/a", value: "1", at: 2)?.revision == 1)
        #expect(town.houses[2].stop == nil)
    }

    @Test("one that is put off says nothing to those who have let it in")
    func mute() throws {
        let town = try formed(3)
        let copy = town.copy(of: 2)
        try town.start(copy)
        town.run(20)
        #expect(town.houses[copy].replica?.context.links.isMute == true)
        #expect(
            town.houses[copy].replica?.context.links.send(.ping, to: MemberID(rawValue: 1))
                == .dropped
        )
    }

    @Test("a copy from before the cluster was formed is refused")
    func unformed() throws {
        let town = ReplicaHarness(3)
        try town.start(2)
        town.run(10)
        let copy = town.copy(of: 2)
        try town.start(0)
        try town.start(1)
        #expect(town.settle())
        town.run(600)
        #expect(town.houses[copy].disk.contents != town.houses[2].disk.contents)
        town.kill(2)
        try town.start(copy)
        #expect(town.run(3_000) { town.houses[copy].stop != nil })
        guard case .mayNotJoin(.copiedDirectory) = town.houses[copy].stop else {
            Issue.record("\(String(describing: town.houses[copy].stop))")
            return
        }
    }

    @Test("a directory has one name")
    func name() throws {
        let town = try formed(1)
        town.kill(0)
        let contents = town.houses[0].disk.contents
        town.houses[0].configuration.name = Array("other".utf8)
        #expect(throws: StopReason.mayNotJoin(.otherName(ReplicaHarness.name(0)))) {
            try town.start(0)
        }
        #expect(town.houses[0].disk.contents == contents)
    }

    // MARK: Instead of the original

    /// Member 2 acknowledged what made it committed, and starts again on a directory of before.
    private func setBack() throws -> (town: ReplicaHarness, leader: Int, other: Int) {
        let town = try formed(3)
        let leader = try #require(town.leader)
        let victim = (leader + 1) % 3
        let other = 3 - leader - victim
        let old = town.houses[victim].disk.contents
        town.houses[other].isPaused = true
        #expect(town.put("/a", value: "1", at: leader)?.revision == 1)
        town.kill(victim)
        town.houses[victim].disk.contents = old
        try town.start(victim)
        return (town, leader, other)
    }

    @Test("one that comes back with less than it acknowledged is told, and does not vote")
    func voteLost() throws {
        let (town, leader, other) = try setBack()
        let victim = 3 - leader - other
        #expect(
            town.run(500) { town.houses[victim].replica?.consensus?.logIntegrity == .reseeding }
        )
        let told = town.houses[victim].notices.contains {
            if case .voteLost = $0 { true } else { false }
        }
        #expect(told)
        // Nobody who knows is left: it must not help the one that lacks the write to lead.
        town.kill(leader)
        town.houses[other].isPaused = false
        #expect(!town.run(3_000) { town.leader != nil })
        // It stays so over a restart of its own.
        town.kill(victim)
        try town.start(victim)
        #expect(!town.run(3_000) { town.leader != nil })
        try town.start(leader)
        #expect(town.settle())
        for number in 0..<3 {
            #expect(town.value("/a", at: number) == "1")
            #expect(town.houses[number].replica?.consensus?.logIntegrity == .intact)
        }
    }

    @Test("with everybody there it has everything again in no time")
    func refilled() throws {
        let (town, _, other) = try setBack()
        town.houses[other].isPaused = false
        #expect(town.settle())
        #expect((0..<3).allSatisfy { town.value("/a", at: $0) == "1" })
    }

    @Test("a correct member is never doubted, however often anybody starts again")
    func correct() throws {
        let town = try formed(3)
        for round in 0..<12 {
            _ = town.put("/k\(round)", value: "v", at: round % 3)
            let victim = round % 3
            town.kill(victim)
            _ = town.put("/l\(round)", value: "v", at: (victim + 1) % 3)
            try town.start(victim)
            #expect(town.settle())
        }
        for house in town.houses { #expect(house.notices.isEmpty) }
    }
}
