import Foundation
import TestCluster
import Testing

/// A directory that an older build wrote, and what it told its clients.
struct DirectoryFixture: Sendable, CustomTestStringConvertible {
    let name: String
    /// The store's revision, and that of the last put of `/app/a`.
    let revision: Int
    let revisionOfA: Int
    let versionOfA: Int

    var testDescription: String { name }

    static let all = [
        DirectoryFixture(name: "commands-1", revision: 12, revisionOfA: 10, versionOfA: 1),
        DirectoryFixture(name: "state-2", revision: 275, revisionOfA: 10, versionOfA: 1),
        DirectoryFixture(name: "commands-2", revision: 13, revisionOfA: 11, versionOfA: 3),
        DirectoryFixture(name: "state-3", revision: 276, revisionOfA: 11, versionOfA: 3),
    ]

    /// Unpacks the directory into a new place, with a member that is to run on it.
    func member() throws -> Member {
        let place = FileManager.default.temporaryDirectory
            .appending(path: "roost-upgrade-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let archive = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Fixtures/\(name).tar.gz")
        let tar = Process()
        tar.executableURL = URL(filePath: "/usr/bin/env")
        tar.arguments = ["tar", "-xzf", archive.path, "-C", place.path]
        try tar.run()
        tar.waitUntilExit()
        try #require(tar.terminationStatus == 0)
        let ports = try PortReservation.ports(count: 2)
        return Member(
            name: "default",
            directory: place.appending(path: "d"),
            clientPort: ports[0],
            peerPort: ports[1],
            cluster: ""
        )
    }
}

@Suite("Directories of older builds open, serve and are brought up to date", .serialized)
struct UpgradeTests {
    private func start(_ member: Member) throws {
        try member.start()
        let isReady = eventually(withinSeconds: 20) {
            member.ask("GET", target: "/readyz", timeoutSeconds: 3)?.status == 200
        }
        try #require(isReady, "\(member.standardError)")
    }

    private func remove(_ member: Member) {
        member.kill()
        try? FileManager.default.removeItem(at: member.directory.deletingLastPathComponent())
    }

    @Test("what was told is as it was told", arguments: DirectoryFixture.all)
    func serves(_ fixture: DirectoryFixture) throws {
        let member = try fixture.member()
        defer { remove(member) }
        try start(member)
        try check(member, fixture: fixture)
        let new = try #require(member.ask("PUT", target: "/v1/kv/new", body: "n"))
        #expect(new.json["revision"] as? Int == fixture.revision + 1)
        #expect(member.ask("GET", target: "/v1/kv/new?meta")?.json["created"] != nil)
        member.kill()
        try start(member)
        try check(member, fixture: fixture)
        #expect(member.ask("GET", target: "/v1/kv/new?raw")?.text == "n")
    }

    private func check(_ member: Member, fixture: DirectoryFixture) throws {
        let a = try #require(member.ask("GET", target: "/v1/kv/app/a")).json
        #expect(a["value"] as? String == "again")
        #expect(a["mod_revision"] as? Int == fixture.revisionOfA)
        #expect(a["version"] as? Int == fixture.versionOfA)
        #expect(member.ask("GET", target: "/v1/kv/app/b/c")?.status == 404)
        let queue = try #require(member.ask("GET", target: "/v1/kv/queue?children")).json
        #expect((queue["items"] as? [Any])?.count == 2)
        let lock = try #require(member.ask("GET", target: "/v1/locks/deploy")).json
        let holder = (lock["holders"] as? [[String: Any]])?.first
        #expect(holder?["owner"] as? String == "host-1")
        let leader = try #require(member.ask("GET", target: "/v1/elections/primary")).json
        #expect(leader["value"] as? String == "10.0.0.1")
        let held = try #require(member.ask("GET", target: "/v1/kv/held")).json
        #expect(held["lease"] as? String == holder?["lease"] as? String)
        // Ten minutes of the cluster clock have not passed: answers are replayed.
        let kept = member.ask(
            "PUT",
            target: "/v1/kv/idem",
            headers: ["Idempotency-Key": "k1"],
            body: "kept"
        )
        #expect(kept?.headers["idempotent-replayed"] == "true" && kept?.status == 201)
    }

    @Test("a snapshot of format 2 is followed by one of format 3, from which it starts")
    func isRewritten() throws {
        let fixture = DirectoryFixture.all[1]
        let member = try fixture.member()
        defer { remove(member) }
        try start(member)
        let before = try #require(member.status["snapshot_index"] as? Int)
        let connection = try member.connect(timeoutSeconds: 30)
        var revision = 0
        for number in 1...300 {
            let put = try connection.request(
                "PUT",
                target: "/v1/kv/big",
                body: Data(count: 1 << 20)
            )
            revision = try #require(put.json["revision"] as? Int)
            guard number % 20 == 0 else { continue }
            let compact = Data("{\"revision\":\(revision)}".utf8)
            #expect(
                try connection.request("POST", target: "/v1/compact", body: compact).status == 200
            )
        }
        #expect(
            eventually(withinSeconds: 30) {
                member.status["snapshot_index"] as? Int ?? 0 > before
            }
        )
        member.kill()
        try start(member)
        try check(member, fixture: fixture)
        #expect(member.status["revision"] as? Int == revision)
    }
}
