import Consensus
import TestSupport
import Testing

@testable import Replica

@Suite("entries that are read from the log to be applied (dissertation 3.5, 3.6.3)")
struct ReplacedEntriesTests {
    @Test("what another leader replaced while it was read is not applied")
    func replacedWhileRead() throws {
        let harness = ReplicaHarness(3) { $0.windowByteCountMax = 1 << 10 }
        try harness.startAll()
        #expect(harness.settle())
        let former = try #require(harness.leader)
        let others = (0..<3).filter { $0 != former }
        #expect(harness.put("/kept", value: "1", at: former)?.revision == 2)
        #expect(harness.settle())
        // Nobody else gets these, and they are more than is read from the disk at a time.
        for number in others { harness.members[number].isPaused = true }
        let long = String(repeating: "x", count: 100_000)
        for _ in 0..<8 {
            harness.tell(
                former,
                input: .propose(harness.ticket(), ReplicaHarness.put("/lost", value: long))
            )
        }
        harness.run(10)
        for number in others { harness.members[number].inbox = [] }
        harness.kill(former)
        for number in others { harness.members[number].isPaused = false }
        // More than memory holds: the former leader hears first where the logs part.
        for number in 0..<20 {
            #expect(harness.put("/new-\(number)", value: "1", at: others[0])?.revision != nil)
        }
        try harness.start(former)
        #expect(
            harness.run(3_000) {
                harness.members[former].replica?.consensus?.commitIndex ?? .zero > .zero
            }
        )
        // What it has asked its disk for is under way when the others' entries come.
        harness.members[former].isPaused = true
        harness.run(50)
        harness.members[former].isPaused = false
        #expect(harness.settle())
        for number in 0..<3 { #expect(harness.value("/lost", at: number) == nil) }
        let hashes = harness.members.map { $0.replica?.storeHash }
        #expect(hashes[0] == hashes[1] && hashes[1] == hashes[2])
    }
}
