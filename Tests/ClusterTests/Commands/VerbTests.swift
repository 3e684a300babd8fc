import Foundation
import Glibc
import TestCluster
import Testing

@Suite("The command line does what cli.md says", .serialized)
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
        Step(
            "get",
            "/a",
            "--endpoints",
            "127.0.0.1:1",
            "--timeout",
            "300ms",
            status: 5,
            error: "127.0.0.1:1"
        ),
        Step(
            "steal",
            status: 2,
            error: "unknown command 'steal'; 'roost help' lists every command"
        ),
        Step("put", "-q", "/verbs/d/x", "1"),
        Step("put", "-qf/dev/null", "/verbs/d/y"),
        Step(
            "get",
            "/verbs/d",
            status: 3,
            error: "/verbs/d has no value, but 2 keys lie below it; 'roost ls -r /verbs/d'"
        ),
        Step("rm", "/verbs/d", status: 3, error: "'roost rm -r /verbs/d'"),
        Step(
            "get",
            "/verbs/d/x",
            "/verbs/none",
            "/verbs/d/x",
            status: 3,
            output: "11",
            error: "/verbs/none does not exist"
        ),
        Step("get", "-ojson", "/verbs/d/x", "/verbs/d/x", output: "}\n{"),
        Step("get", "/verbs/d/x", "/verbs/d/y", "--wait", "1s", "--since", "1", status: 2),
        Step("ls", "/verbs/none", status: 3, error: "/verbs/none does not exist"),
        Step("ls", "-r", "/verbs/none", status: 3, error: "/verbs/none does not exist"),
        Step("tree", "/verbs/none", status: 3, error: "/verbs/none does not exist"),
        Step("tree", "-ojson", "/verbs/none", status: 3, error: #""code":"not-found""#),
        Step("ls", "/verbs/d/x"),
        Step("ls", "-lr", "/verbs/d", output: "/verbs/d/x"),
        Step("ls", "-r", "/verbs/d", "--limit", "1", "-o", "json", output: "limit=1&"),
        Step("ls", "--limit", "0", status: 2),
        Step("tree", "/verbs", "--depth", "1", output: "/verbs\n└── d\n"),
        Step("tree", "/verbs", "--depth", "1", "-ojson", output: #"{"d":null}"#),
        Step("tree", "/verbs", "-ojson", output: #"{"d":{"x":"1","y":""}}"#),
        Step(
            "rm",
            "/verbs/none",
            "/verbs/d/x",
            "/verbs/d/y",
            status: 3,
            output: "deleted 1 revision",
            error: "/verbs/none does not exist"
        ),
        Step("rm", "/verbs/d/x", "/verbs/d/y", "--if-revision", "3", status: 2),
        Step("watch", status: 2, error: "needs KEY"),
        Step("ready", output: "ready 127.0.0.1:"),
        Step("ready", "--endpoints", "127.0.0.1:1", status: 5, error: "not ready"),
        Step(
            "ready",
            "-ojson",
            "--endpoints",
            "127.0.0.1:1",
            status: 5,
            error: #""code":"unavailable""#
        ),
        Step("status", "--all", output: "LEADER"),
        Step("status", "--all", "-ojson", output: #"{"members":[{"id":"#),
        Step("get", "/a", "--endpoints", " , ", status: 2, error: "no member is named"),
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

    @Test("-q confirms nothing, -v says what is tried in vain")
    func voices() throws {
        let cluster = try SharedMember.cluster()
        let quiet = try CommandLine.run("put", "/voices", "1", "-q", on: cluster)
        #expect(quiet.output.isEmpty && quiet.error.isEmpty)
        let child = try CommandLine.run("put", "-q", "--sequential", "/voices", "1", on: cluster)
        #expect(child.output == "/voices/0000000001\n")
        let endpoints = "127.0.0.1:1,\(cluster.endpoints)"
        let loud = try CommandLine(["get", "-v", "/voices"], endpoints: endpoints).result()
        #expect(loud.output == "1")
        #expect(loud.error.contains("127.0.0.1:1: connect: Connection refused"), "\(loud.error)")
    }

    @Test("the tree is one JSON object beyond the pages of the listing, as the service draws it")
    func tree() throws {
        let cluster = try SharedMember.cluster()
        let member = cluster.members[0]
        for (key, value) in [
            ("/tree/a", "1"), ("/tree/a/b", "2"), ("/tree/a-b", "3"), ("/tree/c/d/e", "é\n\""),
            ("/tree", "root"),
        ] { try CommandLine.run("put", key, value, on: cluster) }
        #expect(member.ask("PUT", target: "/v1/kv/tree/c/bytes", body: "")?.status == 201)
        let own = try CommandLine.run("tree", "/tree", "-ojson", on: cluster).output
        let theirs = try #require(member.ask("GET", target: "/v1/kv/tree?recursive&format=tree"))
        #expect(
            own.trimmingCharacters(in: .newlines) == theirs.text.trimmingCharacters(in: .newlines)
        )
        for first in stride(from: 0, to: 10_240, by: 128) {
            let puts = (first..<first + 128).map { #"{"put":{"key":"/wide/\#($0)","value":""}}"# }
            let body = #"{"then":[\#(puts.joined(separator: ","))]}"#
            try #require(member.ask("POST", target: "/v1/txn", body: body)?.status == 200)
        }
        let wide = try CommandLine.run("tree", "/wide", "-ojson", on: cluster)
        let json = try JSONSerialization.jsonObject(with: Data(wide.output.utf8))
        #expect((json as? [String: String])?.count == 10_240, "\(wide.error)")
        let some = try CommandLine.run("ls", "/wide", "--limit", "10100", on: cluster).output
        #expect(some.split(separator: "\n").count == 10_100)
        try CommandLine.run("rm", "-r", "/wide", on: cluster)
    }

    @Test("the leader is named, sizes have units, and JSON is exact")
    func status() throws {
        let cluster = try Cluster.started(count: 3)
        let leader = try cluster.leader()
        let follower = try #require(cluster.members.first { $0.name != leader.name })
        let text = try CommandLine(["status"], endpoints: follower.endpoint).result().output
        let fields = Dictionary(
            uniqueKeysWithValues: text.split(separator: "\n").map { line in
                let words = line.split(separator: " ", maxSplits: 1)
                return (String(words[0]), words[1].trimmingCharacters(in: .whitespaces))
            }
        )
        #expect(fields["leader"] == leader.name)
        #expect(fields["data_bytes"]?.hasSuffix(" MiB") ?? false, "\(text)")
        let json = try CommandLine(["status", "-ojson"], endpoints: follower.endpoint).result()
        let exact = try JSONSerialization.jsonObject(with: Data(json.output.utf8))
        #expect(((exact as? [String: Any])?["data_bytes"] as? Int ?? 0) > 1 << 20)
        leader.kill()
        let all = try CommandLine(["status", "--all"], endpoints: follower.endpoint).result()
        #expect(all.status == 5)
        #expect(all.output.split(separator: "\n").count == 4, "\(all.output)")
        #expect(all.output.contains("no answer"))
        #expect(all.error.contains("\(leader.name) (\(leader.endpoint))"), "\(all.error)")
        let ready = try CommandLine(
            ["ready", "--all", "--wait", "1s"],
            endpoints: cluster.endpoints
        ).result()
        #expect(ready.status == 5)
        #expect(
            try CommandLine(["ready", "--wait", "20s"], endpoints: cluster.endpoints).result()
                .status
                == 0
        )
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
            let answer = cluster.members[0].ask("GET", target: "/v1/elections/boss")
            #expect(answer?.json["value"] as? String == "shell-\(leaders()[count - 1])")
            shells[leaders()[count - 1] - 1].signal(SIGKILL)
        }
        #expect(Set(leaders()) == [1, 2, 3])
        for shell in shells { _ = shell.result() }
    }
}
