import Foundation
import Glibc
import TestCluster
import Testing

@Suite("roost doctor with real members (Docs/cli.md)", .serialized)
struct DoctorTests {
    /// What each check found, by its name.
    private static func findings(_ cluster: Cluster) throws -> [String: [String]] {
        let run = try CommandLine.run("doctor", "--output", "json", on: cluster)
        let json = try #require(
            JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any],
            "\(run.error)"
        )
        var found: [String: [String]] = [:]
        for check in json["checks"] as? [[String: Any]] ?? [] {
            let name = try #require(check["check"] as? String)
            let findings = check["findings"] as? [[String: String]] ?? []
            #expect(findings.allSatisfy { $0["advice"] != "" })
            found[name] = findings.compactMap { $0["what"] }
        }
        let count = found.values.reduce(0) { $0 + $1.count }
        #expect(json["findings"] as? Int == count)
        #expect(run.status == (count == 0 ? 0 : 1))
        return found
    }

    @Test("of three that are well nothing is found; one that is dead and one that hangs are told")
    func silence() throws {
        let cluster = try Cluster.started(count: 3)
        // What a machine under test can't promise is not looked at: its disk, its limits.
        let well = try Self.findings(cluster)
        for check in ["members", "leader", "voters", "addresses", "clocks", "lag", "versions"] {
            #expect(well[check] == [], "\(check)")
        }
        #expect(well["disks"] != nil && well["round-trips"] != nil && well["limits"] != nil)

        let (dead, hanging) = (cluster.members[1], cluster.members[2])
        dead.kill()
        hanging.signal(SIGSTOP)
        defer { hanging.signal(SIGCONT) }
        let lost = eventually(withinSeconds: 20) {
            cluster.members[0].ask("GET", target: "/readyz")?.status == 503
        }
        try #require(lost)
        let ill = try Self.findings(cluster)
        let members = try #require(ill["members"])
        #expect(members.contains { $0.hasPrefix("n2 (\(dead.endpoint)) does not answer: connect") })
        #expect(members.contains { $0.hasPrefix("n3 (\(hanging.endpoint)) does not answer: no") })
        #expect(members.contains { $0.hasPrefix("n1 is not ready") && $0.contains("no leader") })
        #expect(ill["leader"] == ["no member that answers leads"])
    }

    @Test("as text: a line a check, and this machine's disk where it is asked for")
    func text() throws {
        let cluster = try SharedMember.cluster()
        let directory = cluster.directory.path
        let run = try CommandLine.run("doctor", "--data-dir", directory, on: cluster)
        let lines = run.output.split(separator: "\n").map(String.init)
        let checks = lines.map { String($0.prefix { $0 != " " }) }
        #expect(lines.contains { $0.hasPrefix("members ") && $0.hasSuffix(" 1 of 1 answer") })
        #expect(checks.contains("probe") && run.output.contains("syncs in \(directory): mean"))
        let names = try FileManager.default.contentsOfDirectory(atPath: directory)
        #expect(!names.contains { $0.contains("doctor") })
        let missing = try CommandLine.run("doctor", "--data-dir", "/nowhere", on: cluster)
        #expect(missing.status == 1 && missing.error.contains("cannot measure the disk of"))
    }

    @Test("where nobody answers the exit code is 5")
    func nobody() throws {
        let run = try CommandLine(
            ["doctor", "--endpoints", "127.0.0.1:1", "--timeout", "500ms"],
            endpoints: ""
        ).result()
        #expect(run.status == 5 && run.output.isEmpty)
    }
}
