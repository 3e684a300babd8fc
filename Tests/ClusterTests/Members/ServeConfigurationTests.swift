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

    @Test("a file that has become a pipe is told at SIGHUP, and waited for by nobody")
    func pipe() throws {
        let cluster = try Cluster(count: 1)
        let member = cluster.members[0]
        let file = member.directory.deletingLastPathComponent().appending(path: "roost.conf")
        try Data("allow-host = one.example\n".utf8).write(to: file)
        try cluster.start(flags: ["--config", file.path])
        try FileManager.default.removeItem(at: file)
        let isMade = unsafe mkfifo(file.path, 0o600) == 0
        #expect(isMade)
        member.signal(SIGHUP)
        let told = eventually(withinSeconds: 20) {
            member.standardError.contains("is no regular file")
        }
        #expect(told, "\(member.standardError)")
        #expect(
            member.ask("GET", target: "/v1/kv/a", headers: ["Host": "one.example"])?.status == 404
        )
    }

    @Test("--check-config finds a list without the member and a variable that is misspelt")
    func check() throws {
        func check(_ variables: [String], _ flags: String...) throws -> (Int32, String) {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            let binary = try #require(ProcessInfo.processInfo.environment["ROOST_BINARY"])
            process.arguments = variables + [binary, "serve", "--check-config"] + flags
            let error = Pipe()
            process.standardError = error
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            let text = error.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return (process.terminationStatus, String(decoding: text, as: UTF8.self))
        }
        let list = "n1=127.0.0.1:2380,n2=127.0.0.1:2381"
        #expect(try check([], "--name", "n1", "--cluster", list).0 == 0)
        let absent = try check(["ROOST_CLUSTER=\(list)"], "--name", "n3")
        #expect(absent.0 == 2 && absent.1.contains("ROOST_CLUSTER: does not name n3"), "\(absent)")
        let slip = try check(["ROOST_ELECTION_TIMOUT=1s"])
        #expect(slip.0 == 2, "\(slip)")
        #expect(slip.1.contains("did you mean ROOST_ELECTION_TIMEOUT?"), "\(slip)")
        // What other commands read, and what Kubernetes makes for a service named roost.
        let others = [
            "ROOST_FENCE=l:1", "ROOST_SERVICE_HOST=10.0.0.1", "ROOST_PORT=tcp://10.0.0.1:1",
        ]
        #expect(try check(others).0 == 0)
    }
}
