import Bytes
import Keyspace
import Platform
import Replica
import Testing

@testable import Server

private func put(_ key: String, value: String = "v") -> String {
    "PUT /v1/kv\(key) HTTP/1.1\r\nHost: x\r\nContent-Length: \(value.utf8.count)\r\n\r\n\(value)"
}

private func get(_ target: String) -> String { "GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n" }

@Suite("Pipelined requests are answered as if carried out one after another (RFC 9112, 9.3.2)")
struct PipeliningTests {
    @Test func writesOfKeysAreProposedTogetherInTheirOrder() throws {
        let harness = try FrontendHarness()
        let client = try harness.connect()
        client.send(put("/a") + put("/b") + put("/c"))
        try harness.turn { harness.frontend.inputs.count == 3 }
        #expect(harness.asked == ["put /a", "put /b", "put /c"])
    }

    @Test func aReadWaitsForTheWritesBeforeItAndWritesWaitForTheRead() throws {
        let harness = try FrontendHarness()
        let client = try harness.connect()
        client.send(
            put("/a", value: "1") + get("/v1/kv/a") + put("/a", value: "2") + get("/v1/kv/a")
        )
        try harness.turn { !harness.frontend.inputs.isEmpty }
        #expect(harness.asked == ["put /a"])
        harness.answerAll()
        try harness.turn { !harness.frontend.inputs.isEmpty }
        #expect(harness.asked == ["read"])
        harness.answerAll()
        try harness.turn { !harness.frontend.inputs.isEmpty }
        #expect(harness.asked == ["put /a"])
        harness.answerAll()
        try harness.turn { !harness.frontend.inputs.isEmpty }
        harness.answerAll()
        try harness.turn { client.statuses.count == 4 }
        #expect(client.statuses == ["201", "200", "200", "200"])
        let values = client.text.split(separator: "\"value\":\"").dropFirst().map { $0.prefix(1) }
        #expect(values == ["1", "2"])
    }

    @Test func readsOfKeysShareOneRoundAndKeepTheirOrder() throws {
        let harness = try FrontendHarness()
        let client = try harness.connect()
        client.send(get("/v1/kv/a") + get("/v1/kv/b"))
        try harness.turn { harness.frontend.inputs.count == 2 }
        guard case .read(let first) = harness.frontend.inputs[0],
            case .read(let second) = harness.frontend.inputs[1]
        else {
            Issue.record("\(harness.asked)")
            return
        }
        harness.frontend.inputs = []
        harness.frontend.handle(Completion.readable(second), in: harness.context)
        try harness.turn()
        client.receive()
        #expect(client.received.isEmpty, "the second answer waits for the first")
        harness.frontend.handle(Completion.unreadable(first), in: harness.context)
        try harness.turn { client.statuses.count == 2 }
        #expect(client.statuses == ["503", "404"])
    }

    @Test func requestsThatAreAlikeGoTogetherFromTheSecondOn() throws {
        let harness = try FrontendHarness()
        let client = try harness.connect()
        client.send(put("/a", value: "1"))
        try harness.turn { !harness.frontend.inputs.isEmpty }
        harness.answerAll()
        try harness.turn { client.statuses == ["201"] }
        client.send(put("/b", value: "2") + put("/c", value: "three") + put("/a", value: "4"))
        try harness.turn { harness.frontend.inputs.count == 3 }
        #expect(harness.asked == ["put /b", "put /c", "put /a"])
        harness.answerAll()
        try harness.turn { client.statuses.count == 4 }
        client.send(get("/v1/kv/a"))
        try harness.turn { !harness.frontend.inputs.isEmpty }
        harness.answerAll()
        client.send(get("/v1/kv/b") + get("/v1/kv/none") + get("/v1/kv/c"))
        try harness.turn { !harness.frontend.inputs.isEmpty }
        #expect(harness.asked == ["read"], "a run of reads asks once")
        harness.answerAll()
        try harness.turn { client.statuses.count == 8 }
        #expect(client.statuses == ["201", "201", "201", "200", "200", "200", "404", "200"])
        let values = client.text.split(separator: "\"value\":\"").dropFirst()
            .map { $0.prefix { $0 != "\"" } }
        #expect(values == ["4", "2", "three"])
    }

