internal import RoostClient
internal import Wire

/// `roost history`: what became of one key.
enum HistoryCommand {
    /// So many characters of a value are shown.
    private static let valueCharacterMax = 40

    static let command = Subcommand(
        Verb(
            "history",
            summary: "show the versions of a key, newest first",
            explanation: """
                Every version that history still has, with its revision, time, author and note and
                the beginning of its value, and every delete with its cause. 'roost get --revision
                R' has a value as a whole. Where history does not reach back to the beginning of the
                store, standard error says from which revision on it does. A key that history knows
                nothing of is exit code 3.
                """,
            operands: [Verb.Operand(name: "KEY", count: .one)],
            flags: [
                Flag("limit", value: .required("N"), "no more than the newest N"),
                KeyNotation.flag,
            ],
            examples: [
                Verb.Example(
                    command: "roost history /app/name",
                    effect: "one line for each time that /app/name was written or deleted"
                )
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let notation = KeyNotation(invocation)
        let key = try notation.key(invocation.operands[0])
        let limit = try invocation.number("limit")
        guard limit != 0 else { throw .usage("--limit 0 shows nothing", hint: "write 1 or more") }
        let past = try KeyPast(of: key, service: Service(invocation), news: console.tell)
        let steps = past.steps.suffix(limit.map { Int(clamping: $0) } ?? .max).reversed()
        guard !steps.isEmpty else {
            let reach =
                past.compactRevision > 0 ? " since revision \(past.compactRevision)" : ""
            throw .missing("\(notation.word(key)) was never there\(reach)")
        }
        try console.show(
            table(of: Array(steps)).text(for: console),
            or: json(of: Array(steps), key: key, compactRevision: past.compactRevision)
        )
        if past.compactRevision > 0, steps.count == past.steps.count {
            console.remark("what was before revision \(past.compactRevision) is compacted")
        }
        return .done
    }

    private static func table(of steps: [KeyPast.Step]) -> Table {
        let hasAuthors = steps.contains { $0.object["author"] != nil }
        var table = Table(
            titles: ["REVISION", "MODIFIED", "EVENT", "VERSION"]
                + (hasAuthors ? ["AUTHOR"] : []) + ["VALUE", "NOTE"]
        )
        for step in steps {
            let object = step.object
            let event = step.isPut ? "put" : object["cause"]?.plainText ?? "deleted"
            table.append(
                [
                    object["mod_revision"]?.plainText ?? "-", People.time(object["modified"]),
                    event, object["version"]?.plainText ?? "-",
                ]
                    + (hasAuthors ? [object["author"]?.plainText ?? "-"] : [])
                    + [step.isPut ? summary(.object(object)) : "-"]
                    + (object["note"].map { [$0.plainText] } ?? [])
            )
        }
        return table
    }

    /// The beginning of a value, with its size where that is not all.
    private static func summary(_ object: JSONValue) -> String {
        let bytes = object.valueBytes ?? []
        let isText = object["encoding"]?.string == Array("utf8".utf8)
        let text = isText ? TerminalText.word(bytes) : CEscapes.text(of: bytes)
        guard text.count > valueCharacterMax else { return text }
        return "\(text.prefix(valueCharacterMax))… (\(People.size(UInt64(bytes.count))))"
    }

    private static func json(
        of steps: [KeyPast.Step],
        key: [UInt8],
        compactRevision: UInt64
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.append(key: key)
        writer.member("compact_revision", number: compactRevision)
        writer.name("items")
        writer.beginArray()
        for step in steps {
            writer.beginObject()
            writer.member("event", string: step.isPut ? "put" : "delete")
            for member in step.object.members {
                writer.name(bytes: member.name)
                writer.value(member.value)
            }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.output
    }
}
