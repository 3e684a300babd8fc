internal import Bytes
internal import Platform
internal import RoostClient
internal import Wire

/// `roost watch`: prints changes as they happen, or runs a command for them.
enum WatchCommand {
    static let command = Subcommand(
        Verb(
            "watch",
            manners: [.remarks],
            summary: "print changes, or run a command for them",
            explanation: """
                Goes on until it is ended, across lost connections and members, without a gap. With
                --exec, COMMAND is run by /bin/sh once at the start and then for changes, one at a
                time: a key that changed several times meanwhile is told once, with its latest
                value on standard input and ROOST_KEY, ROOST_EVENT (put, delete, or synced for the
                start of a watch of many keys, or of deletes alone) and ROOST_REVISION in the
                environment. When roost is
                ended, so is COMMAND with everything in its process group. With --bytes KEY is any
                key, not only a path, and names are printed so; with --prefix all that begin so.
                When the member that answers has no leader, standard error says so.
                """,
            operands: [Verb.Operand(name: "KEY", count: .atLeastOne)],
            flags: [
                Flag("recursive", letter: "r", "everything below KEY too"),
                Flag("from", value: .required("REVISION"), "begin with this revision"),
                Flag("initial", "the present keys first"),
                Flag("previous", "with each change, what was there before"),
                Flag("exec", value: .required("COMMAND"), "run this instead of printing"),
                Flag("events", value: .required("KIND"), "put or delete alone"),
                Flag("keys", "without values"),
                KeyNotation.flag,
                KeyStretch.prefixFlag,
            ],
            examples: [
                Verb.Example(
                    command: "roost watch -r /app",
                    effect: "prints every change below /app"
                ),
                Verb.Example(
                    command: "roost watch /app/config --exec 'cat >config.json; pkill -HUP app'",
                    effect: "writes the file now and whenever the key changes"
                ),
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let selection = try Selection(invocation)
        let from = try invocation.number("from")
        let command = invocation.text("exec")
        guard command == nil || from == nil else {
            throw .usage("--exec begins with the present", hint: "leave --from out")
        }
        guard command == nil || !invocation.has("keys") else {
            throw .usage(
                "--keys leaves values out, and --exec gives the value to COMMAND",
                hint: "leave --keys out; COMMAND need not read its standard input"
            )
        }
        let hasPrevious = invocation.has("previous")
        let service = try Service(invocation)
        let isInitial = invocation.has("initial") || command != nil
        let subscription = EventSubscription(
            client: service.client,
            start: isInitial ? .initialItems : .changes,
            timeoutMilliseconds: service.timeoutMilliseconds,
            news: console.tell
        ) { cursor in
            var call = Call.read(Array("/v1/watch".utf8))
            selection.add(to: &call)
            if hasPrevious { call.add("previous") }
            if cursor.asksForInitialItems { call.add("initial") }
            if let from { call.add("from", value: from) }
            return call
        }
        if let command {
            var runner = WatchRunner(
                command: command,
                extent: selection.extent,
                notation: selection.notation,
                subscription: subscription,
                endpoints: service.endpoints,
                console: console
            )
            return try runner.run()
        }
        return try EventPrinter(console: console, notation: selection.notation).print(subscription)
    }
}

/// What a watch is of: keys, what begins with them or lies below them, and which of its events.
private struct Selection {
    let notation: KeyNotation
    private let keys: [[UInt8]]
    private let parameter: StaticString
    private let isRecursive: Bool
    private let isPrefix: Bool
    private let kind: [UInt8]?
    private let isWithoutValues: Bool

    init(_ invocation: Invocation) throws(Failure) {
        notation = KeyNotation(invocation)
        isRecursive = invocation.has("recursive")
        isPrefix = invocation.has("prefix")
        if isPrefix {
            guard !isRecursive else {
                throw .usage("--prefix and --recursive are both given", hint: "give one of them")
            }
            var prefixes: [[UInt8]] = []
            for operand in invocation.operands { prefixes.append(try notation.bytes(operand)) }
            keys = prefixes
            parameter = "prefix"
        } else {
            keys = try KeyArgument.keys(invocation)
            parameter = notation == .path || isRecursive ? "path" : "key"
        }
        kind = invocation.bytes("events")
        guard kind.map({ $0.equals("put") || $0.equals("delete") }) ?? true else {
            throw .usage("--events is neither put nor delete", hint: "leave it out for both")
        }
        isWithoutValues = invocation.has("keys")
    }

    func add(to call: inout Call) {
        for key in keys { call.add(parameter, value: key) }
        if isRecursive { call.add("recursive") }
        if let kind { call.add("events", value: kind) }
        if isWithoutValues { call.add("keys") }
    }

    /// What `--exec` is first run for.
    var extent: WatchRunner.Extent {
        // Who follows deletes alone is not told whether the key is there.
        let isOne = keys.count == 1 && !isRecursive && !isPrefix && kind?.equals("delete") != true
        return isOne ? .oneKey(keys[0]) : .manyKeys(keys[0])
    }
}

/// Prints the blocks of an event stream, one line each.
struct EventPrinter {
    let console: Console
    /// How the keys of events are printed.
    let notation: KeyNotation

    /// Returns when the stream is over for good.
    func print(_ subscription: EventSubscription) throws(Failure) -> ExitCode {
        while true {
            let events = try subscription.nextEvents()
            if events.isEmpty { return .done }
            for event in events {
                try print(event)
                guard !event.event.equals("compacted") else {
                    throw .local(
                        "the history after the last event is compacted; "
                            + "watch anew, with --initial for the present keys"
                    )
                }
            }
        }
    }

    private func print(_ event: ServerSentEvent) throws(Failure) {
        let data = event.object
        if console.format == .text, let notice = event.leadershipNotice(data) {
            return console.remark(notice)
        }
        try console.show(textLine(event, data: data), or: jsonLine(event, data: data))
    }

    private func textLine(_ event: ServerSentEvent, data: JSONObject?) -> String {
        var words = [TerminalText.word(event.event)]
        if let data, JSONValue.object(data).key != nil {
            words.append(notation.word(of: .object(data)))
        }
        for name: StaticString in ["name", "token", "mod_revision", "compact_revision"] {
            if let value = data?[name] { words.append(value.plainText) }
        }
        if let data, let value = JSONValue.object(data).valueBytes {
            words.append(notation.word(value))
        }
        for name: StaticString in ["since", "info"] {
            if let value = data?[name] { words.append("\(name) \(value.plainText)") }
        }
        return words.joined(separator: " ") + "\n"
    }

    /// As the service writes it to clients that accept lines of JSON.
    private func jsonLine(_ event: ServerSentEvent, data: JSONObject?) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("event", string: event.event)
        writer.member("id", string: event.lastEventID)
        for member in data?.members ?? [] {
            writer.name(bytes: member.name)
            writer.value(member.value)
        }
        writer.endObject()
        return writer.output
    }
}

extension ServerSentEvent {
    /// What it says, nil where that is no JSON object.
    var object: JSONObject? {
        guard let data else { return nil }
        do throws(JSONError) { return try JSONValue(parsing: data).object } catch { return nil }
    }

    /// That the member which answers has lost its leader, or has one again; nil for any other
    /// event. The leader of an election has a token.
    func leadershipNotice(_ data: JSONObject?) -> String? {
        if event.equals("leaderless") {
            return "the member that answers has no leader: changes come late, none is lost"
        }
        return event.equals("leader") && data?["token"] == nil ? "there is a leader again" : nil
    }
}

extension Console {
    /// Says on standard error when no member answers, and when that is over.
    func tell(_ news: EventSubscription.News) {
        switch news {
        case .unanswered(let evidence):
            let why = evidence.isEmpty ? "" : " (\(evidence.joined(separator: "; ")))"
            remark("no member answers\(why); trying on")
        case .answered(let endpoint, let milliseconds):
            let time = People.duration(milliseconds: milliseconds)
            remark("\(endpoint) answers after \(time)")
        }
    }
}

extension EventSubscription {
    /// `next`, its errors in this layer's words.
    func nextEvents() throws(Failure) -> [ServerSentEvent] {
        do throws(SubscriptionError) {
            return try next()
        } catch {
            switch error {
            case .client(let error): throw .client(error)
            case .rejected(let reply): throw .answer(reply)
            }
        }
    }
}
