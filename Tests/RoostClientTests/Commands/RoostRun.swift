import Platform

/// One run of the real roost from its beginning to its end.
struct RoostRun {
    /// Nil when a signal ended it.
    let status: Int32?
    let output: String
    let error: String

    init(_ arguments: [String]) throws {
        try self.init(executable: RoostBinary.path, ["roost"] + arguments)
    }

    /// A run of another program, such as a shell that runs roost.
    init(executable: String, _ arguments: [String]) throws {
        let (child, outputEnd, errorEnd) = try Self.start(executable, arguments)
        output = Self.text(outputEnd)
        error = Self.text(errorEnd)
        status = if case .exited(let status) = try child.wait() { status } else { nil }
    }

    private static func start(
        _ executable: String,
        _ arguments: [String]
    ) throws -> (ChildProcess, output: PipeEnd, error: PipeEnd) {
        let output = try PipeEnd.makePair()
        let error = try PipeEnd.makePair()
        var launch = ChildProcess.Launch(executable: executable, arguments: arguments)
        launch.descriptors = [
            .init(output.writing.descriptor, as: 1), .init(error.writing.descriptor, as: 2),
        ]
        let child = try withExtendedLifetime((output, error)) { try ChildProcess(launch) }
        return (child, output.reading, error.reading)
    }

    /// Everything until the end: what a test lets roost say fits into a pipe.
    private static func text(_ pipe: PipeEnd) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case .bytes(let count) = pipe.read(into: &buffer) { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}
