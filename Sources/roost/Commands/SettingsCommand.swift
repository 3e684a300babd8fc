internal import Keyspace
internal import RoostClient
internal import Wire

/// `roost settings`: what all members share.
enum SettingsCommand {
    private static let path = Array("/v1/settings".utf8)

    static let command = Subcommand(
        Verb(
            "settings",
            manners: [.fences, .remarks],
            summary: "show or change what all members share",
            explanation: """
                With NAME that setting alone; with VALUE it is changed, on every member at one point
                of the log. Sizes are written 64KiB, 16MiB, 1GiB or in bytes, times 30m, 1h, 7d.
                'history' stands for the three bounds of history, of which the first that is reached
                counts; as a VALUE a time sets its age, a number its revisions, a size its bytes.
                """,
            operands: [
                Verb.Operand(name: "NAME", count: .atMostOne),
                Verb.Operand(name: "VALUE", count: .atMostOne),
            ],
            examples: [
                Verb.Example(
                    command: "roost settings",
                    effect: "one line a setting: its value, its default, what it is"
                ),
                Verb.Example(
                    command: "roost settings history 7d",
                    effect: "forgets what is older than a week, on all members"
                ),
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let service = try Service(invocation)
        guard let name = invocation.operand(0) else {
            try show(Setting.all, of: service.read(.read(path)), on: console, isWhole: true)
            return .done
        }
        let settings = try Setting.named(name)
        guard let value = invocation.operand(1) else {
            try show(settings, of: service.read(.read(path)), on: console, isWhole: false)
            return .done
        }
        let setting = try Setting.one(of: settings, taking: value)
        var writer = JSONWriter()
        writer.beginObject()
        try setting.append(value, to: &writer)
        writer.endObject()
        let reply = try service.write(.patch, path: path, body: writer.output)
        guard let json = reply.json else { throw .answer(reply) }
        if console.format == .json {
            try console.document(reply.body)
        } else {
            try console.confirm("\(setting.name) \(setting.text(in: json))")
        }
        return .done
    }

    /// One setting alone as its value, to be given back; more of them as a table.
    private static func show(
        _ settings: [Setting],
        of reply: Response,
        on console: Console,
        isWhole: Bool
    ) throws(Failure) {
        guard let json = reply.json else { throw .answer(reply) }
        guard console.format == .text else {
            return try console.document(isWhole ? reply.body : part(settings, of: json))
        }
        if settings.count == 1 { return try console.line(settings[0].text(in: json)) }
        var table = Table(titles: ["NAME", "VALUE", "DEFAULT", "WHAT"])
        for setting in settings {
            table.append([setting.name, setting.text(in: json), setting.standard, setting.summary])
        }
        try console.write(Array(table.text(for: console).utf8))
    }

    private static func part(_ settings: [Setting], of json: JSONValue) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        for setting in settings {
            guard let value = json[setting.member] else { continue }
            writer.name(setting.member)
            writer.value(value)
        }
        writer.endObject()
        return writer.output
    }
}
