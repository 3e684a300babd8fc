internal import RoostClient
internal import Wire

/// `roost ls`: lists what lies below a key.
enum ListCommand {
    static let command = Subcommand(
        Verb(
            "ls",
            summary: "list the children of a key",
            explanation: """
                One key a line; a name that ends in / has no value of its own, only keys below it.
                Where neither KEY nor anything below it exists, the exit code is 3.
                """,
            operands: [Verb.Operand(name: "KEY", count: .atMostOne)],
            flags: ReadFlags.all + [
                Flag("recursive", letter: "r", "list KEY and everything below it"),
                Flag("long", letter: "l", "show revisions, versions, leases and children"),
                Flag("limit", value: .required("N"), "no more than the first N"),
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

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let key = try KeyArgument.keyOrRoot(invocation, operand: 0)
        let limit = try invocation.number("limit")
        guard limit != 0 else { throw .usage("--limit 0 lists nothing", hint: "write 1 or more") }
        var call = Call.read(Call.path(ofKey: key))
        call.add(invocation.has("recursive") ? "recursive" : "children")
        try ReadFlags.add(invocation, to: &call)
        if console.format == .text { call.add("keys") }
        let service = try Service(invocation)
        let listing = try service.listing(call, limit: limit)
        if listing.items.isEmpty {
            try service.requireKey(key, invocation: invocation, listing: listing)
        }
        try console.show(text(of: listing, invocation: invocation, on: console), or: listing.json)
        if listing.next != nil, console.audience == .person {
            console.remark("more follow after these \(listing.items.count)")
        }
        return .done
    }

    private static func text(
        of listing: JoinedListing,
        invocation: Invocation,
        on console: Console
    ) -> String {
        guard !invocation.has("long") else {
            return Table(
                listing.items,
                columns: [
                    ("KEY", "key"), ("REVISION", "mod_revision"), ("VERSION", "version"),
                    ("LEASE", "lease"), ("CHILDREN", "children"),
                ]
            ).text(for: console)
        }
        let slash = UInt8(ascii: "/")
        return listing.items.map { item in
            let key = item["key"]?.string ?? []
            let isValued = item["mod_revision"] != nil || key == [slash]
            return TerminalText.word(isValued ? key : key + [slash]) + "\n"
        }.joined()
    }
}

extension Service {
    /// Fails where an empty listing means that its root does not exist either.
    func requireKey(
        _ key: [UInt8],
        invocation: Invocation,
        listing: JoinedListing
    ) throws(Failure) {
        // The root is always there, with a value or without.
        guard key != [UInt8(ascii: "/")] else { return }
        var call = Call.read(Call.path(ofKey: key))
        call.add("raw")
        try ReadFlags.add(invocation, to: &call)
        if !invocation.has("revision") { call.add("revision", value: listing.revision) }
        do throws(Failure) { _ = try read(call) } catch {
            guard case .answer = error, error.exitCode == .notFound else { throw error }
            throw .missing(
                "\(TerminalText.word(key)) does not exist, and nothing lies below it; "
                    + "'roost tree /' shows what there is"
            )
        }
    }
}
