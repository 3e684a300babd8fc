import Foundation
import Glibc
import TestCluster
import Testing

@Suite("`roost lock` gives one lock to one holder (cli.md, Locks and elections)", .serialized)
struct LockTests {
    @Test("two contenders, 200 rounds, the holding roost killed with kill -9 every tenth")
    func exclusion() throws {
        let cluster = try Cluster.started(count: 3)
        let arena = try LockHarness(directory: cluster.directory, cluster: cluster)
        arena.contend(roundCount: 200, contenderCount: 2)
        #expect(try arena.run(.increments) == 0)

        #expect(arena.read("violations") == "", "two holders at once")
        #expect(arena.failures == [])
        #expect(Int(arena.read("counter")) == 181)
        let grants = arena.grants
        #expect(grants.count == 201)
        #expect(zip(grants, grants.dropFirst()).allSatisfy { $0.token < $1.token })
        let waits = arena.kills.map { killed in
            (grants.map(\.time).filter { $0 > killed }.min() ?? .infinity) - killed
        }
        #expect(waits.count == 20)
        #expect(waits.allSatisfy { $0 <= 3 }, "next holder within TTL + 1 s: \(waits)")
        print("lock: 201 grants, next holder after kill -9 within \(waits.max() ?? 0) s (TTL 2 s)")
    }

    @Test("the lock survives the leader's death, and the command's own exit code comes back")
    func leaderKilled() throws {
        let cluster = try Cluster.started(count: 3)
        let mark = cluster.directory.appending(path: "held")
        let script = "touch \(mark.path); while [ -e \(mark.path) ]; do sleep 0.05; done; exit 7"
        let holder = try CommandLine(
            ["lock", "deploy", "--ttl", "3s", "--", "sh", "-c", script],
            endpoints: cluster.endpoints
        )
        try #require(
            eventually(withinSeconds: 10) { FileManager.default.fileExists(atPath: mark.path) }
        )
        let leader = try cluster.leader()
        leader.kill()
        #expect(eventually(withinSeconds: 10) { (try? cluster.leader(withinSeconds: 1)) != nil })
        let held = try CommandLine.run("lock", "deploy", "--wait", "0", "--", "true", on: cluster)
        #expect(held.status == 6, "\(held.error)")
        try FileManager.default.removeItem(at: mark)
        #expect(holder.result().status == 7)
        let free = try CommandLine.run("lock", "deploy", "--wait", "2s", "--", "true", on: cluster)
        #expect(free.status == 0, "\(free.error)")
    }

    @Test(
        "exit codes",
        arguments: [
            (["--", "sh", "-c", "exit 0"], 0), (["--", "sh", "-c", "exit 3"], 3),
            (["--", "/nonexistent/command"], 127), (["--", "/etc/passwd"], 126),
            (["--", "sh", "-c", "kill -TERM $$"], 143), ([], 2),
            (["--ttl", "nonsense", "--", "true"], 2),
        ]
    )
    func exitCodes(_ arguments: [String], _ expected: Int) throws {
        let cluster = try SharedMember.cluster()
        let result = try CommandLine(["lock", "codes"] + arguments, endpoints: cluster.endpoints)
            .result()
        #expect(Int(result.status) == expected, "\(result.error)")
    }

    @Test("of 24 who want one of three permits no four hold one at a time, and all get it")
    func permits() throws {
        let cluster = try Cluster.started(count: 3)
        let result = try Script.run(
            """
            until "$ROOST" settings feature-level | grep -qx '[4-9]'; do :; done
            enter='mkdir "in.$$"; ls | grep -c "^in" >> counts; rmdir "in.$$"'
            seq 24 | xargs -P 24 -I N \\
                "$ROOST" lock build --permits 3 --wait 60s -- sh -c "$enter" || echo failed
            sort -n counts | uniq | tail -n 1; wc -l < counts
            "$ROOST" lock build --permits 2 -- env -u ROOST_FENCE \
                "$ROOST" lock build --permits 3 -- true; echo "other number $?"
            """,
            endpoints: cluster.endpoints
        )
        let lines = result.text.split(separator: "\n").map(String.init)
        #expect(lines.count == 3, "\(result.text) \(result.error)")
        #expect(Int(lines.first ?? "") ?? .max <= 3, "\(result.text)")
        #expect(lines.dropFirst() == ["24", "other number 4"], "\(result.text)")
    }
}

