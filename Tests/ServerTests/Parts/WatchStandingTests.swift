import API
import Bytes
import Testing

@testable import Server

@Suite("What a watch that waits is told of the member and of history")
struct WatchStandingTests {
    private static func get(_ target: String) -> String {
        "GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n"
    }

    private static func put(_ key: String) -> String {
        "PUT /v1/kv\(key) HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nv"
    }

    private let harness: FrontendHarness
    private let watcher: TestClient
    private let writer: TestClient

    /// A watch of `/a` that waits.
    init() throws {
        harness = try FrontendHarness()
        watcher = try harness.connect()
        writer = try harness.connect()
        watcher.send(Self.get("/v1/watch?path=/a&recursive&from=2"))
        let (harness, watcher) = (harness, watcher)
        try harness.turn {
            harness.frontend.wakes.watchCount == 1 && watcher.text.contains("id: 1")
        }
    }

    private func lines(_ name: String) -> [String] {
        watcher.text.split(whereSeparator: \.isNewline).map(String.init)
            .filter { $0.hasPrefix("\(name): ") }
    }

    private func write(_ requests: String, count: Int = 1) throws {
        writer.send(requests)
        try harness.turn { harness.frontend.inputs.count == count }
        harness.answerAll()
    }

    private func noteStanding(_ leadership: MemberView.Leadership) {
        harness.leadership = leadership
        harness.frontend.noteStanding(in: harness.context)
    }

    @Test("that its member has no leader, once, and that it has one again")
    func leadership() throws {
        noteStanding(.led)
        noteStanding(.leaderless)
        try harness.turn { lines("event").last == "event: leaderless" }
        noteStanding(.leaderless)
        try write(Self.put("/a/x"))
        try harness.turn { lines("id").last == "id: 2.0" }
        noteStanding(.led)
        try harness.turn { lines("event").last == "event: leader" }
        #expect(lines("event").filter { $0.contains("leader") }.count == 2)
    }

    /// One that reads what came meanwhile tells of every 4,096 events that it passed.
    @Test("nothing of what came while it waited, when the leader goes")
    func nothingConcernsIt() throws {
        for _ in 0..<140 {
            try write(String(repeating: Self.put("/other"), count: 32), count: 32)
        }
        noteStanding(.leaderless)
        try harness.turn { lines("event").last == "event: leaderless" }
        try write(Self.put("/a/x"))
        try harness.turn { lines("id").last == "id: 4482.0" }
        #expect(lines("id") == ["id: 1", "id: 4482.0"])
    }

    @Test("a newer position, when history passes the last one that it was told")
    func forgotten() throws {
        for _ in 0..<10 { try write(Self.put("/other")) }
        noteStanding(.led)
        try harness.turn()
        #expect(lines("id") == ["id: 1"])
        let body = #"{"revision":8}"#
        try write(
            "POST /v1/compact HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        )
        noteStanding(.led)
        try harness.turn { lines("id").count == 2 }
        #expect(lines("id") == ["id: 1", "id: 11"])
    }

    @Test("signs of life and the member's standing are no lag: only what came is")
    func lag() throws {
        _ = harness.frontend.counters.endTurn(harness.now, slowNanoseconds: .max)
        noteStanding(.leaderless)
        #expect(harness.frontend.counters.behindCount == 0)
        try harness.turn { lines("event").last == "event: leaderless" }
        let toldCount = watcher.text.count
        harness.now = harness.now.advanced(byMilliseconds: 60_000)
        harness.frontend.expire(harness.context)
        #expect(harness.frontend.counters.behindCount == 0)
        try harness.turn { watcher.text.count > toldCount }
        #expect(!harness.frontend.counters.awaitsEnd, "nothing is counted as told late")
        try write(Self.put("/a/x"))
        #expect(harness.frontend.counters.behindCount == 1)
        try harness.turn { harness.frontend.counters.behindCount == 0 }
        #expect(lines("id").last == "id: 2.0" && harness.frontend.counters.awaitsEnd)
    }
}
