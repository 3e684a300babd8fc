import Bytes
import Consensus
import Journal
import Testing

@testable import Replica

@Suite("a damaged log is given up only where other voters hold it (Docs/operations.md)")
struct DamagedLogTests {
    private static let keyCount = 20

    private func formed(_ count: Int) throws -> ReplicaHarness {
        let town = ReplicaHarness(count)
        try town.startAll()
        #expect(town.settle())
        for number in 0..<Self.keyCount {
            #expect(town.put("/k\(number)", value: "v", at: 0)?.revision != nil)
        }
        return town
    }

    private func expectRefusal(_ town: ReplicaHarness, at number: Int) {
        let disk = town.houses[number].disk.contents
        for place in stride(from: 300, to: 1_500, by: 100) {
            town.houses[number].disk.contents[.segment(1)]?[place] ^= 1
            let damaged = town.houses[number].disk.contents
            let error = #expect(throws: StopReason.self) { try town.start(number) }
            guard case .damaged(let evidence) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(evidence.contains(".segment"))
            #expect(town.houses[number].disk.contents == damaged, "the files are left as they are")
            town.houses[number].disk.contents = disk
        }
    }

    @Test("three founders were reduced to one: it stops, though it was founded with peers")
    func shrunk() throws {
        let town = try formed(3)
        let last = try #require(town.leader)
        for leaver in 0..<3 where leaver != last {
            let gone = try #require(town.member(leaver)).id
            #expect(town.change(.remove(gone)) != nil)
            #expect(town.run(5_000) { town.houses[leaver].stop == .mayNotJoin(.removed) })
        }
        #expect(town.put("/alone", value: "1", at: last)?.revision != nil)
        town.kill(last)
        expectRefusal(town, at: last)
        try town.start(last)
        #expect(town.settle())
        #expect(town.value("/alone", at: last) == "1")
    }

    @Test("one founder grew to three: it is filled again, though it was founded alone")
    func grown() throws {
        let town = try formed(1)
        town.kill(0)
        expectRefusal(town, at: 0)
        try town.start(0)
        for _ in 0..<2 {
            let newcomer = try town.welcomeNewcomer()
            let member = try #require(town.member(newcomer))
            #expect(town.change(.addLearner(member)) != nil)
            #expect(town.run(3_000) { town.value("/k19", at: newcomer) == "v" })
            #expect(town.change(.promote(member.id)) != nil)
            #expect(town.settle())
        }
        for _ in 0..<2 {
            town.kill(0)
            town.houses[0].disk.contents[.segment(1)]?[700] ^= 4
            try town.start(0)
            #expect(town.settle())
            #expect(town.put("/after", value: "1", at: 1)?.revision != nil)
            #expect(town.run(1_000) { town.value("/after", at: 0) == "1" })
            #expect(town.value("/k19", at: 0) == "v")
        }
        #expect(town.houses[0].disk.contents[.segment(1)] == nil, "its first log is gone")
    }
}
