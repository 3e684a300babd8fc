import Foundation
import Glibc
import TestCluster
import Testing

@Suite("roost explain with real members (Docs/cli.md)", .serialized)
struct ExplainTests {
    private static func json(_ arguments: String..., on cluster: Cluster) throws -> [String: Any] {
        let run = try CommandLine(arguments + ["-ojson"], endpoints: cluster.endpoints).result()
        #expect(run.status == 0, "\(run.error)")
        let json = try JSONSerialization.jsonObject(with: Data(run.output.utf8))
        return try #require(json as? [String: Any])
    }

    private static func why(_ json: [String: Any]) -> String {
        (json["why"] as? [String] ?? []).joined(separator: "\n")
    }

    @Test("who leads; who would be missed; and once a majority is silent, why nobody leads")
    func leader() throws {
        let cluster = try Cluster.started(count: 3)
        let leader = try cluster.leader()
        let led = try Self.json("explain", "leader", on: cluster)
        #expect(led["leader"] as? String == leader.name)
        #expect(Self.why(led).hasPrefix("\(leader.name) leads for"))
        let rows = try #require(led["members"] as? [[String: Any]])
        #expect(rows.allSatisfy { ($0["hears"] as? [String])?.count == 2 })

        let rest = cluster.members.filter { $0.name != leader.name }
        let loss = try Self.json("explain", "loss", leader.name, on: cluster)
        #expect(loss["majority_left"] as? Bool == true && loss["leads"] as? Bool == true)
        rest[0].kill()
        let fatal = try Self.json("explain", "loss", rest[1].name, on: cluster)
        #expect(fatal["majority_left"] as? Bool == false && fatal["left"] as? Int == 1)

        rest[1].signal(SIGSTOP)
        defer { rest[1].signal(SIGCONT) }
        let vacant = eventually(withinSeconds: 20) {
            leader.status["leader"] is NSNull
                && (leader.status["hearing"] as? [String: [String]])?["silent"]?.count ?? 2 == 2
        }
        try #require(vacant)
        var why = ""
        let told = eventually(withinSeconds: 20) {
            why = (try? Self.why(Self.json("explain", "leader", on: cluster))) ?? ""
            return why.contains("\(leader.name) does not hear")
        }
        try #require(told, "\(why)")
        #expect(
            why.hasPrefix(
                "Nobody leads. 1 of 3 voters can be asked (\(leader.name)); a majority is 2."
            )
        )
        #expect(why.contains("\(rest[0].name) cannot be reached from here: connect: Connection"))
        #expect(why.contains("\(rest[1].name) cannot be reached from here: no answer in time"))
        let write = try CommandLine.run("explain", "write", "--interval", "1ms", on: cluster)
        #expect(write.status == 5 && write.error.contains("'roost explain leader' tells why"))
    }

    @Test("writes between the looks are told, with the stage that took most of their time")
    func write() throws {
        let cluster = try Cluster.started(count: 3)
        let command = ["explain", "write", "--interval", "1s", "-ojson"]
        let run = try CommandLine(command, endpoints: cluster.endpoints)
        let leader = try cluster.leader()
        let connection = try leader.connect()
        var count = 0
        while run.isRunning {
            let answer = try connection.request("PUT", target: "/v1/kv/a", body: Data("1".utf8))
            #expect(answer.status < 300)
            count += 1
        }
        let result = run.result()
        let json = try #require(
            JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any],
            "\(result.error)"
        )
        #expect(json["leader"] as? String == leader.name)
        #expect(json["interval"] is NSNumber && (1...count).contains(json["writes"] as? Int ?? 0))
        let stages = try #require(json["stages"] as? [[String: Any]])
        #expect(
            stages.map { $0["stage"] as? String ?? "" } == [
                "queue", "append", "fdatasync", "replicate", "commit", "apply", "respond",
            ]
        )
        #expect(stages.contains { $0["stage"] as? String == json["dominant"] as? String })
    }

    @Test("a lock: who holds and who waits, in order; free and unknown ones are exit code 3")
    func lock() throws {
        let cluster = try SharedMember.cluster()
        let member = try SharedMember.member()
        let name = "explained-\(UUID().uuidString)"
        let grant = member.ask(
            "POST",
            target: "/v1/locks/\(name)",
            body: #"{"owner":"web1","info":"release 7"}"#
        )
        try #require(grant?.status == 200, "\(grant?.text ?? "no answer")")
        let waiters = try ["web2", "web3"].map { owner in
            let waiting = try CommandLine(
                ["lock", name, "--owner", owner, "--", "true"],
                endpoints: cluster.endpoints
            )
            let isThere = eventually(withinSeconds: 20) {
                member.ask("GET", target: "/v1/locks/\(name)")?.text.contains(owner) ?? false
            }
            try #require(isThere)
            return waiting
        }
        let told = try CommandLine.run("explain", "lock", name, on: cluster)
        let lines = told.output.split(separator: "\n").map(String.init)
        try #require(told.status == 0 && lines.count == 6, "\(told.output)\(told.error)")
        #expect(lines[0].hasPrefix("web1 holds lock '\(name)' since 2"))
        #expect(lines[1] == "What for: release 7" && lines[3] == "2 wait, in this order:")
        #expect(lines[4].hasPrefix("1. web2 since") && lines[5].hasPrefix("2. web3 since"))
        #expect(member.ask("DELETE", target: "/v1/locks/\(name)?force")?.status == 200)
        for waiting in waiters { #expect(waiting.result().status == 0) }
        #expect(try CommandLine.run("explain", "lock", name, on: cluster).status == 3)
        let nobody = try CommandLine.run("explain", "loss", "nobody", on: cluster)
        #expect(nobody.status == 3 && nobody.error.contains("there is no member 'nobody'"))
    }
}
