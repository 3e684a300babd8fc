import Foundation
import Glibc
import Testing

/// One real `roost serve` process with a real data directory.
final class Member: @unchecked Sendable {
    let name: String
    let directory: URL
    let clientPort: UInt16
    let peerPort: UInt16
    private let cluster: String
    private var process: Process?
    private let log: URL

    /// The binary under test, from the environment of `make test`.
    static let binary = ProcessInfo.processInfo.environment["ROOST_BINARY"]

    init(name: String, directory: URL, clientPort: UInt16, peerPort: UInt16, cluster: String) {
        self.name = name
        self.directory = directory
        self.clientPort = clientPort
        self.peerPort = peerPort
        self.cluster = cluster
        log = directory.deletingLastPathComponent().appending(path: "\(name).log")
    }

    deinit { kill() }

    var endpoint: String { "127.0.0.1:\(clientPort)" }
    /// Everything it wrote on standard error, over all its starts.
    var standardError: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
    var isRunning: Bool { process?.isRunning ?? false }

    /// Starts it and returns at once.
    func start(flags: [String] = []) throws {
        let binary = try #require(Self.binary, "ROOST_BINARY names the binary: run `make test`")
        if !FileManager.default.fileExists(atPath: log.path) { try Data().write(to: log) }
        let handle = try FileHandle(forWritingTo: log)
        try handle.seekToEnd()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: binary)
        process.arguments =
            [
                "serve", "--name", name, "--data-dir", directory.path, "--listen", endpoint,
                "--peer-listen", "127.0.0.1:\(peerPort)",
            ] + (cluster.isEmpty ? [] : ["--cluster", cluster]) + flags
        process.standardError = handle
        process.standardOutput = handle
        process.standardInput = FileHandle.nullDevice
        try process.run()
        self.process = process
        Leftovers.note(process.processIdentifier)
    }

    /// kill -9, and waits until the process is gone.
    func kill() { end(SIGKILL) }

    /// SIGTERM, and waits until the process is gone.
    /// - Returns: its exit status.
    @discardableResult
    func terminate() -> Int32 {
        end(SIGTERM)
        return process?.terminationStatus ?? -1
    }

    /// Sends any signal.
    func signal(_ number: CInt) {
        if let process, process.isRunning { Glibc.kill(process.processIdentifier, number) }
    }

    private func end(_ number: CInt) {
        guard let process, process.isRunning else { return }
        Glibc.kill(process.processIdentifier, number)
        process.waitUntilExit()
    }

    /// Waits for the process to end by itself.
    func exitStatus(withinSeconds seconds: Double) -> Int32? {
        let ended = eventually(withinSeconds: seconds) { !self.isRunning }
        return ended ? process?.terminationStatus : nil
    }

    func connect(timeoutSeconds: Int = 10) throws -> HTTPConnection {
        try HTTPConnection(port: clientPort, timeoutSeconds: timeoutSeconds)
    }

    /// One request on a connection of its own; nil when there is no answer.
    func ask(
        _ method: String,
        _ target: String,
        headers: [String: String] = [:],
        body: String = ""
    ) -> Answer? {
        guard let connection = try? connect() else { return nil }
        return try? connection.request(method, target, headers: headers, body: Data(body.utf8))
    }

    /// What `/v1/status` says.
    var status: [String: Any] { ask("GET", "/v1/status")?.json ?? [:] }
}

/// Asks until it is so, or the deadline has passed; the pause between is a poll, not a guess.
func eventually(withinSeconds seconds: Double, _ holds: () -> Bool) -> Bool {
    let deadline = Date().addingTimeInterval(seconds)
    while !holds() {
        guard Date() < deadline else { return false }
        poll(nil, 0, 10)
    }
    return true
}

/// Members that a shared cluster keeps until the tests end: they end with them.
final class Leftovers: @unchecked Sendable {
    private static let shared = Leftovers()

    private let lock = NSLock()
    private var started: [pid_t] = []

    /// The process ends when this one does.
    static func note(_ process: pid_t) {
        shared.lock.withLock {
            if shared.started.isEmpty { atexit { Leftovers.shared.end() } }
            shared.started.append(process)
        }
    }

    /// Only children of ours that were not waited for yet: a number that the system has given to
    /// somebody else is left alone.
    private func end() {
        for process in started {
            var information = unsafe siginfo_t()
            let flags = WEXITED | WNOHANG | WNOWAIT
            if unsafe waitid(P_PID, id_t(process), &information, flags) == 0 {
                Glibc.kill(process, SIGKILL)
            }
        }
    }
}
