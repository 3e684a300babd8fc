import Foundation
import Glibc
import TestCluster
import Testing

@Suite("The service registry with three members", .serialized)
struct ClusterRegistryTests {
    private static let instanceCount = 1000

    private func body(_ status: String = "passing") -> Data {
        Data(#"{"address":"10.0.0.1","port":80,"status":"\#(status)"}"#.utf8)
    }

    @Test("a thousand instances: a wait and a stream on each member hear of one report alone")
    func large() throws {
        let cluster = try Cluster.started(count: 3)
        let leader = try cluster.leader()
        let writer = try leader.connect()
        for number in 0..<Self.instanceCount {
            let answer = try writer.request(
                "PUT",
                target: "/v1/services/web/i\(number)",
                body: body()
            )
            #expect(answer.status == 201)
        }
        let revision = try #require(
            Self.revision(try writer.request("GET", target: "/v1/services/web?limit=1"))
        )
        var waiting: [HTTPConnection] = []
        var streams: [HTTPConnection] = []
        for member in cluster.members {
            let connection = try member.connect(timeoutSeconds: 60)
            try connection.send(
                Data(
                    "GET /v1/services/web?healthy&wait=50s&since=\(revision) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
                        .utf8
                )
            )
            waiting.append(connection)
            let stream = try member.connect(timeoutSeconds: 60)
            try stream.send(
                Data("GET /v1/services/web/watch HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8)
            )
            #expect(try stream.headOfAnswer().status == 200)
            var text = ""
            while !text.contains("event: synced"), let chunk = try stream.chunk() {
                text += String(decoding: chunk, as: UTF8.self)
            }
            #expect(text.components(separatedBy: "event: instance").count == Self.instanceCount + 1)
            streams.append(stream)
        }
        let report = Data(#"{"status":"critical","output":"full"}"#.utf8)
        let answer = try writer.request("PUT", target: "/v1/services/web/i500/health", body: report)
        #expect(answer.status == 200)
        for connection in waiting {
            let text = try connection.answer().text
            #expect(!text.contains(#""id":"i500""#) && text.contains(#""id":"i999""#))
        }
        for stream in streams {
            var text = ""
            while !text.contains("event: "), let chunk = try stream.chunk() {
                text += String(decoding: chunk, as: UTF8.self)
            }
            #expect(text.contains(#""id":"i500""#) && text.contains(#""status":"critical""#))
            #expect(!text.contains("i501"))
        }
    }

    @Test("a registration outlives the member that took it, and ends with who registered")
    func memberLost() throws {
        let cluster = try Cluster.started(count: 3)
        let runner = try CommandLine(
            [
                "register", "web", "--port", "80", "--id", "n1", "--address", "10.0.0.1", "--ttl",
                "5s", "-q", "--", "sleep", "600",
            ],
            endpoints: cluster.endpoints
        )
        func isThere() -> Bool {
            (try? CommandLine.run("resolve", "web", on: cluster).output) == "10.0.0.1:80\n"
        }
        #expect(eventually(withinSeconds: 30) { isThere() })
        try cluster.leader().kill()
        // Longer than its time to live, through a change of leader.
        let end = Date().addingTimeInterval(12)
        #expect(eventually(withinSeconds: 60) { Date() > end && isThere() })
        runner.signal(SIGTERM)
        _ = runner.result()
        #expect(try CommandLine.run("resolve", "web", on: cluster).status == 3)
    }

    private static func revision(_ answer: Answer) -> Int? {
        answer.json["revision"] as? Int
    }
}
