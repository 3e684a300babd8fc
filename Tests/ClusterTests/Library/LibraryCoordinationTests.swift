import Foundation
import RoostClient
import TestCluster
import Testing

@Suite("The library: sessions, locks, elections, services, configuration (RoostClient)")
struct LibraryCoordinationTests {
    private static func client() async throws -> RoostClient {
        try await RoostClient(endpoints: aside { try SharedMember.cluster().endpoints })
    }

    @Test("the keys of a session go with it")
    func session() async throws {
        let client = try await Self.client()
        let session = try await client.openSession(timeToLive: .seconds(30))
        try await client.put("/session/key", text: "1", options: .during(session))
        #expect(session.isAlive)
        #expect(try await client.get("/session/key")?.lease == session.id)
        await session.end()
        #expect(!session.isAlive)
        #expect(try await client.get("/session/key") == nil)
    }

    @Test("one body at a time has a lock, each with a higher token; its writes are fenced")
    func exclusion() async throws {
        let client = try await Self.client()
        let (inside, tokens) = (Progress(), Progress())
        let fences = try await withThrowingTaskGroup(of: RoostFence.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    try await client.withLock("library/one") { fence in
                        inside.advance()
                        #expect(inside.count == tokens.count + 1, "two at a time")
                        try await client.put("/one", text: "x", options: .fenced(by: fence))
                        tokens.advance()
                        return fence
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(fences.map(\.token)).count == 6)
        let old = try #require(fences.min { $0.token < $1.token })
        let error = await #expect(throws: RoostError.self) {
            try await client.put("/one", text: "late", options: .fenced(by: old))
        }
        guard case .refused(let refusal)? = error else { return }
        #expect(refusal.status == 412)
    }

    private struct Mishap: Error, Equatable {}

    private static func refusedThenFails(
        _ client: RoostClient,
        _ options: HoldOptions
    ) async throws(Mishap) {
        do {
            try await client.withLock("library/errors", options: options) { _ in }
            Issue.record("two hold it")
        } catch {
            guard case .service(.refused(let refusal)) = error else {
                Issue.record("\(error)")
                return
            }
            let codes = ["lock-held", "wait-timeout"]
            #expect(codes.contains(refusal.code), "\(refusal)")
        }
        throw Mishap()
    }

    @Test("what the body throws comes back as it is; who may not wait is refused")
    func errors() async throws {
        let client = try await Self.client()
        var patient = HoldOptions()
        patient.patience = .zero
        let options = patient
        do {
            try await client.withLock("library/errors") { _ throws(Mishap) in
                try await Self.refusedThenFails(client, options)
            }
            Issue.record("nothing was thrown")
        } catch {
            guard case .body(let mishap) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(mishap == Mishap())
        }
    }

    @Test("a task that is cancelled in the queue leaves it")
    func leavesQueue() async throws {
        let cluster = try await aside { try SharedMember.cluster() }
        let client = try await Self.client()
        @Sendable func waiting() -> Int {
            let answer = cluster.members[0].ask("GET", target: "/v1/locks/library%2Fqueue")
            return (answer?.json["waiters"] as? [Any])?.count ?? -1
        }
        try await client.withLock("library/queue") { _ in
            let waiter = Task { try await client.withLock("library/queue") { _ in } }
            #expect(await comesToHold { waiting() == 1 })
            waiter.cancel()
            await #expect(throws: (any Error).self) { try await waiter.value }
            #expect(await comesToHold { waiting() == 0 })
        }
    }

