internal import Platform
internal import RoostClient
internal import Wire

/// `roost import`: what a file says becomes a tree.
enum ImportCommand {
    static let command = Subcommand(
        Verb(
            "import",
            manners: [.fences, .remarks],
            summary: "write a tree of keys from json, yaml, dotenv, properties or toml",
            explanation: """
                FILE, or - for standard input, is what 'roost export' writes, or the like; its format
                is that of its name's end unless --format says another. Keys with the same value
                stay untouched, keys that it does not name stay unless --prune is given. All of it is
                one change at one revision while it fits into a request; beyond that it is written in
                parts, each marked in its note, and the same command goes on after those that are
                written. At a terminal the difference is shown and asked for. Where others write
                there meanwhile, the exit code is 4.
                """,
            operands: [
                Verb.Operand(name: "KEY", count: .one), Verb.Operand(name: "FILE", count: .one),
            ],
            flags: [
                TreeFormat.flag,
                Flag("prune", "remove what FILE does not name"),
                Flag("dry-run", letter: "n", "show what would change, and change nothing"),
                Flag("yes", letter: "y", "do not ask"),
                WriteNote.flag,
            ],
            examples: [
                Verb.Example(
                    command: "roost import /app app.yaml --dry-run",
                    effect: "shows what the file would change"
                ),
                Verb.Example(
                    command: "roost import /app app.yaml --prune --note 'release 7'",
                    effect: "makes /app what the file says"
                ),
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let root = try KeyNotation.path.directory(invocation.operands[0])
        let path = String(decoding: invocation.operands[1], as: UTF8.self)
        guard let format = try TreeFormat.flagged(invocation) ?? TreeFormat(ofFile: path) else {
            throw .usage("the format of '\(path)' is not known", hint: "say it with --format")
        }
        let service = try Service(invocation)
        let wanted = try leaves(ofFile: path, format: format)
        let tree = try StoredTree(of: root, service: service)
        let writing = TreeWriting(
            TreeComparison(
                from: tree.leaves,
                to: wanted,
                rest: invocation.has("prune") ? .goes : .stays
            ),
            of: tree,
            at: root
        )
        if invocation.has("dry-run") {
            guard console.format == .text else {
                try writing.report(.init(revision: tree.revision, partCount: 0), on: console)
                return .done
            }
            try console.write(Array(console.text(of: writing.difference).utf8))
            try console.line(writing.summary)
            return .done
        }
        guard try isWanted(writing, invocation: invocation, on: console) else {
            console.remark("nothing was changed")
            return .failed
        }
        let note = try WriteNote.text(invocation)
        let outcome = try writing.carryOut(note: note, service: service)
        try writing.report(outcome, on: console)
        return .done
    }

    /// What a file has.
    static func leaves(
        ofFile path: String,
        format: TreeFormat
    ) throws(Failure) -> [TreeLeaf] {
        let text = try InputContent.document.read(from: path)
        let name = path == "-" ? "standard input" : path
        do throws(FormatFault) { return try format.leaves(in: text) } catch {
            throw .usage("\(name): \(error)", hint: "nothing was changed")
        }
    }

    /// Asks a person at a terminal who did not say so already.
    private static func isWanted(
        _ writing: TreeWriting,
        invocation: Invocation,
        on console: Console
    ) throws(Failure) -> Bool {
        guard !invocation.has("yes"), !writing.comparison.changes.isEmpty,
            console.audience == .person, StandardStream.input.isTerminal
        else { return true }
        try console.write(Array(console.text(of: writing.difference).utf8))
        let root = KeyNotation.path.word(writing.root)
        StandardStream.error.print("\(writing.summary): write this to \(root)? [y/N] ")
        var buffer = [UInt8](repeating: 0, count: 256)
        guard case .bytes(let count) = StandardStream.input.read(into: &buffer) else {
            return false
        }
        let answer = buffer[..<count].filter { $0 > 0x20 }
        return answer.equalsIgnoringCase("y") || answer.equalsIgnoringCase("yes")
    }
}
