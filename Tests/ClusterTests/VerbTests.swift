import Foundation
import Glibc
import TestCluster
import Testing

@Suite("The command line does what contract section 3 says", .serialized)
struct VerbTests {
    /// One step of a shell session against one member: what it prints and how it ends.
    struct Step: Sendable, CustomTestStringConvertible {
        let arguments: [String]
        let status: Int32
        let output: String?
        let error: String?

        init(
            _ arguments: String...,
            status: Int32 = 0,
            output: String? = nil,
            error: String? = nil
        ) {
            self.arguments = arguments
            self.status = status
            self.output = output
            self.error = error
        }

        var testDescription: String { arguments.joined(separator: " ") }
    }

    static let session: [Step] = [
        Step("put", "/verbs/a", "one"),
        Step("get", "/verbs/a", output: "one"),
        Step("get", "/verbs/missing", status: 3, error: "/verbs/missing"),
        Step("get", "no-slash", status: 2),
        Step("cas", "/verbs/a", "one", "two"),
        Step("cas", "/verbs/a", "one", "three", status: 4, error: "two"),
        Step("get", "/verbs/a", output: "two"),
        Step("put", "/verbs/b/c", "deep"),
        Step("ls", "/verbs", output: "/verbs/a"),
        Step("tree", "/verbs", output: "b"),
        Step("get", "--output", "json", "/verbs/a", output: "\"value\":\"two\""),
        Step("rm", "/verbs/missing", status: 3),
        Step("rm", "/verbs/a"),
        Step("rm", "-r", "/verbs"),
        Step("get", "/verbs/b/c", status: 3),
        Step("put", "/.roost/x", "1", status: 7, error: ".roost"),
        Step("lease", "grant", "30s"),
        Step("lease", "list"),
        Step("lease", "show", "abcdef", status: 3),
        Step("lease", "grant", "0", status: 2),
        Step("locks"),
        Step("status", output: "leader"),
        Step("member", "list", output: "n1"),
        Step("compact", "99999999", status: 2, error: "ahead"),
        Step("version", output: "roost"),
        Step("help", output: "lock"),
        Step("help", "lock", output: "roost lock"),
        Step("completions", "bash", output: "roost"),
        Step("completions", "zsh", output: "roost"),
        Step("completions", "fish", output: "roost"),
        Step("fly", status: 2, error: "fly"),
        Step("put", status: 2),
        Step("put", "/a", "b", "--nonsense", status: 2, error: "nonsense"),
        Step("get", "/a", "--endpoints", "127.0.0.1:1", status: 5, error: "127.0.0.1:1"),
        Step("elect", "verbs", "--value", "me", "--", "sh", "-c", "exit 9", status: 9),
    ]

    @Test("a session of every verb")
    func everyVerb() throws {
        let cluster = try SharedMember.cluster()
        for step in Self.session {
            let result = try CommandLine(step.arguments, endpoints: cluster.endpoints).result()
            let name = step.testDescription
            #expect(result.status == step.status, "roost \(name): \(result.output)\(result.error)")
            if let output = step.output {
                #expect(result.output.contains(output), "roost \(name): \(result.output)")
            }
            if let error = step.error {
                #expect(result.error.contains(error), "roost \(name): \(result.error)")
            }
            let isCommandsOwn = step.arguments.contains("--")
            if step.status != 0, !isCommandsOwn {
                #expect(!result.error.isEmpty, "roost \(name) fails in silence")
            }
        }
    }

    @Test("get writes exactly the bytes into a pipe")
    func exactBytes() throws {
        let cluster = try SharedMember.cluster()
        try CommandLine.run("put", "/bytes", "no newline", on: cluster)
        #expect(try CommandLine.run("get", "/bytes", on: cluster).output == "no newline")
    }

    @Test("a command run under a lock writes with its fence; an old fence is refused")
    func fence() throws {
        let cluster = try SharedMember.cluster()
        let binary = try #require(Member.binary)
        let script = "\(binary) put /fenced inside && printf %s \"$ROOST_FENCE\""
        let held = try CommandLine.run("lock", "fence", "--", "sh", "-c", script, on: cluster)
        #expect(held.status == 0, "\(held.error)")
        let fence = held.output.components(separatedBy: "\n").last ?? ""
        #expect(fence.hasPrefix("fence="))
        let late = try CommandLine.run(
            "put",
            "/fenced",
            "late",
            on: cluster,
            environment: ["ROOST_FENCE": fence]
        )
        #expect(late.status == 4, "\(late.error)")
        #expect(try CommandLine.run("get", "/fenced", on: cluster).output == "inside")
    }

    @Test("watch --exec runs once at the start and for changes")
    func watchExec() throws {
        let cluster = try SharedMember.cluster()
        let file = cluster.directory.appending(path: "seen")
        try CommandLine.run("put", "/watched", "1", on: cluster)
        let watch = try CommandLine(
            [
                "watch", "/watched", "--exec",
                "cat >> \(file.path); echo \" $ROOST_EVENT\" >> \(file.path)",
            ],
            endpoints: cluster.endpoints
        )
        func seen() -> String { (try? String(contentsOf: file, encoding: .utf8)) ?? "" }
        #expect(eventually(withinSeconds: 10) { seen().contains("1 put") }, "\(seen())")
        try CommandLine.run("put", "/watched", "2", on: cluster)
        #expect(eventually(withinSeconds: 10) { seen().contains("2 put") }, "\(seen())")
        watch.signal(SIGTERM)
        _ = watch.result()
    }

    @Test("three shells stand for election; when the leader is killed the next one leads")
    func election() throws {
        let cluster = try Cluster.started(count: 3)
        let log = cluster.directory.appending(path: "leaders")
        let shells = try (1...3).map { number in
            try CommandLine(
                [
                    "elect", "boss", "--ttl", "2s", "--value", "shell-\(number)", "--", "sh", "-c",
                    "echo \(number) >> \(log.path); exec sleep 60",
                ],
                endpoints: cluster.endpoints
            )
        }
        func leaders() -> [Int] {
            ((try? String(contentsOf: log, encoding: .utf8)) ?? "").split(separator: "\n")
                .compactMap { Int($0) }
        }
        for count in 1...3 {
            try #require(eventually(withinSeconds: 15) { leaders().count == count }, "\(leaders())")
            let answer = cluster.members[0].ask("GET", "/v1/elections/boss")
            #expect(answer?.json["value"] as? String == "shell-\(leaders()[count - 1])")
            shells[leaders()[count - 1] - 1].signal(SIGKILL)
        }
        #expect(Set(leaders()) == [1, 2, 3])
        for shell in shells { _ = shell.result() }
    }
}
