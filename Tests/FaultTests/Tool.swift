import Foundation
import Glibc
import TestCluster
import Testing

/// Commands of the system that put faults into it.
enum Tool: String, CaseIterable {
    case ip
    case iptables
    case mount
    case umount
    case prlimit
    case strace

    /// Where it lies; nil when it is not installed.
    var path: String? {
        ["/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"].map { $0 + rawValue }
            .first { unsafe access($0, X_OK) == 0 }
    }

    /// Whether this process may use it for faults.
    static func areUsable(_ tools: [Tool]) -> Bool {
        geteuid() == 0 && tools.allSatisfy { $0.path != nil }
    }

    /// What one run of it came to.
    struct Run {
        let status: Int32
        let output: String
        let error: String
    }

    /// Runs it to its end.
    @discardableResult
    func run(_ arguments: [String]) throws -> Run {
        let process = Process()
        let (output, error) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: try #require(path, "\(rawValue) is missing"))
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = error
        try process.run()
        // Neither fills its pipe: a few lines at most.
        let said = output.fileHandleForReading.readDataToEndOfFile()
        let complained = error.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Run(
            status: process.terminationStatus,
            output: String(decoding: said, as: UTF8.self),
            error: String(decoding: complained, as: UTF8.self)
        )
    }

    /// Runs it to its end, which must be a good one.
    func mustRun(_ arguments: [String]) throws {
        let run = try run(arguments)
        let command = "\(rawValue) \(arguments.joined(separator: " "))"
        try #require(run.status == 0, "\(command): \(run.error)")
    }
}

/// A strace that tampers with system calls of a running member, until it is detached.
final class Tracer {
    private let process = Process()

    /// Attaches to every thread.
    ///
    /// - Parameters:
    ///   - calls: comma-separated names.
    ///   - fault: as in `inject=CALLS:FAULT`.
    init(_ member: Member, calls: String, fault: String) throws {
        process.executableURL = URL(
            fileURLWithPath: try #require(Tool.strace.path, "strace is missing")
        )
        process.arguments = [
            "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(calls)", "-e",
            "inject=\(calls):\(fault)", "-p", "\(member.processID)",
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        Leftovers.note(process.processIdentifier)
        let isAttached = eventually(withinSeconds: 5) {
            !member.isRunning || Self.isTraced(member.processID)
        }
        try #require(isAttached, "strace did not attach to \(member.name)")
    }

    deinit { detach() }

    /// What makes a member run under it from its first instruction on, killed at the Nth of the
    /// calls that any one of its threads makes.
    static func killing(atCall number: Int, of calls: String) -> [String] {
        [
            "strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(calls)", "-e",
            "inject=\(calls):signal=KILL:when=\(number)",
        ]
    }

    /// What makes one call of a member fail, as each of its threads counts them from its start on.
    static func failing(_ call: String, error: String, atCall number: Int) -> [String] {
        [
            "strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(call)", "-e",
            "inject=\(call):error=\(error):when=\(number)",
        ]
    }

    /// Lets the member go on alone: the system lets go of what a dead tracer held. SIGTERM would
    /// not do, it may be blocked in children of this process.
    func detach() {
        guard process.isRunning else { return }
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    private static func isTraced(_ process: pid_t) -> Bool {
        let tasks = "/proc/\(process)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
        return !threads.isEmpty
            && threads.allSatisfy { thread in
                let status = try? String(
                    contentsOfFile: "\(tasks)/\(thread)/status",
                    encoding: .utf8
                )
                return status?.contains("TracerPid:\t0\n") == false
            }
    }
}
