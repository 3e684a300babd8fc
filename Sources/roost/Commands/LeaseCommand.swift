internal import Bytes
internal import Platform
internal import RoostClient
internal import Wire

/// `roost lease`: grants, keeps, shows and revokes leases.
enum LeaseCommand {
    private static let collection = Array("/v1/leases".utf8)
    private static let identifier = Verb.Operand(name: "ID", count: .one)

    static let grant = Subcommand(
        Verb(
            "lease",
            "grant",
            manners: [.fences],
            summary: "grant a lease and print its id",
            explanation: """
                TTL, which may be written --ttl TTL, is from 1s to 30d. Keys put with --lease ID end
                with it. An id of your own makes the grant exit code 4 while a lease has that id.
                """,
            operands: [Verb.Operand(name: "TTL", count: .one, alternatives: ["ttl"])],
            flags: [
                Flag("ttl", value: .required("TTL"), "the time to live"),
                Flag("id", value: .required("ID"), "this id, up to 16 hexadecimal digits"),
            ],
            examples: [
                Verb.Example(command: "roost lease grant 30s", effect: "prints the lease's id")
            ]
        )
    ) { invocation, console throws(Failure) in
        let text = invocation.operands.first ?? invocation.bytes("ttl") ?? []
        guard invocation.operands.isEmpty || !invocation.has("ttl") else {
            throw .usage("TTL is given twice", hint: "write it once")
        }
        guard let timeToLive = TimeSpan(parsing: text) else {
            throw .usage(
                "'\(String(decoding: text, as: UTF8.self))' is not a duration",
                hint: "write for example 30s"
            )
        }
        var writer = JSONWriter()
        writer.beginObject()
        if let id = invocation.bytes("id") {
            guard id.span.isValidUTF8 else {
                throw .usage("--id is no id", hint: "write up to 16 hexadecimal digits")
            }
            writer.member("id", string: id)
        }
        writer.member("ttl", string: Array("\(timeToLive.milliseconds)ms".utf8))
        writer.endObject()
        let reply = try Service(invocation).write(.post, path: collection, body: writer.output)
        guard console.format == .text else { return try show(reply, on: console) }
        guard let id = reply.json?["id"] else { throw .answer(reply) }
        try console.line(id.plainText)
        return .done
    }

    static let keepalive = Subcommand(
        Verb(
            "lease",
            "keepalive",
            manners: [.remarks],
            summary: "begin a lease's time to live anew",
            explanation: """
                Once, unless --forever is given: then until the lease is gone (exit code 3), or
                roost is ended.
                """,
            operands: [identifier],
            flags: [Flag("forever", "go on, three times within each time to live")],
            examples: [
                Verb.Example(
                    command: "roost lease keepalive $(roost lease grant 30s)",
                    effect: "keeps a new lease alive once"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        let service = try Service(invocation)
        let path =
            Call.path("/v1/leases", segment: invocation.operands[0]) + Array("/keepalive".utf8)
        while true {
            // The lease counts from no earlier than this, whenever the answer comes.
            let sentAt = Clock.monotonicNow()
            // Repeating it does no harm; under a key the repetition would only be answered, not carried out.
            let reply = try service.repeatable(.post, path: path)
            if console.voice != .quiet { try console.show(reply) }
            guard invocation.has("forever") else { return .done }
            let seconds = reply.json?["ttl"]?.whole ?? 1
            Pause.until(sentAt.advanced(byMilliseconds: seconds * 1000 / 3))
        }
    }

    static let show = Subcommand(
        Verb(
            "lease",
            "show",
            summary: "show a lease and its keys",
            operands: [identifier],
            examples: [
                Verb.Example(
                    command: "roost lease show $(roost lease grant 30s)",
                    effect: "shows how much time is left and which keys end with it"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        let call = Call.read(Call.path("/v1/leases", segment: invocation.operands[0]))
        return try show(Service(invocation).read(call), on: console)
    }

    static let list = Subcommand(
        Verb(
            "lease",
            "list",
            summary: "list the leases",
            examples: [Verb.Example(command: "roost lease list", effect: "one line a lease")]
        )
    ) { invocation, console throws(Failure) in
        let listing = try Service(invocation).listing(.read(collection), of: "leases")
        let table = Table(
            listing.items,
            columns: [("ID", "id"), ("TTL", "ttl"), ("REMAINING", "remaining")]
        )
        try console.show(table.text(for: console), or: listing.json)
        return .done
    }

    static let revoke = Subcommand(
        Verb(
            "lease",
            "revoke",
            manners: [.fences, .remarks],
            summary: "revoke a lease and delete its keys",
            operands: [identifier],
            examples: [
                Verb.Example(
                    command: "roost lease revoke $(roost lease grant 30s)",
                    effect: "ends the new lease at once"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        let path = Call.path("/v1/leases", segment: invocation.operands[0])
        let reply = try Service(invocation).write(.delete, path: path)
        guard console.format == .text else { return try show(reply, on: console) }
        let count = reply.json?["deleted"]?.plainText ?? "0"
        try console.confirm("revoked \(invocation.operand(0) ?? "") deleted \(count)")
        return .done
    }

    /// The answer's object, one line a member.
    private static func show(_ reply: Response, on console: Console) throws(Failure) -> ExitCode {
        try console.show(reply)
        return .done
    }
}
