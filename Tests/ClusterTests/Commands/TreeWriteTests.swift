import Foundation
import TestCluster
import Testing

@Suite("Trees, histories and watches on the command line (cli.md)", .serialized)
struct TreeWriteTests {
    @Test("apply writes a whole tree at one revision, and says what became of each key")
    func apply() throws {
        let cluster = try SharedMember.cluster()
        func apply(_ arguments: String...) throws -> CommandLine.Result {
            try CommandLine(["apply", "/apply"] + arguments, endpoints: cluster.endpoints).result()
        }
        let first = try apply(#"{"a":"1","b":{"c":"2"}}"#, "--note", "whole")
        #expect(first.output.hasPrefix("+ /apply/a\n+ /apply/b/c\ncreated 2 changed 0 deleted 0 "))
        let tag = try #require(first.output.split(separator: " ").last).trimmingCharacters(
            in: .newlines
        )
        let forecast = try apply("-n", #"{"b":{"c":"3"},"d":"4"}"#)
        let changes = "- /apply/a\n~ /apply/b/c\n+ /apply/d\ncreated 1 changed 1 deleted 1 "
        #expect(forecast.output.hasPrefix(changes), "\(forecast.error)")
        #expect(forecast.output.contains("tag \(tag)\n"), "nothing is changed")
        let second = try apply(#"{"b":{"c":"3"},"d":"4"}"#, "--if-match", tag)
        #expect(second.output.hasPrefix(changes), "\(second.error)")
        #expect(try apply("{}", "--if-match", tag).status == 4)
        let merged = try apply("--merge", "--json", #"{"d":null,"n":5}"#, "-ojson")
        #expect(
            merged.output.contains(#""created":["/apply/n"],"changed":[],"deleted":["/apply/d"]"#)
        )
        #expect(try apply("--merge", #"{"n":6}"#).error.contains("--json"))
        let tree = try CommandLine.run("tree", "/apply", "-ojson", on: cluster).output
        #expect(tree == "{\"b\":{\"c\":\"3\"},\"n\":\"5\"}\n")
        let whole = try CommandLine.run("apply", "/", "{}", on: cluster)
        #expect(whole.status == 2 && whole.error.contains("--all"), "\(whole.error)")
        #expect(try apply("{}", "-q").output == "")
        #expect(try CommandLine.run("ls", "/apply", on: cluster).status == 3)
    }

    @Test("several that merge into one tree at once all come through, each seeing the others")
    func contention() throws {
        let cluster = try SharedMember.cluster()
        let writers = try (0..<6).map { number in
            try CommandLine(
                ["apply", "/crowd", "--merge", #"{"k\#(number)":"v"}"#],
                endpoints: cluster.endpoints
            )
        }
        for writer in writers {
            let result = writer.result()
            #expect(result.status == 0, "\(result.error)")
        }
        #expect(try CommandLine.run("ls", "-r", "/crowd", "--count", on: cluster).output == "6\n")
    }

    @Test("history goes over deletes, and says where it was compacted")
    func history() throws {
        let cluster = try Cluster.started(count: 1)
        func run(_ arguments: String...) throws -> CommandLine.Result {
            try CommandLine(arguments, endpoints: cluster.endpoints).result()
        }
        for (value, note) in [("1", "begun"), ("2", "gone on")] {
            _ = try run("put", "/h", value, "--note", note)
        }
        for _ in 0..<2 { _ = try run("put", "/other", "x") }
        _ = try run("rm", "/h")
        _ = try run("put", "/h", "again")
        func columns(_ text: String) -> [String] {
            text.split(separator: "\n").dropFirst().map { line in
                let words = line.split(separator: " ")
                return ([words[0]] + words.dropFirst(2)).joined(separator: " ")
            }
        }
        let puts = ["3 put 2 2 gone on", "2 put 1 1 begun"]
        let whole = try run("history", "/h")
        let all = ["7 put 1 again", "6 deleted - -"] + puts
        #expect(columns(whole.output) == all, "\(whole.output)")
        #expect(whole.error.isEmpty)
        #expect(columns(try run("history", "/h", "--limit", "1").output).count == 1)
        _ = try run("rm", "/h")
        let gone = try run("history", "/h", "-ojson").output
        #expect(gone.contains(#""items":[{"event":"delete","key":"/h","mod_revision":8,"#))
        _ = try run("compact", "4")
        let late = try run("history", "/h")
        #expect(columns(late.output).last == puts[0], "the version that history begins with")
        #expect(late.error.contains("before revision 4 is compacted"))
        #expect(try run("history", "/never").status == 3)
        _ = try run("put", "--bytes", #"h\x00"#, #"\xff"#)
        #expect(try run("history", "--bytes", #"h\0"#).output.contains(#"put    1        \xff"#))
    }

    @Test("watch follows keys of any bytes and prefixes, events of one kind, and leaves values out")
    func watch() throws {
        let cluster = try SharedMember.cluster()
        let written = try CommandLine.run("put", "--bytes", #"w\x00"#, #"v\xfe"#, on: cluster)
        let revision = try #require(written.output.split(separator: " ").last)
            .trimmingCharacters(in: .newlines)
        try CommandLine.run("rm", "--bytes", #"w\0"#, on: cluster)
        for (flags, lines) in [
            (["--bytes", #"w\0"#], ["put w\\x00 \(revision) v\\xfe", "delete w\\x00"]),
            (["--prefix", "w", "--events", "delete"], ["delete w\\x00"]),
            (["--prefix", "w", "--keys"], ["put w\\x00 \(revision)", "delete w\\x00"]),
        ] {
            let watch = try CommandLine(
                ["watch", "--from", revision] + flags,
                endpoints: cluster.endpoints
            )
            #expect(eventually(withinSeconds: 10) { watch.outputSoFar.contains("delete") })
            watch.signal(SIGTERM)
            let shown = watch.result().output.split(separator: "\n")
            #expect(shown.count == lines.count, "\(shown)")
            #expect(zip(shown, lines).allSatisfy { $0.hasPrefix($1) }, "\(shown)")
        }
        let wrong = try CommandLine.run("watch", "/w", "--events", "all", on: cluster)
        #expect(wrong.status == 2)
    }

    @Test("a watch says on standard error when its member has no leader, and when it has one again")
    func leaderless() throws {
        let cluster = try Cluster.started(count: 3)
        let leader = try cluster.leader()
        let watch = try CommandLine(["watch", "/l", "-v", "--initial"], endpoints: leader.endpoint)
        defer { watch.signal(SIGTERM) }
        try #require(eventually(withinSeconds: 10) { watch.outputSoFar.contains("synced") })
        let others = cluster.members.filter { $0.name != leader.name }
        for member in others { member.kill() }
        #expect(eventually(withinSeconds: 20) { watch.errorSoFar.contains("has no leader") })
        for member in others { try member.start() }
        #expect(eventually(withinSeconds: 20) { watch.errorSoFar.contains("a leader again") })
    }

    @Test("locks and elections have names with slashes, and say what for and since when")
    func info() throws {
        let cluster = try SharedMember.cluster()
        let binary = try #require(Member.binary)
        let held = try CommandLine.run(
            "lock",
            "info/prod",
            "--info",
            "rolling out",
            "--owner",
            "me",
            "--",
            "sh",
            "-c",
            "\(binary) locks; \(binary) locks info/prod; \(binary) put /info/fenced 1",
            on: cluster
        )
        #expect(held.status == 0, "\(held.error)")
        let rows = held.output.split(separator: "\n").filter { $0.hasPrefix("info/prod") }
        #expect(rows.count == 2, "\(held.output)")
        for row in rows { #expect(row.hasSuffix("Z  rolling out"), "\(row)") }
        #expect(held.output.contains("/info/fenced revision"))
        let led = try CommandLine.run(
            "elect",
            "info/lead",
            "--info",
            "why",
            "--value",
            "v",
            "--",
            "timeout",
            "1",
            binary,
            "elect",
            "info/lead",
            "--observe",
            on: cluster
        )
        #expect(led.output.hasPrefix("leader info/lead "), "\(led.error)")
        #expect(led.output.contains(" v since 20") && led.output.hasSuffix(" info why\n"))
        let long = String(repeating: "i", count: 1025)
        let refused = try CommandLine.run("lock", "i", "--info", long, "--", "true", on: cluster)
        #expect(refused.status == 2)
        for name in ["a//b", "/a", "a/..", "a/"] {
            #expect(try CommandLine.run("lock", name, "--", "true", on: cluster).status == 2)
        }
    }

    @Test("a lease has the id that was chosen, once")
    func leases() throws {
        let cluster = try SharedMember.cluster()
        let first = try CommandLine.run("lease", "grant", "30s", "--id", "c0ffee", on: cluster)
        #expect(first.output == "0000000000c0ffee\n", "\(first.error)")
        let again = ["lease", "grant", "--ttl", "30s", "--id", "c0ffee"]
        let second = try CommandLine(again, endpoints: cluster.endpoints).result()
        #expect(second.status == 4 && second.error.contains("choose another id"))
        #expect(try CommandLine.run("lease", "revoke", "c0ffee", on: cluster).status == 0)
        #expect(try CommandLine.run("lease", "grant", "--id", "1", on: cluster).status == 2)
    }
}
