internal import Platform
internal import RoostClient

extension CommandStub {
    /// Starts a command in a process group of its own. It dies with this thread.
    ///
    /// - Parameter input: becomes its standard input; nil is this process's.
    static func start(
        _ arguments: [[UInt8]],
        environment: [[UInt8]] = ProcessImage.environment,
        input: PipeEnd? = nil
    ) throws(SystemError) -> ChildProcess {
        let order = try PipeEnd.makePair()
        let descriptor = order.reading.descriptor
        var launch = ChildProcess.Launch(
            executable: CurrentProcess.executablePath,
            arguments: ["roost", verb, String(descriptor)]
        )
        launch.group = .own
        launch.descriptors = [.init(descriptor, as: descriptor)]
        if let input { launch.descriptors.append(.init(input.descriptor, as: 0)) }
        let child = try ChildProcess(launch)
        try order.writing.write(
            LaunchOrder(arguments: arguments, environment: environment).encoded()
        )
        return child
    }
}
