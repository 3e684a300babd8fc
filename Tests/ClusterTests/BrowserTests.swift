import Foundation
import TestCluster
import Testing

@Suite("A real member at a loopback address, and what browsers send")
struct BrowserTests {
    private static let member = Result {
        try Cluster.started(
            count: 1,
            flags: ["--cors-origin", "https://app.example", "--allow-host", "roost.example"]
        )
    }

    private func status(
        _ connection: HTTPConnection,
        _ line: String,
        _ fields: String...
    ) throws -> (status: Int, headers: [String: String], code: String?) {
        let head = ([line + " HTTP/1.1"] + fields + ["", ""]).joined(separator: "\r\n")
        try connection.send(Data(head.utf8))
        let answer = try connection.answer()
        return (answer.status, answer.headers, answer.json["code"] as? String)
    }

    /// One connection throughout: what was admitted once opens no way for what comes later.
    @Test func hostsAndOriginsAreLookedAtEachTime() throws {
        let member = try Self.member.get().members[0]
        let connection = try member.connect()
        let own = "Host: \(member.endpoint)"
        let empty = "Content-Length: 0"
        for _ in 0..<3 {
            #expect(try status(connection, "PUT /v1/kv/a", own, empty).status / 100 == 2)
            #expect(try status(connection, "GET /v1/kv/a", own).status == 200)
            for origin in [
                "Origin: http://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site",
            ] {
                let refused = try status(connection, "PUT /v1/kv/a", own, origin, empty)
                #expect(refused.status == 403 && refused.code == "cross-origin")
                #expect(try status(connection, "GET /v1/locks/l/hold", own, origin).status == 403)
                #expect(try status(connection, "GET /v1/kv/a", own, origin).status == 200)
            }
            for method in ["GET /v1/kv/a", "PUT /v1/kv/a"] {
                let named = try status(connection, method, "Host: evil.example", empty)
                #expect(named.status == 421 && named.code == "misdirected")
                let admitted = try status(connection, method, "Host: roost.example:1", empty)
                #expect(admitted.status == 200)
            }
            let page = "Origin: https://app.example"
            let admitted = try status(connection, "PUT /v1/kv/a", own, page, empty)
            #expect(admitted.status == 200)
            #expect(admitted.headers["access-control-allow-origin"] == "https://app.example")
            #expect(admitted.headers["vary"] == "Origin")
        }
        // Every put but those refused.
        #expect(member.ask("GET", target: "/v1/kv/a")?.json["version"] as? Int == 9)
    }

    @Test func aHoldTellsWithinAThirdOfItsTime() throws {
        let member = try Self.member.get().members[0]
        let connection = try member.connect()
        try connection.send(
            Data("GET /v1/locks/beat/hold?ttl=1s HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        )
        #expect(try connection.headOfAnswer().status == 200)
        let clock = ContinuousClock()
        var last = clock.now
        var pauses: [Duration] = []
        var pieces: [String] = []
        func onTime() -> Int { pauses.count { $0 <= .milliseconds(334) } }
        // A busy machine may hold up some, not nearly all of them.
        while onTime() < 4, pieces.count < 20, let piece = try connection.chunk() {
            pieces.append(String(decoding: piece, as: UTF8.self))
            pauses.append(clock.now - last)
            last = clock.now
        }
        #expect(pieces.first?.hasPrefix("event: held\n") == true)
        #expect(pieces.dropFirst().allSatisfy { $0 == ":\n\n" }, "\(pieces)")
        #expect(onTime() == 4, "\(pauses)")
    }
}
