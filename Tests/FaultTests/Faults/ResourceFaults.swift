import Foundation
import Glibc
import TestCluster
import Testing

extension FaultRow {
    /// Disks and descriptor tables that are too small.
    static let ofResources: [FaultRow] = [
        FaultRow(
            alone: "a full disk (tmpfs of 400 MiB)",
            measure: "new start of all … first write after deletes",
            needs: [.mount, .umount]
        ) { outcome, chance in
            let cluster = try Cluster(count: 3)
            defer {
                for member in cluster.members {
                    member.kill()
                    _ = try? Tool.umount.run(["-l", member.directory.path])
                }
            }
            for member in cluster.members {
                try FileManager.default.createDirectory(
                    at: member.directory,
                    withIntermediateDirectories: true
                )
                let size = ["-t", "tmpfs", "-o", "size=400m,mode=0700", "roost"]
                try Tool.mount.mustRun(size + [member.directory.path])
            }
            try cluster.start()
            outcome.count += 1
            let acknowledged = try fill(cluster, outcome: &outcome)
            try checkFull(cluster, acknowledged: acknowledged, outcome: &outcome)
            for member in cluster.members { member.signal(SIGKILL) }
            for member in cluster.members { member.kill() }
            let start = Date()
            try cluster.start()
            outcome.recoveries.append(Date().timeIntervalSince(start))
            try checkFull(cluster, acknowledged: acknowledged, outcome: &outcome)
            try cluster.waitUntilEqual()
        },
        FaultRow(
            alone: "a full disk in spite of the reserve",
            measure: "start with more space … first read",
            needs: [.mount, .umount]
        ) { outcome, chance in
            let cluster = try Cluster(count: 1)
            let member = cluster.members[0]
            defer {
                member.kill()
                _ = try? Tool.umount.run(["-l", member.directory.path])
            }
            try FileManager.default.createDirectory(
                at: member.directory,
                withIntermediateDirectories: true
            )
            let size = ["-t", "tmpfs", "-o", "size=180m,mode=0700", "roost"]
            try Tool.mount.mustRun(size + [member.directory.path])
            try cluster.start(flags: ["--disk-reserve", "1MiB"])
            outcome.count += 1
            let acknowledged = try fillUntilEnd(member)
            let status = member.exitStatus(withinSeconds: 10)
            outcome.expect(status == 74, what: "ended with \(status.map(String.init) ?? "-")")
            outcome.expect(
                member.standardError.contains("No space left"),
                what: member.standardError
            )
            let more = ["-o", "remount,size=600m", member.directory.path]
            try Tool.mount.mustRun(more)
            let start = Date()
            try cluster.start()
            outcome.recoveries.append(Date().timeIntervalSince(start))
            let connection = try member.connect()
            for number in 0..<acknowledged {
                let answer = try connection.request("GET", target: "/v1/kv/full/\(number)?raw")
                let isThere = answer.status == 200 && answer.text.hasPrefix("\(number) x")
                outcome.expect(isThere, what: "acknowledged write \(number): \(answer.status)")
            }
        },
        FaultRow(
            alone: "256 open files (--nofile), 900 clients",
            measure: "crowd gone … a new client served",
            needs: [.prlimit]
        ) { outcome, chance in
            try Descriptors.raiseLimit()
            let cluster = try Cluster(count: 3, place: ["prlimit", "--nofile=256:256"])
            try cluster.start()
            let leader = try cluster.leader()
            let term = leader.status["term"] as? Int
            outcome.count += 1
            let early = try leader.connect()
            _ = try early.request("PUT", target: "/v1/kv/early", body: Data("1".utf8))
            var crowd: [HTTPConnection] = []
            for number in 0..<900 {
                let member = cluster.members[number % 3]
                if let connection = try? member.connect(timeoutSeconds: 2) {
                    let request = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
                    try? connection.send(Data(request.utf8))
                    crowd.append(connection)
                }
            }
            var (servedCount, hungCount) = (0, 0)
            for connection in crowd where hungCount < 3 {
                do { servedCount += try connection.answer().status == 200 ? 1 : 0 } catch {
                    if case .timedOut = error as? ConnectionError { hungCount += 1 }
                }
            }
            outcome.expect(hungCount == 0, what: "clients are neither served nor turned away")
            outcome.expect(
                (200...384).contains(servedCount),
                what: "\(servedCount) of 900 clients are served, with room for 3 times 128"
            )
            let answer = try early.request("PUT", target: "/v1/kv/early", body: Data("2".utf8))
            outcome.expect(
                answer.status == 200,
                what: "who was there first is not served: \(answer)"
            )
            for connection in crowd { connection.close() }
            crowd = []
            let start = Date()
            var status: [String: Any] = [:]
            let isBack = eventually(withinSeconds: 10) {
                status = leader.status
                return !status.isEmpty
            }
            outcome.recoveries.append(Date().timeIntervalSince(start))
            outcome.expect(isBack, what: "new clients are not let in after the crowd has gone")
            outcome.expect(status["term"] as? Int == term, what: "an election: \(status)")
            outcome.expect(cluster.members.allSatisfy(\.isRunning), what: "a member has ended")
        },
    ]

