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
                'feature-level' says which release's forms all members know: it rises by itself once
                the last member is upgraded, and no member goes back then.
                """,
            operands: [
                Verb.Operand(name: "NAME", count: .atMostOne),
                Verb.Operand(name: "VALUE", count: .atMostOne),
            ],
            flags: [
                Flag("hold", "with 'feature-level': it does not rise until --let-rise"),
                Flag("let-rise", "with 'feature-level': it rises by itself again"),
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
        let isLevel = invocation.has("hold") || invocation.has("let-rise")
        guard let name = invocation.operand(0) else {
            guard !isLevel else { throw levelAlone }
            try show(Setting.all, of: service.read(.read(path)), on: console, isWhole: true)
            return .done
        }
        if name == level || name == "feature_level" {
            return try runLevel(invocation, of: service, on: console)
        }
        guard !isLevel else { throw levelAlone }
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

    private static let level = "feature-level"

    private static var levelAlone: Failure {
        .usage(
            "the feature level rises by itself, and is held or let go",
            hint: "roost settings feature-level [--hold | --let-rise]"
        )
    }

    /// The level that the members share: shown, held, or let rise again.
    private static func runLevel(
        _ invocation: Invocation,
        of service: Service,
        on console: Console
    ) throws(Failure) -> ExitCode {
        let (holds, frees) = (invocation.has("hold"), invocation.has("let-rise"))
        guard !(holds && frees), invocation.operand(1) == nil else { throw levelAlone }
        let reply: Response
        if holds || frees {
            var writer = JSONWriter()
            writer.beginObject()
            writer.name("hold_feature_level")
            writer.bool(holds)
            writer.endObject()
            reply = try service.write(.patch, path: path, body: writer.output)
        } else {
            reply = try service.read(.read(path))
        }
        guard let json = reply.json, let value = json["feature_level"] else {
            throw .answer(reply)
        }
        if console.format == .json {
            var writer = JSONWriter()
            writer.beginObject()
            writer.name("feature_level")
            writer.value(value)
            writer.endObject()
            try console.document(writer.output)
        } else {
            try console.line(levelText(in: json) ?? "")
        }
        return .done
    }

    private static func levelText(in json: JSONValue) -> String? {
        guard let value = json["feature_level"], let level = value["level"]?.whole else {
            return nil
        }
        return value["held"]?.bool == true ? "\(level) (held)" : "\(level)"
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
        if isWhole, let text = levelText(in: json) {
            table.append([level, text, "newest", "what all members know; rises by itself"])
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
