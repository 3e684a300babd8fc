import Foundation
import Glibc
import TestCluster
import Testing

@Suite("What a loss leads to, with real members (cli.md, Locks and elections)", .serialized)
struct LockLossTests {
    /// Runs a script in a directory of its own, with a service of three.
    private static func run(_ script: String, on cluster: Cluster) throws -> Script.Result {
        try Script.run(prelude + script, endpoints: cluster.endpoints)
    }

    /// `living FILE`: whether the process whose number it holds runs.
    private static let prelude = """
        living() { [ -d "/proc/$1" ] && ! grep -q '^State:[[:space:]]*[ZX]' "/proc/$1/status"; }
        await() { n=0; until "$@" || [ $n -gt 600 ]; do sleep 0.05; n=$((n + 1)); done; }
        next() { # what the next holder finds
            "$ROOST" lock job --ttl 2s --wait 30s -- sh -c '
                [ -d "/proc/$1" ] && ! grep -q "^State:[[:space:]]*[ZX]" "/proc/$1/status" &&
                    echo "it lives" || echo "it is dead"' - "$(cat holder)"
        }

        """

    @Test(
        "a holder that is killed, or stopped for longer than its time to live: CMD is dead before",
        arguments: [
            ("KILL", "term"), ("KILL", "kill"), ("STOP", "term"), ("STOP", "kill"),
        ]
    )
    func deadBefore(_ signal: String, _ act: String) throws {
        let cluster = try SharedMember.cluster()
        let result = try Self.run(
            """
            "$ROOST" lock job --ttl 2s --on-lost \(act) -- sh -c '
                echo $$ > holder; trap "" TERM; while :; do sleep 0.05; done' &
            roost=$!
            await test -s holder
            kill -\(signal) $roost
            next
            kill -CONT $roost 2>/dev/null; wait $roost; echo "ended $?"
            """,
            on: cluster
        )
        let code = signal == "KILL" ? 137 : 75
        #expect(result.text == "it is dead\nended \(code)\n", "\(result.error)")
    }

    @Test("continue: CMD goes on after a loss, and its code is the end")
    func goesOn() throws {
        let result = try Self.run(
            """
            "$ROOST" lock on --ttl 2s --on-lost continue -- sh -c '
                touch held; until [ -e other ]; do sleep 0.05; done; exit 9' &
            roost=$!
            await test -e held
            "$ROOST" unlock on --force >/dev/null
            "$ROOST" lock on --wait 30s -- sh -c 'sleep 1'
            touch other
            wait $roost; echo "ended $?"
            """,
            on: SharedMember.cluster()
        )
        #expect(result.text == "ended 9\n", "\(result.error)")
        #expect(result.error.contains("the command goes on without it"), "\(result.error)")
    }

    @Test("exec: the handler runs with what was held, CMD's end is 75")
    func handler() throws {
        let result = try Self.run(
            """
            "$ROOST" lock told --ttl 2s \\
                --on-lost 'exec:echo "$ROOST_LOCK_NAME $ROOST_LOCK_TOKEN" > told; kill "$ROOST_COMMAND_PID"' \\
                -- sh -c 'echo "$ROOST_LOCK_NAME $ROOST_LOCK_TOKEN" > held; exec sleep 60' &
            roost=$!
            await test -s held
            "$ROOST" unlock told --force >/dev/null
            wait $roost; echo "ended $?"
            cmp held told && echo same
            """,
            on: SharedMember.cluster()
        )
        #expect(result.text == "ended 75\nsame\n", "\(result.error)")
    }

    @Test("again: after the loss of all members it queues anew by itself, and CMD's end is its end")
    func again() throws {
        let cluster = try Cluster.started(count: 3)
        let runs = cluster.directory.appending(path: "runs")
        let script = """
            echo "$ROOST_LOCK_TOKEN" >> '\(runs.path)'
            [ "$(wc -l < '\(runs.path)')" -ge 2 ] && exit 5
            exec sleep 600
            """
        let lock = try CommandLine(
            [
                "lock", "service", "--ttl", "2s", "--timeout", "1s", "--again", "--", "sh", "-c",
                script,
            ],
            endpoints: cluster.endpoints
        )
        func tokens() -> [Int] {
            ((try? String(contentsOf: runs, encoding: .utf8)) ?? "").split(separator: "\n")
                .compactMap { Int($0) }
        }
        try #require(eventually(withinSeconds: 20) { tokens().count == 1 }, "\(lock.errorSoFar)")
        for member in cluster.members { member.kill() }
        try #require(
            eventually(withinSeconds: 20) { lock.errorSoFar.contains("can no longer be proven") }
        )
        try cluster.start()
        let result = lock.result()
        #expect(result.status == 5, "\(result.error)")
        #expect(tokens().count == 2 && tokens()[0] < tokens()[1], "\(tokens())")
    }

    @Test("a candidate of higher priority that asks for it gets it; with --again the other is back")
    func preemption() throws {
        let result = try Self.run(
            """
            until "$ROOST" settings feature-level | grep -qx '[4-9]'; do :; done
            "$ROOST" elect seat --ttl 2s --value low --again -- sh -c '
                echo low >> order; [ "$(grep -c low order)" -ge 2 ] && exit 3; exec sleep 60' &
            low=$!
            await test -s order
            "$ROOST" elect seat --ttl 2s --value high --priority 5 --preempt -- sh -c 'echo high >> order'
            wait $low; echo "ended $?"
            tr '\\n' ' ' < order
            """,
            on: SharedMember.cluster()
        )
        #expect(result.text == "ended 3\nlow high low ", "\(result.error)")
    }

    @Test("a sick leader resigns, does not campaign until it is well, then leads again")
    func health() throws {
        let result = try Self.run(
            """
            touch well
            "$ROOST" elect head --ttl 2s --value a --health 'test -e well' --interval 100ms -- sh -c '
                echo a >> order; [ "$(grep -c a order)" -ge 2 ] && exit 4; exec sleep 60' &
            first=$!
            await test -s order
            rm well
            "$ROOST" elect head --ttl 2s --value b --wait 30s -- sh -c 'echo b >> order; sleep 1'
            await "$ROOST" elect head --wait 0 --value c --conflict-exit-code 0 -- sh -c 'echo c >> order'
            touch well
            wait $first; echo "ended $?"
            tr '\\n' ' ' < order
            """,
            on: SharedMember.cluster()
        )
        #expect(result.text == "ended 4\na b c a ", "\(result.error)")
        #expect(result.error.contains("sick (the check ended with code 1)"), "\(result.error)")
    }
}
