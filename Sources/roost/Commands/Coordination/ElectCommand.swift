internal import Bytes
internal import RoostClient
internal import Wire

/// `roost elect`: runs a command while leading, or watches who leads.
enum ElectCommand {
    static let command = Subcommand(
        Verb(
            "elect",
            manners: [.fences, .remarks],
            summary: "run a command while leading, or watch who leads",
            explanation: """
                As 'roost lock', with a value that the leader proclaims (by default who it is). With
                --observe instead of CMD: one line whenever the leader changes. A leader that is asked
                to hand over by a candidate of higher priority (--preempt) ends CMD and resigns: exit
                code 75. With --health a leader that is sick ends CMD, resigns, and does not campaign
                until it is well; then it does so anew and runs CMD again.
                """,
            operands: [Verb.Operand(name: "NAME", count: .one)],
            flags: ContestFlags.all + [
                Flag("value", value: .required("VALUE"), "what the leader proclaims"),
                Flag("observe", "print who leads, now and at every change"),
                Flag("priority", value: .required("N"), "a higher one is granted first (0)"),
                Flag("preempt", "ask a leader of lower priority to hand over"),
                Flag(
                    "health",
                    value: .required("COMMAND"),
                    "lead only while COMMAND, or what http:// or tcp:// names, is well"
                ),
                Flag("interval", value: .required("DURATION"), "between two looks (5s)"),
            ],
            tail: .optionalCommand,
            examples: [
                Verb.Example(
                    command: "roost elect scheduler --value 10.0.0.7:80 -- echo leading",
                    effect: "prints 'leading' once this is the leader"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        guard invocation.has("observe") else {
            guard !invocation.tail.isEmpty else {
                throw .usage(
                    "'elect' needs a command to run, or --observe",
                    hint: invocation.verb.usage
                )
            }
            let value = invocation.bytes("value") ?? ContestFlags.owner(invocation)
            let kind = LockTarget.Kind.election(value: value, try candidacy(invocation))
            return try ContestFlags.compete(invocation, kind: kind, on: console)
        }
        guard invocation.tail.isEmpty else {
            throw .usage("--observe runs no command", hint: "leave one of them out")
        }
        let idle = ["priority", "preempt", "health", "interval", "again", "on-lost"]
        if let flag = idle.first(where: invocation.has) {
            throw .usage("--\(flag) does nothing with --observe", hint: "leave one of them out")
        }
        let name = try ContestFlags.name(invocation)
        let service = try Service(invocation)
        let path = Call.path("/v1/elections", segment: name) + Array("/observe".utf8)
        let subscription = EventSubscription(
            client: service.client,
            start: .changes,
            timeoutMilliseconds: service.timeoutMilliseconds,
            news: console.tell
        ) { _ in Call.read(path) }
        return try EventPrinter(console: console, notation: .path).print(subscription)
    }

    private static func candidacy(
        _ invocation: Invocation
    ) throws(Failure) -> LockTarget.Candidacy {
        var candidacy = LockTarget.Candidacy()
        if let text = invocation.text("priority") {
            guard let priority = Int32(text) else {
                throw .usage(
                    "--priority '\(text)' is no priority",
                    hint: "write a whole number from -2147483648 to 2147483647"
                )
            }
            candidacy.priority = priority
        }
        if invocation.has("preempt") { candidacy.demand = .handover }
        return candidacy
    }
}