    @Test func runsOfBothKindsKeepTheOrderOfTheirConnection() throws {
        let harness = try FrontendHarness()
        let client = try harness.connect()
        client.send(put("/a", value: "0") + get("/v1/kv/a"))
        for _ in 0..<2 {
            try harness.turn { !harness.frontend.inputs.isEmpty }
            harness.answerAll()
        }
        try harness.turn { client.statuses.count == 2 }
        client.send(
            (1...3).map { put("/a", value: "\($0)") + get("/v1/kv/a") + get("/v1/kv/a") }.joined()
        )
        for asked in [["put /a"], ["read"], ["put /a"], ["read"], ["put /a"], ["read"]] {
            try harness.turn { !harness.frontend.inputs.isEmpty }
            #expect(harness.asked == asked)
            harness.answerAll()
        }
        try harness.turn { client.statuses.count == 11 }
        let values = client.text.split(separator: "\"value\":\"").dropFirst().map { $0.prefix(1) }
        #expect(values == ["0", "1", "1", "2", "2", "3", "3"])
    }

    @Test func staleReadsOfARunWaitForWhatIsBeforeThemAndAskNobody() throws {
        let harness = try FrontendHarness()
        let client = try harness.connect()
        let stale = get("/v1/kv/a?consistency=stale")
        client.send(put("/a", value: "0") + stale)
        try harness.turn { !harness.frontend.inputs.isEmpty }
        harness.answerAll()
        try harness.turn { client.statuses.count == 2 }
        client.send(stale + stale + put("/a", value: "1") + stale + stale + get("/v1/kv/a") + stale)
        for asked in [["put /a"], ["read"]] {
            try harness.turn { !harness.frontend.inputs.isEmpty }
            #expect(harness.asked == asked)
            harness.answerAll()
        }
        try harness.turn { client.statuses.count == 9 }
        #expect(harness.frontend.inputs.isEmpty)
        let values = client.text.split(separator: "\"value\":\"").dropFirst().map { $0.prefix(1) }
        #expect(values == ["0", "0", "0", "1", "1", "1", "1"])
    }

    @Test func aRunWhosePutsRunOutOfTimeForgetsEachOfThem() throws {
        let harness = try FrontendHarness()
        let client = try harness.connect()
        client.send(put("/a"))
        try harness.turn { !harness.frontend.inputs.isEmpty }
        harness.answerAll()
        client.send(put("/a") + put("/b"))
        try harness.turn { harness.frontend.inputs.count == 2 }
        harness.frontend.inputs = []
        harness.now = harness.now.advanced(byMilliseconds: 5001)
        try harness.turn { harness.frontend.inputs.count == 2 }
        #expect(harness.asked == ["forget", "forget"])
        harness.answerAll()
        try harness.turn { client.statuses.count == 3 }
        #expect(client.statuses == ["201", "503", "503"])
    }

    @Test func aRunWhoseClientIsGoneLeavesNothingBehind() throws {
        let harness = try FrontendHarness()
        let client = try harness.connect()
        client.send(put("/a") + get("/v1/kv/a"))
        for _ in 0..<2 {
            try harness.turn { !harness.frontend.inputs.isEmpty }
            harness.answerAll()
        }
        client.send(put("/a") + put("/b") + get("/v1/kv/a"))
        try harness.turn { harness.frontend.inputs.count == 2 }
        harness.frontend.close(
            try #require(harness.frontend.connections.values.first),
            in: harness.context
        )
        harness.answerAll()
        try harness.turn()
        #expect(harness.frontend.tickets.count == 0)
        #expect(harness.frontend.connections.count == 0)
    }

    @Test func whatIsNoRequestIsAnsweredAfterTheOthersAndEndsTheConnection() throws {
        let harness = try FrontendHarness()
        let client = try harness.connect()
        client.send(put("/a") + "NONSENSE\r\n\r\n" + put("/b"))
        try harness.turn { !harness.frontend.inputs.isEmpty }
        #expect(harness.asked == ["put /a"])
        harness.answerAll()
        try harness.turn { client.hasEnded }
        #expect(client.statuses == ["201", "400"])
    }

    @Test func noMoreThanTheDepthIsTakenAtATime() throws {
        let harness = try FrontendHarness()
        let client = try harness.connect()
        let count = Pipeline.depthMax + 10
        client.send((0..<count).map { put("/k\($0)") }.joined())
        try harness.turn { harness.frontend.inputs.count == Pipeline.depthMax }
        try harness.turn()
        #expect(harness.frontend.inputs.count == Pipeline.depthMax)
        harness.answerAll()
        try harness.turn { harness.frontend.inputs.count == 10 }
        harness.answerAll()
        try harness.turn { client.statuses.count == count }
    }
}

