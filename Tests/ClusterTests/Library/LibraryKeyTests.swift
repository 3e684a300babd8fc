import RoostClient
import TestCluster
import Testing

@Suite("The library: keys, listings, transactions (RoostClient)")
struct LibraryKeyTests {
    private static func client() async throws -> RoostClient {
        try await RoostClient(endpoints: aside { try SharedMember.cluster().endpoints })
    }

    @Test("a key is written, read, read as it was, and deleted")
    func roundTrip() async throws {
        let client = try await Self.client()
        let first = try await client.put("/library/a", text: "one")
        #expect(first.isNew)
        let second = try await client.put("/library/a", bytes: [0xFF, 0])
        #expect(second.version == 2 && second.revision > first.revision)
        let found = try await client.get("/library/a")
        let now = try #require(found)
        #expect(now.value == [0xFF, 0] && now.text == nil && now.modRevision == second.revision)
        let past = try await client.get("/library/a", revision: first.revision)
        #expect(past?.text == "one" && past?.version == 1)
        #expect(try await client.delete(.key("/library/a")) == 1)
        #expect(try await client.delete(.key("/library/a")) == 0)
        #expect(try await client.get("/library/a") == nil)
    }

    @Test("a condition that does not hold is a refusal that shows the key as it is")
    func conditions() async throws {
        let client = try await Self.client()
        let made = try await client.put("/library/c", text: "1", options: .when(.absent))
        let error = await #expect(throws: RoostError.self) {
            try await client.put("/library/c", text: "2", options: .when(.absent))
        }
        guard case .refused(let refusal) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(refusal.status == 412 && refusal.code == "precondition-failed")
        #expect(refusal.current?.text == "1" && refusal.effect == .none)
        try await client.put("/library/c", text: "2", options: .when(.revision(made.revision)))
        try await client.put("/library/c", text: "3", options: .when(.present))
        #expect(try await client.get("/library/c")?.version == 3)
    }

    @Test("a listing of many pages is one revision; a limit cuts it off and says so")
    func listing() async throws {
        let client = try await Self.client()
        for start in stride(from: 0, to: 2_500, by: 500) {
            let puts = (start..<start + 500).map { number in
                KeyOperation.put(
                    RoostKey("/library/many/\(10_000 + number)"),
                    Array("\(number)".utf8)
                )
            }
            #expect(try await client.transaction(RoostTransaction(then: puts)).succeeded)
        }
        let all = try await client.list("/library/many")
        #expect(all.items.count == 2_500 && !all.isCutOff)
        #expect(all.items.map(\.key) == all.items.map(\.key).sorted())
        var options = ListOptions()
        options.limit = 10
        options.content = .keysAlone
        let few = try await client.list(.prefix("/library/many/"), options: options)
        #expect(few.items.count == 10 && few.isCutOff && few.items.allSatisfy(\.value.isEmpty))
        #expect(try await client.delete(.subtree("/library/many")) == 2_500)
    }

    @Test("a transaction compares, and carries one of its lists out")
    func transaction() async throws {
        let client = try await Self.client()
        let transaction = RoostTransaction(
            when: [.isAbsent("/library/t")],
            then: [.put("/library/t", [0xFE])],
            otherwise: [.get(.key("/library/t")), .delete(.prefix("/library/t"))]
        )
        let first = try await client.transaction(transaction)
        #expect(first.succeeded)
        guard case .put(let receipt)? = first.results.first else {
            Issue.record("\(first.results)")
            return
        }
        #expect(receipt.isNew && receipt.revision == first.revision)
        let second = try await client.transaction(transaction)
        #expect(!second.succeeded && second.results.count == 2)
        #expect(second.results.last == .deleted(1))
        guard case .items(let items)? = second.results.first else {
            Issue.record("\(second.results)")
            return
        }
        #expect(items.map(\.value) == [[0xFE]])
        let compared = try await client.transaction(
            RoostTransaction(
                when: [
                    .value(of: "/library/v", is: .equal, to: [1]), .exists("/library/v"),
                    .version(of: "/library/v", is: .less, to: 9),
                    .modRevision(of: "/library/v", is: .greater, to: 1),
                ],
                then: []
            )
        )
        #expect(!compared.succeeded)
    }

    @Test("who is nowhere is unreachable, and a write surely not made")
    func unreachable() async throws {
        var options = RoostClient.Options()
        options.timeout = .milliseconds(300)
        let client = try RoostClient(endpoints: "127.0.0.1:1", options: options)
        let error = await #expect(throws: RoostError.self) {
            try await client.put("/library/u", text: "1")
        }
        guard case .unreachable(.none, let evidence) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(evidence.count == 1)
    }

    @Test("a call of a cancelled task ends at once, whatever the member does")
    func cancelled() async throws {
        let cluster = try await aside { try Cluster.started(count: 1) }
        let client = try RoostClient(endpoints: cluster.endpoints)
        try await client.put("/library/k", text: "1")
        cluster.members[0].signal(19)
        let task = Task { try await client.get("/library/k") }
        task.cancel()
        await #expect(throws: RoostError.self) { try await task.value }
        cluster.members[0].signal(18)
    }

    @Test("what cannot be asked is refused before it is sent")
    func invalid() async throws {
        #expect(throws: RoostError.self) { try RoostClient(endpoints: "ftp://nowhere") }
        #expect(throws: RoostError.self) { try ServiceCredentials.token("a b") }
        let client = try await Self.client()
        var options = WriteOptions()
        options.note = "two\r\nlines"
        let failing = options
        await #expect(throws: RoostError.self) {
            try await client.put("/library/n", text: "1", options: failing)
        }
    }
}
