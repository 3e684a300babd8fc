import Bytes
import Platform
import RoostClient
import Synchronization
import Testing
import Wire

/// One lock service of a single lease, told by a test what to refuse.
private final class LockService: Sendable {
    struct State: Sendable {
        /// Whether the place is answered with a grant.
        var grants = true
        /// Whether keepalives are answered.
        var confirms = true
        /// Whether the place is refused at once.
        var refuses = false
        /// Whether a write that is guarded by the token is refused.
        var isTakenAway = false
        /// The token that the lock is said to be held with.
        var heldToken = 7
        var confirmedAt: UInt64 = 0
        var isRevoked = false
        /// A process that is sent SIGTERM when the lease is given back.
        var terminatedAtRevocation: Int32?
        var isAskedForPlace = false
    }

    let state = Mutex(State())

    func answer(_ request: HTTPRequest) -> ScriptedMember.Answer {
        state.withLock { state in
            switch (request.method, request.pathText) {
            case (.post, "/v1/leases"): return .respond(status: 201, body: #"{"id":"a1","ttl":1}"#)
            case (.post, "/v1/locks/n"):
                state.isAskedForPlace = true
                if state.refuses { return .respond(status: 409, body: Self.holders(state)) }
                return state.grants ? .respond(status: 200, body: #"{"token":7}"#) : .silence
            case (.post, "/v1/leases/a1/keepalive"):
                guard state.confirms else { return .hangUp }
                state.confirmedAt = BootTime.now.rawValue
                return .respond(status: 200, body: #"{"ttl":1,"remaining":1}"#)
            case (.get, "/v1/locks/n"):
                return .respond(status: 200, body: Self.holders(state))
            case (.delete, "/v1/leases/a1"):
                guard !state.isTakenAway || request.header("roost-lock") == nil else {
                    return .respond(status: 412, body: "{}")
                }
                state.isRevoked = true
                if let process = state.terminatedAtRevocation {
                    try? Signal.terminate.send(toProcess: process)
                }
                return .respond(status: 200, body: #"{"revision":9,"deleted":0}"#)
            default: return .respond(status: 404, body: "{}")
            }
        }
    }

    /// Held by `web1`; before `a1` one other waits.
    private static func holders(_ state: State) -> String {
        """
        {"holders":[{"token":\(state.heldToken),"owner":"web1:42"}],
        "waiters":[{"lease":"b2"},{"lease":"a1"}]}
        """
    }
}

/// `roost lock` as a process, and the pipe that its CMD writes to.
private final class LockRun {
    let service = LockService()
    let roost: ChildProcess
    private let output: PipeEnd
    private let complaints: PipeEnd
    private let member: ScriptedMember

    /// - Parameter script: what `sh -c` runs while the lock is held.
    init(
        _ script: String,
        flags: [String] = [],
        environment: [String] = [],
        prepare: (inout LockService.State) -> Void = { _ in }
    ) throws {
        service.state.withLock { prepare(&$0) }
        member = try ScriptedMember { [service] in service.answer($0) }
        let pipe = try PipeEnd.makePair()
        let errors = try PipeEnd.makePair()
        let endpoint = member.endpoint.description
        var launch = ChildProcess.Launch(
            executable: RoostBinary.path,
            arguments: ["roost", "lock", "n", "--ttl", "1s", "--endpoints", endpoint] + flags
                + ["--", "sh", "-c", script]
        )
        launch.environment = Environment.all + environment
        launch.group = .own
        launch.descriptors = [
            .init(pipe.writing.descriptor, as: 1), .init(errors.writing.descriptor, as: 2),
        ]
        roost = try ChildProcess(launch)
        output = pipe.reading
        complaints = errors.reading
    }

    private static var deadline: MonotonicTime {
        Clock.monotonicNow().advanced(byMilliseconds: 20_000)
    }

    /// What CMD prints next.
    func nextOutput() throws -> String { try Self.next(from: output) }

    /// What is written to standard error next; empty at its end.
    func nextComplaint() throws -> String { try Self.next(from: complaints) }

    /// All that is still to be written to standard error.
    func allComplaints() throws -> String {
        var text = ""
        while true {
            let next = try nextComplaint()
            if next.isEmpty { return text }
            text += next
        }
    }

    private static func next(from pipe: PipeEnd) throws -> String {
        guard try !Poller.wait(for: pipe, interest: .readable, until: deadline).isEmpty else {
            return ""
        }
        var buffer = [UInt8](repeating: 0, count: 4096)
        guard case .bytes(let count) = pipe.read(into: &buffer) else { return "" }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }

    func ending() throws -> ChildProcess.Ending? {
        _ = try Poller.wait(for: roost, interest: .readable, until: Self.deadline)
        return try roost.ending()
    }

    /// Waits until the member has seen something.
    func hasSeen(_ condition: (LockService.State) -> Bool) -> Bool {
        let deadline = Self.deadline
        while Clock.monotonicNow() < deadline {
            if service.state.withLock({ condition($0) }) { return true }
            Pause.until(Clock.monotonicNow().advanced(byMilliseconds: 5))
        }
        return false
    }
}

@Suite("roost lock as a process (Docs/cli.md)", .serialized)
struct LockProcessTests {
    @Test("CMD sees what is held; its exit code is roost's; the lease is given back afterwards")
    func success() throws {
        let run = try LockRun(
            "echo $ROOST_LOCK_NAME $ROOST_LOCK_TOKEN $ROOST_LOCK_LEASE $ROOST_FENCE; exit 3"
        )
        #expect(try run.nextOutput() == "n 7 a1 n=7\n")
        #expect(try run.ending() == .exited(3))
        #expect(run.service.state.withLock { $0.isRevoked })
    }

    @Test("without confirmations a CMD that ignores SIGTERM is killed at 9/10; exit 75")
    func unproven() throws {
        let run = try LockRun("trap '' TERM; echo $$; sleep 1000 & wait; sleep 1000")
        let group = try #require(Int32(try run.nextOutput().dropLast()))
        run.service.state.withLock { $0.confirms = false }
        #expect(try run.ending() == .exited(75))
        #expect(
            try run.allComplaints()
                == "roost: lock 'n' can no longer be proven: ending the command\n"
        )
        let confirmedAt = run.service.state.withLock { $0.confirmedAt }
        // The confirmation was sent a little before it was seen here.
        #expect(BootTime.now.rawValue - confirmedAt >= 850_000_000)
        #expect(ProcessGroup(id: group).isGone(by: Clock.monotonicNow()))
    }

    @Test("a lock that was taken away by force ends CMD; exit 75")
    func takenAway() throws {
        let run = try LockRun("echo ready; exec sleep 1000")
        #expect(try run.nextOutput() == "ready\n")
        run.service.state.withLock { $0.heldToken = 8 }
        #expect(try run.ending() == .exited(75))
    }

    @Test("kill -9 of roost: CMD's group is dead, then the guardian gives the lease back")
    func murder() throws {
        let run = try LockRun("echo $$; sleep 1000 & wait")
        let group = try #require(Int32(try run.nextOutput().dropLast()))
        try Signal.kill.send(toProcess: run.roost.id)
        #expect(run.hasSeen { $0.isRevoked })
        #expect(ProcessGroup(id: group).isGone(by: Clock.monotonicNow()), "dead before that")
    }

    @Test("a signal while waiting leaves the queue: roost dies by it, the lease is given back")
    func signalWhileWaiting() throws {
        let run = try LockRun("echo never") { $0.grants = false }
        #expect(run.hasSeen { $0.isAskedForPlace })
        try Signal.terminate.send(toProcess: run.roost.id)
        #expect(try run.ending() == .killed(.terminate))
        #expect(run.service.state.withLock { $0.isRevoked })
    }

    @Test("a signal while CMD runs is CMD's")
    func signalWhileRunning() throws {
        let run = try LockRun("trap 'exit 9' INT; echo ready; sleep 1000 & wait")
        #expect(try run.nextOutput() == "ready\n")
        try Signal.interrupt.send(toProcess: run.roost.id)
        #expect(try run.ending() == .exited(9))
    }

    @Test("CMD killed by a signal is 128+N")
    func killedCommand() throws {
        #expect(try LockRun("kill -9 $$").ending() == .exited(137))
    }

    @Test(
        "roost dies by the signal that it passed on and CMD died of, stopped or not",
        arguments: [.hangUp, .interrupt, .quit, .terminate, .user1] as [Signal],
        ["exec sleep 1000", "kill -STOP $$; echo never"]
    )
    func passedSignal(_ signal: Signal, script: String) throws {
        let run = try LockRun("echo ready; " + script)
        #expect(try run.nextOutput() == "ready\n")
        try signal.send(toProcess: run.roost.id)
        #expect(try run.ending() == .killed(signal))
        #expect(run.service.state.withLock { $0.isRevoked })
        #expect(try run.allComplaints() == "")
    }

    @Test("a supervisor's signal counts that reaches roost only after CMD is dead of it")
    func lateSignal() throws {
        let run = try LockRun("echo $$; exec sleep 1000")
        let command = try #require(Int32(try run.nextOutput().dropLast()))
        run.service.state.withLock { $0.terminatedAtRevocation = run.roost.id }
        try Signal.terminate.send(toProcess: command)
        #expect(try run.ending() == .killed(.terminate))
    }

    @Test("a refusal names the holder; with --conflict-exit-code 0, or -q, nothing is written")
    func refusal() throws {
        let refusal = "roost: lock 'n' was not won in time: held by web1:42\n"
        let rows: [(flags: [String], code: Int32, complaint: String)] = [
            ([], 6, refusal), (["--conflict-exit-code", "9"], 9, refusal),
            (["--conflict-exit-code", "0"], 0, ""), (["-q"], 6, ""), (["--quiet"], 6, ""),
        ]
        for row in rows {
            let run = try LockRun("true", flags: ["--wait", "0"] + row.flags) { $0.refuses = true }
            #expect(try run.ending() == .exited(row.code), "\(row.flags)")
            #expect(try run.allComplaints() == row.complaint, "\(row.flags)")
        }
    }

    @Test("with -v it says after a second what it waits for, then that it is won; -q says nothing")
    func waiting() throws {
        let run = try LockRun("true", flags: ["-v"]) { $0.grants = false }
        #expect(
            try run.nextComplaint()
                == "roost: waiting for lock 'n': held by web1:42, 1 waits before\n"
        )
        try Signal.terminate.send(toProcess: run.roost.id)
        #expect(try run.ending() == .killed(.terminate))

        let short = try LockRun("true", flags: ["-v"])
        #expect(try short.ending() == .exited(0))
        #expect(try short.allComplaints() == "roost: lock 'n' is won, token 7\n")
    }

    @Test("with -v it says that no member answers, and which")
    func nobodyAnswers() throws {
        let errors = try PipeEnd.makePair()
        let silent = try ScriptedMember { _ in .silence }
        var launch = ChildProcess.Launch(
            executable: RoostBinary.path,
            arguments: [
                "roost", "lock", "n", "-v", "--endpoints", silent.endpoint.description, "--",
                "true",
            ]
        )
        launch.descriptors = [.init(errors.writing.descriptor, as: 2)]
        let roost = try ChildProcess(launch)
        var buffer = [UInt8](repeating: 0, count: 4096)
        guard case .bytes(let count) = errors.reading.read(into: &buffer) else {
            Issue.record("nothing was said")
            return
        }
        let said = String(decoding: buffer[..<count], as: UTF8.self)
        let beginning = "roost: waiting for lock 'n': no member answers (\(silent.endpoint): "
        #expect(said.hasPrefix(beginning), "\(said)")
        try Signal.kill.send(toProcess: roost.id)
        _ = try roost.wait()
    }

    @Test("a lock that was taken by force just before CMD ended leaves a warning; -q leaves none")
    func takenJustBefore() throws {
        for flags in [[], ["-q"]] {
            let run = try LockRun("exit 3", flags: flags) { $0.isTakenAway = true }
            #expect(try run.ending() == .exited(3))
            let warning = try run.allComplaints()
            #expect(warning.contains("taken away by force") == flags.isEmpty, "\(warning)")
            #expect(run.service.state.withLock { $0.isRevoked })
        }
    }

    @Test("a name that ROOST_FENCE holds is refused at once; --no-fence means another service's")
    func nested() throws {
        for fence in ["n=7", "a=1,n=7", "%6e=7,b=2"] {
            let run = try LockRun("true", environment: ["ROOST_FENCE=\(fence)"])
            #expect(try run.ending() == .exited(2))
            #expect(try run.allComplaints().contains("it would wait for itself"))
        }
        // An election of the same name is another thing; a fence set by hand does not say which it is.
        for (held, code) in [("election/n", 0), ("lock/n", 2)] as [(String, Int32)] {
            let environment = ["ROOST_FENCE=n=7", "ROOST_HELD=\(held)"]
            #expect(try LockRun("true", environment: environment).ending() == .exited(code))
        }
        for (fence, flags) in [("m=7,nn=1", []), ("n=7", ["--no-fence"]), ("", []), ("n", [])] {
            let run = try LockRun("true", flags: flags, environment: ["ROOST_FENCE=\(fence)"])
            #expect(try run.ending() == .exited(0), "\(fence)")
        }
    }

    @Test("the guardian says in `ps` what it is")
    func guardianName() throws {
        let run = try LockRun("echo ready; exec sleep 1000")
        #expect(try run.nextOutput() == "ready\n")
        let beginning = "roost: guardian of lock 'n'\0"
        // It names itself as it starts, which CMD does not wait for.
        let isNamed = run.hasSeen { _ in
            Self.children(of: run.roost.id).contains { child in
                Self.text("/proc/\(child)", file: "comm") == "roost-guardian\n"
                    && Self.text("/proc/\(child)", file: "cmdline").hasPrefix(beginning)
            }
        }
        #expect(isNamed)
        try Signal.terminate.send(toProcess: run.roost.id)
        #expect(try run.ending() == .killed(.terminate))
    }

    private static func children(of process: Int32) -> [Substring] {
        text("/proc/\(process)/task/\(process)", file: "children").split(separator: " ")
    }

    /// A file of /proc; empty when there is none any more.
    private static func text(_ directory: String, file: String) -> String {
        let bytes = try? DirectoryHandle(opening: directory).open(file, for: .reading)
            .read(at: 0, byteCount: 4096)
        return String(decoding: bytes ?? [], as: UTF8.self)
    }
}
