import Bytes
import Platform
import RoostClient
import Testing

/// How long a test waits for something that is to happen; never how long it takes.
private func deadline() -> MonotonicTime { Clock.monotonicNow().advanced(byMilliseconds: 20_000) }

/// How a child ended, nil when it did not in time.
private func ending(of child: ChildProcess) throws -> ChildProcess.Ending? {
    _ = try Poller.wait(for: child, interest: .readable, until: deadline())
    return try child.ending()
}

/// A guardian as roost starts it, and a victim in a group of its own.
private final class Scene {
    let guardian: ChildProcess
    let victim: ChildProcess
    private(set) var pipe: PipeEnd?
    /// One end of a pipe; the guardian inherits the other as its caller's.
    let callers: PipeEnd

    init() throws {
        let pipe = try PipeEnd.makePair()
        let inherited = try PipeEnd.makePair()
        callers = inherited.reading
        var launch = ChildProcess.Launch(
            executable: RoostBinary.path,
            // Nobody listens there: the lease is left to run out.
            arguments: [
                "roost", GuardianProcess.verb, "127.0.0.1:1", "1", String(CurrentProcess.groupID),
            ] + ClientFiles().arguments
        )
        launch.group = .own
        launch.descriptors = [
            .init(pipe.reading.descriptor, as: 3), .init(inherited.writing.descriptor, as: 9),
        ]
        guardian = try ChildProcess(launch)
        var sleeper = ChildProcess.Launch(
            executable: "sh",
            // Two processes that ignore SIGTERM; the pipe is written once they do.
            arguments: ["sh", "-c", "trap '' TERM; echo >&4; sleep 1000 & wait; sleep 1000"]
        )
        let ready = try PipeEnd.makePair()
        sleeper.descriptors = [.init(ready.writing.descriptor, as: 4)]
        sleeper.group = .own
        victim = try ChildProcess(sleeper)
        self.pipe = pipe.writing
        _ = try Poller.wait(for: ready.reading, interest: .readable, until: deadline())
    }

    func disconnect() { pipe = nil }

    func tell(_ messages: GuardianMessage...) throws {
        for message in messages { try pipe?.write(message.encoded()) }
    }

    deinit { ProcessGroup(id: victim.id).kill() }
}

@Suite("The guardian as a process (Docs/cli.md)", .serialized)
struct GuardianProcessTests {
    private static let never = BootTime(rawValue: .max)

    @Test("when roost dies, CMD's whole group is dead, and the guardian goes")
    func orphaned() throws {
        let scene = try Scene()
        try scene.tell(
            .believe(terminateAt: Self.never, killAt: Self.never),
            .protect(group: scene.victim.id)
        )
        scene.disconnect()
        #expect(try ending(of: scene.victim) == .killed(.kill))
        #expect(ProcessGroup(id: scene.victim.id).isGone(by: deadline()))
        #expect(try ending(of: scene.guardian) == .exited(0))
    }

    @Test("when roost hangs, the deadline kills CMD's group although SIGTERM is ignored")
    func deadlinePasses() throws {
        let scene = try Scene()
        let past = BootTime(rawValue: 1)
        try scene.tell(
            .believe(terminateAt: past, killAt: .now.advanced(byNanoseconds: 50_000_000)),
            .protect(group: scene.victim.id)
        )
        #expect(try ending(of: scene.victim) == .killed(.kill))
    }

    @Test("what the caller left open is not held open by the guardian")
    func inheritance() throws {
        let scene = try Scene()
        var buffer = [UInt8](repeating: 0, count: 1)
        _ = try Poller.wait(for: scene.callers, interest: .readable, until: deadline())
        try scene.callers.makeNonBlocking()
        guard case .ended = scene.callers.read(into: &buffer) else {
            Issue.record("somebody holds the other end")
            return
        }
        #expect(try scene.guardian.ending() == nil)
    }

