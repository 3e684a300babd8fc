internal import RoostClient
internal import Wire

/// `roost status`: the member that answers, or all of them.
enum StatusCommand {
    static let command = Subcommand(
        Verb(
            "status",
            summary: "show the state of the member that answers, or of all",
            explanation: """
                Needs no quorum: a member alone in the dark still tells what it knows. With --all:
                one line for each member that the answering one knows of, the exit code being 5
                where one does not answer.
                """,
            flags: [Flag("all", "every member of the cluster, asked at its client address")],
            examples: [
                Verb.Example(
                    command: "roost status --endpoints 127.0.0.1:2379",
                    effect: "role, leader, indexes, counts and sizes of that member"
                )
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let service = try Service(invocation)
        if invocation.has("all") { return try ClusterSurvey(service).show(console) }
        let reply = try service.read(.read(Array("/v1/status".utf8)))
        guard console.format == .text, let status = reply.json?.object else {
            try console.show(reply)
            return .done
        }
        let names = MemberNames(try service.read(.read(Array("/v1/cluster".utf8))))
        try console.show(StatusView(status, names: names).table.text(for: console), or: reply.body)
        return .done
    }
}

/// The names of a cluster's members by their ids, from an answer of `/v1/cluster`.
struct MemberNames {
    private var names: [[UInt8]: String] = [:]

    init(_ cluster: Response) {
        for member in cluster.json?["members"]?.array ?? [] {
            guard let id = member["id"]?.string, let name = member["name"] else { continue }
            names[id] = name.plainText
        }
    }

    /// The name of the member with this id; the id where its name is not known, `-` without one.
    func name(of id: JSONValue?) -> String {
        guard let bytes = id?.string else { return "-" }
        return names[bytes] ?? TerminalText.word(bytes)
    }
}

/// A member's status for people: the leader by name, sizes and times in units.
struct StatusView {
    private let status: JSONObject
    private let names: MemberNames

    init(_ status: JSONObject, names: MemberNames) {
        self.status = status
        self.names = names
    }

    /// One line a member of the object.
    var table: Table { .members(of: status) { text($0, value: $1) } }

    /// One member of the object as text.
    func text(_ name: String, value: JSONValue?) -> String {
        guard let value else { return "-" }
        switch (name, value) {
        case ("leader", _): return names.name(of: value)
        case ("uptime", .number), ("leader_for", .number), ("election_timeout", .number):
            let time = TimeSpan(parsing: Array(value.plainText.utf8))
            return time.map { People.duration(milliseconds: $0.milliseconds) } ?? value.plainText
        case (_, .number) where name.hasSuffix("_bytes"): return People.size(value.whole ?? 0)
        default: return value.plainText
        }
    }

    subscript(_ name: String) -> String {
        let bytes = Array(name.utf8)
        return text(name, value: status[bytes: bytes])
    }
}
