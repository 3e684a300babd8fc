package import Foundation
import Glibc
import Testing

/// One real `roost serve` process with a real data directory.
package final class Member: @unchecked Sendable {
    package let name: String
    package let directory: URL
    package let host: String
    package let clientPort: UInt16
    package let peerPort: UInt16
    /// Commands that become the server by `exec`, put before it: where or under which limits it
    /// runs.
    package let place: [String]
    private let cluster: String
    private var process: Process?
    private let log: URL

    /// The binary under test, from the environment of `make test`.
    package static let binary = ProcessInfo.processInfo.environment["ROOST_BINARY"]

    package init(
        name: String,
        directory: URL,
        host: String = "127.0.0.1",
        clientPort: UInt16,
        peerPort: UInt16,
        place: [String] = [],
        cluster: String
    ) {
        self.name = name
        self.directory = directory
        self.host = host
        self.clientPort = clientPort
        self.peerPort = peerPort
        self.place = place
        self.cluster = cluster
        log = directory.deletingLastPathComponent().appending(path: "\(name).log")
    }

    deinit { kill() }

    package var endpoint: String { "\(host):\(clientPort)" }
    /// Everything it wrote on standard error, over all its starts.
    package var standardError: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
    package var isRunning: Bool { process?.isRunning ?? false }
    /// The process of its last start; 0 before the first.
    package var processID: pid_t { process?.processIdentifier ?? 0 }

    /// Starts it and returns at once.
    ///
    /// - Parameter tracer: a command that becomes the server by `exec`, nearest to it.
    package func start(
        flags: [String] = [],
        tracer: [String] = [],
        binary: String? = Member.binary
    ) throws {
        let binary = try #require(binary, "ROOST_BINARY names the binary: run `make test`")
        if !FileManager.default.fileExists(atPath: log.path) { try Data().write(to: log) }
        let handle = try FileHandle(forWritingTo: log)
        try handle.seekToEnd()
        let command =
            place + tracer + [
                binary, "serve", "--name", name, "--data-dir", directory.path, "--listen", endpoint,
                "--peer-listen", "\(host):\(peerPort)",
            ] + (cluster.isEmpty ? [] : ["--cluster", cluster]) + flags
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardError = handle
        process.standardOutput = handle
        process.standardInput = FileHandle.nullDevice
        try process.run()
        self.process = process
        Leftovers.note(process.processIdentifier)
    }

    /// kill -9, and waits until the process is gone.
    package func kill() { end(SIGKILL) }

    /// SIGTERM, and waits until the process is gone.
    /// - Returns: its exit status.
    @discardableResult
    package func terminate() -> Int32 {
        end(SIGTERM)
        return process?.terminationStatus ?? -1
    }

    /// Sends any signal.
    package func signal(_ number: CInt) {
        if let process, process.isRunning { Glibc.kill(process.processIdentifier, number) }
    }

    private func end(_ number: CInt) {
        guard let process, process.isRunning else { return }
        Glibc.kill(process.processIdentifier, number)
        process.waitUntilExit()
    }

    /// Waits for the process to end by itself.
    package func exitStatus(withinSeconds seconds: Double) -> Int32? {
        let ended = eventually(withinSeconds: seconds) { !self.isRunning }
        return ended ? process?.terminationStatus : nil
    }

    package func connect(timeoutSeconds: Int = 10) throws -> HTTPConnection {
        try HTTPConnection(host: host, port: clientPort, timeoutSeconds: timeoutSeconds)
    }

    /// One request on a connection of its own; nil when there is no answer.
    package func ask(
        _ method: String,
        target: String,
        headers: [String: String] = [:],
        body: String = "",
        timeoutSeconds: Int = 10
    ) -> Answer? {
        guard let connection = try? connect(timeoutSeconds: timeoutSeconds) else { return nil }
        return try? connection.request(
            method,
            target: target,
            headers: headers,
            body: Data(body.utf8)
        )
    }

    /// What `/v1/status` says; empty without an answer.
    package var status: [String: Any] {
        ask("GET", target: "/v1/status", timeoutSeconds: 3)?.json ?? [:]
    }
}