    /// Writes until writes are refused, each value once; returns the numbers acknowledged.
    private static func fill(_ cluster: Cluster, outcome: inout Outcome) throws -> [Int] {
        let value = String(repeating: "x", count: 256 << 10)
        var acknowledged: [Int] = []
        let leader = try cluster.leader()
        let connection = try leader.connect(timeoutSeconds: 20)
        for number in 0..<1600 {
            let answer = try connection.request(
                "PUT",
                target: "/v1/kv/full/\(number)?timeout=15s",
                body: Data("\(number) \(value)".utf8)
            )
            switch answer.status {
            case 201: acknowledged.append(number)
            case 507:
                outcome.expect(answer.json["code"] as? String == "no-space", what: answer.text)
                return acknowledged
            default: outcome.violations.append("write \(number): \(answer.status) \(answer.text)")
            }
        }
        outcome.violations.append("400 MiB never filled")
        return acknowledged
    }

    /// Writes until nothing is answered any more; returns how many writes were acknowledged.
    private static func fillUntilEnd(_ member: Member) throws -> Int {
        let value = String(repeating: "x", count: 256 << 10)
        let connection = try member.connect(timeoutSeconds: 20)
        for number in 0..<1000 {
            let body = Data("\(number) \(value)".utf8)
            let answer = try? connection.request("PUT", target: "/v1/kv/full/\(number)", body: body)
            guard answer?.status == 201 else { return number }
        }
        return 1000
    }

    /// Writes are refused; reads, deletes and keepalives go on; nothing acknowledged is missing.
    private static func checkFull(
        _ cluster: Cluster,
        acknowledged: [Int],
        outcome: inout Outcome
    ) throws {
        let leader = try cluster.leader()
        let write = leader.ask("PUT", target: "/v1/kv/small", body: "1")
        outcome.expect(write?.status == 507, what: "a small write: \(write?.text ?? "-")")
        let gone = leader.ask("DELETE", target: "/v1/kv/full/0?timeout=5s")
        outcome.expect(
            [200, 404].contains(gone?.status ?? 0),
            what: "a delete: \(gone?.text ?? "-")"
        )
        let connection = try leader.connect(timeoutSeconds: 20)
        for number in acknowledged.dropFirst() {
            let answer = try connection.request("GET", target: "/v1/kv/full/\(number)?raw")
            let isThere = answer.status == 200 && answer.text.hasPrefix("\(number) x")
            outcome.expect(isThere, what: "acknowledged write \(number) is lost: \(answer.status)")
        }
    }
}

/// This process's own table of open files.
enum Descriptors {
    /// As many as the system lets it have.
    static func raiseLimit() throws {
        var limit = rlimit()
        try #require(unsafe getrlimit(__rlimit_resource_t(7), &limit) == 0)
        limit.rlim_cur = limit.rlim_max
        try #require(unsafe setrlimit(__rlimit_resource_t(7), &limit) == 0)
    }
}
