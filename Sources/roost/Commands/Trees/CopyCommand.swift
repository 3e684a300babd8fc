internal import RoostClient
internal import Wire

/// `roost cp` and `roost mv`: keys under other names, in one transaction.
enum CopyCommand {
    /// How often keys that others write meanwhile are looked at anew.
    private static let attemptCountMax = 20

    /// What becomes of the keys that are copied.
    private enum Source: Hashable {
        case stays
        case goes
    }

    private static let flags = [
        Flag("recursive", letter: "r", "FROM and everything below it"),
        Flag("force", "even where TO is there: what has the same name is overwritten"),
        WriteNote.flag,
    ]
    private static let operands = [
        Verb.Operand(name: "FROM", count: .one), Verb.Operand(name: "TO", count: .one),
    ]

    static let copy = Subcommand(
        Verb(
            "cp",
            manners: [.fences, .remarks],
            summary: "copy a key, or with -r a tree",
            explanation: """
                All that is copied is read at one revision and written at one: keys that others
                change meanwhile are read anew. Where TO is there, or with -r anything below it, the
                exit code is 4 and nothing is changed, unless --force is given. A copy has no lease.
                One transaction has at most as many operations as 'roost settings max-txn-ops' says.
                """,
            operands: operands,
            flags: flags,
            examples: [
                Verb.Example(command: "roost cp -r /app /app-next", effect: "copies the tree /app")
            ]
        )
    ) { invocation, console throws(Failure) in
        try run(invocation, source: .stays, on: console)
    }

