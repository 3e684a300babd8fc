import Foundation
import TestCluster
import Testing

@Suite("Regular backups (operations.md, Regular backups)", .serialized)
struct RegularBackupTests {
    private static func files(_ directory: URL) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return names.filter { $0.hasSuffix(".backup") }.sorted()
    }

    private static func metric(_ name: String, of member: Member) -> Int? {
        let page = member.ask("GET", target: "/metrics", timeoutSeconds: 5)?.text ?? ""
        let line = page.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
        return line.flatMap { Int($0.dropFirst(name.count + 1)) }
    }

    @Test("the leader writes them, and keeps the newest; each can be restored")
    func leader() throws {
        let cluster = try Cluster(count: 3)
        for member in cluster.members {
            try member.start(flags: [
                "--backup-dir", cluster.directory.appending(path: "b-\(member.name)").path,
                "--backup-every", "1s", "--backup-keep", "2",
            ])
        }
        try cluster.waitUntilReady()
        let leader = try cluster.leader()
        #expect(leader.ask("PUT", target: "/v1/kv/a", body: "1")?.status == 201)
        let directory = cluster.directory.appending(path: "b-\(leader.name)")
        let made = eventually(withinSeconds: 60) {
            Self.metric("roost_backups_total", of: leader) ?? 0 >= 4
        }
        try #require(made, "\(leader.standardError)")
        #expect(Self.metric("roost_backup_failures_total", of: leader) == 0)
        #expect(Self.metric("roost_backup_age_seconds", of: leader) != nil)
        #expect(Self.metric("roost_backup_interval_seconds", of: leader) == 1)
        #expect(leader.terminate() == 0)
        let files = Self.files(directory)
        #expect(files.count == 2, "\(files)")
        let newest = directory.appending(path: try #require(files.last)).path
        let shown = try CommandLine(["snapshot", "show", newest, "/a"], endpoints: "").result()
        #expect(shown.status == 0 && shown.output == "1", "\(shown.error)")
    }

    @Test("one that fails is told and counted; without observers nobody makes theirs")
    func failures() throws {
        let cluster = try Cluster(count: 1)
        let member = cluster.members[0]
        let file = cluster.directory.appending(path: "file")
        try Data("not a directory".utf8).write(to: file)
        try member.start(flags: ["--backup-dir", file.path, "--backup-every", "1s"])
        try cluster.waitUntilReady()
        let told = eventually(withinSeconds: 30) {
            member.standardError.contains("the regular backup into \(file.path) failed")
        }
        try #require(told, "\(member.standardError)")
        #expect(Self.metric("roost_backup_failures_total", of: member) ?? 0 >= 1)
        #expect(member.terminate() == 0)
        try member.start(flags: ["--backup-from", "nobody"])
        #expect(member.exitStatus(withinSeconds: 20) == 2)
    }
}
