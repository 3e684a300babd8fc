import Foundation
import TestCluster
import Testing

@Suite("A cluster of one of what one member has (operations.md, Lost quorum)", .serialized)
struct RecoveryTests {
    private static func roost(_ arguments: String...) throws -> CommandLine.Result {
        try CommandLine(arguments, endpoints: "").result()
    }

    @Test("the last of three goes on with all that it has, under another id, above what was told")
    func lastOfThree() throws {
        let old = try Cluster.started(count: 3)
        let load = WriteLoad(cluster: old, keyCount: 400, threadCount: 2)
        load.start()
        let written = try load.finish(withinSeconds: 60)
        #expect(old.members[0].ask("DELETE", target: "/v1/kv/load/7")?.status == 200)
        try old.waitUntilEqual()
        let told = try #require(old.members[0].status["revision"] as? Int)
        let cluster = try #require(old.members[0].status["cluster"] as? String)
        let survivor = old.members[2]
        let used = try Self.roost(
            "recover",
            survivor.directory.path,
            "--force-new-cluster",
            "--yes"
        )
        #expect(used.status == 1 && used.error.contains("in use"), "\(used.error)")
        for member in old.members { member.kill() }
        let unasked = try Self.roost("recover", survivor.directory.path, "--force-new-cluster")
        #expect(unasked.status == 2 && unasked.error.contains("--yes"), "\(unasked.error)")
        #expect(try Self.roost("recover", survivor.directory.path).status == 2)

        let done = try Self.roost(
            "recover",
            survivor.directory.path,
            "--force-new-cluster",
            "--yes"
        )
        try #require(done.status == 0, "\(done.error)")
        #expect(done.error.contains("n1 at 127.0.0.1:\(old.members[0].peerPort)"))
        try survivor.start()
        try #require(
            eventually(withinSeconds: 20) {
                survivor.ask("GET", target: "/readyz", timeoutSeconds: 3)?.status == 200
            },
            "\(survivor.standardError)"
        )
        #expect(survivor.status["cluster"] as? String != cluster)
        #expect(try #require(survivor.status["revision"] as? Int) >= told + 1_000_000_000)
        for (key, value) in written where key != "/load/7" {
            #expect(survivor.ask("GET", target: "/v1/kv\(key)")?.json["value"] as? String == value)
        }
        #expect(survivor.ask("GET", target: "/v1/kv/load/7")?.status == 404)
        #expect(survivor.ask("PUT", target: "/v1/kv/on", body: "1")?.status == 201)
        try Self.expectApart(old, kept: survivor.directory.path + ".before-recovery")
    }

    /// The others elect one of them again, and never hear of the survivor's cluster.
    private static func expectApart(_ old: Cluster, kept: String) throws {
        for member in old.members.prefix(2) { try member.start() }
        let leads = eventually(withinSeconds: 20) {
            old.members.prefix(2).contains { $0.status["role"] as? String == "leader" }
        }
        #expect(leads)
        for member in old.members.prefix(2) {
            #expect(member.ask("GET", target: "/v1/kv/on")?.status == 404)
        }
        #expect(try roost("wal", "verify", kept).status == 0)
    }

    @Test("at a terminal it asks, and does nothing for any other answer than the name")
    func asks() throws {
        let old = try Cluster.started(count: 1)
        let member = old.members[0]
        #expect(member.terminate() == 0)
        let shell = try TerminalShell(
            directory: old.directory,
            environment: ["PATH": "/usr/bin:/bin"]
        )
        let binary = try #require(Member.binary)
        let command = "\(binary) recover n1 --force-new-cluster; echo code=$?\n"
        try shell.type(command)
        try shell.expect("to go on: ")
        try shell.type("yes\n")
        try shell.expect("nothing was changed")
        try shell.expect("code=1")
        #expect(!FileManager.default.fileExists(atPath: member.directory.path + ".recovered"))
        try shell.type(command)
        try shell.expect("to go on: ")
        try shell.type("n1\n")
        try shell.expect("code=0")
        try old.start()
    }

    @Test("what is damaged is told and stays as it is")
    func damaged() throws {
        let old = try Cluster.started(count: 1)
        let member = old.members[0]
        #expect(member.ask("PUT", target: "/v1/kv/a", body: "1")?.status == 201)
        #expect(member.terminate() == 0)
        let segment = member.directory.appending(path: "wal/0000000001.segment")
        var bytes = try Data(contentsOf: segment)
        bytes[200] ^= 1
        try bytes.write(to: segment)
        let result = try Self.roost(
            "recover",
            member.directory.path,
            "--force-new-cluster",
            "--yes"
        )
        #expect(result.status == 65, "\(result.error)")
        #expect(try Data(contentsOf: segment) == bytes)
        let missing = try Self.roost(
            "recover",
            member.directory.path + "x",
            "--force-new-cluster",
            "--yes"
        )
        #expect(missing.status == 1)
    }
}