    @Test("a command whose lease ran out while it was prepared is not begun")
    func tooLate() throws {
        let output = try PipeEnd.makePair()
        for (milliseconds, isBegun) in [(7_500, false), (9_000, false), (11_000, false), (0, true)]
        {
            let script = "echo begun >/proc/\(CurrentProcess.id)/fd/\(output.writing.descriptor)"
            let command = try GuardedCommand(
                GuardedCommand.Launch(
                    order: LaunchOrder(
                        arguments: ["/bin/sh", "-c", script].map { Array($0.utf8) },
                        environment: []
                    ),
                    lease: Array("1".utf8),
                    endpoints: [ServiceAddress(try Endpoint(parsing: "127.0.0.1:1"))],
                    subject: "lock 'n'",
                    executable: RoostBinary.path
                ),
                validity: LeaseValidity(
                    timeToLiveNanoseconds: 10_000_000_000,
                    grantSentAt: BootTime(
                        rawValue: BootTime.now.rawValue - UInt64(milliseconds) * 1_000_000
                    )
                )
            )
            _ = try Poller.wait(for: command.process, interest: .readable, until: deadline())
            #expect(try (command.finish() == .exited(0)) == isBegun, "\(milliseconds) ms")
        }
        var buffer = [UInt8](repeating: 0, count: 64)
        guard case .bytes(6) = output.reading.read(into: &buffer) else {
            Issue.record("not begun just once")
            return
        }
    }

    @Test("dismissed, the guardian goes and leaves the group alone")
    func dismissed() throws {
        let scene = try Scene()
        try scene.tell(
            .believe(terminateAt: Self.never, killAt: Self.never),
            .protect(group: scene.victim.id),
            .dismissed
        )
        #expect(try ending(of: scene.guardian) == .exited(0))
        #expect(try scene.victim.ending() == nil)
    }

    @Test("what ends other processes does not end the guardian")
    func signals() throws {
        let scene = try Scene()
        try scene.tell(
            .believe(terminateAt: Self.never, killAt: Self.never),
            .protect(group: scene.victim.id)
        )
        // The answer to a renewal in the past shows that the signals were survived.
        for signal: Signal in [.hangUp, .interrupt, .quit, .user1] {
            try GuardianProcessTests.sendWhenReady(signal, to: scene.guardian)
        }
        scene.disconnect()
        #expect(try ending(of: scene.victim) == .killed(.kill))
        #expect(try ending(of: scene.guardian) == .exited(0))
    }

    /// Sends a signal once the guardian has said in `/proc` that it ignores it.
    private static func sendWhenReady(_ signal: Signal, to process: ChildProcess) throws {
        let limit = deadline()
        while Clock.monotonicNow() < limit {
            let directory = try DirectoryHandle(opening: "/proc/\(process.id)")
            let status = try directory.open("status", for: .reading).read(at: 0, byteCount: 4096)
            let text = String(decoding: status, as: UTF8.self)
            let line = text.split(separator: "\n").first { $0.hasPrefix("SigIgn:") }
            let bits = line.flatMap { UInt64($0.dropFirst(8), radix: 16) } ?? 0
            if bits & (1 << (signal.rawValue - 1)) != 0 { break }
        }
        try signal.send(toProcess: process.id)
    }
}

@Suite("The stub that becomes CMD", .serialized)
struct CommandStubTests {
    /// Starts a stub and answers it with the writing end of its pipe and what it prints.
    private static func start() throws -> (stub: ChildProcess, order: PipeEnd, output: PipeEnd) {
        let order = try PipeEnd.makePair()
        let output = try PipeEnd.makePair()
        var launch = ChildProcess.Launch(
            executable: RoostBinary.path,
            arguments: ["roost", CommandStub.verb, "3"]
        )
        launch.group = .own
        launch.descriptors = [
            .init(order.reading.descriptor, as: 3), .init(output.writing.descriptor, as: 1),
        ]
        return (try ChildProcess(launch), order.writing, output.reading)
    }

    /// What a stub prints and how it ends when it is told to become a command.
    private static func run(
        _ arguments: [[UInt8]],
        environment: [[UInt8]] = ProcessImage.environment
    ) throws -> (output: [UInt8], ending: ChildProcess.Ending) {
        let (stub, output) = try {
            let (stub, order, output) = try start()
            let launch = LaunchOrder(arguments: arguments, environment: environment)
            try order.write(launch.encoded())
            return (stub, output)
        }()
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case .bytes(let count) = output.read(into: &buffer) { bytes += buffer[..<count] }
        return (bytes, try stub.wait())
    }

