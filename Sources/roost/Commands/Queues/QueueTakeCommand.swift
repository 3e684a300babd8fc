internal import Bytes
internal import Platform
internal import RoostClient
internal import Wire

/// `roost queue take`, `ack`, `nack` and `extend`: an item from hand to hand.
enum QueueTakeCommand {
    private static let operands = [
        Verb.Operand(name: "NAME", count: .one), Verb.Operand(name: "TOKEN", count: .one),
    ]

    static let take = Subcommand(
        Verb(
            "queue",
            "take",
            summary: "take an item and print it",
            explanation: """
                It is hidden from others for --visible; ack it within that time, or it comes back.
                With -o json its token and the rest of it are told, without it the token goes to
                standard error. Where nothing came within --wait the exit code is 3.
                """,
            operands: [operands[0]],
            flags: [
                QueueCommand.visibleFlag,
                Flag("wait", value: .required("DURATION"), "how long to wait for an item (0s)"),
            ],
            examples: [
                Verb.Example(
                    command: "roost queue take mail --wait 10s",
                    effect: "prints an item, waiting for one"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        let service = try Service(invocation)
        let item = try item(
            of: QueueCommand.path(invocation, verb: "/take"),
            visibleMilliseconds: try QueueCommand.visible(invocation),
            waitMilliseconds: try invocation.duration("wait") ?? 0,
            from: service
        )
        guard let item else { throw QueueCommand.empty(invocation) }
        guard console.format == .text else {
            try console.document(item.reply.body)
            return .done
        }
        Console.note("token \(item.token)")
        try console.write(item.value)
        return .done
    }

    static let acknowledge = Subcommand(
        Verb(
            "queue",
            "ack",
            manners: [.fences],
            summary: "an item is done, and goes",
            explanation: "Exit code 4 where the token has no item any more.",
            operands: operands,
            examples: [
                Verb.Example(
                    command: "roost queue ack mail 17",
                    effect: "says that the item of token 17 is done"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        try settle("ack", of: invocation, member: "state", on: console)
    }

    static let giveUp = Subcommand(
        Verb(
            "queue",
            "nack",
            manners: [.fences],
            summary: "an item failed, and can be taken again",
            explanation: """
                After --delay, and after too many tries it is dead. Exit code 4 where the token has no
                item any more.
                """,
            operands: operands,
            flags: [QueueCommand.delayFlag],
            examples: [
                Verb.Example(
                    command: "roost queue nack mail 17 --delay 1m",
                    effect: "lets the item of token 17 come again in a minute"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        try settle("nack", of: invocation, member: "state", on: console)
    }

    static let extend = Subcommand(
        Verb(
            "queue",
            "extend",
            manners: [.fences],
            summary: "an item stays hidden for longer",
            explanation: """
                For --visible from now on, of which the seconds are printed. Exit code 4 where the
                token has no item any more.
                """,
            operands: operands,
            flags: [QueueCommand.visibleFlag],
            examples: [
                Verb.Example(
                    command: "roost queue extend mail 17 --visible 1m",
                    effect: "hides the item of token 17 for a minute from now on"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        try settle("extend", of: invocation, member: "visible", on: console)
    }

    private static func settle(
        _ verb: String,
        of invocation: Invocation,
        member: StaticString,
        on console: Console
    ) throws(Failure) -> ExitCode {
        guard let text = invocation.operand(1), let token = UInt64(text) else {
            throw .usage(
                "'\(invocation.operand(1) ?? "")' is no token",
                hint: "write the number that the take told"
            )
        }
        let delay = verb == "nack" ? try invocation.duration("delay") : nil
        let visible = verb == "extend" ? try QueueCommand.visible(invocation) : nil
        let path = try QueueCommand.path(invocation, verb: "/\(verb)")
        let reply = try Service(invocation).write(.post, path: path) { call in
            call.add("token", value: token)
            if let delay { call.add("delay", value: "\(delay)ms") }
            if let visible { call.add("visible", value: "\(visible)ms") }
        }
        return try QueueCommand.show(reply, member: member, on: console)
    }

    // MARK: - Taking

    /// An item that was taken.
    struct Item {
        let reply: Response
        /// From when on it is hidden, at the latest.
        let begin: MonotonicTime
        let id: UInt64
        let token: UInt64
        let value: [UInt8]
        let key: [UInt8]?
        let tryCount: UInt64
    }

    /// Takes an item; nil where there is none.
    ///
    /// It has no idempotency key: an item whose answer is lost is given back by the member, and comes
    /// back by itself where that is gone, too.
    static func item(
        of path: [UInt8],
        visibleMilliseconds: UInt64,
        waitMilliseconds: UInt64,
        from service: Service
    ) throws(Failure) -> Item? {
        var body = JSONWriter()
        body.beginObject()
        body.member("visible", string: Array("\(visibleMilliseconds)ms".utf8))
        body.member("wait", string: Array("\(waitMilliseconds)ms".utf8))
        body.endObject()
        var call = Call.repeatable(.post, path: path, body: body.output)
        call.note(waitMillisecondsInBody: waitMilliseconds)
        let begin = Clock.monotonicNow()
        let reply = try service.answer(to: call)
        guard reply.isSuccess else { throw .answer(reply) }
        guard let json = reply.json else { return nil }
        guard let id = json["id"]?.whole, let token = json["token"]?.whole,
            let value = json.valueBytes, let tries = json["tries"]?.whole
        else { throw .answer(reply) }
        return Item(
            reply: reply,
            begin: begin,
            id: id,
            token: token,
            value: value,
            key: json["key"]?.string,
            tryCount: tries
        )
    }
}
