import Foundation
import Glibc
import TestCluster
import Testing

/// A directory with the commands of a sitting in it: `lock`, and what stands beside it.
struct Desk {
    enum Holder { case roost, flock }

    let directory: URL
    private let endpoints: String

    init(_ holder: Holder, flags: String = "", endpoints: String) throws {
        self.endpoints = endpoints
        directory = FileManager.default.temporaryDirectory
            .appending(path: "roost-desk-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let binary = try #require(Member.binary, "ROOST_BINARY names the binary: run `make test`")
        let name = directory.lastPathComponent
        switch holder {
        case .flock: try write("lock", "#!/bin/sh\nexec flock '\(directory.path)/file' \"$@\"\n")
        case .roost:
            try write("lock", "#!/bin/sh\nexec '\(binary)' lock -q \(flags) '\(name)' -- \"$@\"\n")
        }
        try write(
            "pager",
            """
            #!/bin/bash
            read -r first; echo first:$first
            read -rsn1 key </dev/tty; echo key:$key; echo gone >go; cat

            """
        )
    }

    /// What is printed in a sitting, line by line, without prompts and the numbers of jobs.
    func lines(of sitting: Sitting) throws -> [String] {
        let shell = try sit()
        let preamble = shell.transcript.count
        for step in sitting.steps {
            switch step {
            case .type(let text): try shell.type(text)
            case .see(let text): try shell.expect(text)
            case .stopped:
                try #require(
                    eventually(withinSeconds: 20) { (try? state(of: text("number"))) == "T" }
                )
            case .ended:
                try #require(
                    eventually(withinSeconds: 20) { (try? text("number")).map(lives) == false }
                )
            case .go: try Data().write(to: directory.appending(path: "go"))
            case .run(let line): try shell.run(line)
            }
        }
        return shell.transcript.dropFirst(preamble)
            .replacingOccurrences(of: TerminalShell.prompt, with: "")
            .split(whereSeparator: \.isNewline).map(String.init)
            // bash may number a job before or after that has printed something.
            .filter { $0.wholeMatch(of: /\[1\] [0-9]+/) == nil }
    }

    func sit() throws -> TerminalShell {
        let shell = try TerminalShell(
            directory: directory,
            environment: ["PATH": "\(directory.path):/usr/bin:/bin", "ROOST_ENDPOINTS": endpoints]
        )
        // What this process wrote may still be open in a child that a test forked meanwhile, and is
        // then too busy to run.
        try shell.run("for f in lock pager; do cp $f.text $f; chmod +x $f; done")
        return shell
    }

    /// A file of the directory, without the newline at its end.
    func text(_ name: String) throws -> String {
        try String(contentsOf: directory.appending(path: name), encoding: .utf8)
            .trimmingCharacters(in: .newlines)
    }

    /// The state of a process as proc(5) has it, `T` when it is stopped; nil when there is none.
    func state(of process: String) -> Character? {
        let file = "/proc/\(process)/stat"
        guard let stat = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
        return stat.split(separator: ")").last?.trimmingPrefix(" ").first
    }

    /// Whether a process is more than an entry that nobody has waited for.
    func lives(_ process: String) -> Bool {
        state(of: process).map { $0 != "Z" && $0 != "X" } ?? false
    }

    func remove() { try? FileManager.default.removeItem(at: directory) }

    private func write(_ name: String, _ text: String) throws {
        let file = directory.appending(path: name + ".text")
        try text.write(to: file, atomically: true, encoding: .utf8)
    }
}

@Suite("`roost lock` in a shell's jobs, beside flock (util-linux)")
struct TerminalTests {
    @Test("same output, same exit codes", arguments: Sitting.all)
    func likeFlock(_ sitting: Sitting) throws {
        let endpoints = try SharedMember.cluster().endpoints
        for holder in [Desk.Holder.flock, .roost] {
            let desk = try Desk(holder, endpoints: endpoints)
            defer { desk.remove() }
            #expect(try desk.lines(of: sitting) == sitting.printed, "\(holder)")
        }
    }

    @Test("hung up, a job that is stopped in the background ends, and the lock is free")
    func hangUp() throws {
        let cluster = try SharedMember.cluster()
        let desk = try Desk(.roost, endpoints: cluster.endpoints)
        defer { desk.remove() }
        let shell = try desk.sit()
        try shell.type("lock sh -c 'echo $$ >number; read x; echo got:$x' &\n")
        try shell.expect("Stopped")
        let command = try desk.text("number")
        shell.hangUp()
        #expect(eventually(withinSeconds: 20) { !desk.lives(command) })
        let name = desk.directory.lastPathComponent
        let next = try CommandLine.run("lock", name, "--wait", "10s", "--", "true", on: cluster)
        #expect(next.status == 0, "\(next.error)")
    }

    @Test("kill -9 of roost ends CMD, and the script that it ran in has the terminal again")
    func murder() throws {
        let desk = try Desk(.roost, endpoints: try SharedMember.cluster().endpoints)
        defer { desk.remove() }
        let shell = try desk.sit()
        // The terminal moves to CMD when that reads; the script reads once it may have it again.
        let command = "echo $$ $PPID >numbers; read x; echo got:$x; read y"
        try shell.type("sh -c \"lock sh -c '\(command.replacing("$", with: "\\$"))'")
        try shell.type("; until [ -e go ]; do sleep 0.05; done; read z; echo z:\\$z\"\n")
        try #require(eventually(withinSeconds: 20) { (try? desk.text("numbers")) ?? "" != "" })
        try shell.type("one\n")
        try shell.expect("got:one\n")
        let numbers = try desk.text("numbers").split(separator: " ").map(String.init)
        try #require(numbers.count == 2)
        kill(try #require(pid_t(numbers[1])), SIGKILL)
        try #require(eventually(withinSeconds: 20) { !desk.lives(numbers[0]) })
        try Data().write(to: desk.directory.appending(path: "go"))
        try shell.type("two\n")
        try shell.expect("z:two\n")
    }

    @Test("a job that stays stopped loses its lock: CMD is dead before another has it, exit 75")
    func staysStopped() throws {
        let cluster = try SharedMember.cluster()
        let desk = try Desk(.roost, flags: "--ttl 1s", endpoints: cluster.endpoints)
        defer { desk.remove() }
        let shell = try desk.sit()
        try shell.type("lock sh -c 'echo $$ >number; echo in; read x'\n")
        try shell.expect("in\n")
        try shell.type("\u{1A}")
        try shell.expect(TerminalShell.prompt)
        let name = desk.directory.lastPathComponent
        let next = try CommandLine.run("lock", name, "--wait", "10s", "--", "true", on: cluster)
        #expect(next.status == 0, "\(next.error)")
        #expect(!desk.lives(try desk.text("number")))
        try shell.type("fg; echo code=$?\n")
        try shell.expect("code=75\n")
    }
}
