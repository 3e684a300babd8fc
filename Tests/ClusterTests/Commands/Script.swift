import Foundation
import TestCluster
import Testing

/// A script of `sh` around the real `roost`, which it finds as `$ROOST`.
struct Script {
    struct Result {
        let status: Int32
        let output: Data
        let error: String

        var text: String { String(decoding: output, as: UTF8.self) }
    }

    /// Runs a script to its end.
    static func run(_ script: String, endpoints: String = "") throws -> Result {
        let binary = try #require(Member.binary, "ROOST_BINARY names the binary: run `make test`")
        let place = FileManager.default.temporaryDirectory
            .appending(path: "roost-shell-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        let (output, error) = (place.appending(path: "out"), place.appending(path: "err"))
        for file in [output, error] { try Data().write(to: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", script]
        process.currentDirectoryURL = place
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["ROOST": binary, "ROOST_ENDPOINTS": endpoints]
        ) { $1 }
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: error)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus,
            output: try Data(contentsOf: output),
            error: try String(contentsOf: error, encoding: .utf8)
        )
    }
}
