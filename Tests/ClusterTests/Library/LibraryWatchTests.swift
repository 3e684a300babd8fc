import RoostClient
import TestCluster
import Testing

@Suite("The library: watches (RoostClient)")
struct LibraryWatchTests {
    private static func client() async throws -> RoostClient {
        try await RoostClient(endpoints: aside { try SharedMember.cluster().endpoints })
    }

    @Test("what there is comes first, then what changes, of the keys that were named")
    func presentItems() async throws {
        let client = try await Self.client()
        try await client.put("/watched/a", text: "1")
        try await client.put("/watchedbeside", text: "1")
        let events = client.watch("/watched", .key("/other/x"), from: .presentItems)
            .makeAsyncIterator()
        let first = try await events.next()
        #expect(first?.key == "/watched/a")
        #expect(try await events.next() == .synced)
        try await client.put("/other/x", text: "2")
        try await client.delete(.key("/watched/a"))
        guard case .put(let value)? = try await events.next() else {
            Issue.record("no put")
            return
        }
        #expect(value.key == "/other/x" && value.text == "2")
        guard case .delete(let key, _, let cause)? = try await events.next() else {
            Issue.record("no delete")
            return
        }
        #expect(key == "/watched/a" && cause == .deleted)
    }

    @Test("one whose task is cancelled ends")
    func cancelled() async throws {
        let client = try await Self.client()
        let reached = Progress()
        let task = Task {
            var count = 0
            for try await _ in client.watch("/watch/none", from: .presentItems) {
                count += 1
                reached.advance()
            }
            return count
        }
        await reached.reach(1)
        task.cancel()
        #expect(try await task.value == 1)
    }

    @Test("more than it holds waits for who is slow, and all of it comes")
    func slow() async throws {
        let client = try await Self.client()
        let begun = try await client.put("/slow", text: "").revision
        for start in stride(from: 0, to: 5_000, by: 500) {
            let puts = (start..<start + 500).map {
                KeyOperation.put(RoostKey("/slow/\($0)"), [UInt8](repeating: 7, count: 200))
            }
            _ = try await client.transaction(RoostTransaction(then: puts))
        }
        var keys: Set<RoostKey> = []
        for try await event in client.watch("/slow", from: .revision(begun + 1)) {
            if let key = event.key { keys.insert(key) }
            if keys.count == 5_000 { break }
        }
        #expect(keys.count == 5_000)
        try await client.delete("/slow")
    }

    @Test("one that begins before what is kept ends, and says why")
    func compacted() async throws {
        let cluster = try await aside { try Cluster.started(count: 1) }
        let client = try RoostClient(endpoints: cluster.endpoints)
        for number in 0..<20 { try await client.put("/old", text: "\(number)") }
        let result = try await aside { try CommandLine.run("compact", "15", on: cluster) }
        #expect(result.status == 0, "\(result.error)")
        let error = await #expect(throws: RoostError.self) {
            for try await _ in client.watch("/old", from: .revision(1)) {}
        }
        guard case .compacted(let revision)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(revision == 15)
    }
}
