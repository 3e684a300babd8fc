import Foundation
import Glibc
import TestCluster
import Testing

@Suite(
    "The service registry from the command line: register, services, resolve (cli.md)",
    .serialized
)
struct RegisterTests {
    private func start(_ arguments: String...) throws -> CommandLine {
        try CommandLine(arguments, endpoints: SharedMember.cluster().endpoints)
    }

    @discardableResult
    private func roost(_ arguments: String...) throws -> CommandLine.Result {
        try CommandLine(arguments, endpoints: SharedMember.cluster().endpoints).result()
    }

    /// An instance n1 at h:1.
    private func register(_ service: String, _ rest: String...) throws -> CommandLine {
        try CommandLine(
            ["register", service, "--port", "1", "--id", "n1", "--address", "h"] + rest,
            endpoints: SharedMember.cluster().endpoints
        )
    }

    private func status(of id: String, in service: String) throws -> String? {
        let shown = try roost("services", service)
        let line = shown.output.split(separator: "\n").first { $0.hasPrefix("\(id) ") }
        return line?.split(separator: " ").dropFirst(2).first.map(String.init)
    }

    private func becomes(_ expected: String?, _ id: String, in service: String) -> Bool {
        eventually(withinSeconds: 30) { (try? self.status(of: id, in: service)) == expected }
    }

