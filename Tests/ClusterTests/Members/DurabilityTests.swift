import Foundation
import TestCluster
import Testing

@Suite("What is acknowledged stays (guarantees.md), with real processes", .serialized)
struct DurabilityTests {
    @Test("10,000 writes through all members while the leader is killed five times")
    func leaderKilled() throws {
        let cluster = try Cluster.started(count: 3)
        let load = WriteLoad(cluster: cluster, keyCount: 10_000, threadCount: 8)
        load.start()
        var gaps: [Double] = []
        for round in 1...5 {
            let target = round * 10_000 / 6
            try #require(
                eventually(withinSeconds: 60) { load.acknowledgedCount >= target },
                "only \(load.acknowledgedCount) of \(target) writes were acknowledged"
            )
            let leader = try cluster.leader()
            let killed = Date()
            leader.kill()
            let gone = Date()
            try #require(
                eventually(withinSeconds: 20) { load.firstAnswer(toSentAfter: gone) != nil },
                "no write was accepted after kill \(round)"
            )
            let accepted = try #require(load.firstAnswer(toSentAfter: gone))
            gaps.append(accepted.timeIntervalSince(killed))
            try leader.start()
            try cluster.waitUntilReady()
        }
        let acknowledged = try load.finish(withinSeconds: 120)
        #expect(acknowledged.count == 10_000)
        try cluster.waitUntilEqual()
        for member in cluster.members {
            let connection = try member.connect()
            for (key, value) in acknowledged {
                let answer = try connection.request("GET", target: "/v1/kv\(key)?consistency=stale")
                let object = answer.json
                #expect(object["value"] as? String == value, "\(key) on \(member.name)")
                #expect(object["version"] as? Int == 1, "\(key) was applied twice")
            }
        }
        let sorted = gaps.sorted()
        print(
            "kill -9 of the leader to the first accepted write that was sent after its end, ms:",
            gaps.map { Int($0 * 1000) },
            "p50 \(Int(sorted[2] * 1000)) (goal 300)"
        )
    }

    @Test("all members killed at once and started again")
    func allKilled() throws {
        let cluster = try Cluster.started(count: 3)
        let load = WriteLoad(cluster: cluster, keyCount: 4_000, threadCount: 8)
        load.start()
        try #require(eventually(withinSeconds: 60) { load.acknowledgedCount >= 2_000 })
        for member in cluster.members { member.signal(SIGKILL) }
        for member in cluster.members { member.kill() }
        for member in cluster.members { try member.start() }
        try cluster.waitUntilReady()
        let acknowledged = try load.finish(withinSeconds: 60)
        try cluster.waitUntilEqual()
        for member in cluster.members {
            let connection = try member.connect()
            for (key, value) in acknowledged {
                let object = try connection.request("GET", target: "/v1/kv\(key)?consistency=stale")
                    .json
                #expect(object["value"] as? String == value, "\(key) on \(member.name)")
                #expect(object["version"] as? Int == 1, "\(key) was applied twice")
            }
        }
    }

    @Test("a value of 1 MiB of zeroes is no unwritten space: it is read back, also after kill -9")
    func zeroes() throws {
        let cluster = try Cluster.started(count: 3)
        let value = Data(count: 1 << 20)
        let written = try cluster.members[0].connect().request(
            "PUT",
            target: "/v1/kv/zeroes",
            body: value
        )
        #expect(written.status == 201, "\(written.text)")
        try cluster.waitUntilEqual()
        for member in cluster.members { member.signal(SIGKILL) }
        for member in cluster.members { member.kill() }
        for member in cluster.members {
            let verified = try CommandLine.run("wal", "verify", member.directory.path, on: cluster)
            #expect(verified.status == 0, "\(verified.error)")
            try member.start()
        }
        try cluster.waitUntilReady()
        for member in cluster.members {
            let raw = try member.connect().request("GET", target: "/v1/kv/zeroes?raw")
            #expect(raw.status == 200 && raw.body == value, "\(raw.status) \(raw.body.count)")
            let object = try member.connect().request("GET", target: "/v1/kv/zeroes").json
            #expect((object["value"] as? String)?.utf8.count == value.count)
        }
        let read = try CommandLine.run("get", "/zeroes", on: cluster)
        #expect(Data(read.output.utf8) == value, "\(read.status) \(read.error)")
    }

    @Test("SIGTERM ends a member in order with exit 0, and it comes back with everything")
    func orderly() throws {
        let cluster = try Cluster.started(count: 1)
        let member = cluster.members[0]
        #expect(member.ask("PUT", target: "/v1/kv/a", body: "1")?.status == 201)
        #expect(member.terminate() == 0)
        try member.start()
        try cluster.waitUntilReady()
        #expect(member.ask("GET", target: "/v1/kv/a?raw")?.text == "1")
        #expect(member.standardError.contains("listening member=n1 client=127.0.0.1:"))
    }
}
