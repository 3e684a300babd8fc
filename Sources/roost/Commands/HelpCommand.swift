internal import Platform
internal import Bytes
internal import Wire

/// `roost help`: explains roost, or one command.
enum HelpCommand {
    static let command = Subcommand(
        Verb(
            "help",
            reach: .machine,
            summary: "explain roost or one command",
            operands: [Verb.Operand(name: "COMMAND", count: .any)],
            examples: [
                Verb.Example(command: "roost help lock", effect: "explains 'roost lock'")
            ]
        )
    ) { invocation, console throws(Failure) in
        let words = invocation.operands.map { String(decoding: $0, as: UTF8.self) }
        guard !words.isEmpty else {
            try console.write(Array(overview.utf8))
            return .done
        }
        let named = CommandTable.verbs.filter { $0.words.starts(with: words) }
        guard !named.isEmpty else {
            let name = words.joined(separator: " ")
            let names = CommandTable.verbs.map(\.name)
            let meant = Spelling.question(name, among: names).map { $0 + " " } ?? ""
            throw .usage(
                "there is no command '\(name)'",
                hint: meant + "'roost help' lists every command"
            )
        }
        try console.write(Array(named.map(page).joined(separator: "\n").utf8))
        return .done
    }

    static var overview: String {
        HelpText.overview(of: CommandTable.verbs, common: Service.flags)
    }

    static func page(_ verb: Verb) -> String {
        HelpText.page(of: verb, common: Service.flags(of: verb))
    }
}

/// `roost version`: says which roost this is.
enum VersionCommand {
    static let command = Subcommand(
        Verb(
            "version",
            reach: .machine,
            summary: "print the version",
            explanation: """
                As JSON with the commit that was built, null where the build was not told: one from
                'make build' in a clone is, and one with REVISION= elsewhere.
                """,
            flags: [Service.outputFlag],
            examples: [
                Verb.Example(command: "roost version", effect: "prints 'roost' and a number")
            ]
        )
    ) { _, console throws(Failure) in
        guard console.format == .json else {
            try console.line("roost \(BuildVersion.version)")
            return .done
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("version", string: Array(BuildVersion.version.utf8))
        writer.name("revision")
        if BuildRevision.text.isEmpty { writer.null() } else { writer.string(BuildRevision.text) }
        writer.endObject()
        try console.document(writer.output)
        return .done
    }
}

/// `roost completions`: prints a shell's completion script.
enum CompletionsCommand {
    static let command = Subcommand(
        Verb(
            "completions",
            reach: .machine,
            summary: "print a completion script for bash, zsh or fish",
            operands: [Verb.Operand(name: "SHELL", count: .one)],
            examples: [
                Verb.Example(
                    command: "source <(roost completions bash)",
                    effect: "lets bash complete roost's commands and flags"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        let shell = invocation.operand(0) ?? ""
        guard let known = CompletionScript.Shell(rawValue: shell) else {
            throw .usage("'\(shell)' is no shell known here", hint: "write bash, zsh or fish")
        }
        let script = CompletionScript(
            verbs: CommandTable.verbs,
            common: Service.flags,
            commonOf: Service.flags(of:)
        )
        try console.write(Array(script.text(for: known).utf8))
        return .done
    }
}
