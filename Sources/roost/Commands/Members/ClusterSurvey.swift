internal import RoostClient
internal import Wire

/// What every member of the cluster says of itself, each asked at its client address.
struct ClusterSurvey {
    private struct Row {
        let member: JSONValue
        let client: String
        let status: Result<Response, LinkError>
    }

    private let names: MemberNames
    private let rows: [Row]

    /// Asks a member who the members are, then all of them at once.
    init(_ service: Service) throws(Failure) {
        let cluster = try service.read(.read(Array("/v1/cluster".utf8)))
        guard let members = cluster.json?["members"]?.array else { throw .answer(cluster) }
        names = MemberNames(cluster)
        let clients = members.map { $0["client"]?.plainText ?? "-" }
        let round = AddressRound(
            timeoutMilliseconds: service.timeoutMilliseconds,
            security: service.security
        )
        let answers = try round.ask(clients) { client, deadline throws(LinkError) in
            try client.attempt(.read(Array("/v1/status".utf8)), until: deadline)
        }
        rows = zip(zip(members, clients), answers).map { member, status in
            Row(member: member.0, client: member.1, status: status)
        }
    }

    /// Writes one row a member; the exit code tells whether all answered.
    func show(_ console: Console) throws(Failure) -> ExitCode {
        try console.show(table.text(for: console), or: json)
        let silent = rows.compactMap { row in
            guard case .failure(let error) = row.status else { return String?.none }
            return "\(row.member["name"]?.plainText ?? "-") (\(row.client)): \(error.why)"
        }
        guard !silent.isEmpty else { return .done }
        if console.format == .text {
            Console.note("no answer from \(silent.joined(separator: "; "))")
        }
        return .unavailable
    }

    private var table: Table {
        var table = Table(titles: [
            "NAME", "CLIENT", "ROLE", "LEADER", "TERM", "REVISION", "KEYS", "DATA", "MEMORY",
            "UPTIME", "READY",
        ])
        for row in rows {
            let name = row.member["name"]?.plainText ?? "-"
            guard case .success(let reply) = row.status, let status = reply.json?.object else {
                table.append([name, row.client, "no answer"])
                continue
            }
            let view = StatusView(status, names: names)
            let cells =
                ["role", "leader", "term", "revision", "keys", "data_bytes"]
                + ["resident_bytes", "uptime", "ready"]
            table.append([name, row.client] + cells.map { view[$0] })
        }
        return table
    }

    /// `{"members":[…]}`: each as it says itself, or its name and client address with `error`.
    private var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("members")
        writer.beginArray()
        for row in rows {
            switch row.status {
            case .success(let reply):
                writer.value(reply.json ?? .null)
            case .failure(let error):
                writer.beginObject()
                writer.name("name")
                writer.value(row.member["name"] ?? .null)
                writer.name("client")
                writer.value(row.member["client"] ?? .null)
                writer.member("error", string: Array(error.why.utf8))
                writer.endObject()
            }
        }
        writer.endArray()
        writer.endObject()
        return writer.output
    }
}
