import Foundation
import Glibc
import TestCluster
import Testing

@Suite("What the command line does when nobody answers, and when it ends", .serialized)
struct SilenceTests {
    @Test("a read goes on trying while a single member starts again")
    func restart() throws {
        let cluster = try Cluster.started(count: 1)
        try CommandLine.run("put", "/restart", "1", on: cluster)
        cluster.members[0].kill()
        let get = try CommandLine(["get", "-v", "/restart"], endpoints: cluster.endpoints)
        #expect(eventually(withinSeconds: 5) { get.errorSoFar.contains("refused") })
        try cluster.members[0].start()
        let result = get.result()
        #expect(result.status == 0 && result.output == "1", "\(result.error)")
    }

    @Test(
        "a watch says after a second that no member answers, and when that is over",
        arguments: [
            ["watch", "/silent"], ["elect", "silent", "--observe"],
        ]
    )
    func watch(_ arguments: [String]) throws {
        let cluster = try Cluster.started(count: 1)
        let loud = try CommandLine(arguments, endpoints: cluster.endpoints)
        let quiet = try CommandLine(arguments + ["-q"], endpoints: cluster.endpoints)
        let member = cluster.members[0]
        // The two streams, and this question.
        #expect(eventually(withinSeconds: 10) { member.status["connections"] as? Int == 3 })
        member.kill()
        let killed = Date()
        #expect(
            eventually(withinSeconds: 10) { loud.errorSoFar.contains("no member answers") },
            "\(loud.errorSoFar)"
        )
        #expect(Date().timeIntervalSince(killed) >= 0.9, "a short break is no news")
        #expect(!loud.errorSoFar.contains(" answers after "))
        try member.start()
        #expect(
            eventually(withinSeconds: 10) { loud.errorSoFar.contains(" answers after ") },
            "\(loud.errorSoFar)"
        )
        for command in [loud, quiet] { command.signal(SIGTERM) }
        #expect(quiet.result().error.isEmpty)
        _ = loud.result()
    }

    /// Gone, or only an entry that its parent has not waited for.
    private static func isGone(_ process: pid_t) -> Bool {
        guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        else {
            return true
        }
        return stat.split(separator: ")").last?.hasPrefix(" Z") ?? true
    }

    @Test(
        "watch --exec ends its command's whole group when it ends, and dies by the same signal",
        arguments: [SIGTERM, SIGINT, SIGHUP, SIGKILL]
    )
    func watchExec(_ signal: CInt) throws {
        let cluster = try SharedMember.cluster()
        let file = cluster.directory.appending(path: "group-\(signal)")
        let command =
            "sleep 300 & echo $$ $! >\(file.path).new; mv \(file.path).new \(file.path); wait"
        let watch = try CommandLine(
            ["watch", "/group", "--exec", command],
            endpoints: cluster.endpoints
        )
        func processes() -> [pid_t] {
            ((try? String(contentsOf: file, encoding: .utf8)) ?? "")
                .split(whereSeparator: \.isWhitespace).compactMap { pid_t($0) }
        }
        try #require(eventually(withinSeconds: 10) { processes().count == 2 })
        let started = processes()
        watch.signal(signal)
        let result = watch.result()
        #expect(result.wasSignalled && result.status == signal, "\(result.status)")
        #expect(
            eventually(withinSeconds: 5) { started.allSatisfy(Self.isGone) },
            "\(started) outlive it"
        )
        for process in started { kill(process, SIGKILL) }
    }
}
