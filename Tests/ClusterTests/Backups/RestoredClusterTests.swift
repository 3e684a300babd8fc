import Foundation
import TestCluster
import Testing

@Suite("A backup restored into a new cluster (operations.md, Restore)", .serialized)
struct RestoredClusterTests {
    private static func roost(_ arguments: String...) throws -> CommandLine.Result {
        try CommandLine(arguments, endpoints: "127.0.0.1:1").result()
    }

    /// Everything below a key as it was at a revision: each line an object.
    private static func lines(
        of member: Member,
        at revision: Int? = nil
    ) throws -> [String] {
        let suffix = revision.map { "&revision=\($0)" } ?? ""
        let answer = try member.connect().request(
            "GET",
            target: "/v1/kv/load?recursive\(suffix)",
            headers: ["Accept": "application/x-ndjson"]
        )
        try #require(answer.status == 200, "\(answer.text)")
        return answer.text.split(separator: "\n").map(String.init)
    }

    /// Restores the file on every member of a cluster that was never started.
    private static func restore(
        _ file: String,
        on cluster: Cluster,
        flags: [String] = []
    ) throws -> [[String: Any]] {
        let list = cluster.members.map { "\($0.name)=\($0.host):\($0.peerPort)" }
            .joined(separator: ",")
        return try cluster.members.map { member in
            let result = try CommandLine(
                [
                    "snapshot", "restore", file, "--name", member.name, "--data-dir",
                    member.directory.path, "--cluster", list, "-ojson",
                ] + flags,
                endpoints: ""
            ).result()
            try #require(result.status == 0, "\(result.error)")
            let json = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
            return try #require(json as? [String: Any])
        }
    }

    @Test(
        "taken under load: every key is as it was at its revision, old watches are told, locks held"
    )
    func underLoad() throws {
        let old = try Cluster.started(count: 3)
        let load = WriteLoad(cluster: old, keyCount: 1_000_000, threadCount: 2)
        load.start()
        let grant = try #require(
            old.members[0].ask("POST", target: "/v1/locks/job", body: #"{"ttl":"1h"}"#)
        )
        try #require(grant.status == 200 || grant.status == 201, "\(grant.text)")
        let lease = try #require(grant.json["lease"] as? String)
        try #require(eventually(withinSeconds: 30) { load.acknowledgedCount > 500 })
        let file = old.directory.appending(path: "roost.backup").path
        let save = try CommandLine(
            ["snapshot", "save", file, "-ojson"],
            endpoints: old.endpoints
        ).result()
        try #require(save.status == 0, "\(save.error)")
        let count = load.acknowledgedCount
        try #require(eventually(withinSeconds: 30) { load.acknowledgedCount > count + 200 })
        _ = try load.end(withinSeconds: 60)
        let saved = try JSONSerialization.jsonObject(with: Data(save.output.utf8))
        let revision = try #require((saved as? [String: Any])?["revision"] as? Int)
        let before = try Self.lines(of: old.members[1], at: revision)
        let told = try #require(old.members[2].status["revision"] as? Int)
        #expect(before.count >= 500 && told > revision)

        let new = try Cluster(count: 3)
        let reports = try Self.restore(file, on: new)
        #expect(Set(reports.map { $0["cluster"] as? String }).count == 1)
        try new.start()
        #expect(try Self.lines(of: new.members[1]) == before)
        let status = new.members[0].status
        let base = revision + 1_000_000_000
        #expect(reports[0]["revision"] as? Int == base && base > told)
        #expect(try #require(status["revision"] as? Int) >= base)
        try Self.expectCompacted(new.members[2], from: revision + 1)
        try Self.expectLock(on: new.members[0], grant: grant.json, lease: lease, above: base)
        try new.waitUntilEqual()
        try Self.expectStranger(file, in: new)
    }

    private static func expectCompacted(_ member: Member, from revision: Int) throws {
        let watch = try member.connect().request(
            "GET",
            target: "/v1/watch?prefix=/load&from=\(revision)",
            headers: ["Accept": "application/x-ndjson"]
        )
        #expect(watch.text.contains(#""event":"compacted""#), "\(watch.status) \(watch.text)")
        let read = member.ask("GET", target: "/v1/kv/load/1?revision=\(revision - 1)")
        #expect(read?.status == 410)
    }

