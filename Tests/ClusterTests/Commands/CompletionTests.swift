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

    /// The words that a shell prints, what explains them left out.
    private static func answer(_ shell: Shell, _ arguments: [String]) throws -> Set<String> {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: try #require(shell.path))
        process.arguments = ["-c"] + arguments
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
