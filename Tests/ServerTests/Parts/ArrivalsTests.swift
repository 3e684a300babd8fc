import Bytes
import Testing

@testable import Server

@Suite("How long a request took counts from its own arrival until its answer goes out")
struct ArrivalsTests {
    private static func put(_ key: String) -> String {
        "PUT /v1/kv\(key) HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nv"
    }

    private static func get(_ key: String) -> String {
        "GET /v1/kv\(key) HTTP/1.1\r\nHost: x\r\n\r\n"
    }

    /// What has left so far, in milliseconds, with how many it is of.
    private static func times(_ harness: FrontendHarness) -> [[UInt64]] {
        harness.frontend.counters.endTurn(harness.now, slowNanoseconds: 0).map {
            [$0.nanoseconds / 1_000_000, $0.count]
        }
    }

    private static func pass(_ milliseconds: UInt64, on harness: FrontendHarness) {
        harness.now = harness.now.advanced(byMilliseconds: milliseconds)
    }

    /// One write is under way, and reads wait for it that came one second and five seconds later.
    private static func stage() throws -> (FrontendHarness, TestClient) {
        let harness = try FrontendHarness()
        let client = try harness.connect()
        client.send(put("/a"))
        try harness.turn { !harness.frontend.inputs.isEmpty }
        pass(1_000, on: harness)
        client.send(get("/a") + get("/b"))
        try harness.turn { harness.frontend.counters.requestCount == 3 }
        pass(4_000, on: harness)
        client.send(get("/c"))
        try harness.turn { harness.frontend.counters.requestCount == 4 }
        return (harness, client)
    }

    @Test func whatWaitsForAnEarlierOneIsNotAsYoungAsTheLatestBytes() throws {
        let (harness, client) = try Self.stage()
        Self.pass(5_000, on: harness)
        harness.answerAll()
        try harness.turn { client.statuses.count == 1 && !harness.frontend.inputs.isEmpty }
        #expect(Self.times(harness) == [[10_000, 1]])
        Self.pass(1_000, on: harness)
        harness.answerAll()
        try harness.turn { client.statuses.count == 4 }
        let times = Self.times(harness)
        #expect(times.reduce(0) { $0 + $1[1] } == 3)
        #expect(times.filter { $0[0] == 10_000 }.reduce(0) { $0 + $1[1] } == 2)
        #expect(times.filter { $0[0] == 6_000 }.reduce(0) { $0 + $1[1] } == 1)
    }

    @Test func whatIsKnownAndWaitsForItsTurnIsNotOut() throws {
        let harness = try FrontendHarness()
        let client = try harness.connect()
        client.send(Self.put("/a") + Self.put("/b"))
        try harness.turn { harness.frontend.inputs.count == 2 }
        let first = harness.frontend.inputs.removeFirst()
        Self.pass(1_000, on: harness)
        harness.answerAll()
        try harness.turn()
        #expect(Self.times(harness).isEmpty)
        Self.pass(1_000, on: harness)
        harness.frontend.inputs = [first]
        harness.answerAll()
        try harness.turn { client.statuses.count == 2 }
        #expect(Self.times(harness).allSatisfy { $0[0] == 2_000 })
    }

    @Test func runsAreTakenInTheirOrderAndInPieces() {
        func time(_ number: UInt64) -> MonotonicTime { MonotonicTime(rawValue: number) }
        var arrivals = Arrivals()
        #expect(arrivals.time == nil && arrivals.count == 0)
        arrivals.note(waitingCount: 2, at: time(1))
        arrivals.note(waitingCount: 2, at: time(2))
        arrivals.note(waitingCount: 5, at: time(3))
        #expect(arrivals.time == time(1) && arrivals.count == 5)
        #expect(arrivals.take(1) == (time(1), []))
        let three = arrivals.take(3)
        #expect(three.first == time(1) && three.others == [.init(time: time(3), count: 2)])
        #expect(arrivals.time == time(3) && arrivals.count == 1)
        #expect(arrivals.take(1) == (time(3), []) && arrivals.time == nil)
    }
}
