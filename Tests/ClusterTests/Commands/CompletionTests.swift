import Foundation
import TestCluster
import Testing

@Suite("Completion scripts, asked by the shells that they are for")
struct CompletionTests {
    /// A shell that can be asked from a script what it would offer.
    enum Shell: String, CaseIterable, CustomTestStringConvertible {
        case bash, fish

        var path: String? {
            ["/bin", "/usr/bin", "/usr/local/bin"].map { "\($0)/\(rawValue)" }
                .first { FileManager.default.isExecutableFile(atPath: $0) }
        }

        static var installed: [Shell] { allCases.filter { $0.path != nil } }

        var testDescription: String { rawValue }

        /// Prints what is offered after `$1`, the script being the file `$0`.
        var question: String {
            switch self {
            case .bash:
                #"source "$0"; COMP_LINE=$1 COMP_POINT=${#1}; _roost; printf '%s\n' "${COMPREPLY[@]}""#
            case .fish: "source $argv[1]; complete -C \"$argv[2]\""
            }
        }
    }

    static let lines: [(line: String, offered: [String], notOffered: [String])] = [
        ("roost ", ["put", "lease", "completions"], ["grant", "bash"]),
        ("roost lea", ["lease"], ["put"]),
        ("roost lease ", ["grant", "keepalive", "show", "list", "revoke"], ["put"]),
        ("roost lease grant --", ["--endpoints", "--output"], ["--forever", "--if-absent"]),
        ("roost put /a --if", ["--if-absent", "--if-exists", "--if-revision"], ["--file"]),
        ("roost --endpoints 127.0.0.1:1 pu", ["put"], []),
        ("roost put --output ", ["text", "json"], ["--file"]),
        ("roost completions ", ["bash", "zsh", "fish"], ["put"]),
        ("roost bench st", ["stale-read"], ["write", "put"]),
        ("roost bench write --distribution ", ["uniform", "zipf"], ["--keys"]),
        ("roost help lo", ["lock", "locks"], ["put"]),
        ("roost lock n -- ba", ["bash"], ["--ttl"]),
    ]

    @Test("verbs, flags and choices are offered where they belong", arguments: Shell.installed)
    func offers(_ shell: Shell) throws {
        let cluster = try SharedMember.cluster()
        let script = cluster.directory.appending(path: "completion.\(shell.rawValue)")
        let text = try CommandLine.run("completions", shell.rawValue, on: cluster).output
        try Data(text.utf8).write(to: script)
        for (line, offered, notOffered) in Self.lines {
            let words = try Self.answer(shell, [shell.question, script.path, line])
            #expect(Set(offered).subtracting(words) == [], "\(line)")
            #expect(Set(notOffered).intersection(words) == [], "\(line)")
        }
    }

    static let liveLines: [(line: String, offered: [String], notOffered: [String])] = [
        ("roost get /completed/", ["/completed/port", "/completed/pool", "/completed/pool/"], []),
        ("roost ls /completed/po", ["/completed/port", "/completed/pool/"], ["/completed/a"]),
        ("roost put /completed/", ["/completed/a"], ["/completed/$(touch)"]),
        ("roost unlock comp", ["completed"], ["/completed/a"]),
        ("roost resolve web-c", ["web-completed"], ["completed"]),
        ("roost member remove ", ["n1"], ["completed"]),
    ]

    @Test(
        "keys, locks, services and members are offered as they are; nothing that a shell would run",
        arguments: Shell.installed
    )
    func offersLive(_ shell: Shell) throws {
        let cluster = try SharedMember.cluster()
        for key in ["port", "pool", "pool/min", "a", "$(touch)"] {
            #expect(try CommandLine.run("put", "/completed/\(key)", "1", on: cluster).status == 0)
        }
        let lock = try CommandLine.run("lock", "completed", "--detach", on: cluster)
        #expect(lock.status == 0, "\(lock.error)")
        let put = cluster.members[0].ask(
            "PUT",
            target: "/v1/services/web-completed/a",
            body: #"{"address":"127.0.0.1","port":80}"#
        )
        #expect(put?.status == 201)
        let script = cluster.directory.appending(path: "live.\(shell.rawValue)")
        let text = try CommandLine.run("completions", shell.rawValue, on: cluster).output
        try Data(text.utf8).write(to: script)
        for (line, offered, notOffered) in Self.liveLines {
            let words = try Self.answer(
                shell,
                [shell.question, script.path, line],
                endpoints: cluster.endpoints
            )
            #expect(Set(offered).subtracting(words) == [], "\(line): \(words)")
            #expect(Set(notOffered).intersection(words) == [], "\(line)")
        }
        let nobody = try Self.answer(
            shell,
            [shell.question, script.path, "roost get /completed/"],
            endpoints: "127.0.0.1:1"
        )
        #expect(!nobody.contains { $0.hasPrefix("/completed") })
    }

    /// The words that a shell prints, what explains them left out.
    private static func answer(
        _ shell: Shell,
        _ arguments: [String],
        endpoints: String = ""
    ) throws -> Set<String> {
        let binary = URL(fileURLWithPath: try #require(Member.binary))
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: try #require(shell.path))
        process.arguments = ["-c"] + arguments
        var environment = ProcessInfo.processInfo.environment
        let path = environment["PATH"] ?? ""
        environment["PATH"] = "\(binary.deletingLastPathComponent().path):\(path)"
        environment["ROOST_ENDPOINTS"] = endpoints
        process.environment = environment
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = String(
            decoding: output.fileHandleForReading.readDataToEndOfFile(),
            as: UTF8.self
        )
        process.waitUntilExit()
        return Set(text.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) })
    }
}
