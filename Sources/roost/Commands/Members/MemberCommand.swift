internal import RoostClient
internal import Wire

/// `roost member`: who belongs to the cluster, and the orders that change it.
enum MemberCommand {
    private static let name = Verb.Operand(name: "NAME", count: .one)
    private static let address = Verb.Operand(name: "HOST:PORT", count: .one)
    private static let waitFlag = Flag(
        "wait",
        "until it is carried out, telling how far it is; fails if it is not"
    )
    private static let forceFlag = Flag(
        "force",
        "even if too few of the voters that are left can be heard"
    )
    private static let manners: Set<Verb.Manner> = [.fences, .remarks]

    static let list = Subcommand(
        Verb(
            "member",
            "list",
            summary: "list the members of the cluster, and the changes under way",
            explanation: """
                KIND is voter, learner (on its way to voter) or observer (never votes). LAG and
                BEHIND, in entries and time, are the leader's, which is asked where its client
                address is known; CONTACT is when the teller last heard the member.
                """,
            examples: [Verb.Example(command: "roost member list", effect: "one line a member")]
        )
    ) { invocation, console throws(Failure) in
        let roll = try MemberRoll(Service(invocation))
        try console.show(roll.text(for: console), or: roll.reply.body)
        return .done
    }

    static let add = Subcommand(
        Verb(
            "member",
            "add",
            manners: manners,
            summary: "have a new member join the cluster",
            explanation: """
                Prints the command that starts it on its machine, before or after this one. It gets
                the log, then votes by itself. HOST:PORT is where the other members reach it.
                """,
            operands: [name, address],
            flags: [Flag("observer", "it has everything and serves, and never votes"), waitFlag],
            examples: [
                Verb.Example(
                    command: "roost member add n4 10.0.0.4:2380 --wait",
                    effect: "ends once n4 votes"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        let kind = invocation.has("observer") ? MemberOrderWait.Kind.observer : .voter
        var body = place(invocation, at: 0)
        body.member("kind", string: Array(kind.rawValue.utf8))
        body.endObject()
        let name = invocation.operands[0]
        return try MemberOrdering(invocation, on: console, about: name, isOfVoters: kind == .voter)
            .carryOut(
                .post,
                path: Array("/v1/members".utf8),
                body: body.output,
                words: ("is awaited", kind == .voter ? "votes" : "observes")
            ) { _ in .arrival(name, insteadOf: nil) }
    }

    static let replace = Subcommand(
        Verb(
            "member",
            "replace",
            manners: manners,
            summary: "have a new member take the place of another one",
            explanation: """
                Also of one that is dead or has lost its directory: NAME and HOST:PORT may be its
                own. Prints the command that starts the newcomer. It gets the log, then takes over
                the vote in one step, and OLD is removed.
                """,
            operands: [Verb.Operand(name: "OLD", count: .one), name, address],
            flags: [waitFlag],
            examples: [
                Verb.Example(
                    command: "roost member replace n3 n3 10.0.0.3:2380 --wait",
                    effect: "n3 comes back with an empty directory"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        var body = place(invocation, at: 1)
        body.endObject()
        let name = invocation.operands[1]
        return try MemberOrdering(invocation, on: console, about: name, isOfVoters: false)
            .carryOut(
                .post,
                path: path(invocation) + Array("/replace".utf8),
                body: body.output,
                words: ("is awaited", "has taken its place")
            ) { .arrival(name, insteadOf: $0) }
    }

    static let remove = Subcommand(
        Verb(
            "member",
            "remove",
            manners: manners,
            summary: "remove a member from the cluster",
            explanation: """
                Its process ends by itself, with exit code 78, and its directory may not join again.
                A newcomer that has not come is awaited no more; of several orders about one name
                --change says which is taken back.
                """,
            operands: [name],
            flags: [
                forceFlag, waitFlag,
                Flag(
                    "change",
                    value: .required("N"),
                    "take back the order of that number about it, which 'member list' tells"
                ),
            ],
            examples: [
                Verb.Example(command: "roost member remove n4", effect: "n4 leaves the cluster")
            ]
        )
    ) { invocation, console throws(Failure) in
        try MemberOrdering(invocation, on: console, about: invocation.operands[0], isOfVoters: true)
            .carryOut(
                .delete,
                path: path(invocation),
                words: ("is to leave", "has left"),
                withdrawn: invocation.text("change").map {
                    "stays as it is (order \($0) is taken back)"
                } ?? "is awaited no more"
            ) { $0.map { .departure($0) } }
    }

    static let update = Subcommand(
        Verb(
            "member",
            "update",
            manners: manners,
            summary: "tell the others another address of a member",
            explanation: """
                Before or after it moved: stop it, move its directory, and start it there, once,
                with --peer-listen at the new address.
                """,
            operands: [name, address],
            flags: [waitFlag],
            examples: [
                Verb.Example(
                    command: "roost member update n3 10.0.1.3:2380",
                    effect: "the others look for n3 there"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        let address = invocation.operands[1]
        var body = JSONWriter()
        body.beginObject()
        body.member("peer", string: address)
        body.endObject()
        return try MemberOrdering(
            invocation,
            on: console,
            about: invocation.operands[0],
            isOfVoters: false
        ).carryOut(
            .patch,
            path: path(invocation),
            body: body.output,
            words: ("is to be reached elsewhere", "is reached elsewhere")
        ) { $0.map { .address($0, address) } }
    }

    static let demote = Subcommand(
        Verb(
            "member",
            "demote",
            manners: manners,
            summary: "make a voter an observer",
            explanation: "It keeps up and serves as before, and votes no more.",
            operands: [name],
            flags: [forceFlag, waitFlag],
            examples: [
                Verb.Example(command: "roost member demote n3", effect: "n3 votes no more")
            ]
        )
    ) { invocation, console throws(Failure) in
        try assign(.observer, words: ("is to observe", "observes"), for: invocation, on: console)
    }

    static let promote = Subcommand(
        Verb(
            "member",
            "promote",
            manners: manners,
            summary: "make an observer a voter",
            explanation: "As soon as it has nearly all of the log.",
            operands: [name],
            flags: [waitFlag],
            examples: [
                Verb.Example(command: "roost member promote n3 --wait", effect: "n3 votes")
            ]
        )
    ) { invocation, console throws(Failure) in
        try assign(.voter, words: ("is to vote", "votes"), for: invocation, on: console)
    }

    private static func assign(
        _ kind: MemberOrderWait.Kind,
        words: (begun: String, done: String),
        for invocation: Invocation,
        on console: Console
    ) throws(Failure) -> ExitCode {
        var body = JSONWriter()
        body.beginObject()
        body.member("kind", string: Array(kind.rawValue.utf8))
        body.endObject()
        return try MemberOrdering(
            invocation,
            on: console,
            about: invocation.operands[0],
            isOfVoters: true
        ).carryOut(.patch, path: path(invocation), body: body.output, words: words) {
            $0.map { .kind($0, kind) }
        }
    }

    /// The call of the member that comes first on the command line.
    private static func path(_ invocation: Invocation) -> [UInt8] {
        Call.path("/v1/members", segment: invocation.operands[0])
    }

    /// The beginning of an object with a newcomer's name and address, which stand at that place.
    private static func place(_ invocation: Invocation, at operand: Int) -> JSONWriter {
        var body = JSONWriter()
        body.beginObject()
        body.member("name", string: invocation.operands[operand])
        body.member("peer", string: invocation.operands[operand + 1])
        return body
    }
}
