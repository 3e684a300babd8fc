internal import Bytes
internal import RoostClient
internal import Wire

/// `roost guard`: what is written only in the name of a lock.
enum GuardCommand {
    private static let collection = Array("/v1/guards".utf8)

    static let command = Subcommand(
        Verb(
            "guard",
            manners: [.fences, .remarks],
            summary: "let a subtree be written only in the name of a lock",
            explanation: """
                From then on every write at and below PATH, by whomever and in whichever way, wants a
                token that holds the lock NAME: inside 'roost lock NAME -- CMD' roost's writes send it
                by themselves. Without NAME the guard of PATH is shown (exit code 3 if there is none),
                without PATH all of them. What ends with a lease goes all the same.
                """,
            operands: [
                Verb.Operand(name: "PATH", count: .atMostOne),
                Verb.Operand(name: "NAME", count: .atMostOne),
            ],
            flags: [Flag("remove", "let PATH be written as anything else again")],
            examples: [
                Verb.Example(
                    command: "roost guard /release release",
                    effect: "below /release only who holds the lock 'release' writes"
                ),
                Verb.Example(command: "roost guard", effect: "one line a guard"),
            ]
        ),
        run: run
    )

    private static func run(
        _ invocation: Invocation,
        on console: Console
    ) throws(Failure) -> ExitCode {
        let service = try Service(invocation)
        guard let path = invocation.operands.first else {
            guard !invocation.has("remove") else {
                throw .usage("--remove wants a PATH", hint: invocation.verb.usage)
            }
            let reply = try service.read(.read(collection))
            let guards = reply.json?["guards"]?.array ?? []
            let table = Table(guards, columns: [("PATH", "path"), ("LOCK", "lock")])
            try console.show(table.text(for: console), or: reply.body)
            return .done
        }
        let address = try address(of: path)
        if invocation.has("remove") {
            guard invocation.operands.count == 1 else {
                throw .usage("--remove takes no NAME", hint: "leave one of them out")
            }
            return try confirm(
                service.write(.delete, path: address),
                saying: "is unguarded",
                on: console
            )
        }
        guard let lock = invocation.operands.dropFirst().first else {
            try console.show(service.read(.read(address)))
            return .done
        }
        var body = JSONWriter()
        body.beginObject()
        body.member("lock", string: lock)
        body.endObject()
        let reply = try service.write(.put, path: address, body: body.output)
        let words = "is guarded by lock \(ContestWords.quoted(lock))"
        return try confirm(reply, saying: words, on: console)
    }

    private static func address(of path: [UInt8]) throws(Failure) -> [UInt8] {
        guard path.first == UInt8(ascii: "/"), path.span.isValidUTF8 else {
            throw .usage(
                "'\(String(decoding: path, as: UTF8.self))' is no path",
                hint: "a path begins with '/', such as /release"
            )
        }
        var address = collection
        PercentEncoding.append(path: path, to: &address)
        return address
    }

    private static func confirm(
        _ reply: Response,
        saying words: String,
        on console: Console
    ) throws(Failure) -> ExitCode {
        guard console.format == .text else {
            try console.show(reply)
            return .done
        }
        try console.confirm("\(reply.json?["path"]?.plainText ?? "") \(words)")
        return .done
    }
}

/// `roost counter`: counts.
enum CounterCommand {
    static let command = Subcommand(
        Verb(
            "counter",
            manners: [.fences],
            summary: "show a counter, add to it or set it",
            explanation: """
                +N adds and =N sets; either prints what the counter shows then, and JSON has what it
                showed before. A counter that is not there counts 0 (shown alone: exit code 3). It
                goes from -(2^53 - 1) to 2^53 - 1; beyond, nothing changes and the exit code is 4.
                """,
            operands: [
                Verb.Operand(name: "NAME", count: .one),
                Verb.Operand(name: "CHANGE", count: .atMostOne),
            ],
            examples: [
                Verb.Example(command: "roost counter builds +1", effect: "prints the next number"),
                Verb.Example(command: "roost counter builds =100", effect: "prints 100"),
            ]
        ),
        run: run
    )

    private static func run(
        _ invocation: Invocation,
        on console: Console
    ) throws(Failure) -> ExitCode {
        let path = Call.path("/v1/counters", segment: try ContestFlags.name(invocation))
        let service = try Service(invocation)
        let reply: Response
        if let change = invocation.operand(1) {
            let isAbsolute = change.hasPrefix("=")
            guard isAbsolute || change.hasPrefix("+"), let number = Int64(change.dropFirst()) else {
                throw .usage(
                    "'\(change)' is no change of a counter",
                    hint: "write +N to add, +-N to take away, =N to set"
                )
            }
            var body = JSONWriter()
            body.beginObject()
            body.member(isAbsolute ? "value" : "add", integer: number)
            body.endObject()
            let method: Wire.Method = isAbsolute ? .put : .post
            reply = try service.write(method, path: path, body: body.output)
        } else {
            reply = try service.read(.read(path))
        }
        guard console.format == .text, let value = reply.json?["value"] else {
            try console.show(reply)
            return .done
        }
        try console.line(value.plainText)
        return .done
    }
}
