internal import Bytes
internal import Platform
internal import RoostClient
internal import Wire

/// `roost explain`: why something is as it is.
enum ExplainCommand {
    /// Between the two looks of `explain write`.
    private static let intervalMilliseconds: UInt64 = 2_000

    static let leader = Subcommand(
        Verb(
            "explain",
            "leader",
            summary: "tell who leads since when, or why nobody does",
            explanation: """
                Asks every member at its client address, and needs no quorum: who can be reached
                from here, who hears whom, whose log is how far, and what a majority is.
                """,
            examples: [
                Verb.Example(
                    command: "roost explain leader",
                    effect: "sentences, then a line a member"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        let answer = LeaderExplanation(try ClusterPoll(Service(invocation)).look())
        try console.show(answer.text(for: console), or: answer.json)
        return .done
    }

    static let write = Subcommand(
        Verb(
            "explain",
            "write",
            summary: "tell where the time of writes goes, by stage",
            explanation: """
                Looks twice at what the leader measures of the writes of everybody, makes none, and
                names the stage that takes most. Where nothing is written meanwhile, the figures are
                those since the leader began. Exit code 5 where nobody leads.
                """,
            flags: [
                Flag("interval", value: .required("DURATION"), "the time between the looks (2s)")
            ],
            examples: [
                Verb.Example(
                    command: "roost explain write --interval 500ms",
                    effect: "sentences, then mean and 99th percentile of each stage"
                )
            ]
        ),
        run: explainWrite
    )

    private static func explainWrite(
        _ invocation: Invocation,
        on console: Console
    ) throws(Failure) -> ExitCode {
        let interval = try invocation.duration("interval") ?? intervalMilliseconds
        let poll = ClusterPoll(try Service(invocation))
        let before = try poll.look()
        let begun = Clock.monotonicNow()
        Pause.until(begun.advanced(byMilliseconds: interval))
        let after = try poll.look()
        let explanation = WriteExplanation(
            before: before,
            after: after,
            nanoseconds: Clock.monotonicNow().nanoseconds(since: begun)
        )
        guard let explanation else {
            throw .unready("no member that answers leads; 'roost explain leader' tells why")
        }
        try console.show(explanation.text(for: console), or: explanation.json)
        return .done
    }

    static let lock = Subcommand(
        Verb(
            "explain",
            "lock",
            summary: "tell who holds a lock until when, and who waits in what order",
            explanation: """
                Holders keep their leases alive; the times are those at which they end if nothing
                is heard any more. Exit code 3 when it is free.
                """,
            operands: [Verb.Operand(name: "NAME", count: .one)],
            flags: [Flag("elections", "an election instead of a lock")],
            examples: [
                Verb.Example(
                    command: "roost explain lock nightly",
                    effect: "sentences, then a line a waiter"
                )
            ]
        ),
        run: explainLock
    )

    private static func explainLock(
        _ invocation: Invocation,
        on console: Console
    ) throws(Failure) -> ExitCode {
        let service = try Service(invocation)
        let name = invocation.operands[0]
        let isElection = invocation.has("elections")
        let collection: StaticString = isElection ? "/v1/elections" : "/v1/locks"
        let reply = try service.read(.read(Call.path(collection, segment: name)))
        guard let contest = reply.json else { throw .answer(reply) }
        let answer = LockExplanation(
            (isElection ? "election " : "lock ") + ContestWords.quoted(name),
            contest: contest,
            now: PointInTime(unixMilliseconds: Clock.wallMilliseconds())
        )
        try console.show(answer.explanation.text, or: reply.body)
        return .done
    }

    static let loss = Subcommand(
        Verb(
            "explain",
            "loss",
            summary: "tell what losing a member now would cost",
            explanation: """
                Whether a majority would be left, who would lead, what the member alone carries, and
                what to do before it is stopped. Exit code 3 when there is no such member.
                """,
            operands: [Verb.Operand(name: "NAME", count: .one)],
            examples: [
                Verb.Example(command: "roost explain loss default", effect: "sentences")
            ]
        )
    ) { invocation, console throws(Failure) in
        let look = try ClusterPoll(Service(invocation)).look()
        let name = invocation.operand(0) ?? ""
        guard let answer = LossExplanation(of: name, in: look) else {
            let names = look.members.map(\.name).joined(separator: ", ")
            throw .noMember("there is no member '\(name)'; there are \(names)")
        }
        try console.show(answer.explanation.text, or: answer.json)
        return .done
    }
}
