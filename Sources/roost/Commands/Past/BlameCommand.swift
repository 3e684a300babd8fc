internal import RoostClient
internal import Wire

/// `roost blame`: which change each key of a tree is from.
enum BlameCommand {
    static let command = Subcommand(
        Verb(
            "blame",
            summary: "show when, by whom and why each key was written last",
            explanation: """
                One line a key at and below KEY: the revision that wrote its value, the time, the
                author, and the note that was given. 'roost history KEY' has what was there before.
                Where neither KEY nor anything below it exists, the exit code is 3.
                """,
            operands: [Verb.Operand(name: "KEY", count: .one)],
            flags: ReadFlags.all,
            examples: [
                Verb.Example(
                    command: "roost blame /app",
                    effect: "shows who wrote what is at and below /app, and why"
                )
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let key = try KeyArgument.directory(invocation)
        let service = try Service(invocation)
        var call = Call.read(Call.path(ofKey: key))
        call.add("recursive")
        call.add("keys")
        call.add("meta")
        try ReadFlags.add(invocation, to: &call, service: service)
        let listing = try service.listing(call)
        if listing.items.isEmpty {
            try service.requireKey(key, invocation: invocation, listing: listing)
        }
        try console.show(table(of: listing).text(for: console), or: listing.json)
        return .done
    }

    private static func table(of listing: JoinedListing) -> Table {
        let hasAuthors = listing.items.contains { $0["author"] != nil }
        let hasNotes = listing.items.contains { $0["note"] != nil }
        var table = Table(
            titles: ["REVISION", "MODIFIED"] + (hasAuthors ? ["AUTHOR"] : []) + ["KEY"]
                + (hasNotes ? ["NOTE"] : [])
        )
        for item in listing.items {
            table.append(
                [item["mod_revision"]?.plainText ?? "-", People.time(item["modified"])]
                    + (hasAuthors ? [item["author"]?.plainText ?? "-"] : [])
                    + [KeyNotation.path.word(of: item)]
                    + (item["note"].map { [$0.plainText] } ?? [])
            )
        }
        return table
    }
}
