internal import Platform

/// A process that runs one seed: whatever the seed does to it, the others go on.
final class SeedProcess {
    private let child: ChildProcess
    private let output: PipeEnd
    private var report: SeedReport
    private var unread: [UInt8] = []

    /// Starts `roost simulate` for one seed with the arguments that all seeds share.
    init(seed: UInt64, arguments: [String]) throws(SystemError) {
        let pipe = try PipeEnd.makePair()
        var launch = ChildProcess.Launch(
            executable: CurrentProcess.executablePath,
            arguments: ["roost", "simulate", "--seed", String(seed), "--report"] + arguments
        )
        launch.descriptors = [
            ChildProcess.PassedDescriptor(pipe.writing.descriptor, as: 1),
            ChildProcess.PassedDescriptor(pipe.writing.descriptor, as: 2),
        ]
        child = try ChildProcess(launch)
        output = pipe.reading
        report = SeedReport(seed: seed)
    }

    /// Registers its output.
    func join(_ poller: borrowing Poller, token: UInt64) throws(SystemError) {
        try poller.add(output, token: token, interest: .readable)
    }

    /// Reads what there is; the report once the process has ended.
    func advance() throws(SystemError) -> SeedReport? {
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        switch output.read(into: &buffer) {
        case .bytes(let count):
            unread += buffer[..<count]
            takeLines()
            return nil
        case .wouldBlock: return nil
        case .ended, .failed:
            if !unread.isEmpty { report.add(Substring(String(decoding: unread, as: UTF8.self))) }
            report.processEnded("\(try child.wait())")
            return report
        }
    }

    private func takeLines() {
        while let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
            report.add(Substring(String(decoding: unread[..<end], as: UTF8.self)))
            unread.removeSubrange(...end)
        }
    }

    /// Ends it; its report is of no interest any more.
    func abandon() {
        do throws(SystemError) {
            try Signal.kill.send(toProcess: child.id)
            _ = try child.wait()
        } catch { Console.note("cannot end the process \(child.id): \(error)") }
    }
}
