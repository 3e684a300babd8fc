import Foundation
import TestCluster
import Testing

@Suite("What a member says in formats for programs (operations.md), with real processes")
struct MemberLogTests {
    /// The events of a log in JSON, those of that name.
    private func events(_ text: String, named name: String) -> [[String: Any]] {
        text.split(separator: "\n").compactMap { line in
            let object = try? JSONSerialization.jsonObject(with: Data(line.utf8))
            return object as? [String: Any]
        }.filter { $0["event"] as? String == name }
    }

    @Test("JSON on standard error: an object a line, from the first to the last")
    func json() throws {
        let cluster = try Cluster.started(count: 1, flags: ["--log-format", "json"])
        let member = cluster.members[0]
        #expect(eventually(withinSeconds: 20) { !member.standardError.isEmpty })
        #expect(member.terminate() == 0)
        let text = member.standardError
        let lines = text.split(separator: "\n")
        #expect(lines.allSatisfy { $0.hasPrefix("{\"ts\":\"") && $0.hasSuffix("}") }, "\(text)")
        for name in ["listening", "election", "leader-changed", "ready"] {
            #expect(!events(text, named: name).isEmpty, "\(name) in \(text)")
        }
        #expect(events(text, named: "leader-changed").last?["leader"] as? String == member.name)
    }

    @Test("a slow request is told with its stage and its trace, and no key of it")
    func slow() throws {
        let cluster = try Cluster.started(
            count: 1,
            flags: ["--log-format", "json", "--slow", "1ms"]
        )
        let member = cluster.members[0]
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        // What a turn takes is not known beforehand; a body of a megabyte takes its time.
        let value = String(repeating: "v", count: 1_000_000)
        let isTold = eventually(withinSeconds: 30) {
            for header in [trace, "00-unsound-01"] {
                _ = member.ask(
                    "PUT",
                    target: "/v1/kv/secret",
                    headers: ["traceparent": header],
                    body: value
                )
            }
            return events(member.standardError, named: "slow-request").contains { event in
                event["route"] as? String == "/v1/kv/{path}" && event["method"] as? String == "PUT"
                    && event["stage"] is String && event["traceparent"] as? String == trace
            }
        }
        #expect(isTold, "\(member.standardError)")
        #expect(!member.standardError.contains("secret"))
        #expect(!member.standardError.contains("unsound"))
    }

    @Test("a write that a member hands to its leader is told of by both, under one trace")
    func trace() throws {
        let cluster = try Cluster.started(
            count: 3,
            flags: ["--log-format", "json", "--slow", "1ms"]
        )
        let leader = try cluster.leader()
        let follower = try #require(cluster.members.first { $0 !== leader })
        let value = String(repeating: "v", count: 1_000_000)
        var number = 0
        let isTold = eventually(withinSeconds: 60) {
            number += 1
            let trace = "00-4bf92f3577b34da6a3ce929d\(10_000_000 + number)-00f067aa0ba902b7-01"
            // Repeats within ten seconds are counted, not told.
            _ = follower.ask(
                "PUT",
                target: "/v1/kv/secret",
                headers: ["traceparent": trace],
                body: value
            )
            let traces = events(follower.standardError, named: "slow-request")
                .compactMap { $0["traceparent"] as? String }
            return events(leader.standardError, named: "slow-write").contains { event in
                event["from"] as? String == follower.name && event["stage"] is String
                    && traces.contains(event["traceparent"] as? String ?? "")
            }
        }
        #expect(isTold, "\(leader.standardError)\n\(follower.standardError)")
        #expect(!leader.standardError.contains("secret"))
    }

    @Test("a file has what standard error would")
    func file() throws {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "roost-log-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: directory,
            withIntermediateDirectories: true
        )
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appending(path: "member.log")
        let cluster = try Cluster.started(count: 1, flags: ["--log-file", path.path])
        let member = cluster.members[0]
        #expect(member.terminate() == 0)
        let text = try String(contentsOf: path, encoding: .utf8)
        #expect(text.hasPrefix("listening member=") && text.contains("\nready member="))
        #expect(member.standardError.isEmpty, "\(member.standardError)")
    }
}
