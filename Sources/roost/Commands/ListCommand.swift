internal import RoostClient
internal import Wire

/// `roost ls`: lists what lies below a key.
enum ListCommand {
    static let command = Command(
        Verb(
            "ls",
            summary: "list the children of a key",
            explanation: """
                One key a line; a name that ends in / has no value of its own, only keys below it.
                """,
            operands: [Verb.Operand(name: "KEY", count: .atMostOne)],
            flags: ReadFlags.all + [
                Flag("recursive", letter: "r", "list KEY and everything below it"),
                Flag("long", letter: "l", "show revisions, versions, leases and children"),
            ],
            examples: [
                Verb.Example(command: "roost ls /", effect: "lists the keys at the top"),
                Verb.Example(
                    command: "roost ls -r /app --output json",
                    effect: "everything below /app as one JSON object, values included"
                ),
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, _ console: Console) throws(Failure)
        -> ExitCode
    {
        let key = try KeyArgument.keyOrRoot(invocation, operand: 0)
        var call = Call.read(Call.path(ofKey: key))
        call.add(invocation.has("recursive") ? "recursive" : "children")
        try ReadFlags.add(invocation, to: &call)
        if console.format == .text { call.add("keys") }
        let listing = try Service(invocation).listing(call)
        if console.format == .json {
            try console.write(listing.json + [10])
        } else if invocation.has("long") {
            let table = Table(
                listing.items,
                columns: [
                    ("KEY", "key"), ("REVISION", "mod_revision"), ("VERSION", "version"),
                    ("LEASE", "lease"), ("CHILDREN", "children"),
                ]
            )
            try console.write(Array(table.text(for: console).utf8))
        } else {
            let lines = listing.items.map { item in
                let key = item["key"]?.plainText ?? "-"
                return item["mod_revision"] == nil && key != "/" ? key + "/\n" : key + "\n"
            }
            try console.write(Array(lines.joined().utf8))
        }
        return .done
    }
}
