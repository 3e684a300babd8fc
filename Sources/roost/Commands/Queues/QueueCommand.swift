internal import Bytes
internal import RoostClient
internal import Wire

/// `roost queue`: pushes items and looks at queues.
enum QueueCommand {
    private static let name = Verb.Operand(name: "NAME", count: .one)

    /// How long an item is hidden from others.
    static let visibleFlag = Flag(
        "visible",
        value: .required("DURATION"),
        "how long it is hidden from others (30s)"
    )
    static let visibleMillisecondsDefault: UInt64 = 30_000
    static let delayFlag = Flag(
        "delay",
        value: .required("DURATION"),
        "how long before it can be taken (0s)"
    )

    static let push = Subcommand(
        Verb(
            "queue",
            "push",
            manners: [.fences],
            summary: "push an item into a queue and print its id",
            explanation: """
                VALUE is an argument, - for standard input, or --file. Items of a higher --priority
                come first, and within one those that were pushed first. While an item of the same
                --key is in the queue nothing is pushed, and that one's id is printed. --tries and
                --dead are set for the whole queue: an item that was taken so often in vain goes to
                the queue of that name.
                """,
            operands: [name, Verb.Operand(name: "VALUE", count: .atMostOne)],
            flags: [
                Flag("file", letter: "f", value: .required("FILE"), "the item's bytes"),
                Flag("priority", value: .required("N"), "higher ones come first (0)"),
                delayFlag,
                Flag(
                    "item-key",
                    value: .required("KEY"),
                    "not pushed while one of this key is there"
                ),
                Flag("tries", value: .required("N"), "so many tries for each item, with --dead"),
                Flag("dead", value: .required("QUEUE"), "where items go after --tries"),
            ],
            examples: [
                Verb.Example(command: "roost queue push mail alice", effect: "prints the item's id")
            ]
        )
    ) { invocation, console throws(Failure) in
        let path = try path(invocation)
        let value = try KeyArgument.value(invocation, operand: 1)
        let priority = try priority(invocation)
        let delay = try invocation.duration("delay")
        let tries = try invocation.number("tries")
        let reply = try Service(invocation).write(.post, path: path, body: value) { call in
            if let priority { call.add("priority", value: String(priority)) }
            if let delay { call.add("delay", value: "\(delay)ms") }
            if let key = invocation.bytes("item-key") { call.add("key", value: key) }
            if let tries { call.add("tries", value: tries) }
            if let dead = invocation.bytes("dead") { call.add("dead", value: dead) }
        }
        return try show(reply, member: "id", on: console)
    }

    static let length = Subcommand(
        Verb(
            "queue",
            "len",
            summary: "print how many items of a queue can be taken",
            explanation: """
                JSON also has how many are delayed and taken, how old the oldest is, and where the
                dead go.
                """,
            operands: [name],
            examples: [Verb.Example(command: "roost queue len mail", effect: "prints a number")]
        )
    ) { invocation, console throws(Failure) in
        let reply = try Service(invocation).read(.read(try path(invocation)))
        return try show(reply, member: "length", on: console)
    }

    static let peek = Subcommand(
        Verb(
            "queue",
            "peek",
            summary: "print the item that comes next, which stays",
            explanation: "Where there is nothing to take the exit code is 3.",
            operands: [name],
            examples: [
                Verb.Example(
                    command: "roost queue peek mail",
                    effect: "prints the item that comes next"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        var call = Call.read(try path(invocation))
        call.add("peek")
        let reply = try Service(invocation).read(call)
        guard let json = reply.json, let value = json.valueBytes else { throw empty(invocation) }
        guard console.format == .text else {
            try console.document(reply.body)
            return .done
        }
        try console.write(value)
        return .done
    }

    // MARK: - What all of them need

    /// The queue's address, with what follows its name.
    static func path(_ invocation: Invocation, verb: String = "") throws(Failure) -> [UInt8] {
        Call.path("/v1/queues", segment: try ContestFlags.name(invocation)) + Array(verb.utf8)
    }

    static func empty(_ invocation: Invocation) -> Failure {
        .missing("queue '\(invocation.operand(0) ?? "")' has nothing to take")
    }

    /// For how long an item is to be hidden.
    static func visible(_ invocation: Invocation) throws(Failure) -> UInt64 {
        try invocation.duration("visible") ?? visibleMillisecondsDefault
    }

    /// Prints one member of an answer, or all of it as JSON.
    static func show(
        _ reply: Response,
        member: StaticString,
        on console: Console
    ) throws(Failure) -> ExitCode {
        guard console.format == .text else {
            try console.document(reply.body)
            return .done
        }
        guard let value = reply.json?[member] else { throw .answer(reply) }
        try console.line(value.plainText)
        return .done
    }

    private static func priority(_ invocation: Invocation) throws(Failure) -> Int32? {
        guard let text = invocation.text("priority") else { return nil }
        guard let number = Int32(text) else {
            throw .usage("--priority '\(text)' is no priority", hint: "write a whole number")
        }
        return number
    }
}
