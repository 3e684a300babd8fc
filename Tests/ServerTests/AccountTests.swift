import API
import Bytes
import Platform
import Testing
import Wire

@testable import Server

@Suite("What the clients' side keeps twice is compared at the end of each turn")
struct AccountTests {
    private static func get(_ key: String) -> String {
        "GET /v1/kv\(key) HTTP/1.1\r\nHost: x\r\n\r\n"
    }

    /// A frontend in the middle of everything: calls that wait, a watch, a body that has begun.
    private static func busy() throws -> FrontendHarness {
        let harness = try FrontendHarness()
        let (reader, watcher, writer) = (
            try harness.connect(), try harness.connect(), try harness.connect()
        )
        reader.send(get("/a") + get("/b") + get("/v1"))
        watcher.send("GET /v1/watch?path=/a&from=1 HTTP/1.1\r\nHost: x\r\n\r\n")
        writer.send("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\nbegun")
        try harness.turn {
            harness.frontend.wakes.watchCount == 1 && harness.frontend.budget.inputByteCount > 0
                && !harness.frontend.inputs.isEmpty
        }
        return harness
    }

    @Test func noRuleIsBrokenWhileCallsComeAndGo() throws {
        let harness = try Self.busy()
        #expect(harness.frontend.brokenRule == nil)
        harness.answerAll()
        try harness.turn()
        #expect(harness.frontend.brokenRule == nil)
        for connection in harness.frontend.connections.values {
            harness.frontend.close(connection, in: harness.context)
        }
        #expect(harness.frontend.brokenRule == nil)
    }

    @Test func eachRuleFindsItsBreak() throws {
        let breaks: [(AccountRule, (Frontend<ClientConversation>) throws -> Void)] = [
            (.heldIsSum, { $0.budget.changeInput(by: 1) }),
            (.owedIsSum, { $0.budget.changeOutput(by: -1) }),
            (.owedIsOutput, { $0.connections.values.first?.output.bytes.append(0) }),
            (
                .begunIsSum,
                { frontend in
                    let connection = frontend.connections.values.first { !$0.calls.isEmpty }
                    let call = try #require(connection?.calls.first)
                    connection?.conversation?.leave(call.reply)
                }
            ),
            (
                .callKnowsConnection,
                { frontend in
                    let connection = frontend.connections.values.first { !$0.calls.isEmpty }
                    connection?.calls.first?.connection = nil
                }
            ),
            (
                .arrivalsAreWaiting,
                { frontend in
                    let connection = frontend.connections.values.first
                    let count = connection?.conversation?.waitingCount ?? 0
                    connection?.arrivals.note(
                        waitingCount: count + 1,
                        at: MonotonicTime(rawValue: 0)
                    )
                }
            ),
            (.alarmIsRegistered, { $0.connections.values.first?.alarm = nil }),
            (
                .watcherIsRegistered,
                { frontend in
                    let calls = frontend.connections.values.flatMap(\.calls)
                    let watch = try #require(calls.first { $0.isStream })
                    watch.watchedFilter = nil
                }
            ),
        ]
        for (rule, plant) in breaks {
            let harness = try Self.busy()
            try plant(harness.frontend)
            #expect(harness.frontend.brokenRule == rule)
        }
    }

    #if DEBUG
    @Test func aBrokenRuleEndsTheProcessWithItsSentence() async {
        let result = await #expect(
            processExitsWith: .failure,
            observing: [\.standardErrorContent]
        ) {
            let harness = try FrontendHarness()
            harness.frontend.budget.changeInput(by: 1)
            try harness.turn()
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("frontend: \(AccountRule.heldIsSum.rawValue)"))
    }
    #endif
}
