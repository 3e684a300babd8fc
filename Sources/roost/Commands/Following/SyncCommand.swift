internal import Platform
internal import RoostClient

/// `roost sync`: files that are what a tree is.
enum SyncCommand {
    static let command = Subcommand(
        Verb(
            "sync",
            manners: [.remarks],
            summary: "keep the files of a directory equal to a tree of keys",
            explanation: """
                Each key below KEY is a file below DIR, replaced in one step when the value changes;
                files of keys that are gone are removed, other files stay. Goes on until it is ended,
                across lost connections, or with --once ends when DIR is as the tree is. --exec runs
                COMMAND by /bin/sh after a change. Nothing outside DIR is written, whatever keys are
                called. A key with others below it can be no file: that is told, and makes the exit
                code of --once 1, as does a COMMAND that fails.
                """,
            operands: [
                Verb.Operand(name: "KEY", count: .one), Verb.Operand(name: "DIR", count: .one),
            ],
            flags: [
                Flag("exec", value: .required("COMMAND"), "run this after a change"),
                Flag("once", "end when DIR is as the tree is"),
                Flag("mode", value: .required("MODE"), "permissions of files, in octal (600)"),
            ],
            examples: [
                Verb.Example(
                    command: "roost sync /app app.d --once",
                    effect: "writes app.d/name with the value of /app/name, and so on"
                )
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let root = try KeyNotation.path.directory(invocation.operands[0])
        let text = invocation.text("mode") ?? "600"
        guard let mode = UInt16(text, radix: 8), mode <= 0o777, mode & 0o600 == 0o600 else {
            throw .usage("--mode '\(text)' is no permissions", hint: "write for example 640")
        }
        let service = try Service(invocation)
        var mirror = try DirectoryMirror(
            String(decoding: invocation.operands[1], as: UTF8.self),
            of: root,
            permissions: mode
        )
        // A command that does not read its input is no reason to end.
        Signal.brokenPipe.ignore()
        guard !invocation.has("once") else {
            let tree = try StoredTree(of: root, service: service)
            return try pass(tree, mirror: &mirror, invocation: invocation, on: console)
        }
        var follower = TreeFollower(root, service: service, news: console.tell)
        while let tree = try follower.next() {
            _ = try pass(tree, mirror: &mirror, invocation: invocation, on: console)
        }
        return .done
    }

    /// Makes the files what the tree is, and runs the command for that.
    private static func pass(
        _ tree: StoredTree,
        mirror: inout DirectoryMirror,
        invocation: Invocation,
        on console: Console
    ) throws(Failure) -> ExitCode {
        let changes = try mirror.update(tree.leaves)
        for (mark, paths) in [("~", changes.written), ("-", changes.removed)] {
            for path in paths {
                try console.confirm("\(mark) \(KeyNotation.path.word(Array(path.dropFirst())))")
            }
        }
        for key in changes.refused {
            let name = KeyNotation.path.word(StoredTree.key(key.path, below: mirror.key))
            Console.note("\(name) is no file: \(key.why)")
        }
        var exitCode = changes.refused.isEmpty ? ExitCode.done : .failed
        guard let command = invocation.text("exec"), !changes.areNone else { return exitCode }
        let ending: ChildProcess.Ending
        do throws(SystemError) {
            ending = try KeptCommand(command: command, environment: Environment.all, input: [])
                .run()
        } catch { throw .local("cannot run '\(command)': \(error)") }
        if ending != .exited(0) {
            Console.note("the command ended with \(ending.words)")
            exitCode = .failed
        }
        return exitCode
    }
}
