internal import Bytes
internal import Platform
internal import RoostClient

/// Runs a command with a tree as its environment, and anew when the tree changes.
///
/// This thread waits for signals, the command's end and news of the tree; another one follows the
/// tree, so that a service that is away delays nothing here.
struct EnvironmentRunner: ~Copyable {
    /// What a change does.
    enum Reaction: Hashable {
        case restart
        case signal(Signal)
    }

    private typealias News = Mailbox<Result<[TreeLeaf], Failure>>

    private enum Token: UInt64 { case signals, news, command }

    /// What this thread waits for.
    private struct Sources: ~Copyable {
        let signals: SignalSource
        let news: News
        var poller: Poller

        init() throws(SystemError) {
            let signals = try SignalSource(passedSignals.filter { !$0.wasIgnoredAtStart })
            let news = try News()
            let poller = try Poller()
            try poller.add(signals, token: Token.signals.rawValue, interest: .readable)
            try poller.add(news, token: Token.news.rawValue, interest: .readable)
            self.signals = signals
            self.news = news
            self.poller = poller
        }
    }

    /// Passed on to the command.
    private static let passedSignals: [Signal] = [
        .hangUp, .interrupt, .quit, .terminate, .user1, .user2, .windowChange,
    ]
    /// Between the request to end and SIGKILL.
    private static let graceMilliseconds: UInt64 = 5_000

    private let naming: TreeVariables.Naming
    private let reaction: Reaction
    private let arguments: [[UInt8]]
    private let console: Console
    private var sources: Sources
    private var variables: TreeVariables?
    private var command: ChildProcess?

    /// Begins to follow the tree.
    init(
        _ root: [UInt8],
        naming: TreeVariables.Naming,
        reaction: Reaction,
        invocation: Invocation,
        console: Console
    ) throws(Failure) {
        self.naming = naming
        self.reaction = reaction
        self.console = console
        arguments = invocation.tail
        sources = try Self.following(root, invocation: invocation, console: console)
    }

    private static func following(
        _ root: [UInt8],
        invocation: Invocation,
        console: Console
    ) throws(Failure) -> Sources {
        do throws(SystemError) {
            let sources = try Sources()
            _ = try Thread(named: "tree") { [news = sources.news] in
                follow(root, invocation: invocation, console: console, news: news)
            }
            return sources
        } catch { throw .local("cannot follow the keys: \(error)") }
    }

    /// Tells of every change until nothing more can come.
    private static func follow(
        _ root: [UInt8],
        invocation: Invocation,
        console: Console,
        news: News
    ) {
        while true {
            do throws(Failure) {
                let service = try Service(invocation)
                var follower = TreeFollower(root, service: service, news: console.tell)
                while let tree = try follower.next() { news.send(.success(tree.leaves)) }
                return
            } catch {
                news.send(.failure(error))
                guard error.exitCode == .unavailable else { return }
            }
        }
    }

    /// Runs the command until it ends by itself.
    mutating func run(_ variables: TreeVariables) throws(Failure) -> ExitCode {
        self.variables = variables
        do throws(SystemError) {
            try start(variables)
            var events: [Poller.Event] = []
            while true {
                try sources.poller.wait(until: nil, into: &events)
                while let signal = sources.signals.next() { group?.pass(signal) }
                if let ending = try command?.ending() {
                    group?.kill()
                    return ending.exitCode
                }
                for message in sources.news.takeAll() { try take(message) }
            }
        } catch { throw .local("cannot run the command: \(error)") }
    }

    private var group: ProcessGroup? { command.map { ProcessGroup(id: $0.id) } }

    private mutating func take(_ message: Result<[TreeLeaf], Failure>) throws(SystemError) {
        let changed: TreeVariables
        do throws(Failure) {
            changed = try TreeVariables(try message.get(), naming: naming)
        } catch {
            return console.remark("\(error.explanation); the command goes on as it is")
        }
        guard changed != variables else { return }
        variables = changed
        switch reaction {
        case .signal(let signal): group?.pass(signal)
        case .restart:
            console.remark("a variable changed: the command is run anew")
            try end()
            try start(changed)
        }
    }

    /// Starts the command in a process group of its own.
    private mutating func start(_ variables: TreeVariables) throws(SystemError) {
        let child = try CommandStub.start(
            arguments,
            environment: variables.added(to: ProcessImage.environment)
        )
        try sources.poller.add(child, token: Token.command.rawValue, interest: .readable)
        command = child
    }

    /// Ends the command and all that it started.
    private mutating func end() throws(SystemError) {
        guard let command, let group else { return }
        group.terminate()
        let deadline = Clock.monotonicNow().advanced(byMilliseconds: Self.graceMilliseconds)
        if !group.isGone(by: deadline) { group.kill() }
        _ = try command.wait()
        self.command = nil
    }
}
