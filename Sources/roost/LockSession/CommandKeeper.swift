internal import Platform
internal import RoostClient

/// The process between `watch --exec` and its COMMAND: the first of COMMAND's process group, all of
/// which it kills when roost is gone, however that went.
enum CommandKeeper {
    /// The hidden subcommand of roost that is the keeper; arguments: the descriptor of a pipe that
    /// roost holds open for as long as it runs, and COMMAND.
    static let verb = "__keep"

    /// What is sent to the group is meant for COMMAND: the keeper tells how that ended.
    private static let ignored: [Signal] = [
        .hangUp, .interrupt, .quit, .terminate, .user1, .user2, .brokenPipe,
    ]

    /// What starts it, and with it COMMAND.
    static func launch(_ command: String, keptBy pipe: PipeEnd) -> ChildProcess.Launch {
        // It keeps its number in the keeper: one that roost got is none that COMMAND is to inherit.
        let descriptor = pipe.descriptor
        var launch = ChildProcess.Launch(
            executable: CurrentProcess.executablePath,
            arguments: ["roost", verb, String(descriptor), command]
        )
        launch.descriptors = [.init(descriptor, as: descriptor)]
        launch.group = .own
        return launch
    }

    /// Runs COMMAND by `/bin/sh`, and ends as it does.
    static func run(_ command: String, keptByPipeAt descriptor: Int32) -> Int32 {
        for signal in ignored { signal.ignore() }
        do throws(SystemError) {
            let pipe = try PipeEnd.inherited(descriptor)
            let child = try ChildProcess(
                ChildProcess.Launch(
                    executable: "/bin/sh",
                    arguments: ["/bin/sh", "-c", command]
                )
            )
            var poller = try Poller()
            try poller.add(pipe, token: 0, interest: .readable)
            try poller.add(child, token: 1, interest: .readable)
            var events: [Poller.Event] = []
            while true {
                try poller.wait(until: nil, into: &events)
                if let ending = try child.ending() { return end(as: ending) }
                if events.contains(where: { $0.token == 0 }) {
                    ProcessGroup(id: CurrentProcess.groupID).kill()
                }
            }
        } catch {
            Console.note("cannot run '\(command)': \(error)")
            return ExitCode.notRunnable.rawValue
        }
    }

    private static func end(as ending: ChildProcess.Ending) -> Int32 {
        switch ending {
        case .exited(let code): return code
        case .killed(let signal):
            signal.restoreDefault()
            signal.raise()
            return 128 + signal.rawValue
        }
    }
}
