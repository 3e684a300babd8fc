internal import Platform
internal import RoostClient

/// The one binary: server, client and tools.
@main
struct Roost {
    static func main() {
        StandardStream.occupyClosed()
        let arguments = ProcessImage.arguments.dropFirst()
        if let exitCode = hiddenCommand(arguments) { CurrentProcess.exit(exitCode) }
        CurrentProcess.exit(run(Array(arguments)).rawValue)
    }

    /// The parts of `lock`, `elect` and `watch` that are processes of their own, and what shells ask.
    private static func hiddenCommand(_ arguments: ArraySlice<[UInt8]>) -> Int32? {
        switch arguments.first.map({ String(decoding: $0, as: UTF8.self) }) {
        case CommandStub.verb:
            guard let text = arguments.dropFirst().first,
                let descriptor = Int32(String(decoding: text, as: UTF8.self))
            else { return ExitCode.usage.rawValue }
            return CommandStub.run(orderDescriptor: descriptor)
        case CommandKeeper.verb:
            let rest = Array(arguments.dropFirst())
            guard rest.count == 2, let descriptor = Int32(String(decoding: rest[0], as: UTF8.self))
            else { return ExitCode.usage.rawValue }
            return CommandKeeper.run(
                String(decoding: rest[1], as: UTF8.self),
                keptByPipeAt: descriptor
            )
        case CompletionAnswer.verb: return CompletionAnswer.run(Array(arguments.dropFirst()))
        case GuardianProcess.verb:
            let rest = Array(arguments.dropFirst())
            guard rest.count == 8, let job = Int32(String(decoding: rest[2], as: UTF8.self)) else {
                return ExitCode.usage.rawValue
            }
            let texts = rest[3...].map { String(decoding: $0, as: UTF8.self) }
            guard let files = ClientFiles(arguments: texts) else { return ExitCode.usage.rawValue }
            do {
                let endpoints = try EndpointList.parse(
                    String(decoding: rest[0], as: UTF8.self),
                    security: files.areUnsaid ? .standard : ClientSecurity(files)
                )
                return GuardianProcess.run(endpoints: endpoints, lease: rest[1], job: job)
            } catch { return ExitCode.usage.rawValue }
        default: return nil
        }
    }

    private static func run(_ arguments: [[UInt8]]) -> ExitCode {
        var console = Console(format: Self.format(askedForBy: arguments))
        do throws(Failure) {
            switch try CommandTable.parse(arguments) {
            case .help(nil): try console.write(Array(HelpCommand.overview.utf8))
            case .help(let verb?): try console.write(Array(HelpCommand.page(verb).utf8))
            case .invocation(let invocation):
                console = Console(format: try format(invocation), voice: try voice(invocation))
                return try carryOut(invocation, on: console)
            }
            return .done
        } catch {
            console.complain(error)
            return error.exitCode
        }
    }

    private static func carryOut(
        _ invocation: Invocation,
        on console: Console
    ) throws(Failure) -> ExitCode {
        guard let command = CommandTable.command(for: invocation.verb) else {
            throw .usage("unknown command", hint: "'roost help' lists every command")
        }
        // Whoever started roost may block signals or ignore SIGPIPE: ^C and SIGTERM are to end it,
        // and `roost ls | head` is to end quietly.
        Signal.unblockAll()
        if invocation.verb.reach == .service {
            Signal.brokenPipe.restoreDefault()
            try Login.settle(invocation)
        }
        return try command.run(invocation, console)
    }

    /// A command line that cannot be understood is complained about in the form it asks for.
    private static func format(askedForBy arguments: [[UInt8]]) -> Console.Format {
        let words = arguments.prefix { $0 != Array("--".utf8) }
            .map { String(decoding: $0, as: UTF8.self) }
        let isJSON =
            words.contains { ["--output=json", "-ojson", "-o=json"].contains($0) }
            || zip(words, words.dropFirst()).contains {
                ["--output", "-o"].contains($0) && $1 == "json"
            }
        return isJSON ? .json : .text
    }

    private static func voice(_ invocation: Invocation) throws(Failure) -> Console.Voice {
        switch (invocation.has("quiet"), invocation.has("verbose")) {
        case (true, true):
            throw .usage(
                "--quiet and --verbose exclude each other",
                hint: "leave one of them out"
            )
        case (true, false): return .quiet
        case (false, true): return .verbose
        case (false, false): return .plain
        }
    }

    private static func format(_ invocation: Invocation) throws(Failure) -> Console.Format {
        guard let text = invocation.text("output") else { return .text }
        guard let format = Console.Format(rawValue: text) else {
            throw .usage("--output '\(text)' is no format", hint: "write text or json")
        }
        return format
    }
}