    @Test("as many bodies at a time as there are permits")
    func semaphore() async throws {
        let client = try await Self.client()
        let (entered, left) = (Progress(), Progress())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    try await client.withSemaphore("library/two", permits: 2) { _ in
                        entered.advance()
                        #expect(entered.count - left.count <= 2)
                        _ = try await client.get("/one")
                        left.advance()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(entered.count == 6)
    }

    @Test("who leads is told, in order; a higher priority that asks is handed over to")
    func election() async throws {
        let client = try await Self.client()
        let cluster = try await aside { try SharedMember.cluster() }
        let isUpToDate = await comesToHold {
            let level =
                cluster.members[0].ask("GET", target: "/v1/settings")?
                .json["feature_level"] as? [String: Any]
            return (level?["level"] as? Int ?? 0) >= 4
        }
        try #require(isUpToDate)
        let election = client.election("library/seat")
        let states = election.observe().makeAsyncIterator()
        #expect(try await states.next() == .vacant)
        let leading = Progress()
        var quick = HoldOptions()
        quick.timeToLive = .seconds(2)
        let low = quick
        quick.priority = 3
        quick.asksForHandover = true
        let high = quick
        let lower = Task {
            try await client.withLeadership(of: "library/seat", value: "low", options: low) { _ in
                leading.advance()
                await untilCancelled()
            }
        }
        await leading.reach(1)
        guard case .led(let leader)? = try await states.next() else {
            Issue.record("nobody leads")
            return
        }
        #expect(leader.text == "low")
        let seen = try await client.withLeadership(
            of: "library/seat",
            value: "high",
            options: high
        ) { fence in
            try await election.proclaim("higher", as: fence)
            return try await election.leader()?.text
        }
        #expect(seen == "higher")
        guard case .failure(let error) = await lower.result,
            case .lost? = error as? HoldError<Never>
        else {
            Issue.record("it is not said that it was handed over")
            return
        }
        #expect(try await states.next() != nil)
    }

    @Test("an instance is registered, reported on, registered anew, and taken out")
    func registration() async throws {
        let client = try await Self.client()
        let cluster = try await aside { try SharedMember.cluster() }
        @Sendable func statuses() -> [String] {
            let json = cluster.members[0].ask("GET", target: "/v1/services/library")?.json
            let instances = json?["instances"] as? [[String: Any]] ?? []
            return instances.compactMap { $0["status"] as? String }
        }
        var instance = RegisteredInstance(
            service: "library",
            id: "a",
            address: "127.0.0.1",
            port: 80
        )
        instance.tags = ["x"]
        instance.timeToLive = .seconds(3)
        let registration = try await client.register(instance)
        #expect(statuses() == ["passing"])
        registration.report(.init(.critical, output: "draining"))
        #expect(await comesToHold { statuses() == ["critical"] })
        #expect(cluster.members[0].ask("DELETE", target: "/v1/services/library/a")?.status == 200)
        let isBack = await comesToHold { statuses() == ["critical"] }
        #expect(isBack, "registered anew")
        await registration.end()
        #expect(statuses() == [])
    }

    struct Settings: Codable, Equatable {
        struct Pool: Codable, Equatable {
            var min: Int
            var max: UInt8?
        }

        var host: String
        var port: UInt16
        var debug: Bool
        var ratio: Double
        var hosts: [String]
        var pool: Pool
    }

    @Test("a subtree is a value that stays current; what cannot be decoded is told and not taken")
    func configuration() async throws {
        let client = try await Self.client()
        let leaves: [(RoostKey, String)] = [
            ("/conf/host", "10"), ("/conf/port", "8080"), ("/conf/debug", "true"),
            ("/conf/ratio", "0.25"), ("/conf/hosts", #"["a","b"]"#), ("/conf/pool/min", "2"),
        ]
        let puts = leaves.map { KeyOperation.put($0.0, Array($0.1.utf8)) }
        _ = try await client.transaction(RoostTransaction(then: puts))
        let store = try await client.configuration(at: "/conf", as: Settings.self)
        var wanted = Settings(
            host: "10",
            port: 8080,
            debug: true,
            ratio: 0.25,
            hosts: ["a", "b"],
            pool: Settings.Pool(min: 2, max: nil)
        )
        #expect(store.value == wanted)
        var updates = store.updates.makeAsyncIterator()
        #expect(await updates.next()?.value == wanted)
        _ = try await client.transaction(
            RoostTransaction(then: [
                .put("/conf/port", Array("9090".utf8)), .put("/conf/pool/max", Array("8".utf8)),
            ])
        )
        wanted.port = 9090
        wanted.pool.max = 8
        #expect(await updates.next()?.value == wanted, "both changes at once")
        try await client.put("/conf/port", text: "none")
        #expect(await comesToHold { store.fault != nil })
        #expect(store.value == wanted)
        #expect(store.fault?.contains("port") == true, "\(store.fault ?? "")")
        try await client.put("/conf/port", text: "1")
        wanted.port = 1
        #expect(await updates.next()?.value == wanted)
        #expect(store.fault == nil)
        store.end()
        #expect(await updates.next() == nil)
        await #expect(throws: RoostError.self) {
            try await client.configuration(at: "/nothing/here", as: Settings.self)
        }
    }

    @Test("what the service refuses to tell is a fault, and over when it tells it again")
    func refusedConfiguration() async throws {
        let client = try await Self.client()
        try await client.put("/large/a", text: "1")
        let store = try await client.configuration(at: "/large", as: [String: String].self)
        // A tree has 10,000 keys at most.
        for start in stride(from: 0, to: 10_000, by: 500) {
            let puts = (start..<start + 500).map {
                KeyOperation.put(RoostKey("/large/\($0)"), [49])
            }
            _ = try await client.transaction(RoostTransaction(then: puts))
        }
        let isTold = await comesToHold { store.fault?.contains("413") == true }
        #expect(isTold, "\(store.fault ?? "no fault")")
        #expect(store.value["a"] == "1")
        #expect(try await client.delete("/large") == 10_001)
        try await client.put("/large/a", text: "2")
        #expect(await comesToHold { store.value == ["a": "2"] && store.fault == nil })
    }
}
