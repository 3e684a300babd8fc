import Platform
import Testing
import Wire

@Suite("roost settings (Docs/cli.md)")
struct SettingsCommandTests {
    private static let answer = #"""
        {"max_value":1048576,"max_txn_ops":600,"history_age":5400,"history_revisions":1000000,
        "history_bytes":1048577,"quota":8589934592}
        """#

    /// What it prints, and the body of what it changes.
    private static func run(_ arguments: String...) throws -> (RoostRun, body: String?) {
        let member = try ScriptedMember { _ in .respond(status: 200, body: answer) }
        let flags = ["--endpoints", "\(member.endpoint)"]
        let run = try RoostRun(["settings"] + arguments + flags)
        let change = member.requests.takeAll().first { $0.method == .patch }
        return (run, change.map { String(decoding: $0.body, as: UTF8.self) })
    }

    @Test("all of them, each with its default, as it can be given back")
    func list() throws {
        let (run, _) = try Self.run()
        let rows = run.output.split(separator: "\n").map {
            $0.split(separator: " ").prefix(3).joined(separator: " ")
        }
        #expect(
            rows == [
                "NAME VALUE DEFAULT", "max-value 1MiB 1MiB", "max-txn-ops 600 512",
                "history-age 90m 7d", "history-revisions 1000000 1000000",
                "history-bytes 1048577 256MiB", "quota 8GiB 0",
            ]
        )
        #expect(try Self.run("history").0.output.split(separator: "\n").count == 4)
        #expect(try Self.run("--output", "json").0.output == Self.answer + "\n")
    }

    @Test("one alone is its value, whichever way its name is written")
    func one() throws {
        #expect(try Self.run("max-value").0.output == "1MiB\n")
        #expect(try Self.run("history_age").0.output == "90m\n")
        #expect(try Self.run("max-value", "-ojson").0.output == "{\"max_value\":1048576}\n")
    }

    @Test(
        "a value is sent as the setting's unit has it; of history by the value's own form",
        arguments: [
            ("max-value", "4MiB", #"{"max_value":"4MiB"}"#),
            ("max_txn_ops", "600", #"{"max_txn_ops":600}"#),
            ("history", "90m", #"{"history_age":"90m"}"#),
            ("history", "5000", #"{"history_revisions":5000}"#),
            ("history", "64MiB", #"{"history_bytes":"64MiB"}"#),
            ("history-bytes", "1048577", #"{"history_bytes":"1048577"}"#),
            ("quota", "8GiB", #"{"quota":"8GiB"}"#), ("quota", "0", #"{"quota":"0"}"#),
        ]
    )
    func change(_ name: String, _ value: String, _ body: String) throws {
        let (run, sent) = try Self.run(name, value)
        #expect(run.status == 0 && sent == body, "\(run.error)")
    }

    @Test("what is changed is said, in the service's words, and with --quiet not")
    func confirmation() throws {
        #expect(try Self.run("history", "1h").0.output == "history-age 90m\n")
        #expect(try Self.run("history", "1h", "-q").0.output == "")
    }

    @Test(
        "what is none of it is usage, and nothing is sent",
        arguments: [
            ["size"], ["history", "long"], ["max-value", "4MB"], ["max-txn-ops", "1h"],
            ["history-age", "64MiB"],
        ]
    )
    func refused(_ arguments: [String]) throws {
        let member = try ScriptedMember { _ in .hangUp }
        let run = try RoostRun(
            ["settings"] + arguments + ["--endpoints", "\(member.endpoint)"]
        )
        #expect(run.status == 2 && member.requests.takeAll().isEmpty, "\(run.error)")
    }
}
