internal import RoostClient
internal import Wire

/// `roost ls`: lists what lies below a key, or between keys.
enum ListCommand {
    static let command = Subcommand(
        Verb(
            "ls",
            summary: "list the children of a key",
            explanation: """
                One key a line; a name that ends in / has no value of its own, only keys below it.
                Where neither KEY nor anything below it exists, the exit code is 3. --prefix, or
                --from and --to, list keys of any bytes, paths or not, written in the escapes of
                --bytes; where there is none, the exit code is 3, too. --count of nothing is 0, an
                answer like others: its exit code is 0.
                """,
            operands: [Verb.Operand(name: "KEY", count: .atMostOne)],
            flags: ReadFlags.all + [
                Flag("recursive", letter: "r", "list KEY and everything below it"),
                Flag("long", letter: "l", "show times, sizes, revisions, leases and notes"),
                Flag("limit", value: .required("N"), "no more than the first N"),
                Flag("count", "only how many keys there are (with -r, --prefix, --from, --to)"),
                Flag("bytes", "print keys in C escapes, and read KEY so"),
            ] + KeyStretch.flags,
            examples: [
                Verb.Example(command: "roost ls /", effect: "lists the keys at the top"),
                Verb.Example(
                    command: "roost ls -r /app --output json",
                    effect: "everything below /app as one JSON object, values included"
                ),
                Verb.Example(
                    command: "roost ls --prefix 'routes/'",
                    effect: "lists the keys that begin with 'routes/', which is no path"
                ),
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let limit = try invocation.number("limit")
        guard limit != 0 else { throw .usage("--limit 0 lists nothing", hint: "write 1 or more") }
        let stretch = try KeyStretch(invocation)
        let key = stretch == nil ? try KeyArgument.directory(invocation) : []
        var call = Call.read(stretch?.address ?? Call.path(ofKey: key))
        let isRange = stretch != nil || invocation.has("recursive")
        if stretch == nil { call.add(isRange ? "recursive" : "children") }
        let service = try Service(invocation)
        try ReadFlags.add(invocation, to: &call, service: service)
        guard !invocation.has("count") else {
            guard isRange else {
                throw .usage("--count needs -r, --prefix, --from or --to", hint: "give one of them")
            }
            return try count(call, service: service, on: console)
        }
        let isLong = invocation.has("long")
        if console.format == .text, !isLong { call.add("keys") }
        if isLong { call.add("meta") }
        let listing = try service.listing(call, limit: limit) { item in
            isLong && console.format == .text ? item.measured : item
        }
        if listing.items.isEmpty {
            if let stretch { throw .missing(stretch.absence) }
            try service.requireKey(key, invocation: invocation, listing: listing)
        }
        let notation = KeyNotation(invocation)
        try console.show(
            isLong
                ? table(of: listing, notation: notation).text(for: console)
                : names(of: listing, notation: notation),
            or: listing.json
        )
        if listing.next != nil, console.audience == .person {
            console.remark("more follow after these \(listing.items.count)")
        }
        return .done
    }

    private static func count(
        _ call: Call,
        service: Service,
        on console: Console
    ) throws(Failure) -> ExitCode {
        var call = call
        call.add("count")
        let reply = try service.read(call)
        guard let count = reply.json?["count"]?.whole else { throw .answer(reply) }
        try console.show("\(count)\n", or: reply.body)
        return .done
    }

    private static func names(of listing: JoinedListing, notation: KeyNotation) -> String {
        listing.items.map { $0.listedName(notation) + "\n" }.joined()
    }

    /// What may be unknown of every key, and is then left out, stands beside what is told of all.
    private static func table(of listing: JoinedListing, notation: KeyNotation) -> Table {
        let optional: [Table.Column] = [
            ("LEASE", "lease"), ("REMAINING", "lease_remaining"), ("AUTHOR", "author"),
        ]
        let told = optional.filter { column in
            listing.items.contains { $0[column.member] != nil }
        }
        let hasNotes = listing.items.contains { $0["note"] != nil }
        var table = Table(
            titles: ["MODIFIED", "CREATED", "SIZE", "REVISION", "VERSION", "CHILDREN"]
                + told.map(\.title) + ["KEY"] + (hasNotes ? ["NOTE"] : [])
        )
        for item in listing.items {
            let numbers: [StaticString] = ["size", "mod_revision", "version", "children"]
            table.append(
                [People.time(item["modified"]), People.time(item["created"])]
                    + (numbers + told.map(\.member)).map { item[$0]?.plainText ?? "-" }
                    + [item.listedName(notation)]
                    + (item["note"].map { [$0.plainText] } ?? [])
            )
        }
        return table
    }
}

extension JSONValue {
    /// A listed key, with a `/` after it where it has no value of its own.
    fileprivate func listedName(_ notation: KeyNotation) -> String {
        let slash = UInt8(ascii: "/")
        let key = key ?? []
        let isValued = self["mod_revision"] != nil || key == [slash]
        return notation.word(isValued ? key : key + [slash])
    }

    /// The key object with the value's size in the value's place.
    fileprivate var measured: JSONValue {
        guard let object, let size = valueBytes?.count else { return self }
        let kept = object.members.filter { !$0.name.equals("value") && !$0.name.equals("encoding") }
        let measure = JSONValue.string(Array(String(size).utf8))
        return .object(
            JSONObject(members: kept + [.init(name: Array("size".utf8), value: measure)])
        )
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
        try ReadFlags.add(invocation, to: &call, service: self)
        if !invocation.has("revision"), !invocation.has("at") {
            call.add("revision", value: listing.revision)
        }
        do throws(Failure) { _ = try read(call) } catch {
            guard case .answer = error, error.exitCode == .notFound else { throw error }
            throw .missing(
                "\(KeyNotation(invocation).word(key)) does not exist, and nothing lies below it; "
                    + "'roost tree /' shows what there is"
            )
        }
    }
}
