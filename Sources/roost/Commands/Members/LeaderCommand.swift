internal import Bytes
internal import Platform
internal import RoostClient
internal import Wire

/// `roost leader transfer`: another voter leads.
enum LeaderCommand {
    private static let path = Array("/v1/leader/transfer".utf8)
    private static let pauseMilliseconds: UInt64 = 100
    /// Longer than an election takes: a leader that has not handed over by then is asked again.
    private static let patienceMilliseconds: UInt64 = 3_000

    static let transfer = Subcommand(
        Verb(
            "leader",
            "transfer",
            manners: [.remarks],
            summary: "have another member lead",
            explanation: """
                TO is a voter; without it the leader chooses the one that has most of the log. Says
                who leads once that is so; fails when it is not within --timeout. Writes wait for
                it, and none is lost.
                """,
            operands: [Verb.Operand(name: "TO", count: .atMostOne)],
            examples: [
                Verb.Example(
                    command: "roost leader transfer n2",
                    effect: "prints 'n2 leads' once it does"
                )
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let service = try Service(invocation)
        let target = invocation.operands.first
        var body: [UInt8] = []
        if let target {
            guard target.span.isValidUTF8 else {
                throw .usage("TO is no name", hint: "write a member's name")
            }
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("to", string: target)
            writer.endObject()
            body = writer.output
        }
        let deadline = Clock.monotonicNow().advanced(byMilliseconds: service.timeoutMilliseconds)
        var before: [UInt8]?
        var askAgainAt: MonotonicTime?
        while true {
            let now = Clock.monotonicNow()
            let roll = try MemberRoll(service)
            let leader = roll.leader
            let id = leader?["id"]?.string
            let isWanted = target.map { leader?["name"]?.string == $0 || id == $0 }
            if let leader, isWanted ?? (before != nil && before != id) {
                try report(leader, on: console)
                return .done
            }
            guard now < deadline else { throw .unfinished(failure(leader: roll.leaderName)) }
            if id != nil, askAgainAt.map({ $0 <= now }) ?? true {
                before = id
                _ = try service.repeatable(.post, path: path, body: body)
                askAgainAt = Clock.monotonicNow().advanced(byMilliseconds: patienceMilliseconds)
            }
            Pause.until(min(now.advanced(byMilliseconds: pauseMilliseconds), deadline))
        }
    }

    private static func report(_ leader: JSONValue, on console: Console) throws(Failure) {
        guard console.format == .json else {
            return try console.confirm("\(leader["name"]?.plainText ?? "-") leads")
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("leader")
        writer.value(leader)
        writer.endObject()
        try console.document(writer.output)
    }

    private static func failure(leader: String?) -> String {
        guard let leader else { return "no member leads; see 'roost status --all'" }
        return "\(leader) still leads: no voter that is reached and has the log took over in time; "
            + "see 'roost member list', and try again"
    }
}
