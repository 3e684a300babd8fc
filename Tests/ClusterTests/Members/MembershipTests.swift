import Foundation
import Glibc
import TestCluster
import Testing

@Suite("Members come, go and move while clients write (operations.md, Members)", .serialized)
struct MembershipTests {
    @Test(
        "added before and after its start, removed, replaced, moved, transferred: nothing is lost"
    )
    func life() throws {
        let stage = try MembershipStage()
        let (fourth, fifth) = try grow(stage)
        try stage.tell("three voters became five")
        try shrink(stage, leader: fourth, other: fifth)
        try stage.tell("five became three, the leader went")
        let third = try replaceThird(stage)
        try stage.tell("n3 was killed, wiped and replaced")
        let second = try moveSecond(stage)
        try stage.tell("n2 moved")
        #expect(try stage.run("leader", "transfer", "n2") == "n2 leads\n")
        try stage.expectWrites()
        let acknowledged = try stage.load.end(withinSeconds: 60)
        print(
            "members came, went and moved during \(acknowledged.count) writes; the longest time "
                + "without one, ms: \(stage.load.longestSilenceMilliseconds)"
        )
        let members = [stage.cluster.members[0], second, third]
        try stage.cluster.waitUntilEqual(members)
        for member in members { try expectAll(acknowledged, at: member) }
        let list = try stage.list()
        #expect(list.keys.sorted() == ["n1", "n2", "n3"])
        #expect(list.values.allSatisfy { $0["kind"] as? String == "voter" })
    }

    /// n4 is ordered before its process starts, n5 after.
    private func grow(_ stage: MembershipStage) throws -> (Member, Member) {
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
    private func shrink(_ stage: MembershipStage, leader: Member, other: Member) throws {
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
    private func replaceThird(_ stage: MembershipStage) throws -> Member {
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
    private func moveSecond(_ stage: MembershipStage) throws -> Member {
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

    @Test(
        "five voters and two observers: each voter replaced on a new address, one wiped, one leading"
    )
    func fleet() throws {
        let stage = try MembershipStage()
        for (name, flags) in [
            ("n4", []), ("n5", []), ("o1", ["--observer"]), ("o2", ["--observer"]),
        ] {
            let newcomer = try stage.newcomer(name)
            try stage.join(newcomer)
            let address = "127.0.0.1:\(newcomer.peerPort)"
            try stage.run(["member", "add", name, address, "--wait"] + flags)
            stage.serve(stage.members + [newcomer])
        }
        try stage.tell("three voters became five and two observers")
        for number in 1...5 {
            if number == 3 {
                #expect(try stage.run("leader", "transfer", "n3") == "n3 leads\n")
                try stage.tell("n3 was asked to lead")
            }
            try replace("n\(number)", by: "m\(number)", in: stage, wiped: number == 2)
            try stage.tell("n\(number) was replaced\(number == 2 ? ", wiped" : "")")
        }
        for name in ["m4", "m5"] {
            let member = try #require(stage.members.first { $0.name == name })
            stage.serve(stage.members.filter { $0.name != name })
            try stage.run("member", "remove", name, "--wait")
            #expect(member.exitStatus(withinSeconds: 20) == 78)
        }
        try stage.tell("five voters became three")
        let acknowledged = try stage.load.end(withinSeconds: 60)
        print(
            "\(acknowledged.count) writes; the longest time without one, ms: "
                + "\(stage.load.longestSilenceMilliseconds)"
        )
        try stage.cluster.waitUntilEqual(stage.members)
        for member in stage.members { try expectAll(acknowledged, at: member) }
        let kinds = try stage.list().mapValues { $0["kind"] as? String ?? "" }
        #expect(
            kinds == [
                "m1": "voter", "m2": "voter", "m3": "voter", "o1": "observer", "o2": "observer",
            ]
        )
    }

    private func replace(
        _ old: String,
        by name: String,
        in stage: MembershipStage,
        wiped isWiped: Bool
    ) throws {
        let leaver = try #require(stage.members.first { $0.name == old })
        stage.serve(stage.members.filter { $0.name != old })
        if isWiped {
            leaver.kill()
            try FileManager.default.removeItem(at: leaver.directory)
        }
        let newcomer = try stage.newcomer(name)
        try stage.join(newcomer)
        try stage.run("member", "replace", old, name, "127.0.0.1:\(newcomer.peerPort)", "--wait")
        if !isWiped { #expect(leaver.exitStatus(withinSeconds: 20) == 78) }
        stage.serve(stage.members + [newcomer])
    }

    /// Every acknowledged write is there, once.
    private func expectAll(_ acknowledged: [(key: String, value: String)], at member: Member) throws
    {
        let connection = try member.connect()
        for (key, value) in acknowledged {
            let object = try connection.request(
                "GET",
                target: "/v1/kv\(key)?consistency=stale"
            ).json
            #expect(object["value"] as? String == value, "\(key) on \(member.name)")
            #expect(object["version"] as? Int == 1, "\(key) was applied twice")
        }
    }

    @Test("what is printed for a newcomer starts it, the cluster's token included")
    func token() throws {
        let cluster = try Cluster(count: 1)
        try cluster.members[0].start(flags: ["--cluster-token", "it's ours"])
        let ports = try PortReservation.ports(count: 2)
        func run(_ arguments: String...) throws -> CommandLine.Result {
            try CommandLine(arguments, endpoints: cluster.endpoints).result()
        }
        #expect(try run("ready", "--wait", "30s").status == 0)
        let added = try run("member", "add", "n2", "127.0.0.1:\(ports[0])")
        let lines = added.output.split(separator: "\n").map(String.init)
        let command = try #require(lines.last { $0.hasPrefix("roost serve ") }, "\(added.error)")
        let binary = try #require(Member.binary)
        let directory = cluster.directory.appending(path: "n2").path
        let newcomer = Process()
        newcomer.executableURL = URL(fileURLWithPath: "/bin/sh")
        newcomer.arguments = [
            "-c",
            "exec \"$0\"\(command.dropFirst("roost".count)) --data-dir \"$1\" --listen \"$2\"",
            binary, directory, "127.0.0.1:\(ports[1])",
        ]
        newcomer.standardError = FileHandle.nullDevice
        try newcomer.run()
        defer { newcomer.terminate() }
        let votes = eventually(withinSeconds: 30) {
            (try? run("member", "list"))?.output.contains("n2    voter") ?? false
        }
        #expect(votes, "\(command)")
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
