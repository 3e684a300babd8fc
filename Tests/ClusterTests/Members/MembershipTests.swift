import Foundation
import Glibc
import TestCluster
import Testing

@Suite("Members come, go and move while clients write (operations.md, Members)", .serialized)
struct MembershipTests {
    /// A cluster of three under load, and who has joined it.
    private final class Stage {
        let cluster: Cluster
        let load: WriteLoad
        private var ports: [UInt16]
        private let joinPeers: String

        init() throws {
            cluster = try Cluster.started(count: 3)
            load = WriteLoad(cluster: cluster, keyCount: 1_000_000, threadCount: 2)
            ports = try PortReservation.ports(count: 5)
            joinPeers = cluster.members.prefix(2).map { "\($0.host):\($0.peerPort)" }
                .joined(separator: ",")
            load.start()
        }

        /// A port that nobody else gets.
        func port() throws -> UInt16 {
            let port = ports.popLast()
            return try #require(port)
        }

        /// A member that is to join, or that goes on with the directory of another one.
        func member(_ name: String, clientPort: UInt16, peerPort: UInt16) -> Member {
            Member(
                name: name,
                directory: cluster.directory.appending(path: name),
                clientPort: clientPort,
                peerPort: peerPort,
                cluster: ""
            )
        }

        func newcomer(_ name: String) throws -> Member {
            member(name, clientPort: try port(), peerPort: try port())
        }

        func join(_ member: Member) throws { try member.start(flags: ["--join", joinPeers]) }

        func begin(_ arguments: String...) throws -> CommandLine {
            try CommandLine(arguments, endpoints: cluster.endpoints)
        }

        /// Runs a command that has to succeed; what it prints.
        @discardableResult
        func run(_ arguments: String...) throws -> String {
            let result = try CommandLine(arguments, endpoints: cluster.endpoints).result()
            try #require(result.status == 0, "roost \(arguments): \(result.error)")
            return result.output
        }

        /// The members by name, as `roost member list` has them.
        func list() throws -> [String: [String: Any]] {
            let text = try run("member", "list", "-ojson")
            let json = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            #expect((json?["changes"] as? [Any])?.isEmpty == true)
            var members: [String: [String: Any]] = [:]
            for member in json?["members"] as? [[String: Any]] ?? [] {
                members[member["name"] as? String ?? ""] = member
            }
            return members
        }

