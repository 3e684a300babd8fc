import Consensus
import Testing

@testable import Replica

@Suite("entries that are read from the log to be applied (dissertation 3.5, 3.6.3)")
struct ReplacedEntriesTests {
    @Test("what another leader replaced while it was read is not applied")
    func replacedWhileRead() throws {
        let town = ReplicaHarness(3) { $0.windowByteCountMax = 1 << 10 }
        try town.startAll()
        #expect(town.settle())
        let former = try #require(town.leader)
        let others = (0..<3).filter { $0 != former }
        #expect(town.put("/kept", value: "1", at: former)?.revision == 1)
        #expect(town.settle())
        // Nobody else gets these, and they are more than is read from the disk at a time.
        for number in others { town.houses[number].isPaused = true }
        let long = String(repeating: "x", count: 100_000)
        for _ in 0..<8 {
            town.tell(
                former,
                input: .propose(town.ticket(), ReplicaHarness.put("/lost", value: long))
            )
        }
        town.run(10)
        for number in others { town.houses[number].inbox = [] }
        town.kill(former)
        for number in others { town.houses[number].isPaused = false }
        // More than memory holds: the former leader hears first where the logs part.
        for number in 0..<20 {
            #expect(town.put("/new-\(number)", value: "1", at: others[0])?.revision != nil)
        }
        try town.start(former)
        #expect(
            town.run(3_000) {
                town.houses[former].replica?.consensus?.commitIndex ?? .zero > .zero
            }
        )
        // What it has asked its disk for is under way when the others' entries come.
        town.houses[former].isPaused = true
        town.run(50)
        town.houses[former].isPaused = false
        #expect(town.settle())
        for number in 0..<3 { #expect(town.value("/lost", at: number) == nil) }
        let hashes = town.houses.map { $0.replica?.storeHash }
        #expect(hashes[0] == hashes[1] && hashes[1] == hashes[2])
    }
}
