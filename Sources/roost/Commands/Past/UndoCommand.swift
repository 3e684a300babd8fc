internal import Platform
internal import RoostClient
internal import Wire

/// `roost undo`: brings a tree back to an earlier state.
enum UndoCommand {
    /// How often `--force` tries against others who write meanwhile.
    private static let attemptCountMax = 20

    static let command = Subcommand(
        Verb(
            "undo",
            manners: [.fences, .remarks],
            summary: "bring a key and what is below it back to an earlier state",
            explanation: """
                Without --to, the newest change at or below KEY is taken back; with --to WHEN, all
                that was changed since then. It is one change at one revision, which history shows
                and another undo takes back; keys that have the value already stay untouched. What
                others wrote since is not overwritten: where someone writes while it runs, where
                anything at or below KEY changed after --if-revision, or where what would be taken
                back is of several authors, nothing is changed and the exit code is 4; --force undoes
                all the same. One line says what became of each key, + created, ~ changed, - removed.
                """,
            operands: [Verb.Operand(name: "KEY", count: .one)],
            flags: [
                Flag(
                    "to",
                    value: .required(PastMoment.placeholder),
                    "back to then: a revision, 10m-ago or 2026-11-28T10:00"
                ),
                Flag(
                    "if-revision",
                    value: .required("REVISION"),
                    "only if nothing there changed after this one"
                ),
                Flag("force", "whoever else wrote there"),
                WriteNote.flag,
            ],
            examples: [
                Verb.Example(
                    command: "roost undo /app",
                    effect: "takes back the newest change at or below /app"
                ),
                Verb.Example(
                    command: "roost undo /app --to 10m-ago --note 'bad rollout'",
                    effect: "/app and all below it are as they were ten minutes ago"
                ),
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let path = try KeyNotation.path.directory(invocation.operands[0])
        let seen = try invocation.number("if-revision")
        guard seen == nil || !invocation.has("force") else {
            throw .usage("--force and --if-revision exclude each other", hint: "leave one out")
        }
        let target = try invocation.bytes("to").map { text throws(Failure) in
            try PastMoment(parsing: text, now: Clock.wallMilliseconds())
        }
        let service = try Service(invocation)
        let revision = try target.map { moment throws(Failure) in
            try service.revision(at: moment)
        }
        var attemptCount = 1
        while true {
            let difference = try TreeDifference(of: path, from: revision, service: service)
            if !invocation.has("force") {
                try refuseOthers(difference, path: path, seen: seen, service: service)
            }
            do throws(Failure) {
                let reply = try service.write(.post, path: Call.path(ofKey: path)) { call in
                    call.add("undo", value: difference.from)
                    if let tag = difference.tag { call.setHeader("If-Match", value: tag) }
                }
                try report(difference, reply: reply, on: console)
                return .done
            } catch {
                guard error.exitCode == .preconditionFailed else { throw error }
                guard invocation.has("force"), attemptCount < attemptCountMax else {
                    throw error.explained(
                        "others wrote at or below \(KeyNotation.path.word(path)) meanwhile; nothing "
                            + "was changed: look at 'roost diff', then undo again or with --force"
                    )
                }
                attemptCount += 1
            }
        }
    }

    /// Fails where what would be taken back is not one writer's, or is newer than what was seen.
    private static func refuseOthers(
        _ difference: TreeDifference,
        path: [UInt8],
        seen: UInt64?,
        service: Service
    ) throws(Failure) {
        let name = KeyNotation.path.word(path)
        if let seen, seen < difference.to {
            let since = try TreeDifference(of: path, from: seen, service: service)
            guard since.items.isEmpty else {
                throw .unequal(
                    "\(name) changed after revision \(seen) (\(since.items.count) keys); nothing "
                        + "was undone: look at 'roost diff \(name) \(seen)', or give --force",
                    current: nil
                )
            }
        }
        let authors = Set(difference.items.compactMap { $0.after?["author"]?.string })
        guard authors.count > 1 else { return }
        let names = authors.map(TerminalText.word).sorted().joined(separator: ", ")
        throw .unequal(
            "what would be undone at and below \(name) is of \(names); nothing was undone: look at "
                + "'roost blame \(name)', or give --force",
            current: nil
        )
    }

    private static func report(
        _ difference: TreeDifference,
        reply: Response,
        on console: Console
    ) throws(Failure) {
        guard console.format == .text, let json = reply.json else {
            return try console.document(reply.body)
        }
        for item in difference.items {
            let mark =
                item.before == nil ? "-" : item.after == nil ? "+" : "~"
            try console.confirm("\(mark) \(KeyNotation.path.word(item.key))")
        }
        let counts = (["created", "changed", "deleted", "revision"] as [StaticString]).map { name in
            "\(name) \(json[name]?.plainText ?? "-")"
        }
        try console.confirm(counts.joined(separator: " "))
    }
}
