internal import RoostClient

/// `roost tree`: draws what lies below a key.
enum TreeCommand {
    static let command = Subcommand(
        Verb(
            "tree",
            summary: "draw the keys below a key",
            explanation: """
                With --output json: nested objects whose leaves are the values, null for keys below
                that --depth leaves out. Where neither KEY nor anything below it exists, the exit
                code is 3.
                """,
            operands: [Verb.Operand(name: "KEY", count: .atMostOne)],
            flags: ReadFlags.all + [
                Flag("values", "show the values too"),
                Flag("depth", value: .required("N"), "no more than N levels below KEY"),
            ],
            examples: [
                Verb.Example(command: "roost tree /", effect: "draws every key of the store"),
                Verb.Example(
                    command: "roost tree / --depth 1",
                    effect: "draws the first level"
                ),
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let key = try KeyArgument.directory(invocation)
        let depth = try invocation.number("depth")
        guard depth != 0 else { throw .usage("--depth 0 draws nothing", hint: "write 1 or more") }
        var call = Call.read(Call.path(ofKey: key))
        call.add("recursive")
        if console.format == .text, !invocation.has("values") { call.add("keys") }
        let service = try Service(invocation)
        try ReadFlags.add(invocation, to: &call, service: service)
        let listing = try service.listing(call)
        if listing.items.isEmpty {
            try service.requireKey(key, invocation: invocation, listing: listing)
        }
        let outline = KeyOutline(
            listing.items,
            root: key,
            depthMax: depth.map { Int(clamping: $0) } ?? .max
        )
        try console.show(outline.drawing, or: outline.json)
        return .done
    }
}
