import Foundation
import TestCluster
import Testing

@Suite("roost snapshot save --member: the member that is named makes it (operations.md, Backups)")
struct SavedBackupTests {
    /// Saves by way of a member that knows the others.
    private static func save(
        _ file: String,
        from name: String,
        on cluster: Cluster,
        _ flags: String...
    ) throws -> CommandLine.Result {
        try CommandLine(
            ["snapshot", "save", file, "--member", name] + flags,
            endpoints: cluster.members[0].endpoint
        ).result()
    }

    /// How many backups each member began to give.
    private static func givenCounts(_ members: some Sequence<Member>) throws -> [Int] {
        try members.map { member in
            let page = try #require(member.ask("GET", target: "/metrics")).text
            let line = page.split(separator: "\n").first { line in
                line.hasPrefix("roost_http_requests_total{")
                    && line.contains(#"route="/v1/snapshot""#) && line.contains(#"code="200""#)
            }
            return line?.split(separator: " ").last.flatMap { Int($0) } ?? 0
        }
    }

    @Test("each of three is found by its name, and the file is the same state whoever made it")
    func named() throws {
        let cluster = try Cluster.started(count: 3)
        #expect(cluster.members[0].ask("PUT", target: "/v1/kv/a", body: "1")?.status == 201)
        for (place, member) in cluster.members.enumerated() {
            let file = cluster.directory.appending(path: "\(member.name).backup").path
            let save = try Self.save(file, from: member.name, on: cluster)
            try #require(save.status == 0, "\(save.error)")
            #expect(try Self.givenCounts(cluster.members) == (0..<3).map { $0 <= place ? 1 : 0 })
            let show = try CommandLine(["snapshot", "show", file, "/a"], endpoints: "").result()
            #expect(show.status == 0 && show.output == "1")
        }
    }

    @Test("an unknown name is told with those that there are; a member that is gone has no deputy")
    func refused() throws {
        let cluster = try Cluster.started(count: 3)
        let names = cluster.members.map(\.name)
        let file = cluster.directory.appending(path: "roost.backup").path
        let unknown = try Self.save(file, from: "n9", on: cluster)
        #expect(unknown.status == 3)
        #expect(
            unknown.error.contains(
                "there is no member 'n9'; there are \(names.joined(separator: ", "))"
            ),
            "\(unknown.error)"
        )
        let json = try Self.save(file, from: "n9", on: cluster, "-ojson")
        #expect(json.status == 3 && (json.output + json.error).contains(#""what":"member""#))
        cluster.members[2].kill()
        let silent = try Self.save(file, from: names[2], on: cluster, "--timeout", "2s")
        #expect(silent.status == 5 && silent.error.contains(cluster.members[2].endpoint))
        #expect(!FileManager.default.fileExists(atPath: file))
        #expect(try Self.givenCounts(cluster.members.prefix(2)) == [0, 0])
    }
}
