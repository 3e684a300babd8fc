import Foundation
import TestCluster
import Testing

@Suite("The past on the command line: --at, diff, undo, blame, cp and mv (cli.md)", .serialized)
struct PastTests {
    private func roost(_ arguments: String...) throws -> CommandLine.Result {
        try CommandLine(arguments, endpoints: SharedMember.cluster().endpoints).result()
    }

    private func revision() throws -> UInt64 {
        let answer = try #require(SharedMember.member().ask("GET", target: "/v1/revision"))
        return try #require(answer.json["revision"] as? UInt64)
    }

    @Test("--at reads as of a revision, a time, a time ago")
    func at() throws {
        _ = try roost("put", "/past/a", "one")
        let then = try revision()
        let meta = try roost("get", "-ojson", "--meta", "/past/a").output
        let object = try JSONSerialization.jsonObject(with: Data(meta.utf8)) as? [String: Any]
        let written = try #require(object?["modified"] as? String)
        // The next version is of a later millisecond.
        var later = written
        while later == written {
            _ = try roost("put", "/past/a", "two", "-q")
            let json = try roost("get", "-ojson", "--meta", "/past/a").output
            let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
            later = try #require(object?["modified"] as? String)
        }
        for moment in ["\(then)", written] {
            #expect(try roost("get", "/past/a", "--at", moment).output == "one", "\(moment)")
            #expect(
                try roost("tree", "/past", "-ojson", "--at", moment).output == "{\"a\":\"one\"}\n"
            )
        }
        #expect(try roost("get", "/past/a", "--at", later).output == "two")
        #expect(try roost("get", "/past/a", "--at", "0s-ago").output == "two")
        let before = try roost("ls", "/past", "--at", "2001-01-01")
        #expect(before.status == 3, "\(before.error)")
        #expect(try roost("get", "/past/a", "--at", "2999-01-01").status == 2)
        #expect(try roost("get", "/past/a", "--at", "3", "--revision", "3").status == 2)
    }

    @Test("diff tells what changed, undo takes it back, blame says when and why")
    func undo() throws {
        let start = try revision()
        _ = try roost("apply", "/undo", #"{"a":"1","b":{"c":"2"}}"#)
        let first = try revision()
        _ = try roost("apply", "/undo", #"{"a":"9","d":"3"}"#, "--note", "rollout")
        let diff = try roost("diff", "/undo")
        #expect(diff.status == 0)
        #expect(diff.output.contains("--- /undo/a revision \(first)\n"), "\(diff.output)")
        #expect(diff.output.contains("\n@@ -1,1 +1,1 @@\n-1\n+9\n--- /undo/b/c"))
        #expect(diff.output.contains("+++ nothing\n@@ -1,1 +0,0 @@\n-2\n--- nothing\n"))
        let blame = try roost("blame", "/undo").output
        #expect(blame.contains("/undo/a  rollout") && blame.contains("/undo/d  rollout"))
        let undone = try roost("undo", "/undo", "--note", "back")
        #expect(
            undone.output.hasPrefix(
                "~ /undo/a\n+ /undo/b/c\n- /undo/d\ncreated 1 changed 1 deleted 1 revision "
            ),
            "\(undone.error)"
        )
        #expect(
            try roost("tree", "/undo", "-ojson").output == "{\"a\":\"1\",\"b\":{\"c\":\"2\"}}\n"
        )
        #expect(try roost("diff", "/undo", "\(first)").output.isEmpty)
        let json = try roost("diff", "-ojson", "/undo", "\(start)", "\(first)").output
        #expect(
            json.contains(
                #""from":\#(start),"to":\#(first),"items":[{"key":"/undo/a","before":null"#
            )
        )
        _ = try roost("undo", "/undo", "--to", "\(start)")
        #expect(try roost("ls", "/undo").status == 3)
        #expect(try roost("diff", "/undo-nothing").status == 3)
    }

    @Test("a hundred writes are undone at one revision; what others wrote since is not")
    func others() throws {
        let member = try SharedMember.member()
        for number in 0..<50 {
            _ = member.ask("PUT", target: "/v1/kv/many/k\(number)", body: "old")
        }
        let then = try revision()
        for number in 0..<100 {
            _ = member.ask("PUT", target: "/v1/kv/many/k\(number)", body: "new")
        }
        let seen = try revision()
        _ = try roost("put", "/many/k7", "other")
        let refused = try roost("undo", "/many", "--to", "\(then)", "--if-revision", "\(seen)")
        #expect(refused.status == 4)
        #expect(refused.error.contains("changed after revision \(seen)"), "\(refused.error)")
        #expect(try roost("get", "/many/k7").output == "other")
        let now = try revision()
        let undone = try roost("undo", "/many", "--to", "\(then)", "--if-revision", "\(now)")
        #expect(undone.output.hasSuffix("created 0 changed 50 deleted 50 revision \(now + 1)\n"))
        #expect(try roost("ls", "-r", "/many", "--count").output == "50\n")
        #expect(try roost("undo", "/many", "--force", "-q").output.isEmpty)
        #expect(try roost("get", "/many/k7").output == "other")
    }

    @Test("cp and mv are one transaction, and overwrite nothing unasked")
    func copies() throws {
        _ = try roost("apply", "/cp", #"{"":"own","a":"1","b":{"c":"2"}}"#)
        let copied = try roost("cp", "-r", "/cp", "/cp-next")
        #expect(copied.output.hasPrefix("/cp -> /cp-next\n/cp/a -> /cp-next/a\n"))
        #expect(copied.output.contains("copied 3 revision \(try revision())\n"))
        let tree = try roost("tree", "/cp", "-ojson").output
        #expect(try roost("tree", "/cp-next", "-ojson").output == tree)
        let taken = try roost("cp", "-r", "/cp", "/cp-next")
        #expect(taken.status == 4 && taken.error.contains("/cp-next is there"), "\(taken.error)")
        _ = try roost("put", "/cp/a", "9")
        #expect(try roost("cp", "/cp/a", "/cp-next/a", "--force", "-q").status == 0)
        #expect(try roost("get", "/cp-next/a").output == "9")
        let moved = try roost("mv", "-r", "/cp-next", "/cp-last", "--note", "moved")
        #expect(moved.status == 0 && moved.output.contains("moved 3 "), "\(moved.error)")
        #expect(try roost("ls", "/cp-next").status == 3)
        #expect(try roost("get", "--meta", "/cp-last/b/c").output.contains("moved"))
        #expect(try roost("mv", "/cp-last/a", "/cp-last/z").status == 0)
        #expect(try roost("get", "/cp-last/z").output == "9")
        for arguments in [
            ["cp", "/cp/none", "/x"], ["mv", "-r", "/cp-none", "/x"], ["cp", "/cp/b", "/x"],
        ] {
            let endpoints = try SharedMember.cluster().endpoints
            #expect(try CommandLine(arguments, endpoints: endpoints).result().status == 3)
        }
        #expect(try roost("cp", "-r", "/cp", "/cp/inside").status == 2)
        #expect(try roost("mv", "/cp/a", "/cp/a").status == 2)
    }
}