    static let move = Subcommand(
        Verb(
            "mv",
            manners: [.fences, .remarks],
            summary: "give a key, or with -r a tree, another name",
            explanation: """
                As 'roost cp', and what was there before is deleted in the same transaction: nobody
                sees both, or neither.
                """,
            operands: operands,
            flags: flags,
            examples: [
                Verb.Example(
                    command: "roost mv -r /app /retired/app",
                    effect: "/app and all below it have other names"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        try run(invocation, source: .goes, on: console)
    }

    /// What the command line asks for.
    private struct Plan {
        let from: [UInt8]
        let to: [UInt8]
        let isRecursive: Bool
        let overwrites: Bool
        let source: Source

        /// The name that a key gets.
        func target(of key: [UInt8]) -> [UInt8] {
            let below = key.dropFirst(from.count == 1 ? 0 : from.count)
            return to.count == 1 && !below.isEmpty ? Array(below) : to + below
        }
    }

    private static func run(
        _ invocation: Invocation,
        source: Source,
        on console: Console
    ) throws(Failure) -> ExitCode {
        let plan = Plan(
            from: try KeyNotation.path.directory(invocation.operands[0]),
            to: try KeyNotation.path.directory(invocation.operands[1]),
            isRecursive: invocation.has("recursive"),
            overwrites: invocation.has("force"),
            source: source
        )
        let overlaps =
            plan.isRecursive ? plan.from.overlapsTree(plan.to) : plan.from == plan.to
        guard !overlaps else {
            throw .usage("FROM and TO overlap", hint: "name a place outside")
        }
        let service = try Service(invocation)
        for _ in 0..<attemptCountMax {
            let items = try sources(plan, service: service)
            if !plan.overwrites { try refuseTaken(plan, service: service) }
            let body = transaction(plan, items: items.items, revision: items.revision)
            let reply = try service.write(.post, path: Array("/v1/txn".utf8), body: body)
            guard reply.json?["succeeded"]?.bool == true else { continue }
            try report(plan, items: items.items, reply: reply, on: console)
            return .done
        }
        throw .unequal(
            "\(KeyNotation.path.word(plan.from)) or \(KeyNotation.path.word(plan.to)) changes all "
                + "the time; nothing was changed: try again",
            current: nil
        )
    }

    /// The keys as they are at one revision.
    private static func sources(_ plan: Plan, service: Service) throws(Failure) -> (
        items: [JSONValue], revision: UInt64
    ) {
        var call = Call.read(Call.path(ofKey: plan.from))
        guard plan.isRecursive else {
            do throws(Failure) {
                let reply = try service.read(call)
                guard let object = reply.json else { throw Failure.answer(reply) }
                return ([object], object["mod_revision"]?.whole ?? 0)
            } catch {
                let hint = "-r takes what lies below"
                throw try service.explained(error, key: plan.from, notation: .path, hint: hint)
            }
        }
        call.add("recursive")
        let listing = try service.listing(call)
        guard !listing.items.isEmpty else {
            throw .missing(
                "\(KeyNotation.path.word(plan.from)) does not exist, and nothing lies below it"
            )
        }
        return (listing.items, listing.revision)
    }

    private static func refuseTaken(_ plan: Plan, service: Service) throws(Failure) {
        var call = Call.read(Call.path(ofKey: plan.to))
        call.add("recursive")
        call.add("keys")
        call.add("limit", value: 1)
        let first = try JoinedListing(page: service.read(call), member: "items").items.first
        guard let first, plan.isRecursive || first.key == plan.to else { return }
        throw .unequal(
            "\(KeyNotation.path.word(of: first)) is there; nothing was changed: name another place, "
                + "or overwrite what has the same names with --force",
            current: nil
        )
    }

    // MARK: - The transaction

    private static func transaction(
        _ plan: Plan,
        items: [JSONValue],
        revision: UInt64
    ) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.name("compare")
        json.beginArray()
        for item in items {
            json.compare(item.key ?? [], target: "mod_revision", number: item["mod_revision"])
        }
        if plan.isRecursive {
            json.beginObject()
            json.append(key: plan.from)
            json.member("recursive", bool: true)
            json.member("target", string: "mod_revision")
            json.member("op", string: "<")
            json.member("value", number: revision + 1)
            json.endObject()
        }
        if !plan.overwrites {
            json.beginObject()
            json.append(key: plan.to)
            if plan.isRecursive { json.member("recursive", bool: true) }
            json.member("target", string: "exists")
            json.member("op", string: "==")
            json.member("value", bool: false)
            json.endObject()
        }
        json.endArray()
        json.name("then")
        json.beginArray()
        for item in items { json.put(plan.target(of: item.key ?? []), item: item) }
        if plan.source == .goes {
            json.beginObject()
            json.name("delete")
            json.beginObject()
            json.append(key: plan.from)
            if plan.isRecursive { json.member("recursive", bool: true) }
            json.endObject()
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return json.output
    }

    private static func report(
        _ plan: Plan,
        items: [JSONValue],
        reply: Response,
        on console: Console
    ) throws(Failure) {
        guard console.format == .text else { return try console.document(reply.body) }
        for item in items {
            let names = [item.key ?? [], plan.target(of: item.key ?? [])].map(KeyNotation.path.word)
            try console.confirm(names.joined(separator: " -> "))
        }
        let verb = plan.source == .goes ? "moved" : "copied"
        let revision = reply.json?["revision"]?.plainText ?? "-"
        try console.confirm("\(verb) \(items.count) revision \(revision)")
    }
}

extension [UInt8] {
    /// Whether one of two paths is the other, or lies below it.
    fileprivate func overlapsTree(_ other: [UInt8]) -> Bool {
        self == other || isAbove(other) || other.isAbove(self)
    }

    private func isAbove(_ other: [UInt8]) -> Bool {
        let slash = UInt8(ascii: "/")
        return other.starts(with: self) && (count == 1 || other.dropFirst(count).first == slash)
    }
}

extension JSONWriter {
    /// That a key is at the revision that was read.
    fileprivate mutating func compare(_ key: [UInt8], target: StaticString, number: JSONValue?) {
        beginObject()
        append(key: key)
        member("target", string: target)
        member("op", string: "==")
        member("value", number: number?.whole ?? 0)
        endObject()
    }

    /// A put of the value that an object tells.
    fileprivate mutating func put(_ key: [UInt8], item: JSONValue) {
        beginObject()
        name("put")
        beginObject()
        append(key: key)
        for member: StaticString in ["value", "encoding"] {
            name(member)
            value(item[member] ?? .null)
        }
        endObject()
        endObject()
    }
}
