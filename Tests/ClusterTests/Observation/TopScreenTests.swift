import Foundation
import Glibc
import TestCluster
import Testing

@Suite("roost top with real members, at a real terminal (Docs/cli.md)", .serialized)
struct TopScreenTests {
    private static let entry = "\u{1B}[?1049h"
    private static let exit = "\u{1B}[?1049l"

    /// A shell whose terminal can move its cursor.
    private static func shell(_ cluster: Cluster) throws -> TerminalShell {
        let binary = try #require(Member.binary, "ROOST_BINARY names the binary: run `make test`")
        let shell = try TerminalShell(
            directory: FileManager.default.temporaryDirectory,
            environment: [
                "PATH": "/usr/bin:/bin", "ROOST_ENDPOINTS": cluster.endpoints, "TERM": "xterm",
            ]
        )
        try shell.run("roost() { '\(binary)' \"$@\"; }; set +b")
        return shell
    }

    /// The lines of the next frame, without what moves the cursor or sets off text.
    private static func frame(_ shell: TerminalShell) throws -> [String] {
        try shell.expect("\u{1B}[?2026h")
        let text = try shell.expect("\u{1B}[?2026l")
        let plain = text.replacing(/\u{1B}\[[0-9;?]*[a-zA-Z]/, with: "")
        return plain.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// Frames until one is as wanted.
    private static func frame(
        _ shell: TerminalShell,
        until isWanted: ([String]) -> Bool
    ) throws -> [String] {
        var lines: [String] = []
        let isSeen = eventually(withinSeconds: 30) {
            lines = (try? frame(shell)) ?? []
            return isWanted(lines)
        }
        try #require(isSeen, "\(lines.joined(separator: "\n"))")
        return lines
    }

    /// The terminal reads lines again: q and Ctrl-C are followed by this.
    private static func expectGivenBack(_ shell: TerminalShell, code: Int) throws {
        try shell.expect(exit)
        try shell.expect(TerminalShell.prompt)
        #expect(try shell.run("echo code=$?").contains("code=\(code)\n"))
        let modes = try shell.run("stty -a")
        #expect(modes.contains(" icanon") && !modes.contains("-icanon"), "\(modes)")
    }

    @Test("it is drawn in place, follows the window's size, and q gives the terminal back")
    func quit() throws {
        let cluster = try Cluster.started(count: 3)
        let shell = try Self.shell(cluster)
        try shell.resize(columnCount: 150, rowCount: 30)
        try shell.type("roost top --interval 100ms\n")
        try shell.expect(Self.entry)
        let lines = try Self.frame(shell) { $0.first?.contains("3 of 3 members answer") ?? false }
        #expect(lines.count == 30 && lines.last == "q quits")
        for name in ["n1", "n2", "n3"] {
            #expect(lines.contains { $0.hasPrefix("\(name) ") && $0.hasSuffix("yes") })
        }
        try shell.resize(columnCount: 40, rowCount: 8)
        let small = try Self.frame(shell) { $0.count == 8 }
        #expect(small.allSatisfy { $0.count <= 40 } && small.last == "q quits")

        try shell.resize(columnCount: 150, rowCount: 30)
        let hanging = cluster.members[2]
        hanging.signal(SIGSTOP)
        defer { hanging.signal(SIGCONT) }
        _ = try Self.frame(shell) { lines in
            lines.contains { $0.hasPrefix("n3") && $0.contains("no answer: no answer in time") }
        }
        try shell.type("q")
        try Self.expectGivenBack(shell, code: 0)
    }

    @Test("Ctrl-C gives the terminal back too, and ends by the signal")
    func interrupt() throws {
        let shell = try Self.shell(try SharedMember.cluster())
        try shell.type("roost top --interval 100ms\n")
        try shell.expect(Self.entry)
        _ = try Self.frame(shell) { $0.first?.contains("1 of 1 members answer") ?? false }
        try shell.type("\u{3}")
        try Self.expectGivenBack(shell, code: 130)
    }

    @Test("Ctrl-Z gives the terminal back until fg takes it again")
    func stop() throws {
        let shell = try Self.shell(try SharedMember.cluster())
        try shell.type("roost top --interval 100ms\n")
        try shell.expect(Self.entry)
        try shell.type("\u{1A}")
        try shell.expect(Self.exit)
        try shell.expect("Stopped")
        try shell.expect(TerminalShell.prompt)
        #expect(try shell.run("stty -a").contains(" icanon"))
        try shell.type("fg\n")
        try shell.expect(Self.entry)
        _ = try Self.frame(shell) { $0.first?.contains("1 of 1 members answer") ?? false }
        try shell.type("q")
        try Self.expectGivenBack(shell, code: 0)
    }

    @Test("a cluster that does not answer is told of below, and looked for on")
    func silence() throws {
        let cluster = try Cluster.started(count: 1)
        let shell = try Self.shell(cluster)
        try shell.resize(columnCount: 150, rowCount: 30)
        try shell.type("roost top --interval 100ms --timeout 1s\n")
        try shell.expect(Self.entry)
        _ = try Self.frame(shell) { $0.first?.contains("1 of 1 members answer") ?? false }
        cluster.members[0].kill()
        let lines = try Self.frame(shell) { $0.last?.contains("no member answers") ?? false }
        #expect(lines.first?.contains("1 of 1 members answer") == true, "what was seen last stays")
        try cluster.start()
        _ = try Self.frame(shell) { $0.last == "q quits" }
        try shell.type("q")
        try Self.expectGivenBack(shell, code: 0)
    }

    @Test("where there is no terminal, looks follow each other; --once is one")
    func plain() throws {
        let cluster = try SharedMember.cluster()
        let once = try CommandLine.run("top", "--once", "--interval", "100ms", on: cluster)
        #expect(once.status == 0 && once.output.hasPrefix("1 of 1 members answer"))
        #expect(!once.output.contains("\u{1B}") && once.output.contains("\nNAME "))
        let many = try CommandLine(["top", "--interval", "100ms"], endpoints: cluster.endpoints)
        let isGoingOn = eventually(withinSeconds: 30) {
            many.outputSoFar.components(separatedBy: "\n\n1 of 1 members answer").count >= 3
        }
        #expect(isGoingOn, "\(many.outputSoFar)")
        many.signal(SIGTERM)
        #expect(many.result().wasSignalled)
        let json = try CommandLine.run(
            "top",
            "--once",
            "--interval",
            "100ms",
            "-ojson",
            on: cluster
        )
        let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8))
        let members = (object as? [String: Any])?["members"] as? [[String: Any]]
        #expect(members?.first?["role"] as? String == "leader")
        let short = try CommandLine.run("top", "--interval", "1ms", on: cluster)
        #expect(short.status == 2 && short.error.contains("shorter than 100ms"))
    }
}
