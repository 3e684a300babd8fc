internal import Platform
internal import RoostClient

/// `roost env`: runs a command with a tree as its environment.
enum EnvironmentCommand {
    static let command = Subcommand(
        Verb(
            "env",
            manners: [.remarks],
            summary: "run a command with a tree of keys as its environment",
            explanation: """
                Each key below KEY is a variable, named by its path below KEY: db/host for
                KEY/db/host, db_host with --sanitize, DB_HOST with --upcase too. Variables that CMD's
                environment has already are replaced. Without --watch roost becomes CMD. With --watch
                restart, CMD is ended (SIGTERM, five seconds later SIGKILL) and run anew when a
                variable changes; with --watch signal NAME it is sent that signal instead, such as
                HUP, and looks for itself: a running process keeps its environment. Signals are
                passed on, and when CMD ends by itself roost ends with its exit code. Where there is
                no such key the exit code is 3.
                """,
            operands: [
                Verb.Operand(name: "KEY", count: .one),
                Verb.Operand(name: "SIGNAL", count: .atMostOne),
            ],
            flags: [
                Flag("sanitize", "what is no letter, digit or _ in a name becomes _"),
                Flag("upcase", "letters in names become capitals"),
                Flag("prefix", value: .required("TEXT"), "what each name begins with"),
                Flag("watch", value: .required("HOW"), "restart, or signal with SIGNAL after KEY"),
            ],
            tail: .command,
            examples: [
                Verb.Example(
                    command: "roost env /app --sanitize --upcase -- printenv NAME",
                    effect: "prints the value of /app/name"
                )
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let root = try KeyNotation.path.directory(invocation.operands[0])
        let reaction = try reaction(invocation)
        var naming = TreeVariables.Naming()
        naming.prefix = invocation.bytes("prefix") ?? []
        naming.isUpcase = invocation.has("upcase")
        naming.isSanitized = invocation.has("sanitize")
        let tree = try StoredTree(of: root, service: Service(invocation))
        guard !tree.leaves.isEmpty else {
            throw .missing(
                "\(KeyNotation.path.word(root)) does not exist, and nothing lies below it"
            )
        }
        let variables = try TreeVariables(tree.leaves, naming: naming)
        guard let reaction else {
            let failure = ProcessImage.become(
                arguments: invocation.tail,
                environment: variables.added(to: ProcessImage.environment)
            )
            let name = String(decoding: invocation.tail[0], as: UTF8.self)
            Console.note("cannot run '\(name)': \(SystemError.text(of: failure.code))")
            return ProcessImage.isMissing(failure) ? ExitCode(rawValue: 127) : .notRunnable
        }
        var runner = try EnvironmentRunner(
            root,
            naming: naming,
            reaction: reaction,
            invocation: invocation,
            console: console
        )
        return try runner.run(variables)
    }

    private static func reaction(
        _ invocation: Invocation
    ) throws(Failure) -> EnvironmentRunner.Reaction? {
        let name = invocation.operand(1)
        switch invocation.text("watch") {
        case nil where name == nil: return nil
        case "restart" where name == nil: return .restart
        case "signal":
            guard let name else {
                throw .usage("--watch signal needs a signal", hint: "write it after KEY, as HUP")
            }
            let bare = name.hasPrefix("SIG") ? String(name.dropFirst(3)) : name
            guard let signal = signals.first(where: { $0.name == bare })?.signal else {
                let names = signals.map(\.name).joined(separator: ", ")
                throw .usage("there is no signal '\(name)' to send", hint: "write one of \(names)")
            }
            return .signal(signal)
        default:
            throw .usage(
                "--watch is neither restart nor signal",
                hint: "write --watch restart, or KEY HUP --watch signal"
            )
        }
    }

    private static let signals: [(name: String, signal: Signal)] = [
        ("HUP", .hangUp), ("INT", .interrupt), ("QUIT", .quit), ("TERM", .terminate),
        ("USR1", .user1), ("USR2", .user2), ("WINCH", .windowChange),
    ]
}
