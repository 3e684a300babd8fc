internal import Bytes
internal import Platform
internal import RoostClient
internal import Wire

/// `roost queue run`: a command for each item.
enum QueueRunCommand {
    private static let waitMilliseconds: UInt64 = 10_000

    static let command = Subcommand(
        Verb(
            "queue",
            "run",
            manners: [.fences, .remarks],
            summary: "take items and run a command for each",
            explanation: """
                CMD gets the item's bytes on standard input, and ROOST_QUEUE, ROOST_QUEUE_ID,
                ROOST_QUEUE_TOKEN, ROOST_QUEUE_TRIES and ROOST_QUEUE_KEY. While it runs the item stays
                hidden; when it ends with 0 the item is done, else it can be taken again after
                --delay. When roost can no longer prove that it has the item, CMD is ended. SIGINT,
                SIGQUIT and SIGTERM let CMD finish and take nothing more; a second one is passed on to
                CMD. Goes on until then, or with --until-empty until nothing came within --wait.
                """,
            operands: [Verb.Operand(name: "NAME", count: .one)],
            flags: [
                QueueCommand.visibleFlag, QueueCommand.delayFlag,
                Flag("wait", value: .required("DURATION"), "how long one take waits (10s)"),
                Flag("until-empty", "end when there is nothing to take"),
            ],
            tail: .command,
            examples: [
                Verb.Example(
                    command: "roost queue run mail --until-empty --wait 0 -- cat",
                    effect: "prints every item, which is done then"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        let visible = try QueueCommand.visible(invocation)
        let runner = QueueRunner(
            path: try QueueCommand.path(invocation),
            name: invocation.operands[0],
            command: invocation.tail,
            visibleMilliseconds: visible,
            delayMilliseconds: try invocation.duration("delay") ?? 0,
            service: try Service(invocation),
            console: console
        )
        let wait = try invocation.duration("wait") ?? waitMilliseconds
        // A command that does not read its input is no reason to end.
        Signal.brokenPipe.ignore()
        while true {
            let item = try QueueTakeCommand.item(
                of: QueueCommand.path(invocation, verb: "/take"),
                visibleMilliseconds: visible,
                waitMilliseconds: wait,
                from: runner.service
            )
            guard let item else {
                if invocation.has("until-empty") { return .done }
                continue
            }
            guard try runner.run(item) == .goesOn else { return .done }
        }
    }
}

/// Runs the command for one item after another, each kept hidden meanwhile.
struct QueueRunner {
    enum Next {
        case goesOn
        /// A signal came that ends.
        case ends
    }

    /// What lets the command finish, and then ends.
    private static let endingSignals: [Signal] = [.interrupt, .quit, .terminate]
    private static let passedSignals: [Signal] = [.hangUp, .user1, .user2]
    /// Between the request to end and SIGKILL.
    private static let graceMilliseconds: UInt64 = 2_000

    let path: [UInt8]
    let name: [UInt8]
    let command: [[UInt8]]
    let visibleMilliseconds: UInt64
    let delayMilliseconds: UInt64
    let service: Service
    let console: Console

    /// Until when the item is hidden for certain, and when to extend that.
    private struct Hold {
        private(set) var end: MonotonicTime
        private(set) var extendsAt: MonotonicTime
        var isLost = false

        init(since begin: MonotonicTime, visibleMilliseconds: UInt64) {
            end = begin.advanced(byMilliseconds: visibleMilliseconds)
            extendsAt = begin.advanced(byMilliseconds: visibleMilliseconds / 3)
        }

        mutating func tryAgain(at time: MonotonicTime) { extendsAt = time }
    }

    /// Runs the command for the item and says what became of it.
    func run(_ item: QueueTakeCommand.Item) throws(Failure) -> Next {
        var next = Next.goesOn
        do {
            let heard = (Self.endingSignals + Self.passedSignals).filter { !$0.wasIgnoredAtStart }
            let signals = try SignalSource(heard)
            defer { Signal.unblockAll() }
            var hold = Hold(since: item.begin, visibleMilliseconds: visibleMilliseconds)
            let ending = try carryOut(item, signals: signals, hold: &hold, next: &next)
            if !hold.isLost { try settle(item, after: ending) }
        } catch let failure as Failure { throw failure } catch {
            throw .local("cannot run the command: \(error)")
        }
        return next
    }

    private func carryOut(
        _ item: QueueTakeCommand.Item,
        signals: SignalSource,
        hold: inout Hold,
        next: inout Next
    ) throws -> ChildProcess.Ending {
        let child = try start(item)
        let group = ProcessGroup(id: child.id)
        var poller = try Poller()
        try poller.add(signals, token: 0, interest: .readable)
        try poller.add(child, token: 1, interest: .readable)
        var events: [Poller.Event] = []
        while true {
            try poller.wait(until: hold.isLost ? nil : hold.extendsAt, into: &events)
            while let signal = signals.next() {
                let isFirst = Self.endingSignals.contains(signal) && next == .goesOn
                if Self.endingSignals.contains(signal) { next = .ends }
                if isFirst {
                    console.remark("the item at hand is finished, and no other one taken")
                } else {
                    group.pass(signal)
                }
            }
            if let ending = try child.ending() {
                group.kill()
                return ending
            }
            if !hold.isLost, Clock.monotonicNow() >= hold.extendsAt {
                extend(&hold, of: item)
                if hold.isLost { end(group) }
            }
        }
    }

    private func end(_ group: ProcessGroup) {
        group.terminate()
        let deadline = Clock.monotonicNow().advanced(byMilliseconds: Self.graceMilliseconds)
        if !group.isGone(by: deadline) { group.kill() }
    }

    /// Starts the command, the item on its way to its standard input.
    private func start(_ item: QueueTakeCommand.Item) throws(SystemError) -> ChildProcess {
        let pipe = try PipeEnd.makePair()
        let child = try CommandStub.start(
            command,
            environment: environment(of: item),
            input: pipe.reading
        )
        _ = try Thread(named: "input") { [writing = pipe.writing, value = item.value] in
            do throws(SystemError) { try writing.write(value) } catch { return }
        }
        return child
    }

    private func environment(of item: QueueTakeCommand.Item) -> [[UInt8]] {
        let told: [(name: String, value: [UInt8])] = [
            ("ROOST_QUEUE", name), ("ROOST_QUEUE_ID", Array(String(item.id).utf8)),
            ("ROOST_QUEUE_TOKEN", Array(String(item.token).utf8)),
            ("ROOST_QUEUE_TRIES", Array(String(item.tryCount).utf8)),
            ("ROOST_QUEUE_KEY", item.key ?? []),
        ]
        let kept = ProcessImage.environment.filter { entry in
            !told.contains { entry.starts(with: ($0.name + "=").utf8) }
        }
        return kept + told.map { Array(($0.name + "=").utf8) + $0.value }
    }

    // MARK: - What the queue is told

    private func extend(_ hold: inout Hold, of item: QueueTakeCommand.Item) {
        let begun = Clock.monotonicNow()
        do throws(Failure) {
            _ = try tell("extend", of: item, milliseconds: visibleMilliseconds, as: "visible")
            hold = Hold(since: begun, visibleMilliseconds: visibleMilliseconds)
        } catch {
            let now = Clock.monotonicNow()
            let isTaken = error.exitCode == .preconditionFailed
            guard isTaken || now >= hold.end else {
                hold.tryAgain(at: now.advanced(byMilliseconds: visibleMilliseconds / 10))
                return
            }
            hold.isLost = true
            console.remark(
                "the item can no longer be proven: ending the command: \(error.explanation)"
            )
        }
    }

    private func settle(
        _ item: QueueTakeCommand.Item,
        after ending: ChildProcess.Ending
    ) throws(Failure) {
        do throws(Failure) {
            if ending == .exited(0) {
                _ = try tell("ack", of: item, milliseconds: nil, as: "")
                return
            }
            console.remark("the command ended with \(ending.words); the item is given up")
            _ = try tell("nack", of: item, milliseconds: delayMilliseconds, as: "delay")
        } catch {
            guard error.exitCode == .preconditionFailed else { throw error }
            console.remark(error.explanation)
        }
    }

    private func tell(
        _ verb: String,
        of item: QueueTakeCommand.Item,
        milliseconds: UInt64?,
        as parameter: StaticString
    ) throws(Failure) -> Response {
        try service.write(.post, path: path + Array("/\(verb)".utf8)) { call in
            call.add("token", value: item.token)
            if let milliseconds { call.add(parameter, value: "\(milliseconds)ms") }
        }
    }
}
