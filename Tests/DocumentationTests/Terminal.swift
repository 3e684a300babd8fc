import Foundation

/// A bash session in an empty directory, alone on its loopback network where the system allows it,
/// so that the ports of a page are free. Everything it started ends with it.
struct Terminal {
    let repository: URL
    let binary: URL

    /// What the session printed on both streams.
    func run(_ script: String, timeoutSeconds: Int = 180) throws -> String {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "roost-page-\(UUID().uuidString)")
        let tools = directory.appending(path: "bin")
        try FileManager.default.createDirectory(at: tools, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try FileManager.default.createSymbolicLink(
            at: tools.appending(path: "roost"),
            withDestinationURL: binary
        )
        try writeTool(
            "make",
            body: "exec /usr/bin/make -C '\(repository.path)' --dry-run \"$@\" >/dev/null",
            in: tools
        )
        let work = directory.appending(path: "work")
        try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
        let file = directory.appending(path: "session.sh")
        try ("ip link set lo up 2>/dev/null\n" + script).write(
            to: file,
            atomically: true,
            encoding: .utf8
        )

        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["timeout", "--kill-after=5", "\(timeoutSeconds)"] + Self.isolation + [
                "bash", file.path,
            ]
        process.currentDirectoryURL = work
        var environment = ProcessInfo.processInfo.environment
        environment["PATH"] = "\(tools.path):\(environment["PATH"] ?? "/usr/bin:/bin")"
        environment["NO_COLOR"] = "1"
        environment["ROOST_ENDPOINTS"] = nil
        process.environment = environment
        let output = directory.appending(path: "output")
        try Data().write(to: output)
        let handle = try FileHandle(forWritingTo: output)
        process.standardOutput = handle
        process.standardError = handle
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return String(decoding: try Data(contentsOf: output), as: UTF8.self)
    }

    private func writeTool(_ name: String, body: String, in directory: URL) throws {
        let url = directory.appending(path: name)
        try "#!/bin/sh\n\(body)\n".write(to: url, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: url.path)
    }

    /// A network and process space of its own, if this user may have one.
    private static let isolation: [String] = {
        let candidates = [
            ["unshare", "--net", "--pid", "--fork", "--kill-child"],
            ["unshare", "--map-root-user", "--net", "--pid", "--fork", "--kill-child"],
        ]
        return candidates.first { candidate in
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = candidate + ["ip", "link", "set", "lo", "up"]
            process.standardError = FileHandle.nullDevice
            guard (try? process.run()) != nil else { return false }
            process.waitUntilExit()
            return process.terminationStatus == 0
        } ?? []
    }()
}
