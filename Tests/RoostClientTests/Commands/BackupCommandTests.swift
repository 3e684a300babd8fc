import Backup
import Keyspace
import Platform
import Testing
import Wire

@Suite("roost snapshot: where from, where to, and what it says when it gets none (Docs/cli.md)")
struct BackupCommandTests {
    /// The backup of an empty store.
    private static let backup: [UInt8] = {
        var writer = BackupWriter()
        var encoder = SnapshotEncoder(Keyspace().freeze())
        let header = BackupHeader(
            cluster: 1,
            index: 0,
            clusterTimeMilliseconds: 0,
            wallTimeMilliseconds: 0,
            revision: 1,
            compactRevision: 0,
            keyCount: 0,
            leaseCount: 0
        )
        var bytes = writer.begin(header)
        while let payload = encoder.next() { bytes += writer.chunk(payload) }
        return bytes + writer.end()
    }()

    private static func shell(_ script: String) throws -> RoostRun {
        try RoostRun(executable: "sh", ["sh", "-c", script, "sh", RoostBinary.path])
    }

    /// Runs a script beside a file that holds these bytes.
    private static func run(_ script: String, with bytes: [UInt8]) throws -> RoostRun {
        let path = "/tmp/roost-backup-\(String(try Entropy.word(), radix: 16))"
        let file = try SequentialFile(creating: path)
        try file.write(bytes)
        defer { try? DirectoryHandle(opening: "/tmp").remove(String(path.dropFirst(5))) }
        return try shell(script.replacing("FILE", with: path))
    }

    @Test("a pipe is verified as a file is")
    func pipe() throws {
        let file = try Self.run("$1 snapshot verify FILE", with: Self.backup)
        #expect(file.status == 0, "\(file.error)")
        let pipe = try Self.run("cat FILE | $1 snapshot verify /dev/stdin", with: Self.backup)
        #expect(pipe.status == 0 && pipe.output == file.output, "\(pipe.error)")
        let part = try Self.run(
            "head -c 100 FILE | $1 snapshot verify /dev/stdin",
            with: Self.backup
        )
        #expect(part.status == 65 && part.error.contains("it ends within the header"))
    }

    @Test("a few bytes that begin no backup are none")
    func short() throws {
        let run = try Self.run("$1 snapshot verify FILE", with: Array("hello\n".utf8))
        #expect(run.status == 65 && run.error.contains("it does not begin as a backup does"))
    }

    @Test("a directory is told of before anything is asked for")
    func directory() throws {
        let member = try ScriptedMember { _ in .hangUp }
        for path in ["/tmp", "/", "."] {
            let run = try RoostRun(["snapshot", "save", path, "--endpoints", "\(member.endpoint)"])
            #expect(run.status == 2 && run.error.contains("'\(path)' is a directory"))
        }
        #expect(member.requests.takeAll().isEmpty)
    }

    @Test("a member that gives no more is asked until the timeout, then told in its words")
    func refused() throws {
        let member = try ScriptedMember { request in
            let query = request.rawQuery.map { String(decoding: $0, as: UTF8.self) }
            guard query == "timeout=4000ms" else { return .hangUp }
            return .respond(
                status: 429,
                headers: ["Content-Type: application/problem+json"],
                body: #"{"code":"too-many-requests","status":429,"detail":"two are read already"}"#
            )
        }
        let run = try RoostRun([
            "snapshot", "save", "/tmp/roost-refused.backup", "--timeout", "300ms",
            "--endpoints", "\(member.endpoint)",
        ])
        #expect(run.status == 5)
        #expect(run.error.contains("two are read already"), "\(run.error)")
        #expect(member.requests.takeAll().count > 1)
    }
}
