import Foundation
import RoostClient
import TestCluster
import Testing

@Suite("The library while members die under it (RoostClient)", .serialized)
struct LibraryFaultTests {
    @Test(
        "a leader is killed under load: no write is lost and none is made twice, and the watch has all"
    )
    func leaderKilled() async throws {
        let cluster = try await aside { try Cluster.started(count: 3) }
        let client = try RoostClient(endpoints: cluster.endpoints)
        let begun = try await client.put("/load", text: "begun").revision
        let (taskCount, writeCount) = (8, 150)
        let watching = Task {
            var seen: [String: Int] = [:]
            var revisions: [UInt64] = []
            for try await event in client.watch("/load", from: .revision(begun + 1)) {
                guard case .put(let value) = event, value.key != "/load" else { continue }
                if value.key == "/load/end" { break }
                seen[value.key.description, default: 0] += 1
                revisions.append(value.modRevision)
            }
            return (seen, revisions)
        }
        let written = Progress()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<taskCount {
                group.addTask {
                    for number in 0..<writeCount {
                        let key = RoostKey("/load/\(task)/\(number)")
                        // Made twice it would be refused the second time.
                        let receipt = try await client.put(
                            key,
                            text: "\(number)",
                            options: .when(.absent)
                        )
                        #expect(receipt.isNew)
                        written.advance()
                    }
                }
            }
            group.addTask {
                for threshold in [200, 600] {
                    await written.reach(threshold)
                    try await aside {
                        let leader = try cluster.leader()
                        leader.kill()
                        try leader.start()
                        try cluster.waitUntilReady()
                    }
                }
            }
            try await group.waitForAll()
        }
        let all = try await client.list("/load")
        #expect(all.items.count == taskCount * writeCount + 1)
        #expect(all.items.allSatisfy { $0.version == 1 })
        try await client.put("/load/end", text: "")
        let (seen, revisions) = try await watching.value
        #expect(seen.count == taskCount * writeCount, "the watch has a gap")
        #expect(seen.values.allSatisfy { $0 == 1 }, "the watch repeats")
        #expect(revisions == revisions.sorted(), "the watch is out of order")
    }

    @Test("whose member hangs loses the lock: the body is cancelled before another can hold it")
    func cutOff() async throws {
        let cluster = try await aside { try Cluster.started(count: 3) }
        let leader = try await aside { try cluster.leader() }
        let member = try #require(cluster.members.first { $0 !== leader })
        let cut = try RoostClient(endpoints: member.endpoint)
        let free = try RoostClient(
            endpoints: cluster.members.filter { $0 !== member }.map(\.endpoint)
                .joined(separator: ",")
        )
        var options = HoldOptions()
        options.timeToLive = .seconds(2)
        let (hold, held, ended) = (options, Progress(), Progress())
        let holder = Task {
            try await cut.withLock("cut", options: hold) { _ in
                held.advance()
                await untilCancelled()
                ended.advance()
            }
        }
        await held.reach(1)
        member.signal(SIGSTOP)
        defer { member.signal(SIGCONT) }
        let wasOver = try await free.withLock("cut", options: hold) { fence in
            #expect(fence.token > 0)
            return ended.count == 1
        }
        #expect(wasOver, "the body went on when another held the lock")
        guard case .failure(let error) = await holder.result,
            case .lost? = error as? HoldError<Never>
        else {
            Issue.record("it is not said that it was lost")
            return
        }
    }

    @Test("a session whose member hangs is lost before its key can go")
    func sessionCutOff() async throws {
        let cluster = try await aside { try Cluster.started(count: 3) }
        let leader = try await aside { try cluster.leader() }
        let member = try #require(cluster.members.first { $0 !== leader })
        let cut = try RoostClient(endpoints: member.endpoint)
        let free = try RoostClient(endpoints: leader.endpoint)
        let session = try await cut.openSession(timeToLive: .seconds(2))
        let written = try await cut.put("/cut", text: "1", options: .during(session))
        let lost = Progress()
        session.onLoss { lost.advance() }
        member.signal(SIGSTOP)
        defer { member.signal(SIGCONT) }
        for try await event in free.watch(.key("/cut"), from: .revision(written.revision + 1)) {
            guard case .delete(_, _, let cause) = event else { continue }
            #expect(cause == .expired)
            break
        }
        #expect(lost.count == 1 && !session.isAlive)
    }

    @Test("members that are away for a while are tried again, spared, and found")
    func allAway() async throws {
        let cluster = try await aside { try Cluster.started(count: 3) }
        let client = try RoostClient(endpoints: cluster.endpoints)
        try await client.put("/away", text: "1")
        try await aside { for member in cluster.members { member.kill() } }
        async let written = client.put("/away", text: "2")
        try await aside { try cluster.start() }
        #expect(try await written.version == 2)
    }
}
