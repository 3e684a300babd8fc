import Bytes
import Testing

@testable import Server

/// A second dialect, added without a change to the server: a codec (`LineRequest`), a dialect
/// (`LineExchange`), a conversation (`LineConversation`), and a case of the enum that lists them.
@Suite("A server speaks a further dialect beside HTTP")
struct LineDialectTests {
    typealias Harness = MemberHarness<TwoConversations>

    /// A server that has a leader, and a client that has said what it speaks.
    private static func begin() throws -> (Harness, TestClient) {
        let harness = try Harness()
        let client = try harness.connect()
        client.send("line 1\n1 put /ready 2\nok")
        try harness.turn {
            if client.lines.last == "1 error unavailable" { client.send("1 put /ready 2\nok") }
            return client.lines.last?.hasPrefix("1 ok") == true
        }
        return (harness, client)
    }

    @Test func whatIsPutIsRead() throws {
        let (harness, client) = try Self.begin()
        client.send("2 put /a 5\nfirst3 get /a\n4 get /none\n")
        try harness.turn { (2...4).allSatisfy { client.lines(of: $0).count == 1 } }
        #expect(client.lines(of: 2).first?.hasPrefix("2 ok ") == true)
        #expect(["3 value first", "3 none"].contains(client.lines(of: 3).first))
        #expect(client.lines(of: 4) == ["4 none"])
        client.send("5 get /a\n")
        try harness.turn { client.lines(of: 5) == ["5 value first"] }
    }

    @Test func aWatchStaysWhileOthersAreAnsweredBeforeIt() throws {
        let (harness, client) = try Self.begin()
        client.send("7 watch /a\n")
        try harness.turn {
            client.lines(of: 7) == ["7 watching"] && harness.frontend.wakes.watchCount == 1
        }
        client.send("8 get /none\n9 put /a 1\nx10 put /b 1\ny")
        try harness.turn { client.lines(of: 7).count == 2 && client.lines(of: 10).count == 1 }
        #expect(client.lines(of: 8) == ["8 none"])
        #expect(client.lines(of: 9).count == 1)
        let revision = client.lines(of: 9).first?.split(separator: " ").last ?? "-"
        #expect(client.lines(of: 7).last == "7 event \(revision) /a")
    }

    @Test func aStreamIsTwoWay() throws {
        let (harness, client) = try Self.begin()
        client.send("7 watch /a\n")
        try harness.turn { harness.frontend.wakes.watchCount == 1 }
        client.send("7 also /b\n")
        client.send("8 put /b 1\nx")
        try harness.turn { client.lines(of: 7).last?.hasSuffix(" /b") == true }
        client.send("9 put /a 1\nx")
        try harness.turn { client.lines(of: 7).last?.hasSuffix(" /a") == true }
        client.send("7 end\n")
        try harness.turn { client.lines(of: 7).last == "7 done" }
        #expect(harness.frontend.wakes.watchCount == 0)
        client.send("7 get /b\n")
        try harness.turn { client.lines(of: 7).last == "7 value x" }
    }

    @Test func answersOvertakeOneAnother() throws {
        let (harness, other) = try Self.begin()
        let client = try harness.connect()
        client.send("line 1\n" + (1...8).map { "\($0) watch /k\($0)\n" }.joined())
        try harness.turn { harness.frontend.wakes.watchCount == 8 }
        for key in [5, 2, 8] {
            let count = client.lines.count
            other.send("\(key) put /k\(key) 1\nx")
            try harness.turn { client.lines.count > count }
        }
        let events = client.lines.filter { $0.contains(" event ") }.map { $0.prefix(1) }
        #expect(events == ["5", "2", "8"])
    }

    @Test func aClientThatDribblesIsUnderstood() throws {
        let (harness, _) = try Self.begin()
        let client = try harness.connect()
        func dribble(_ text: String) throws {
            for character in text {
                client.send(String(character))
                try harness.turn()
            }
        }
        try dribble("line 1\n2 put /a 3\na\nb")
        try harness.turn { client.lines(of: 2).count == 1 }
        try dribble("3 get /a\n")
        try harness.turn { client.text.hasSuffix("3 value a\nb\n") }
        #expect(client.lines.first?.hasPrefix("2 ok ") == true)
    }

