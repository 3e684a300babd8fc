import Foundation
import TestCluster
import Testing

@Suite("The worker in Swift of Docs/Examples", .serialized)
struct SwiftExampleTests {
    private static let place = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Docs/Examples/swift")

    /// The program, which is built beside the tests.
    private static func start(_ arguments: [String]) throws -> (process: Process, output: URL) {
        let program = URL(fileURLWithPath: Swift.CommandLine.arguments[0])
            .deletingLastPathComponent().appending(path: "LeaderWorker")
        try #require(FileManager.default.isExecutableFile(atPath: program.path), "\(program.path)")
        let output = FileManager.default.temporaryDirectory
            .appending(path: "roost-worker-\(UUID().uuidString)")
        try Data().write(to: output)
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return (process, output)
    }

    @Test(
        "one of two works, by settings that change meanwhile; the other goes on after it is killed"
    )
    func worker() throws {
        let cluster = try Cluster.started(count: 3)
        func keys() -> [(String, String)] {
            let answer = cluster.members[0].ask("GET", target: "/v1/kv/worker-log?recursive")
            let items = answer?.json["items"] as? [[String: Any]] ?? []
            return items.compactMap { item in
                guard let key = item["key"] as? String, let value = item["value"] as? String else {
                    return nil
                }
                return (key, value)
            }
        }
        func hasLogged(_ greeting: String) -> Bool { keys().contains { $0.1 == greeting } }
        for (key, value) in [("greeting", "hello"), ("pause_milliseconds", "20")] {
            let result = try CommandLine.run("put", "/worker/\(key)", value, on: cluster)
            #expect(result.status == 0, "\(result.error)")
        }
        let first = try Self.start([cluster.endpoints, "a"])
        defer { first.process.terminate() }
        try #require(eventually(withinSeconds: 30) { hasLogged("hello") })
        let second = try Self.start([cluster.endpoints, "b"])
        defer { second.process.terminate() }
        let changed = try CommandLine.run("put", "/worker/greeting", "good day", on: cluster)
        #expect(changed.status == 0, "\(changed.error)")
        try #require(eventually(withinSeconds: 30) { hasLogged("good day") })
        try cluster.leader().kill()
        kill(first.process.processIdentifier, SIGKILL)
        let member = try #require(cluster.members.first { $0.isRunning })
        let goesOn = eventually(withinSeconds: 60) {
            let answer = member.ask("GET", target: "/v1/kv/worker-log?children&keys")
            return (answer?.json["items"] as? [Any])?.count == 2
        }
        #expect(goesOn, "the other leads, and writes under its own token")
    }

    @Test("what \"A lock in five minutes\" shows is code of the example, and does what it says")
    func article() throws {
        let cluster = try SharedMember.cluster()
        let run = try Self.start([cluster.endpoints, "a", "lock"])
        run.process.waitUntilExit()
        #expect(try String(contentsOf: run.output, encoding: .utf8) == "")
        let report = cluster.members[0].ask("GET", target: "/v1/kv/reports/nightly?raw")
        #expect(report?.text == "done")
        let article = try String(
            contentsOf: Self.place.deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appending(
                    path: "Sources/RoostClient/RoostClient.docc/LockInFiveMinutes"
                ).appendingPathExtension("md"),
            encoding: .utf8
        )
        let source = try String(
            contentsOf: Self.place.appending(path: "Sources/LeaderWorker/NightlyReport.swift"),
            encoding: .utf8
        )
        let lines = Set(source.split(separator: "\n").map { $0.filter { $0 != " " } })
        let blocks = article.components(separatedBy: "```swift\n").dropFirst()
        let shown = blocks.flatMap { block in
            block.components(separatedBy: "```")[0].split(separator: "\n").map { line in
                line.filter { $0 != " " }
            }
        }
        #expect(shown.count > 10)
        #expect(shown.filter { !lines.contains($0) } == [])
    }

    @Test("its package is one that others can have: it names the library of this one")
    func package() throws {
        let text = try String(
            contentsOf: Self.place.appending(path: "Package.swift"),
            encoding: .utf8
        )
        let root = try String(
            contentsOf: Self.place.appending(path: "../../../Package.swift"),
            encoding: .utf8
        )
        #expect(text.contains(#".package(name: "roost", path: "../../..")"#))
        #expect(text.contains(#".product(name: "RoostClient", package: "roost")"#))
        #expect(root.contains(#".library(name: "RoostClient", targets: ["RoostClient"])"#))
    }
}
