internal import RoostClient
internal import Wire

/// `roost diff`: what changed at and below a path.
enum DiffCommand {
    static let command = Subcommand(
        Verb(
            "diff",
            summary: "show what changed at and below a key",
            explanation: """
                Without WHEN, what the newest change did; with one, what changed from then to now;
                with two, from the first to the second. WHEN is a revision, a time ago such as
                10m-ago, or a time such as 2026-11-28T10:00, local where no zone is given. Each key
                whose value differs has its lines in the unified form; a key that was written anew
                with the value it had does not differ. What a terminal could act upon is escaped: the
                output is for people, and JSON has the bytes. Where nothing differs nothing is
                printed, and the exit code is 0.
                """,
            operands: [
                Verb.Operand(name: "KEY", count: .one),
                Verb.Operand(name: PastMoment.placeholder, count: .atMostOne),
                Verb.Operand(name: PastMoment.placeholder, count: .atMostOne),
            ],
            examples: [
                Verb.Example(
                    command: "roost diff /app",
                    effect: "shows what the newest change at or below /app did"
                ),
                Verb.Example(
                    command: "roost diff /app 10m-ago",
                    effect: "shows what changed within ten minutes"
                ),
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let path = try KeyNotation.path.directory(invocation.operands[0])
        let from = try PastMoment.operand(1, of: invocation)
        let to = try PastMoment.operand(2, of: invocation)
        let service = try Service(invocation)
        var revisions: [UInt64] = []
        for moment in [from, to] {
            if let moment { revisions.append(try service.revision(at: moment)) }
        }
        let difference = try TreeDifference(
            of: path,
            from: revisions.first,
            to: revisions.dropFirst().first,
            service: service
        )
        try console.show(console.text(of: difference.lines), or: difference.json)
        return .done
    }
}
