import Foundation
import TestCluster
import Testing

@Suite("A directory that may not join is refused with 78 (guarantees.md, Identity)", .serialized)
struct IdentityTests {
    @Test("a wiped member of a formed cluster; the others serve on")
    func wiped() throws {
        let cluster = try Cluster.started(count: 3)
        #expect(cluster.members[0].ask("PUT", target: "/v1/kv/a", body: "1")?.status == 201)
        let victim = cluster.members[2]
        victim.kill()
        try FileManager.default.removeItem(at: victim.directory)
        try victim.start()
        #expect(victim.exitStatus(withinSeconds: 20) == 78)
        #expect(victim.standardError.contains("has a cluster that does not know it"))
        #expect(cluster.members[0].ask("PUT", target: "/v1/kv/a", body: "2")?.status == 200)
        #expect(cluster.members[1].ask("GET", target: "/v1/kv/a?raw")?.text == "2")
    }

    @Test("a copy of a directory whose original has run since")
    func copied() throws {
        let cluster = try Cluster.started(count: 3)
        let victim = cluster.members[1]
        victim.terminate()
        let copy = cluster.directory.appending(path: "copy")
        try FileManager.default.copyItem(at: victim.directory, to: copy)
        try victim.start()
        try cluster.waitUntilReady()
        victim.terminate()
        try FileManager.default.removeItem(at: victim.directory)
        try FileManager.default.moveItem(at: copy, to: victim.directory)
        try victim.start()
        #expect(victim.exitStatus(withinSeconds: 20) == 78)
        #expect(victim.standardError.contains("cop"))
        #expect(cluster.members[0].ask("PUT", target: "/v1/kv/b", body: "1")?.status == 201)
    }

    @Test("a copy of a running member's directory beside it: the original serves on")
    func copiedBeside() throws {
        let cluster = try Cluster.started(count: 3)
        let original = cluster.members[1]
        #expect(cluster.members[0].ask("PUT", target: "/v1/kv/c", body: "1")?.status == 201)
        // Beside its directory stands its log, under its name.
        let elsewhere = cluster.directory.appending(path: "elsewhere")
        try FileManager.default.createDirectory(at: elsewhere, withIntermediateDirectories: true)
        let directory = elsewhere.appending(path: "copy")
        try FileManager.default.copyItem(at: original.directory, to: directory)
        let ports = try PortReservation.ports(count: 2)
        let list = cluster.members.map { "\($0.name)=127.0.0.1:\($0.peerPort)" }
        let copy = Member(
            name: "n2",
            directory: directory,
            clientPort: ports[0],
            peerPort: ports[1],
            cluster: list.joined(separator: ",")
        )
        try copy.start()
        // Meanwhile everybody serves, the original too.
        #expect(original.ask("PUT", target: "/v1/kv/c", body: "2")?.status == 200)
        #expect(copy.exitStatus(withinSeconds: 15) == 78)
        #expect(copy.standardError.contains("a copy of the directory of a member that runs"))
        #expect(original.standardError.contains("was asked in by a second process"))
        #expect(original.isRunning)
        #expect(original.ask("PUT", target: "/v1/kv/c", body: "3")?.status == 200)
        // Its own next start is as welcome as ever.
        original.kill()
        try original.start()
        try cluster.waitUntilReady()
        #expect(original.ask("GET", target: "/v1/kv/c?raw")?.text == "3")
    }

    @Test("another name than the directory's is refused, and the directory left as it is")
    func otherName() throws {
        let cluster = try Cluster.started(count: 1)
        let member = cluster.members[0]
        member.kill()
        let other = Member(
            name: "other",
            directory: member.directory,
            clientPort: member.clientPort,
            peerPort: member.peerPort,
            cluster: ""
        )
        try other.start()
        #expect(other.exitStatus(withinSeconds: 10) == 78)
        #expect(other.standardError.contains("this data directory is that of member n1"))
        try member.start()
        try cluster.waitUntilReady()
    }

    @Test("one directory, two processes: the second does not start")
    func locked() throws {
        let cluster = try Cluster.started(count: 1)
        let second = Member(
            name: "n1",
            directory: cluster.members[0].directory,
            clientPort: 0,
            peerPort: 0,
            cluster: ""
        )
        try second.start()
        let status = try #require(second.exitStatus(withinSeconds: 10))
        #expect(status == 1)
        #expect(second.standardError.contains("in use by another process"))
        #expect(cluster.members[0].ask("GET", target: "/livez")?.status == 200)
    }
}