    /// The holder still holds, under its token; whoever comes next gets one above all that were told.
    private static func expectLock(
        on member: Member,
        grant: [String: Any],
        lease: String,
        above revision: Int
    ) throws {
        let lock = try #require(member.ask("GET", target: "/v1/locks/job"))
        let holders = try #require(lock.json["holders"] as? [[String: Any]])
        #expect(holders.count == 1 && holders.first?["lease"] as? String == lease)
        let token = try #require(grant["token"] as? Int)
        #expect(holders.first?["token"] as? Int == token)
        #expect(member.ask("POST", target: "/v1/leases/\(lease)/keepalive")?.status == 200)
        #expect(member.ask("DELETE", target: "/v1/locks/job?token=\(token)")?.status == 200)
        let next = try #require(
            member.ask("POST", target: "/v1/locks/job", body: #"{"ttl":"1h"}"#)
        )
        #expect(try #require(next.json["token"] as? Int) > revision, "\(next.text)")
    }

    /// A member that was restored otherwise is no member of the cluster.
    private static func expectStranger(_ file: String, in cluster: Cluster) throws {
        let third = cluster.members[2]
        third.kill()
        try FileManager.default.removeItem(at: third.directory)
        let list = cluster.members.map { "\($0.name)=\($0.host):\($0.peerPort)" }
        let restored = try roost(
            "snapshot",
            "restore",
            file,
            "--name",
            third.name,
            "--data-dir",
            third.directory.path,
            "--cluster",
            list.joined(separator: ","),
            "--raise",
            "2000000000"
        )
        try #require(restored.status == 0, "\(restored.error)")
        try third.start()
        #expect(third.exitStatus(withinSeconds: 30) == 78, "\(third.standardError)")
        #expect(cluster.members[0].ask("PUT", target: "/v1/kv/on", body: "1")?.status == 201)
    }

    @Test("what is not empty, in use, or no sound backup is refused before anything is changed")
    func refusals() throws {
        let old = try Cluster.started(count: 1)
        let member = old.members[0]
        #expect(member.ask("PUT", target: "/v1/kv/a", body: "1")?.status == 201)
        let file = old.directory.appending(path: "roost.backup")
        #expect(try CommandLine.run("snapshot", "save", file.path, on: old).status == 0)

        let used = try Self.roost(
            "snapshot",
            "restore",
            file.path,
            "--data-dir",
            member.directory.path
        )
        #expect(used.status == 1 && used.error.contains("not empty"), "\(used.error)")
        #expect(member.ask("GET", target: "/v1/kv/a")?.status == 200)

        let directory = old.directory.appending(path: "restored").path
        func restore(_ path: String, _ flags: String...) throws -> CommandLine.Result {
            try CommandLine(
                ["snapshot", "restore", path, "--data-dir", directory] + flags,
                endpoints: ""
            ).result()
        }
        var bytes = try Data(contentsOf: file)
        bytes[bytes.count / 2] ^= 1
        let damaged = old.directory.appending(path: "damaged.backup")
        try bytes.write(to: damaged)
        #expect(try restore(damaged.path).status == 65)
        #expect(try restore(file.path, "--raise", "1").status == 2)
        #expect(try restore(file.path, "--name", "n9", "--cluster", "n1=127.0.0.1:1").status == 2)
        #expect(!FileManager.default.fileExists(atPath: directory))
        #expect(try restore(file.path).status == 0)
        let again = try restore(file.path)
        #expect(again.status == 1 && again.error.contains("not empty"))
        #expect(try Self.roost("wal", "verify", directory).status == 0)
    }

    @Test("what a restore that broke off has left is no member's, and the next restore removes it")
    func brokenOff() throws {
        let old = try Cluster.started(count: 1)
        let file = old.directory.appending(path: "roost.backup").path
        #expect(try CommandLine.run("snapshot", "save", file, on: old).status == 0)
        let new = try Cluster(count: 1)
        let member = new.members[0]
        _ = try Self.restore(file, on: new)
        // As it stands right before the end.
        try FileManager.default.removeItem(at: member.directory.appending(path: "identity"))
        try Data().write(to: member.directory.appending(path: "unfinished-restore"))
        try member.start()
        #expect(member.exitStatus(withinSeconds: 20) == 78)
        #expect(member.standardError.contains("was not finished"))
        _ = try Self.restore(file, on: new)
        try new.start()
    }
}