@Suite("Connections that end, stall or ask too much")
struct ConnectionTests {
    @Test func aHalfClosedClientGetsItsAnswer() throws {
        let harness = try FrontendHarness()
        let client = try harness.connect()
        client.send(put("/a"))
        client.endSending()
        try harness.turn { !harness.frontend.inputs.isEmpty }
        try harness.turn()
        harness.answerAll()
        try harness.turn { client.hasEnded }
        #expect(client.statuses == ["201"])
        #expect(harness.frontend.connections.count == 0)
    }

    @Test func aWaitersPlaceIsGivenUpWhenItsConnectionEnds() throws {
        let harness = try FrontendHarness()
        let (holder, waiter) = (try harness.connect(), try harness.connect())
        let body = #"{"wait":"1h"}"#
        let acquire =
            "POST /v1/locks/L HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        holder.send(acquire)
        try harness.turn { !harness.frontend.inputs.isEmpty }
        harness.answerAll()
        try harness.turn { holder.statuses == ["200"] }
        waiter.send(acquire)
        try harness.turn { !harness.frontend.inputs.isEmpty }
        harness.answerAll()
        #expect(harness.keyspace.contenderCounts.waiters == 1)
        #expect(harness.frontend.keepalives.count == 1, "the member keeps the place alive")
        waiter.endSending()
        try harness.turn { !harness.frontend.inputs.isEmpty }
        harness.answerAll()
        #expect(harness.keyspace.contenderCounts.waiters == 0)
        #expect(harness.frontend.keepalives.count == 0)
    }

    @Test func aWatchIsWokenByItsKeysAndPushesAtOnce() throws {
        let harness = try FrontendHarness()
        let (watcher, writer) = (try harness.connect(), try harness.connect())
        watcher.send(get("/v1/watch?path=/a&recursive&from=2"))
        try harness.turn {
            harness.frontend.wakes.watchCount == 1 && watcher.text.contains("id: 1")
        }
        for key in ["/a/b", "/other", "/a"] {
            writer.send(put(key))
            try harness.turn { !harness.frontend.inputs.isEmpty }
            harness.answerAll()
        }
        try harness.turn { watcher.text.contains("id: 4.0") }
        #expect(watcher.text.contains("id: 2.0") && !watcher.text.contains("id: 3.0"))
        watcher.endSending()
        try harness.turn { harness.frontend.wakes.watchCount == 0 }
    }

    /// A watch that reads what came meanwhile tells of every 4,096 events that it passed.
    @Test func aWatchThatWaitedReadsNothingOfWhatConcernsItNot() throws {
        let harness = try FrontendHarness()
        let (watcher, writer) = (try harness.connect(), try harness.connect())
        var told: [String] {
            watcher.text.split(whereSeparator: \.isNewline).map(String.init)
                .filter { $0.hasPrefix("id: ") }
        }
        func write(_ requests: String, count: Int = 1) throws {
            writer.send(requests)
            try harness.turn { harness.frontend.inputs.count == count }
            harness.answerAll()
        }
        watcher.send(get("/v1/watch?path=/a&recursive&from=2"))
        try harness.turn { harness.frontend.wakes.watchCount == 1 && told == ["id: 1"] }
        for _ in 0..<140 { try write(String(repeating: put("/other"), count: 32), count: 32) }
        try write(put("/a/x"))
        try harness.turn { told == ["id: 1", "id: 4482.0"] }
        try write(put("/a/y") + put("/other"), count: 2)
        try write(put("/other"))
        try harness.turn { told.last == "id: 4483.0" }
        harness.now = harness.now.advanced(byMilliseconds: 20_000)
        try harness.turn { told.last == "id: 4485" }
        try write("DELETE /v1/kv/a?recursive HTTP/1.1\r\nHost: x\r\n\r\n")
        try harness.turn { told.last == "id: 4486.1" }
        #expect(told.dropFirst(2) == ["id: 4483.0", "id: 4485", "id: 4486.0", "id: 4486.1"])
    }