        /// Writes go on: some that were sent by now are acknowledged.
        func expectWrites() throws {
            let count = load.acknowledgedCount
            try #require(
                eventually(withinSeconds: 30) { self.load.acknowledgedCount > count + 50 },
                "no write is accepted"
            )
        }
    }

    @Test(
        "added before and after its start, removed, replaced, moved, transferred: nothing is lost"
    )
    func life() throws {
        let stage = try Stage()
        let (fourth, fifth) = try grow(stage)
        try shrink(stage, leader: fourth, other: fifth)
        let third = try replaceThird(stage)
        let second = try moveSecond(stage)
        #expect(try stage.run("leader", "transfer", "n2") == "n2 leads\n")
        try stage.expectWrites()
        let acknowledged = try stage.load.end(withinSeconds: 60)
        print(
            "members came, went and moved during \(acknowledged.count) writes; the longest time "
                + "without one, ms: \(stage.load.longestSilenceMilliseconds)"
        )
        let members = [stage.cluster.members[0], second, third]
        try stage.cluster.waitUntilEqual(members)
        for member in members {
            let connection = try member.connect()
            for (key, value) in acknowledged {
                let answer = try connection.request("GET", target: "/v1/kv\(key)?consistency=stale")
                let object = answer.json
                #expect(object["value"] as? String == value, "\(key) on \(member.name)")
                #expect(object["version"] as? Int == 1, "\(key) was applied twice")
            }
        }
        let list = try stage.list()
        #expect(list.keys.sorted() == ["n1", "n2", "n3"])
        #expect(list.values.allSatisfy { $0["kind"] as? String == "voter" })
    }

    /// n4 is ordered before its process starts, n5 after.
    private func grow(_ stage: Stage) throws -> (Member, Member) {
        let fourth = try stage.newcomer("n4")
        let address = "127.0.0.1:\(fourth.peerPort)"
        let add = try stage.begin("member", "add", "n4", address, "--wait")
        try #require(eventually(withinSeconds: 20) { add.errorSoFar.contains("n4 is awaited") })
        #expect(add.outputSoFar.contains("roost serve --name n4 --peer-listen \(address) --join "))
        try stage.join(fourth)
        let added = add.result()
        try #require(added.status == 0, "\(added.error)\n\(fourth.standardError)")
        #expect(added.output.hasSuffix("n4 votes\n"))
        #expect(added.error.contains("4 voters will bear the loss of 1"))
        let fifth = try stage.newcomer("n5")
        try stage.join(fifth)
        let told = "roost: member n5 waits for an order that names it"
        try #require(eventually(withinSeconds: 20) { fifth.standardError.contains(told) })
        try stage.run("member", "add", "n5", "127.0.0.1:\(fifth.peerPort)", "--wait")
        #expect(fifth.standardError.components(separatedBy: told).count == 2)
        #expect(!fifth.standardError.contains("refused "), "\(fifth.standardError)")
        #expect(try stage.list().values.count { $0["kind"] as? String == "voter" } == 5)
        try stage.expectWrites()
        return (fourth, fifth)
    }

    /// The member that leads is removed, and another one.
    private func shrink(_ stage: Stage, leader: Member, other: Member) throws {
        #expect(try stage.run("leader", "transfer", leader.name) == "\(leader.name) leads\n")
        for member in [leader, other] {
            try stage.run("member", "remove", member.name, "--wait")
            #expect(member.exitStatus(withinSeconds: 20) == 78)
            #expect(member.standardError.contains("was removed from its cluster"))
        }
        #expect(try stage.list().keys.sorted() == ["n1", "n2", "n3"])
        try stage.expectWrites()
    }

    /// n3 dies with its directory and comes back under its own name and address.
    private func replaceThird(_ stage: Stage) throws -> Member {
        let lost = stage.cluster.members[2]
        let id = try #require(try stage.list()["n3"]?["id"] as? String)
        lost.kill()
        try FileManager.default.removeItem(at: lost.directory)
        let address = "127.0.0.1:\(lost.peerPort)"
        let replace = try stage.begin("member", "replace", "n3", "n3", address, "--wait")
        let third = stage.member("n3", clientPort: lost.clientPort, peerPort: lost.peerPort)
        try stage.join(third)
        let result = replace.result()
        try #require(result.status == 0, "\(result.error)\n\(third.standardError)")
        let now = try stage.list()
        #expect(now.keys.sorted() == ["n1", "n2", "n3"])
        #expect(now["n3"]?["id"] as? String != id && now["n3"]?["kind"] as? String == "voter")
        try stage.expectWrites()
        return third
    }

    /// n2 goes on at another peer port.
    private func moveSecond(_ stage: Stage) throws -> Member {
        let before = stage.cluster.members[1]
        let peerPort = try stage.port()
        try stage.run("member", "update", "n2", "127.0.0.1:\(peerPort)", "--wait")
        #expect(before.terminate() == 0)
        let second = stage.member("n2", clientPort: before.clientPort, peerPort: peerPort)
        try second.start()
        try #require(
            eventually(withinSeconds: 30) {
                second.ask("GET", target: "/readyz", timeoutSeconds: 3)?.status == 200
            },
            "\(second.standardError)"
        )
        #expect(try stage.list()["n2"]?["peer"] as? String == "127.0.0.1:\(peerPort)")
        try stage.expectWrites()
        return second
    }

    @Test("what conflicts with what there is is exit code 4, an order that is withdrawn 1")
    func conflicts() throws {
        let cluster = try Cluster.started(count: 3)
        let ports = try PortReservation.ports(count: 1)
        func run(_ arguments: String...) throws -> CommandLine.Result {
            try CommandLine(arguments, endpoints: cluster.endpoints).result()
        }
        let address = "127.0.0.1:\(ports[0])"
        #expect(try run("member", "add", "n1", address).status == 4)
        let taken = try run("member", "add", "n4", "127.0.0.1:\(cluster.members[0].peerPort)")
        #expect(taken.status == 4 && taken.error.contains("n1"), "\(taken.error)")
        #expect(try run("member", "add", "n4", "nowhere").status == 2)
        #expect(try run("member", "remove", "n9").status == 3)
        let wait = try CommandLine(
            ["member", "add", "n4", address, "--wait"],
            endpoints: cluster.endpoints
        )
        try #require(eventually(withinSeconds: 20) { wait.errorSoFar.contains("n4 is awaited") })
        #expect(try run("member", "add", "n4", address).status == 4)
        #expect(try run("member", "list").output.contains("awaiting it"))
        #expect(try run("member", "remove", "n4", "--change", "999999").status == 3)
        let changes = cluster.members[0].ask("GET", target: "/v1/members")?.json["changes"]
        let number = try #require((changes as? [[String: Any]])?.first?["number"] as? Int)
        let end = try run("member", "remove", "n4", "--change", "\(number)")
        #expect(end.output == "n4 stays as it is (order \(number) is taken back)\n", "\(end.error)")
        let withdrawn = wait.result()
        #expect(
            withdrawn.status == 1 && withdrawn.error.contains("was closed"),
            "\(withdrawn.error)"
        )
        cluster.members[2].kill()
        try #require(
            eventually(withinSeconds: 20) {
                cluster.members.prefix(2).allSatisfy { member in
                    let rows = member.ask("GET", target: "/v1/members")?.json["members"]
                    let third = (rows as? [[String: Any]])?.first { $0["name"] as? String == "n3" }
                    return third?["healthy"] as? Bool == false
                }
            }
        )
        #expect(try run("member", "remove", "n2").status == 4)
        let risky = try run("member", "demote", "n2")
        #expect(risky.status == 4 && risky.error.contains("n3"), "\(risky.error)")
        #expect(try run("leader", "transfer", "n3", "--timeout", "2s").status == 1)
    }
}
