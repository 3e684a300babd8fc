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
        /// The token that the lock is said to be held with.
        var heldToken = 7
        var confirmedAt: UInt64 = 0
        var isRevoked = false
        var isAskedForPlace = false
    }

    let state = Mutex(State())

    func answer(_ request: HTTPRequest) -> ScriptedMember.Answer {
        state.withLock { state in
            switch (request.method, request.pathText) {
            case (.post, "/v1/leases"): return .respond(status: 201, body: #"{"id":"a1","ttl":1}"#)
            case (.post, "/v1/locks/n"):
                state.isAskedForPlace = true
                return state.grants ? .respond(status: 200, body: #"{"token":7}"#) : .silence
            case (.post, "/v1/leases/a1/keepalive"):
                guard state.confirms else { return .hangUp }
                state.confirmedAt = BootTime.now.rawValue
                return .respond(status: 200, body: #"{"ttl":1,"remaining":1}"#)
            case (.get, "/v1/locks/n"):
                return .respond(status: 200, body: "{\"holders\":[{\"token\":\(state.heldToken)}]}")
            case (.delete, "/v1/leases/a1"):
                state.isRevoked = true
                return .respond(status: 200, body: #"{"revision":9,"deleted":0}"#)
            default: return .respond(status: 404, body: "{}")
            }
        }
    }
}

/// `roost lock` as a process, and the pipe that its CMD writes to.
private final class LockRun {
    let service = LockService()
    let roost: ChildProcess
    private let output: PipeEnd
    private let member: ScriptedMember

    /// - Parameter script: what `sh -c` runs while the lock is held.
    init(
        _ script: String,
        _ prepare: (inout LockService.State) -> Void = { _ in }
    ) throws {
        service.state.withLock { prepare(&$0) }
        member = try ScriptedMember { [service] in service.answer($0) }
        let pipe = try PipeEnd.makePair()
        let endpoint = member.endpoint.description
        var launch = ChildProcess.Launch(
            executable: RoostBinary.path,
            arguments: [
                "roost", "lock", "n", "--ttl", "1s", "--endpoints", endpoint, "--", "sh", "-c",
                script,
            ]
        )
        launch.group = .own
        launch.descriptors = [.init(pipe.writing.descriptor, as: 1)]
        roost = try ChildProcess(launch)
        output = pipe.reading
    }

    private static var deadline: MonotonicTime {
        Clock.monotonicNow().advanced(byMilliseconds: 20_000)
    }

    /// What CMD prints next.
    func nextOutput() throws -> String {
        _ = try Poller.wait(for: output, interest: .readable, until: Self.deadline)
        var buffer = [UInt8](repeating: 0, count: 4096)
        guard case .bytes(let count) = output.read(into: &buffer) else { return "" }
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

@Suite("roost lock as a process (contract section 3)", .serialized)
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

    @Test("a signal while waiting leaves the queue: 128+N, the lease is given back")
    func signalWhileWaiting() throws {
        let run = try LockRun("echo never") { $0.grants = false }
        #expect(run.hasSeen { $0.isAskedForPlace })
        try Signal.terminate.send(toProcess: run.roost.id)
        #expect(try run.ending() == .exited(143))
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
}