    @Test func aClientThatReadsNothingIsReadFromNoMore() throws {
        let harness = try FrontendHarness()
        let (client, writer) = (try harness.connect(), try harness.connect())
        writer.send(put("/big", value: String(repeating: "x", count: 60_000)))
        try harness.turn { !harness.frontend.inputs.isEmpty }
        harness.answerAll()
        client.habit = .neverReads
        let request = get("/v1/kv/big?consistency=stale")
        var connection: ClientConnection<ClientConversation>? {
            harness.frontend.connections.values.first
        }
        var sentCount = 0
        while sentCount < 2_000, connection?.channel.interest.contains(.readable) == true {
            client.send(request)
            sentCount += 1
            try harness.turn()
        }
        let waiting = try #require(connection?.output.waitingByteCount)
        #expect(connection?.channel.interest == .writable, "nothing is read while it owes so much")
        #expect(waiting < 2 * OutputBuffer.byteCountMax, "\(waiting) bytes are kept")
        #expect(harness.frontend.budget.outputByteCount == waiting)
        client.habit = .reads
        try harness.turn { client.received.count > 60_000 * sentCount }
        #expect(harness.frontend.budget.outputByteCount == 0)
    }

    @Test func aClientBeyondTheBoundIsTurnedAwayPolitely() throws {
        let harness = try FrontendHarness(connectionCountMax: 1)
        let first = try harness.connect()
        let second = try harness.connect()
        try harness.turn { second.hasEnded }
        #expect(second.statuses == ["503"])
        #expect(!first.hasEnded && harness.frontend.connections.count == 1)
    }

    @Test func bytesOfABodyAreNotTakenForAnotherProtocol() throws {
        let harness = try FrontendHarness()
        let client = try harness.connect()
        client.send("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n")
        try harness.turn()
        client.send("\u{16}\u{0}\u{3}")
        try harness.turn { !harness.frontend.inputs.isEmpty }
        harness.answerAll()
        try harness.turn { client.statuses == ["201"] }
    }

    @Test func aClientOfAnotherProtocolIsToldSoAtItsFirstByte() throws {
        let harness = try FrontendHarness()
        let client = try harness.connect()
        client.send("\u{16}\u{3}\u{1}")
        try harness.turn { client.hasEnded }
        #expect(client.received.first == 0x15, "a TLS alert")
        client.endSending()
        try harness.turn { harness.frontend.connections.count == 0 }
    }

    @Test func bodiesThatHaveBegunAreCountedUntilTheyAreWholeOrGone() throws {
        let harness = try FrontendHarness()
        let (first, second) = (try harness.connect(), try harness.connect())
        let head = "PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n"
        let half = String(repeating: "x", count: 25_000)
        for client in [first, second] { client.send(head + half) }
        let begun = head.utf8.count + half.utf8.count
        try harness.turn { harness.frontend.budget.inputByteCount == 2 * begun }
        first.send(half)
        second.endSending()
        try harness.turn { harness.frontend.budget.inputByteCount == 0 }
        harness.answerAll()
        try harness.turn { first.statuses == ["201"] }
    }

    @Test func theBudgetLetsModestRequestsThroughAlways() {
        var budget = MemoryBudget()
        budget.changeInput(by: MemoryBudget.inputByteCountMax)
        #expect(budget.admits(inputByteCount: MemoryBudget.modestByteCount - 1))
        #expect(!budget.admits(inputByteCount: MemoryBudget.modestByteCount))
        budget.changeInput(by: -1)
        #expect(budget.admits(inputByteCount: .max))
        budget.changeOutput(by: MemoryBudget.outputByteCountMax)
        #expect(!budget.hasRoomForOutput)
    }

    @Test func aSlowRequestIsGivenUp() throws {
        let harness = try FrontendHarness()
        let client = try harness.connect()
        client.send("GET /v1/kv/a HTT")
        try harness.turn()
        try harness.turn()
        harness.now = harness.now.advanced(
            byMilliseconds: ConnectionPulse.requestMilliseconds
                + ConnectionPulse.checkMilliseconds
        )
        try harness.turn { client.hasEnded }
        #expect(harness.frontend.counters.timedOutConnectionCount == 1)
    }

    @Test func aCallsTimeoutForgetsItsTicket() throws {
        let harness = try FrontendHarness()
        let client = try harness.connect()
        client.send(
            "PUT /v1/kv/a?timeout=1s HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nv"
        )
        try harness.turn { harness.frontend.inputs.count == 1 }
        harness.now = harness.now.advanced(byMilliseconds: 1_001)
        try harness.turn { harness.frontend.inputs.count == 2 }
        #expect(harness.asked == ["put /a", "forget"])
        guard case .forget(let ticket) = harness.frontend.inputs[1] else { return }
        harness.frontend.inputs = []
        harness.frontend.handle(Completion.unproposed(ticket, .unknown), in: harness.context)
        try harness.turn { client.statuses == ["503"] }
        #expect(client.text.contains("\"applied\":null"))
    }
}