    @Test("arguments and variables arrive byte for byte")
    func bytes() throws {
        let value: [UInt8] = [0xFF, 0x20, 0xC3, 0x28]
        let script = Array("printf %s \"$1$VALUE\"; exit 7".utf8)
        let result = try Self.run(
            [Array("sh".utf8), Array("-c".utf8), script, Array("sh".utf8), value],
            environment: ProcessImage.environment + [Array("VALUE=".utf8) + value]
        )
        #expect(result.output == value + value)
        #expect(result.ending == .exited(7))
    }

    @Test(
        "127 not found, 126 not runnable (Docs/cli.md)",
        arguments: [("/nonexistent/command", 127), ("no-such-command-anywhere", 127), ("/", 126)]
            as [(String, Int32)]
    )
    func notRunnable(_ command: String, code: Int32) throws {
        #expect(try Self.run([Array(command.utf8)]).ending == .exited(code))
    }

    @Test("when roost dies before it has said everything, nothing is run")
    func brokenOrder() throws {
        let bytes = LaunchOrder(
            arguments: [Array("echo".utf8), Array("ran".utf8)],
            environment: ProcessImage.environment
        ).encoded()
        let (stub, output) = try {
            let (stub, order, output) = try Self.start()
            try order.write(Array(bytes.dropLast()))
            return (stub, output)
        }()
        #expect(try stub.wait() == .exited(1))
        var buffer = [UInt8](repeating: 0, count: 16)
        #expect(output.read(into: &buffer) == .ended)
    }
}

@Suite("CMD under guard", .serialized)
struct GuardedCommandTests {
    private static func launch(_ script: String) -> GuardedCommand.Launch {
        GuardedCommand.Launch(
            order: LaunchOrder(
                arguments: ["sh", "-c", script].map { Array($0.utf8) },
                environment: ProcessImage.environment
            ),
            lease: [UInt8(ascii: "1")],
            endpoints: [ServiceAddress(.internet(host: "127.0.0.1", port: 1))],
            subject: "lock 'n'",
            executable: RoostBinary.path
        )
    }

    private static var hour: LeaseValidity {
        LeaseValidity(timeToLiveNanoseconds: 3_600_000_000_000, grantSentAt: .now)
    }

    @Test("it has a process group of its own; its end ends what it left running")
    func leftovers() throws {
        let command = try GuardedCommand(
            Self.launch("trap '' TERM HUP; sleep 1000 & exit 5"),
            validity: Self.hour
        )
        let group = ProcessGroup(id: command.process.id)
        #expect(command.process.id != CurrentProcess.groupID)
        _ = try Poller.wait(for: command.process, interest: .readable, until: deadline())
        #expect(try command.finish() == .exited(5))
        #expect(group.isGone(by: Clock.monotonicNow()), "gone before finish returns")
        #expect(try ending(of: command.guardianProcess) == .exited(0))
    }

    @Test("a killed guardian is replaced, and the new one knows the group")
    func replacedGuardian() throws {
        let command = try GuardedCommand(Self.launch("sleep 1000"), validity: Self.hour)
        let first = command.guardianProcess
        try Signal.kill.send(toProcess: first.id)
        #expect(try ending(of: first) == .killed(.kill))
        try command.replaceGuardian()
        command.renew(LeaseValidity(timeToLiveNanoseconds: 1, grantSentAt: BootTime(rawValue: 1)))
        #expect(
            try Poller.wait(for: command.process, interest: .readable, until: deadline())
                == .readable
        )
        guard case .killed = try command.finish() else {
            Issue.record("the guardian did not end CMD")
            return
        }
    }

    @Test("asked to end, a stopped CMD is woken so that it can")
    func stopped() throws {
        let command = try GuardedCommand(
            Self.launch("trap 'exit 9' TERM; kill -STOP $$; sleep 1000 & wait"),
            validity: Self.hour
        )
        command.terminate(killAt: .now.advanced(byNanoseconds: 15_000_000_000))
        _ = try Poller.wait(for: command.process, interest: .readable, until: deadline())
        let ending = try command.finish()
        // 9 when it stopped first, SIGTERM when it was asked before its trap stood.
        #expect(ending == .exited(9) || ending == .killed(signal: 15))
    }
}
