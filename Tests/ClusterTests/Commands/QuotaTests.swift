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
