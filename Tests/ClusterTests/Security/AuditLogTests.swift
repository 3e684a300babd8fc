import Foundation
import TestCluster
import Testing

@Suite("The audit log (operations.md), with a real process")
struct AuditLogTests {
    @Test("who did what is read back from the files of the members, in the order of time")
    func audit() throws {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "roost-audit-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let paths = ["a", "b"].map { directory.appending(path: $0).path }
        let clusters = try paths.map { try Cluster.started(count: 1, flags: ["--audit-log", $0]) }
        for round in 1...3 {
            for (place, cluster) in clusters.enumerated() {
                let put = try TestCluster.CommandLine.run(
                    "put",
                    "/app/\(place)",
                    "hidden",
                    on: cluster
                )
                #expect(put.status == 0, "\(put.error)")
                if round == 3 {
                    try TestCluster.CommandLine.run("rm", "/other", on: cluster)
                    try TestCluster.CommandLine.run("get", "/app/\(place)", on: cluster)
                }
            }
        }
        let all = try TestCluster.CommandLine.run(
            "audit",
            paths[0],
            paths[1],
            "--path",
            "/app",
            on: clusters[0]
        )
        let rows = all.output.split(separator: "\n").map {
            $0.split(separator: " ").map(String.init)
        }
        #expect(rows.count == 6, "\(all.output)")
        #expect(rows.map { $0[6] } == ["/app/0", "/app/1", "/app/0", "/app/1", "/app/0", "/app/1"])
        #expect(rows.map { $0[0] } == rows.map { $0[0] }.sorted())
        #expect(all.error.isEmpty && !all.output.contains("hidden"))
        let json = try TestCluster.CommandLine.run(
            "audit",
            paths[0],
            "--output",
            "json",
            "--since",
            "1h",
            on: clusters[0]
        )
        let objects = try json.output.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        #expect(objects.map { $0["outcome"] as? String } == ["done", "done", "done", "refused"])
        #expect(objects.allSatisfy { $0["address"] as? String == "127.0.0.1" })
        let nobody = try TestCluster.CommandLine.run(
            "audit",
            paths[0],
            "--user",
            "eve",
            on: clusters[0]
        )
        #expect(nobody.status == 0 && nobody.output.isEmpty)
        let missing = try TestCluster.CommandLine.run("audit", "\(paths[0])x", on: clusters[0])
        #expect(missing.status == 1 && missing.error.contains("can't be read"))
    }
}
