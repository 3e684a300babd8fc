import Foundation
import Glibc
import TestCluster
import Testing

@Suite("roost bench against a real member", .serialized)
struct BenchTests {
    /// What one run printed as JSON.
    private static func run(
        _ arguments: String...,
        on cluster: Cluster
    ) throws -> (status: Int32, operations: [String: [String: Any]], all: [String: Any]) {
        let result = try CommandLine(
            ["bench"] + arguments + ["--output", "json"],
            endpoints: cluster.endpoints
        ).result()
        let text = Data(result.output.utf8)
        let all = try #require(
            try JSONSerialization.jsonObject(with: text) as? [String: Any],
            "\(result.error)"
        )
        let rows = try #require(all["operations"] as? [[String: Any]])
        let operations = Dictionary(
            uniqueKeysWithValues: rows.map { ($0["operation"] as? String ?? "", $0) }
        )
        return (result.status, operations, all)
    }

    private static func revision(_ cluster: Cluster) throws -> Int {
        try #require(cluster.members[0].status["revision"] as? Int)
    }

    @Test("as many writes are counted as the member applied, each once")
    func writes() throws {
        let cluster = try Cluster.started(count: 1)
        let before = try Self.revision(cluster)
        let run = try Self.run("write", "-n", "5000", "-c", "8", "-p", "4", on: cluster)
        let write = try #require(run.operations["write"])
        #expect(run.status == 0)
        #expect(write["succeeded"] as? Int == 5000 && write["failed"] as? Int == 0)
        #expect(try Self.revision(cluster) - before == 5000)
        let steps = try #require(run.all["timeline"] as? [[String: Any]])
        #expect(steps.reduce(0) { $0 + ($1["succeeded"] as? Int ?? 0) } == 5000)
        let times = try #require(write["latency_nanoseconds"] as? [String: Int])
        let ordered = ["p50", "p90", "p99", "p99_9", "max"].compactMap { times[$0] }
        #expect(ordered.count == 5 && ordered == ordered.sorted() && ordered[0] > 0)
    }

    @Test(
        "every work does what it says, without an error",
        arguments: [
            ("read", ["read"]), ("stale-read", ["stale-read"]), ("mixed", ["read", "write"]),
            ("lock", ["acquire", "hand-off", "release"]), ("lease", ["keepalive"]),
            ("watch", ["event", "write"]), ("list", ["list"]),
        ]
    )
    func works(_ work: String, _ operations: [String]) throws {
        let cluster = try SharedMember.cluster()
        let keys = work == "lock" ? "2" : "50"
        let run = try Self.run(work, "-n", "300", "-c", "6", "--keys", keys, on: cluster)
        #expect(run.status == 0)
        #expect(run.operations.keys.sorted() == operations)
        for (name, row) in run.operations {
            #expect(row["failed"] as? Int == 0 && row["succeeded"] as? Int ?? 0 > 0, "\(name)")
        }
        let write = run.operations["write"]?["succeeded"] as? Int ?? 0
        if work == "watch" {
            #expect(run.operations["event"]?["succeeded"] as? Int == 6 * write)
        }
    }

    @Test("a lost race is an error that is shown, and the next attempt knows the new revision")
    func races() throws {
        let cluster = try Cluster.started(count: 1)
        let before = try Self.revision(cluster)
        let run = try Self.run("cas", "-n", "400", "-c", "4", "--keys", "1", on: cluster)
        let row = try #require(run.operations["cas"])
        let won = try #require(row["succeeded"] as? Int)
        let lost = (row["errors"] as? [String: Int])?["status 412"] ?? 0
        #expect(won > 0 && lost > 0 && won + lost == 400)
        #expect(try Self.revision(cluster) - before == won + 1, "the key was made first")
    }

    @Test("a member that dies leaves errors by kind; Ctrl-C ends the run and shows what it was")
    func death() throws {
        let cluster = try Cluster.started(count: 1)
        let member = cluster.members[0]
        let command = try CommandLine(
            ["bench", "write", "-d", "10m", "--warmup", "0", "-c", "2"],
            endpoints: cluster.endpoints
        )
        let began = eventually(withinSeconds: 20) { member.status["revision"] as? Int ?? 0 > 10 }
        #expect(began)
        member.kill()
        command.signal(SIGINT)
        let result = command.result()
        #expect(result.status == 0 && result.output.contains("write: connection broken: "))
        let refused = try CommandLine(["bench", "write"], endpoints: cluster.endpoints).result()
        #expect(refused.status == 5 && refused.error.contains("no member answers"))
    }

    @Test("what a rate asks for and nobody takes is counted as not sent, and the run ends")
    func unsent() throws {
        let cluster = try Cluster.started(count: 1)
        let member = cluster.members[0]
        let command = try CommandLine(
            ["bench", "write", "--rate", "500", "-d", "2s", "--warmup", "0", "--timeout", "1s"],
            endpoints: cluster.endpoints
        )
        let began = eventually(withinSeconds: 20) { member.status["revision"] as? Int ?? 0 > 10 }
        #expect(began)
        member.kill()
        let result = command.result()
        #expect(result.status == 0 && result.output.contains("write: not sent: "))
    }

    @Test("nothing but errors is exit code 1")
    func failure() throws {
        let cluster = try SharedMember.cluster()
        let result = try CommandLine.run(
            "bench",
            "write",
            "-n",
            "20",
            "-c",
            "2",
            "--prefix",
            "/.roost/bench",
            on: cluster
        )
        #expect(result.status == 1 && result.output.contains("write: status 403: 20"))
    }

    @Test("--report draws a page that needs nothing else; --null needs no member")
    func report() throws {
        let cluster = try SharedMember.cluster()
        let page = cluster.directory.appending(path: "bench.html")
        let run = try Self.run(
            "read",
            "--null",
            "-d",
            "300ms",
            "--warmup",
            "0",
            "-c",
            "2",
            "--report",
            page.path,
            on: cluster
        )
        #expect(run.status == 0 && run.all["null_server"] as? Bool == true)
        let html = try String(contentsOf: page, encoding: .utf8)
        #expect(html.hasPrefix("<!DOCTYPE html>") && html.hasSuffix("</html>\n"))
        #expect(html.contains("<polyline") && html.contains("Latency by percentile"))
        #expect(!html.contains("http://") && !html.contains("https://"))
    }
}
