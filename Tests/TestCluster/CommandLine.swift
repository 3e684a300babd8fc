import Foundation
package import Glibc
import Testing

/// One run of the real `roost` as a client.
package final class CommandLine: @unchecked Sendable {
    package struct Result {
        package let status: Int32
        /// True when a signal ended it.
        package let wasSignalled: Bool
        package let output: String
        package let error: String
    }

    private let process = Process()
    /// Files, not pipes: another child started meanwhile could hold a pipe open.
    private let output = FileManager.default.temporaryDirectory
        .appending(path: "roost-output-\(UUID().uuidString)")
    private let error = FileManager.default.temporaryDirectory
        .appending(path: "roost-error-\(UUID().uuidString)")

    /// Starts `roost ARGUMENTS` against `endpoints`.
    ///
    /// - Parameter place: commands that become it by `exec`, put before it.
    package init(
        _ arguments: [String],
        endpoints: String,
        place: [String] = [],
        environment extra: [String: String] = [:]
    ) throws {
        let binary = try #require(Member.binary, "ROOST_BINARY names the binary: run `make test`")
        process.executableURL = URL(fileURLWithPath: place.isEmpty ? binary : "/usr/bin/env")
        process.arguments = place.isEmpty ? arguments : place + [binary] + arguments
        var environment = ProcessInfo.processInfo.environment
        environment["ROOST_ENDPOINTS"] = endpoints
        for (name, value) in extra { environment[name] = value }
        process.environment = environment
        for (file, isError) in [(output, false), (error, true)] {
            try Data().write(to: file)
            let handle = try FileHandle(forWritingTo: file)
            if isError { process.standardError = handle } else { process.standardOutput = handle }
        }
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    package var processID: pid_t { process.processIdentifier }
    package var isRunning: Bool { process.isRunning }

    /// What it has written on each stream by now.
    package var outputSoFar: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }
    package var errorSoFar: String { (try? String(contentsOf: error, encoding: .utf8)) ?? "" }

    package func signal(_ number: CInt) { Glibc.kill(process.processIdentifier, number) }

    /// Waits for the end.
    package func result() -> Result {
        process.waitUntilExit()
        defer { for file in [output, error] { try? FileManager.default.removeItem(at: file) } }
        return Result(
            status: process.terminationStatus,
            wasSignalled: process.terminationReason == .uncaughtSignal,
            output: (try? String(contentsOf: output, encoding: .utf8)) ?? "",
            error: (try? String(contentsOf: error, encoding: .utf8)) ?? ""
        )
    }

    /// Runs it to its end.
    @discardableResult
    package static func run(
        _ arguments: String...,
        on cluster: Cluster,
        environment: [String: String] = [:]
    ) throws -> Result {
        try CommandLine(arguments, endpoints: cluster.endpoints, environment: environment).result()
    }
}
