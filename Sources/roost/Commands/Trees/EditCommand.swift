internal import Bytes
internal import Platform
internal import RoostClient

/// `roost edit`: a tree in an editor.
enum EditCommand {
    static let command = Subcommand(
        Verb(
            "edit",
            manners: [.fences, .remarks],
            summary: "edit a tree of keys in $VISUAL or $EDITOR",
            explanation: """
                The editor, or else vi, is started with what is at and below KEY as a file, yaml
                unless --format says another. When it ends, what differs is written, at one revision,
                and what was taken out is removed. Where others wrote there meanwhile nothing is
                changed, the exit code is 4, and the text stays in its file, which the message names;
                likewise where it cannot be read.
                """,
            operands: [Verb.Operand(name: "KEY", count: .one)],
            flags: [TreeFormat.flag, WriteNote.flag],
            examples: [
                Verb.Example(
                    command: "EDITOR='sed -i s/roost/wren/' roost edit /app",
                    effect: "does with an editor what a person does with theirs"
                )
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let root = try KeyNotation.path.directory(invocation.operands[0])
        let format = try TreeFormat.flagged(invocation) ?? .yaml
        let service = try Service(invocation)
        let note = try WriteNote.text(invocation)
        let tree = try StoredTree(of: root, service: service)
        let draft = try EditDraft(format.text(of: tree.leaves), format: format)
        try draft.edit()
        guard let text = try draft.changedText() else {
            draft.remove()
            console.remark("nothing was changed")
            return .done
        }
        let name = KeyNotation.path.word(root)
        let kept = "your text is in \(draft.path)"
        let wanted: [TreeLeaf]
        do throws(FormatFault) { wanted = try format.leaves(in: text) } catch {
            throw .local(
                "\(draft.path): \(error); nothing was changed: mend it, then 'roost import \(name) "
                    + "\(draft.path) --prune'"
            )
        }
        guard !wanted.isEmpty || tree.leaves.isEmpty else {
            throw .local("nothing is left of \(name); \(kept): 'roost rm -r' removes a tree")
        }
        let writing = TreeWriting(
            TreeComparison(from: tree.leaves, to: wanted, rest: .goes),
            of: tree,
            at: root
        )
        do throws(Failure) {
            let outcome = try writing.carryOut(note: note, service: service)
            draft.remove()
            try writing.report(outcome, on: console)
            return .done
        } catch {
            throw error.explained(
                "\(error.explanation); \(kept): look at 'roost diff \(name) \(tree.revision)', then "
                    + "'roost import \(name) \(draft.path) --prune'"
            )
        }
    }
}

/// The file of one `roost edit`, which nobody else may read.
private struct EditDraft {
    let path: String
    private let directory: String
    private let name: String
    private let original: [UInt8]

    init(_ text: [UInt8], format: TreeFormat) throws(Failure) {
        let asked = Environment.value(of: "TMPDIR") ?? ""
        directory = asked.isEmpty ? "/tmp" : asked
        original = text
        do throws(SystemError) {
            let number = Array("\(try Entropy.word())".utf8)
            let suffix = format == .dotenv ? "env" : format.rawValue
            name = "roost-edit-\(String(decoding: number, as: UTF8.self)).\(suffix)"
            path = "\(directory)/\(name)"
            let file = try DirectoryHandle(opening: directory).open(
                name,
                for: .making(permissions: 0o600)
            )
            try file.write(text, at: 0)
        } catch { throw .local("cannot write a file for the editor: \(error)") }
    }

    /// Runs the editor to its end.
    func edit() throws(Failure) {
        let names = ["VISUAL", "EDITOR"].compactMap(Environment.value)
        let editor = names.first { !$0.isEmpty } ?? "vi"
        let launch = ChildProcess.Launch(
            executable: "/bin/sh",
            arguments: ["/bin/sh", "-c", "\(editor) \"$1\"", "sh", path]
        )
        // Ctrl-C is the editor's.
        for signal in [Signal.interrupt, .quit] { signal.ignore() }
        defer { for signal in [Signal.interrupt, .quit] { signal.restoreDefault() } }
        let ending: ChildProcess.Ending
        do throws(SystemError) { ending = try ChildProcess(launch).wait() } catch {
            remove()
            throw .local("cannot run the editor '\(editor)': \(error)")
        }
        guard ending != .exited(0) else { return }
        throw .local(
            "the editor '\(editor)' did not end well; nothing was changed, and the text is in \(path)"
        )
    }

    /// The text as it is now; nil where it is as it was.
    func changedText() throws(Failure) -> [UInt8]? {
        let text = try InputContent.document.read(from: path)
        return text == original ? nil : text
    }

    /// Removes the file; one that is gone is as good.
    func remove() {
        do throws(SystemError) { try DirectoryHandle(opening: directory).remove(name) } catch {
            Console.note("cannot remove \(path): \(error)")
        }
    }
}
