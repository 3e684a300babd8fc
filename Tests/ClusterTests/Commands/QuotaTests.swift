import Foundation
import TestCluster
import Testing

@Suite("The quota of keys and values, as operators and clients meet it (operations.md)")
struct QuotaTests {
    @Test("writes that grow the data are refused at every member, and go on once there is room")
    func fills() throws {
        let cluster = try Cluster.started(count: 3)
        func run(_ arguments: String..., on member: Int = 0) throws -> CommandLine.Result {
            try CommandLine(arguments, endpoints: cluster.members[member].endpoint).result()
        }
        #expect(try run("put", "/a", "1234567890").status == 0)
        #expect(try run("settings", "quota", "1KiB").output == "quota 1KiB\n")
        let long = String(repeating: "x", count: 1_000)
        for member in 0..<3 {
            let refused = try run("put", "/a", long + long, on: member)
            #expect(refused.status != 0)
            #expect(refused.error.contains("the quota of 1024"), "\(refused.error)")
            #expect(refused.error.contains("roost settings quota"), "\(refused.error)")
        }
        let tree = try run("apply", "/t", #"{"a":"\#(long)","b":"\#(long)"}"#)
        #expect(tree.status != 0 && tree.error.contains("quota"), "\(tree.error)")
        #expect(try run("get", "/t/a").status == 3, "all or nothing")
        let raw = cluster.members[1].ask(
            "PUT",
            target: "/v1/kv/big",
            body: long + long
        )
        #expect(raw?.status == 507 && raw?.json["code"] as? String == "no-space")
        #expect(raw?.json["quota"] as? Int == 1_024)
        // What grows nothing goes on.
        #expect(try run("put", "/a", "shorter").status == 0)
        #expect(try run("lock", "l", "--", "true", on: 2).status == 0)
        #expect(try run("put", "/b", String(long.prefix(900))).status == 0)
        #expect(try run("put", "/c", String(long.prefix(900))).status != 0)
        #expect(try run("rm", "/b").status == 0)
        #expect(try run("put", "/c", String(long.prefix(900)), on: 2).status == 0)
        let metrics = cluster.members[2].ask("GET", target: "/metrics")?.text ?? ""
        #expect(metrics.contains("\nroost_quota_bytes 1024\n"))
        try cluster.waitUntilEqual()
    }

    @Test("a subtree's quota holds at every member, for every way to write, until it is removed")
    func subtrees() throws {
        let cluster = try Cluster.started(count: 3)
        func run(_ arguments: String..., on member: Int = 0) throws -> CommandLine.Result {
            try CommandLine(arguments, endpoints: cluster.members[member].endpoint).result()
        }
        let raised = try Script.run(
            #"until "$ROOST" settings feature-level | grep -qx '[4-9]'; do :; done"#,
            endpoints: cluster.endpoints
        )
        try #require(raised.status == 0)
        #expect(try run("put", "/team/a/x", "1").status == 0)
        #expect(
            try run("quota", "/team", "--keys", "2", "--bytes", "1KiB").output
                == "/team: 1 of 2 keys, 10 B of 1 KiB\n"
        )
        #expect(try run("quota", "/team/a", "--keys", "1").status == 0)
        let long = String(repeating: "x", count: 1_100)
        for member in 0..<3 {
            let refused = try run("put", "/team/y", long, on: member)
            #expect(refused.status == 1)
            #expect(refused.error.contains("beyond its quota of 1024"), "\(refused.error)")
            #expect(
                try run("put", "/team/a/y", "1", on: member).error.contains("/team/a has 1 keys")
            )
        }
        let raw = cluster.members[1].ask("PUT", target: "/v1/kv/team/a/z", body: "1")
        #expect(raw?.status == 507 && raw?.json["code"] as? String == "quota-exceeded")
        #expect(raw?.json["path"] as? String == "/team/a" && raw?.json["what"] as? String == "keys")
        #expect(raw?.json["used"] as? Int == 1 && raw?.json["quota"] as? Int == 1)
        #expect(raw?.json["applied"] as? Bool == false)
        // Trees, imports, transactions, copies, sequential children, and what undo would bring back.
        #expect(try run("put", "/team/b", "1").status == 0)
        for refused in [
            try run("apply", "/team/c", #"{"a":"1"}"#),
            try run("put", "/team", "1", "--sequential"),
            try run("cp", "/team/b", "/team/c"),
            try run("txn", #"{"then":[{"put":{"key":"/team/c","value":"1"}}]}"#),
        ] {
            #expect(refused.status == 1 && refused.error.contains("quota of 2"), "\(refused.error)")
        }
        let before = try run("get", "/team/b", "-o", "json").output
        #expect(before.contains("mod_revision"))
        #expect(try run("mv", "/team/b", "/team/c").status == 0, "as much as before")
        #expect(try run("rm", "/team/c").status == 0)
        #expect(try run("put", "/team/d", "1", on: 2).status == 0)
        let undone = try run("undo", "/team/c")
        #expect(undone.status != 0, "\(undone.output) \(undone.error)")
        let listed = try run("quota", on: 1)
        #expect(
            listed.output == """
                PATH     KEYS    BYTES
                /team    2 of 2  18 B of 1 KiB
                /team/a  1 of 1  10 B

                """,
            "\(listed.output)"
        )
        cluster.members[2].kill()
        try cluster.start()
        #expect(try run("put", "/team/e", "1", on: 2).status == 1, "it outlasts a restart")
        #expect(try run("quota", "/team", "--remove").output == "/team: no quota\n")
        #expect(try run("quota", "/team").status == 3)
        #expect(try run("put", "/team/e", "1").status == 0)
        #expect(try run("put", "/team/a/e", "1").status == 1)
        try cluster.waitUntilEqual()
    }

    @Test("a new cluster begins with --quota; it outlasts a restart, and 0 ends it")
    func begins() throws {
        let cluster = try Cluster.started(count: 1, flags: ["--quota", "1KiB"])
        func run(_ arguments: String...) throws -> CommandLine.Result {
            try CommandLine(arguments, endpoints: cluster.endpoints).result()
        }
        let long = String(repeating: "x", count: 2_000)
        #expect(try run("settings", "quota").output == "1KiB\n")
        #expect(try run("put", "/a", long).status != 0)
        cluster.members[0].kill()
        // The flag is only about a cluster's beginning.
        try cluster.start(flags: ["--quota", "8GiB"])
        #expect(try run("settings", "quota").output == "1KiB\n")
        #expect(try run("put", "/a", long).status != 0)
        #expect(try run("settings", "quota", "0").status == 0)
        #expect(try run("put", "/a", long).status == 0)
    }
}
