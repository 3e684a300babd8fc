import Foundation
import Glibc
import TestCluster
import Testing

@Suite("Trees as an environment and as files: env and sync (cli.md)", .serialized)
struct FollowingTests {
    private func start(
        _ arguments: [String],
        environment: [String: String] = [:]
    ) throws -> CommandLine {
        try CommandLine(
            arguments,
            endpoints: SharedMember.cluster().endpoints,
            environment: environment
        )
    }

    @discardableResult
    private func roost(
        _ arguments: String...,
        environment: [String: String] = [:]
    ) throws -> CommandLine.Result {
        try start(arguments, environment: environment).result()
    }

    private func directory() throws -> URL {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "roost-following-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return directory
    }

    private func text(_ url: URL) -> String? { try? String(contentsOf: url, encoding: .utf8) }

    // MARK: - env

    @Test("env makes variables of keys, and becomes the command")
    func environment() throws {
        try roost("apply", "-q", "/env", #"{"name":"roost","db":{"host-1":"a b"},"PATH2":"x"}"#)
        let shown = try roost("env", "/env", "--sanitize", "--upcase", "--", "env")
        let lines = Set(shown.output.split(separator: "\n").map(String.init))
        #expect(lines.isSuperset(of: ["NAME=roost", "DB_HOST_1=a b", "PATH2=x"]), "\(shown.error)")
        let bare = try roost("env", "/env", "--prefix", "app_", "--", "env")
        #expect(bare.output.contains("app_db/host-1=a b\n"))
        let replaced = try roost(
            "env",
            "/env",
            "--",
            "sh",
            "-c",
            "printf %s \"$name\"",
            environment: ["name": "old"]
        )
        #expect(replaced.output == "roost")
        let secrets = [
            "ROOST_USER": "ann", "ROOST_PASSWORD": "a secret", "ROOST_TOKEN": "a.secret",
        ]
        let silent = try roost("env", "/env", "--", "env", environment: secrets)
        #expect(silent.output.contains("ROOST_USER=ann\n") && !silent.output.contains("secret"))
        #expect(try roost("env", "/env", "--", "sh", "-c", "exit 9").status == 9)
        #expect(try roost("env", "/env", "--", "/no/such").status == 127)
        #expect(try roost("env", "/env-none", "--", "true").status == 3)
        #expect(try roost("env", "/env", "HUP", "--", "true").status == 2)
        #expect(try roost("env", "/env", "--watch", "now", "--", "true").status == 2)
        #expect(try roost("env", "/env", "NO", "--watch", "signal", "--", "true").status == 2)
        try roost("put", "-q", "/env/db/host_1", "c")
        let twice = try roost("env", "/env", "--sanitize", "--", "true")
        #expect(twice.status == 1 && twice.error.contains("both the variable db_host_1"))
        try roost("rm", "-q", "-r", "/env")
    }

    @Test("env --watch restart runs the command anew when a variable changes, and ends with it")
    func restart() throws {
        let log = try directory().appending(path: "log")
        try roost("put", "-q", "/env-restart/name", "one")
        let runner = try start([
            "env", "/env-restart", "--watch", "restart", "--", "sh", "-c",
            "echo run-$name >>'\(log.path)'; test $name != last || exit 7; sleep 600",
        ])
        #expect(eventually(withinSeconds: 20) { self.text(log) == "run-one\n" })
        try roost("put", "-q", "/env-restart/name", "two")
        #expect(eventually(withinSeconds: 20) { self.text(log) == "run-one\nrun-two\n" })
        // The same value is no change.
        try roost("put", "-q", "/env-restart/name", "two")
        try roost("put", "-q", "/env-restart/name", "last")
        let result = runner.result()
        #expect(result.status == 7, "\(result.error)")
        #expect(text(log) == "run-one\nrun-two\nrun-last\n")
    }

    @Test("env --watch signal sends it; signals to roost are passed on")
    func signal() throws {
        let log = try directory().appending(path: "log")
        try roost("put", "-q", "/env-signal/name", "one")
        let runner = try start([
            "env", "/env-signal", "HUP", "--watch", "signal", "--", "sh", "-c",
            "trap 'echo hup >>\"\(log.path)\"' HUP; trap 'exit 5' TERM; echo in >>'\(log.path)'; "
                + "while :; do sleep 0.05; done",
        ])
        #expect(eventually(withinSeconds: 20) { self.text(log) == "in\n" })
        try roost("put", "-q", "/env-signal/name", "two")
        #expect(eventually(withinSeconds: 20) { self.text(log) == "in\nhup\n" })
        runner.signal(SIGTERM)
        #expect(runner.result().status == 5)
    }

    // MARK: - sync

    @Test("sync --once makes files equal to the tree, removes its own and touches no others")
    func once() throws {
        let place = try directory().appending(path: "files")
        try roost("apply", "-q", "/sync", #"{"a":"1","b":{"c":"2","d":"3"},"é \"":""}"#)
        let first = try roost(
            "sync",
            "/sync",
            place.path,
            "--once",
            "--exec",
            "echo ran",
            "--mode",
            "640"
        )
        #expect(first.status == 0, "\(first.error)")
        #expect(first.output.hasSuffix("~ b/c\n~ b/d\n~ \u{e9} \"\nran\n"), "\(first.output)")
        #expect(text(place.appending(path: "b/c")) == "2")
        #expect(text(place.appending(path: "é \"")) == "")
        let attributes = try FileManager.default.attributesOfItem(
            atPath: place.appending(path: "b/c").path
        )
        #expect(attributes[.posixPermissions] as? Int == 0o640)
        let again = try roost("sync", "/sync", place.path, "--once", "--exec", "echo ran")
        #expect(again.output.isEmpty)
        try Data("mine".utf8).write(to: place.appending(path: "b/mine"))
        try roost("apply", "-q", "/sync", #"{"a":{"x":"1"}}"#)
        let second = try roost("sync", "/sync", place.path, "--once", "--exec", "exit 3")
        #expect(second.status == 1 && second.error.contains("ended with code 3"))
        #expect(text(place.appending(path: "a/x")) == "1")
        #expect(
            text(place.appending(path: "b/c")) == nil
                && text(place.appending(path: "b/mine")) == "mine"
        )
        let other = try roost("sync", "/other", place.path, "--once")
        #expect(other.status == 1 && other.error.contains("has the files of /sync"))
        #expect(try roost("sync", "/sync", place.path, "--mode", "9").status == 2)
    }

    @Test("nothing outside the directory is written, whatever keys are called and links lead to")
    func confined() throws {
        let stage = try directory()
        let place = stage.appending(path: "files")
        let outside = stage.appending(path: "outside")
        for url in [place, outside] {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        }
        try Data("kept".utf8).write(to: outside.appending(path: "kept"))
        for (link, target) in [("dir", "../outside"), ("file", "../outside/kept")] {
            #expect(unsafe Glibc.symlink(target, place.appending(path: link).path) == 0)
        }
        let long = String(repeating: "n", count: 300)
        try roost(
            "apply",
            "-q",
            "/confined",
            #"{"file":"new","a":{"":"own","b":"1"},"\#(long)":"x",".roost-sync":"x","...":"dots","~":"t"}"#
        )
        let told = try roost("sync", "/confined", place.path, "--once")
        #expect(told.status == 1)
        #expect(told.error.contains("/confined/a is no file: it has others below it"))
        #expect(told.error.contains("longer than 255 bytes") && told.error.contains("own"))
        // A link to a file is replaced, what it led to stays.
        #expect(text(place.appending(path: "file")) == "new")
        #expect(text(outside.appending(path: "kept")) == "kept")
        #expect(text(place.appending(path: "...")) == "dots")
        // A link to a directory is followed by nobody.
        try roost("put", "-q", "/confined/dir/escaped", "x")
        let refused = try roost("sync", "/confined", place.path, "--once")
        #expect(refused.status == 1 && refused.error.contains("cannot write the files"))
        #expect(text(outside.appending(path: "escaped")) == nil)
        // A list that names what is outside removes nothing there.
        let list = #"{"key":"/confined","files":["/../outside/kept","/dir/kept"]}"#
        try Data(list.utf8).write(to: place.appending(path: ".roost-sync"))
        try roost("rm", "-q", "/confined/dir/escaped")
        try roost("sync", "/confined", place.path, "--once")
        #expect(text(outside.appending(path: "kept")) == "kept")
        try roost("rm", "-q", "-r", "/confined")
    }

    @Test("sync follows the tree, and runs the command after each change")
    func follows() throws {
        let stage = try directory()
        let place = stage.appending(path: "files")
        let log = stage.appending(path: "log")
        try roost("put", "-q", "/sync-on/a", "1")
        let runner = try start([
            "sync", "/sync-on", place.path, "--exec", "cat '\(place.path)/a' >>'\(log.path)'",
        ])
        #expect(eventually(withinSeconds: 20) { self.text(log) == "1" })
        try roost("put", "-q", "/sync-on/a", "2")
        #expect(eventually(withinSeconds: 20) { self.text(log) == "12" })
        try roost("put", "-q", "/sync-on/deep/er", "x")
        #expect(
            eventually(withinSeconds: 20) { self.text(place.appending(path: "deep/er")) == "x" }
        )
        try roost("rm", "-q", "-r", "/sync-on/deep")
        #expect(
            eventually(withinSeconds: 20) {
                !FileManager.default.fileExists(atPath: place.appending(path: "deep").path)
            }
        )
        runner.signal(SIGTERM)
        #expect(runner.result().wasSignalled)
    }
}