    @Test(arguments: [
        "nonsense\n", "0 get /a\n", "1 get a\n", "1 get /a /b\n", "-1 get /a\n", "\n",
        "1 put /a 99999999999999999999\n", "1 put /a 40000\n", "18446744073709551616 get /a\n",
        "1 put /a -1\n", "1 get /../a\n",
    ])
    func whatIsNoRequestEndsTheConnection(_ line: String) throws {
        let (harness, other) = try Self.begin()
        let client = try harness.connect()
        client.send("line 1\n5 watch /a\n" + line)
        try harness.turn { client.hasEnded }
        #expect(client.lines.last?.contains("error") == true)
        #expect(harness.frontend.wakes.watchCount == 0)
        other.send("2 get /none\n")
        try harness.turn { other.lines(of: 2) == ["2 none"] }
    }

    @Test func aLineWithoutEndIsNotKept() throws {
        let (harness, _) = try Self.begin()
        let client = try harness.connect()
        client.send("line 1\n" + String(repeating: "1", count: 8_000))
        try harness.turn { client.hasEnded }
        #expect(client.lines == ["0 error malformed"])
    }

    @Test func aNumberInUseIsRefusedAndItsStreamGoesOn() throws {
        let (harness, client) = try Self.begin()
        client.send("7 watch /a\n7 get /a\n6 also /a\n")
        try harness.turn { client.lines(of: 7).count == 2 && client.lines(of: 6).count == 1 }
        #expect(client.lines(of: 7).contains("7 error number in use"))
        #expect(client.lines(of: 6) == ["6 error no such stream"])
        client.send("8 put /a 1\nx")
        try harness.turn { client.lines(of: 7).last?.contains("event") == true }
    }

    @Test func aClientThatLeavesLeavesNothing() throws {
        let (harness, client) = try Self.begin()
        client.send("7 watch /a\n8 watch /b\n9 put /c 10\nhalf")
        try harness.turn {
            harness.frontend.wakes.watchCount == 2 && harness.frontend.budget.inputByteCount > 0
        }
        client.endSending()
        try harness.turn { harness.frontend.connections.count == 0 }
        #expect(harness.frontend.wakes.watchCount == 0)
        #expect(harness.frontend.budget.inputByteCount == 0)
        #expect(harness.frontend.budget.outputByteCount == 0)
        #expect(harness.frontend.tickets.count == 0)
    }

    @Test func httpIsSpokenOnTheSameServer() throws {
        let (harness, line) = try Self.begin()
        let client = try harness.connect()
        let get = "GET /v1/kv/a HTTP/1.1\r\nHost: x\r\n\r\n"
        let put = "PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n"
        client.send(put + "1" + get + put + "2" + get + get)
        try harness.turn { client.statuses.count == 5 }
        #expect(client.statuses == ["201", "200", "200", "200", "200"])
        line.send("2 get /a\n")
        try harness.turn { line.lines(of: 2) == ["2 value 2"] }
        let watcher = try harness.connect()
        watcher.send("GET /v1/watch?path=/a HTTP/1.1\r\nHost: x\r\n\r\n")
        try harness.turn { harness.frontend.wakes.watchCount == 1 }
        line.send("3 put /a 1\n3")
        try harness.turn { watcher.text.contains("\"value\":\"3\"") }
        let tls = try harness.connect()
        tls.send("\u{16}\u{3}\u{1}")
        try harness.turn { tls.hasEnded }
        #expect(tls.received.first == 0x15)
    }
}

extension TestClient {
    /// Whole lines that have arrived.
    fileprivate var lines: [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    /// Those that answer the request of that number.
    fileprivate func lines(of number: UInt64) -> [String] {
        lines.filter { $0.hasPrefix("\(number) ") }
    }
}