    @Test("what is registered is told, and nothing is left behind")
    func told() throws {
        let binary = try #require(Member.binary)
        let script = """
            '\(binary)' services cli-told -o json
            '\(binary)' resolve cli-told --tag eu
            '\(binary)' resolve cli-told --tag none
            echo $?
            '\(binary)' services cli-told --format nginx
            exit 9
            """
        let shown = try roost(
            "register",
            "cli-told",
            "--port",
            "8080",
            "--address",
            "fd00::1",
            "--id",
            "n1",
            "--tag",
            "eu",
            "--meta",
            "zone=a=b",
            "--weight",
            "7",
            "--",
            "sh",
            "-c",
            script
        )
        #expect(shown.status == 9)
        #expect(shown.error.contains("registered cli-told/n1 at [fd00::1]:8080"))
        #expect(shown.output.contains(#""meta":{"zone":"a=b"},"weight":7,"ttl":15"#))
        #expect(
            shown.output.hasSuffix(
                "[fd00::1]:8080\n3\nserver [fd00::1]:8080 weight=7;\n"
            ),
            "\(shown.output)"
        )
        #expect(try roost("resolve", "cli-told").status == 3)
        #expect(try roost("ls", "/services/cli-told").output.isEmpty)
        let plain = try roost("register", "cli-told", "--port", "80", "-q", "--", "true")
        #expect(plain.status == 0, "\(plain.error)")
    }

    @Test(
        "a check decides: critical first, then passing, a failure is a warning, several are critical"
    )
    func checks() throws {
        let flag = FileManager.default.temporaryDirectory
            .appending(path: "roost-check-\(UUID().uuidString)")
        let runner = try register(
            "cli-check",
            "--check",
            "cat '\(flag.path)'",
            "--interval",
            "200ms",
            "--failures",
            "25",
            "--",
            "sleep",
            "600"
        )
        #expect(becomes("critical", "n1", in: "cli-check"))
        let output = try roost("services", "cli-check").output
        #expect(output.contains("checked yet") || output.contains("No such file"), "\(output)")
        try Data("fine".utf8).write(to: flag)
        #expect(becomes("passing", "n1", in: "cli-check"))
        try FileManager.default.removeItem(at: flag)
        #expect(becomes("warning", "n1", in: "cli-check"))
        #expect(becomes("critical", "n1", in: "cli-check"))
        #expect(try roost("resolve", "cli-check").status == 3)
        runner.signal(SIGTERM)
        let result = runner.result()
        #expect(result.status == 128 + SIGTERM, "\(result.error)")
        #expect(try status(of: "n1", in: "cli-check") == nil)
    }

    @Test("a check of an address: HTTP by its status, TCP by a connection")
    func addresses() throws {
        let port = try SharedMember.member().clientPort
        for (check, expected) in [
            ("http://127.0.0.1:\(port)/livez", "passing"),
            ("http://127.0.0.1:\(port)/none", "critical"),
            ("tcp://127.0.0.1:\(port)", "passing"), ("tcp://127.0.0.1:1", "critical"),
        ] {
            let runner = try register(
                "cli-address",
                "--check",
                check,
                "--interval",
                "200ms",
                "--",
                "sleep",
                "600"
            )
            #expect(becomes(expected, "n1", in: "cli-address"), "\(check)")
            runner.signal(SIGTERM)
            _ = runner.result()
        }
        for check in ["http://", "tcp://h", "tcp://h:1/x", "http://h:99999/", "http://h:1/a b"] {
            let refused = try roost(
                "register",
                "cli-address",
                "--port",
                "1",
                "--check",
                check,
                "--",
                "true"
            )
            #expect(refused.status == 2, "\(check): \(refused.error)")
        }
    }

    @Test("a drained instance is critical while the command goes on, then gets the signal")
    func drain() throws {
        let log = FileManager.default.temporaryDirectory
            .appending(path: "roost-drain-\(UUID().uuidString)")
        let runner = try register(
            "cli-drain",
            "--drain",
            "1h",
            "--",
            "sh",
            "-c",
            "trap 'echo term >>\"\(log.path)\"; exit 5' TERM; echo in >>'\(log.path)'; "
                + "while :; do sleep 0.05; done"
        )
        func text() -> String? { try? String(contentsOf: log, encoding: .utf8) }
        #expect(eventually(withinSeconds: 30) { text() == "in\n" })
        #expect(becomes("passing", "n1", in: "cli-drain"))
        runner.signal(SIGTERM)
        #expect(becomes("critical", "n1", in: "cli-drain"))
        #expect(try roost("services", "cli-drain").output.contains("draining"))
        #expect(text() == "in\n" && runner.isRunning)
        // Whoever asks twice has no time.
        runner.signal(SIGTERM)
        #expect(runner.result().status == 5)
        #expect(text() == "in\nterm\n")
        #expect(try status(of: "n1", in: "cli-drain") == nil)
    }

    @Test("without a command it goes on until a signal, by which it then ends")
    func alone() throws {
        let runner = try start("register", "cli-alone", "--port", "1", "--id", "n1", "-q")
        #expect(becomes("passing", "n1", in: "cli-alone"))
        runner.signal(SIGTERM)
        let result = runner.result()
        #expect(result.wasSignalled && result.status == SIGTERM, "\(result.error)")
        #expect(try status(of: "n1", in: "cli-alone") == nil)
    }

    @Test(
        "one that is killed is critical when its time is up, gone later, and comes back by itself"
    )
    func killed() throws {
        let runner = try start(
            "register",
            "cli-killed",
            "--port",
            "1",
            "--id",
            "n1",
            "--ttl",
            "1s",
            "--deregister-after",
            "8s",
            "-q",
            "--",
            "sleep",
            "600"
        )
        #expect(becomes("passing", "n1", in: "cli-killed"))
        runner.signal(SIGSTOP)
        #expect(becomes("critical", "n1", in: "cli-killed"))
        #expect(becomes(nil, "n1", in: "cli-killed"))
        runner.signal(SIGCONT)
        #expect(becomes("passing", "n1", in: "cli-killed"))
        runner.signal(SIGKILL)
        _ = runner.result()
        #expect(becomes(nil, "n1", in: "cli-killed"))
    }

    @Test("what cannot be registered is exit code 2, and nothing is run")
    func refusals() throws {
        for arguments in [
            [], ["--port", "0"], ["--port", "80", "--weight", "999"],
            ["--port", "80", "--address", "a b"], ["--port", "80", "--meta", "x"],
            ["--port", "80", "--meta", "x=1", "--meta", "x=2"], ["--port", "80", "--id", "a/b"],
            ["--port", "80", "--interval", "5s"], ["--port", "80", "--tag", "a,b"],
        ] {
            let result = try CommandLine(
                ["register", "cli-refused"] + arguments + ["--", "echo", "ran"],
                endpoints: SharedMember.cluster().endpoints
            ).result()
            #expect(result.status == 2, "\(arguments): \(result.error)")
            #expect(result.output.isEmpty)
        }
        #expect(try roost("services", "--healthy").status == 2)
        #expect(try roost("services", "cli-refused", "--format", "x").status == 2)
        let missing = try roost("register", "cli-refused", "--port", "80", "-q", "--", "/no/such")
        #expect(missing.status == 127)
        #expect(try status(of: "n1", in: "cli-refused") == nil)
    }
}
