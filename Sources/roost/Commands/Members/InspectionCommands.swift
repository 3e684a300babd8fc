internal import RoostClient
internal import Wire

/// `roost locks`: who holds and who waits.
enum LocksCommand {
    static let command = Subcommand(
        Verb(
            "locks",
            summary: "list the locks that are held, or show one",
            explanation: "With NAME: its holders and waiters; exit code 3 when it is free.",
            operands: [Verb.Operand(name: "NAME", count: .atMostOne)],
            flags: [Flag("elections", "elections instead of locks")],
            examples: [
                Verb.Example(command: "roost locks", effect: "one line a holder or waiter")
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let service = try Service(invocation)
        let isAboutElections = invocation.has("elections")
        let collection: StaticString = isAboutElections ? "/v1/elections" : "/v1/locks"
        if let name = invocation.operands.first {
            let reply = try service.read(.read(Call.path(collection, segment: name)))
            guard console.format == .text, !isAboutElections, let lock = reply.json else {
                try console.show(reply)
                return .done
            }
            try console.write(Array(table([lock]).text(for: console).utf8))
            return .done
        }
        let listing = try service.listing(
            .read([UInt8](collection)),
            of: isAboutElections ? "elections" : "locks"
        )
        try console.show(table(listing.items).text(for: console), or: listing.json)
        return .done
    }

    /// One row a holder, then one a waiter; a list only counts the waiters.
    private static func table(_ contests: [JSONValue]) -> Table {
        var table = Table(
            titles: ["NAME", "STATE", "TOKEN", "OWNER", "LEASE", "REMAINING", "SINCE", "INFO"]
        )
        for contest in contests {
            let name = contest["name"]?.plainText ?? "-"
            for holder in contest["holders"]?.array ?? [] {
                let state = holder["shared"]?.bool == true ? "shared" : "held"
                table.append(row(name, state: state, at: holder))
            }
            for waiter in contest["waiters"]?.array ?? [] {
                table.append(row(name, state: "waiting", at: waiter))
            }
            if let count = contest["waiting"]?.whole, count > 0 {
                table.append([name, "\(count) waiting"])
            }
        }
        return table
    }

    private static func row(_ name: String, state: String, at place: JSONValue) -> [String] {
        [name, state]
            + [place["token"], place["owner"], place["lease"], place["remaining"]].map {
                $0?.plainText ?? "-"
            }
            + [People.time(place["since"])] + (place["info"].map { [$0.plainText] } ?? [])
    }
}

/// `roost compact`: forgets history.
enum CompactCommand {
    static let command = Subcommand(
        Verb(
            "compact",
            manners: [.fences],
            summary: "forget the history before a revision",
            explanation: """
                Keys keep their present values. Reads and watches from before REVISION are refused
                afterwards. The service does this by itself; it is rarely needed by hand.
                """,
            operands: [Verb.Operand(name: "REVISION", count: .one)],
            examples: [
                Verb.Example(command: "roost compact 1", effect: "forgets what was before 1")
            ]
        )
    ) { invocation, console throws(Failure) in
        let revision = try invocation.number(operand: 0) ?? 0
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("revision", number: revision)
        writer.endObject()
        let path = Array("/v1/compact".utf8)
        let reply = try Service(invocation).write(.post, path: path, body: writer.output)
        if console.format == .json { try console.show(reply) }
        return .done
    }
}