/// Where contenders for one lock meet: files that only exclusion keeps right.
final class LockHarness: @unchecked Sendable {
    enum Round {
        case increments
        /// Stays inside until its roost is killed.
        case lingers
    }

    private let directory: URL
    private let cluster: Cluster
    private let lock = NSLock()
    private var next = 0
    private(set) var failures: [String] = []
    private(set) var kills: [Double] = []

    init(directory: URL, cluster: Cluster) throws {
        self.directory = directory.appending(path: "arena")
        self.cluster = cluster
        try FileManager.default.createDirectory(
            at: self.directory,
            withIntermediateDirectories: true
        )
        try "0\n".write(to: file("counter"), atomically: true, encoding: .utf8)
        let script = """
            cd "$1"
            if [ -e holder ]; then
                old=$(cat holder)
                if [ -d "/proc/$old" ] && ! grep -q '^State:[[:space:]]*[ZX]' "/proc/$old/status"; then
                    echo "$old and $$" >> violations
                fi
            fi
            echo $$ > holder
            echo "$ROOST_LOCK_TOKEN $(date +%s.%N)" >> grants
            value=$(cat counter)
            if [ "$2" = lingers ]; then touch "lingers.$3"; exec sleep 60; fi
            echo $((value + 1)) > counter
            rm -f holder
            """
        try script.write(to: file("critical.sh"), atomically: true, encoding: .utf8)
    }

    func read(_ name: String) -> String {
        ((try? String(contentsOf: file(name), encoding: .utf8)) ?? "")
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    var grants: [(token: Int, time: Double)] {
        read("grants").split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 2, let token = Int(words[0]), let time = Double(words[1]) else {
                return nil
            }
            return (token, time)
        }
    }

    /// Runs all rounds on as many threads as there are contenders, and waits for them.
    func contend(roundCount: Int, contenderCount: Int) {
        let group = DispatchGroup()
        for _ in 0..<contenderCount {
            group.enter()
            Thread.detachNewThread { [self] in
                while let round = take(of: roundCount) {
                    if round % 10 == 0 { killWhileHolding(round) } else { increment(round) }
                }
                group.leave()
            }
        }
        group.wait()
    }

    /// One `roost lock` to its end.
    func run(_ round: Round) throws -> Int32 { try start(round, number: 0).result().status }

    private func take(of count: Int) -> Int? {
        lock.withLock {
            guard next < count else { return nil }
            next += 1
            return next
        }
    }

    private func increment(_ number: Int) {
        guard let result = try? start(.increments, number: number).result(), result.status == 0
        else {
            return fail("round \(number) did not end well")
        }
    }

    private func killWhileHolding(_ number: Int) {
        guard let holder = try? start(.lingers, number: number) else {
            return fail("round \(number) did not start")
        }
        let isInside = eventually(withinSeconds: 30) {
            FileManager.default.fileExists(atPath: file("lingers.\(number)").path)
        }
        if !isInside { fail("round \(number) was not granted") }
        lock.withLock { kills.append(Date().timeIntervalSince1970) }
        holder.signal(SIGKILL)
        _ = holder.result()
    }

    private func start(_ round: Round, number: Int) throws -> CommandLine {
        let mode = round == .lingers ? "lingers" : "increments"
        let command = ["sh", file("critical.sh").path, directory.path, mode, "\(number)"]
        return try CommandLine(
            ["lock", "arena", "--ttl", "2s", "--"] + command,
            endpoints: cluster.endpoints
        )
    }

    private func fail(_ why: String) { lock.withLock { failures.append(why) } }

    private func file(_ name: String) -> URL { directory.appending(path: name) }
}
