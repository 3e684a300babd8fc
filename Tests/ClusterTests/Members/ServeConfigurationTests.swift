import Foundation
import Glibc
import TestCluster
import Testing

@Suite("A member's file of settings, as its operator uses it")
struct ServeConfigurationTests {
    @Test("SIGHUP takes the hosts of the file that are allowed now, and says so")
    func hangUp() throws {
        let cluster = try Cluster(count: 1)
        let member = cluster.members[0]
        let file = member.directory.deletingLastPathComponent().appending(path: "roost.conf")
        func write(_ text: String) throws { try Data(text.utf8).write(to: file) }
        func status(_ host: String) -> Int? {
            member.ask("GET", target: "/v1/kv/a", headers: ["Host": host])?.status
        }
        func hangUp(until text: String) {
            member.signal(SIGHUP)
            let told = eventually(withinSeconds: 20) { member.standardError.contains(text) }
            #expect(told, "\(text) in \(member.standardError)")
        }
        try write("allow-host = one.example\nheartbeat = 50ms\n")
        try cluster.start(flags: ["--config", file.path])
        try cluster.waitUntilReady()
        #expect(status("one.example") == 404)
        #expect(status("two.example") == 421)
        try write("allow-host = two.example\nheartbeat = 60ms\n")
        hangUp(until: "changed=allow-host next-start=heartbeat")
        #expect(status("one.example") == 421)
        #expect(status("two.example") == 404)
        try write("allow-host =\nheartbeat = soon\n")
        hangUp(until: "roost.conf:2: heartbeat")
        #expect(member.standardError.contains("roost.conf:1: allow-host"))
        #expect(status("two.example") == 404)
    }

    @Test("SIGHUP does nothing to a member that has no file, and says so")
    func withoutFile() throws {
        let cluster = try Cluster.started(count: 1)
        let member = cluster.members[0]
        member.signal(SIGHUP)
        let told = eventually(withinSeconds: 20) {
            member.standardError.contains("changed=nothing: there is no --config")
        }
        #expect(told, "\(member.standardError)")
        #expect(member.ask("GET", target: "/v1/kv/a")?.status == 404)
    }
}
