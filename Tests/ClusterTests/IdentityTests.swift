import Foundation
import TestCluster
import Testing

@Suite("A directory that may not join is refused with 78 (contract section 3)", .serialized)
struct IdentityTests {
    @Test("a wiped member of a formed cluster; the others serve on")
    func wiped() throws {
        let cluster = try Cluster.started(count: 3)
        #expect(cluster.members[0].ask("PUT", "/v1/kv/a", body: "1")?.status == 201)
        let victim = cluster.members[2]
        victim.kill()
        try FileManager.default.removeItem(at: victim.directory)
        try victim.start()
        #expect(victim.exitStatus(withinSeconds: 20) == 78)
        #expect(victim.standardError.contains("has a cluster that does not know it"))
        #expect(cluster.members[0].ask("PUT", "/v1/kv/a", body: "2")?.status == 200)
        #expect(cluster.members[1].ask("GET", "/v1/kv/a?raw")?.text == "2")
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
        #expect(cluster.members[0].ask("PUT", "/v1/kv/b", body: "1")?.status == 201)
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
        #expect(cluster.members[0].ask("GET", "/livez")?.status == 200)
    }
}
