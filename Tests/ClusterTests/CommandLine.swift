import Foundation
import Glibc
import Testing

/// One run of the real `roost` as a client.
final class CommandLine: @unchecked Sendable {
    struct Result {
        let status: Int32
        /// True when a signal ended it.
        let wasSignalled: Bool
        let output: String
        let error: String
    }

    private let process = Process()
    private let output = Pipe()
    private let error = Pipe()

    /// Starts `roost ARGUMENTS` against `endpoints`.
    init(_ arguments: [String], endpoints: String, environment extra: [String: String] = [:]) throws
    {
        let binary = try #require(Member.binary, "ROOST_BINARY names the binary: run `make test`")
        process.executableURL = URL(fileURLWithPath: binary)
        process.arguments = arguments
        var environment = ProcessInfo.processInfo.environment
        environment["ROOST_ENDPOINTS"] = endpoints
        for (name, value) in extra { environment[name] = value }
        process.environment = environment
        process.standardOutput = output
        process.standardError = error
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    var processID: pid_t { process.processIdentifier }
    var isRunning: Bool { process.isRunning }

    func signal(_ number: CInt) { Glibc.kill(process.processIdentifier, number) }

    /// Waits for the end.
    func result() -> Result {
        let output = output.fileHandleForReading.readDataToEndOfFile()
        let error = error.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus,
            wasSignalled: process.terminationReason == .uncaughtSignal,
            output: String(decoding: output, as: UTF8.self),
            error: String(decoding: error, as: UTF8.self)
        )
    }

    /// Runs it to its end.
    @discardableResult
    static func run(
        _ arguments: String...,
        on cluster: Cluster,
        environment: [String: String] = [:]
    ) throws -> Result {
        try CommandLine(arguments, endpoints: cluster.endpoints, environment: environment).result()
    }
}
