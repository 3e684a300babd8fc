import Foundation
import Testing

@Suite("What the Makefile's targets do beside building", .serialized)
struct TargetTests {
    private static func run(_ script: String) throws -> String {
        let binary = try #require(
            ProcessInfo.processInfo.environment["ROOST_BINARY"],
            "ROOST_BINARY names the binary under test: run `make test`"
        )
        let terminal = Terminal(repository: PageTests.root, binary: URL(fileURLWithPath: binary))
        let variables = "binary='\(binary)'\nrepository='\(PageTests.root.path)'\n"
        return try terminal.run(variables + script)
    }

    @Test("install needs no toolchain once there is a binary, and brings completions")
    func install() throws {
        let output = try Self.run(
            """
            /usr/bin/make -C "$repository" install SWIFT=/nowhere/swift BINARY="$binary" \\
                PREFIX=/usr DESTDIR="$PWD/root" || echo "exit $?"
            root/usr/bin/roost version
            cd root/usr/share && wc -l */*/* && head -n 1 zsh/site-functions/_roost
            """
        )
        for file in [
            "bash-completion/completions/roost", "zsh/site-functions/_roost",
            "fish/vendor_completions.d/roost.fish",
        ] { #expect(output.contains(file), "\(output)") }
        #expect(output.contains("roost 0."), "\(output)")
        #expect(output.contains("#compdef roost"), "\(output)")
        #expect(!output.contains("exit"), "\(output)")
    }

    @Test("a cluster's others live when one is killed, and the line that starts it again works")
    func cluster() throws {
        let output = try Self.run(
            """
            export ROOST_ENDPOINTS=127.0.0.1:2379,127.0.0.1:2479,127.0.0.1:2579
            "$repository/deploy/local-cluster.sh" "$binary" 2>log & cluster=$!
            roost ready --all --wait 20s || { cat log; exit; }
            kill -9 "$(sed -n 's/^cluster: n2 is process //p' log)"
            until grep -q 'n2 ended with status 137; 2 of three run on' log; do sleep 0.05; done
            roost put /after-the-kill 1 --timeout 20s
            sed -n '/n2 ended/{n;s/^ */exec /;p}' log >again.sh
            bash again.sh 2>again.log & again=$!
            roost ready --endpoints 127.0.0.1:2479 --wait 20s || cat again.log
            kill $again; wait $again; echo "n2 ended: $?"
            # The session may have been started with signals blocked, and bash keeps that so: it is
            # roost that is sent them, which does not.
            kill $(sed -n 's/^cluster: n[13] is process //p' log); wait $cluster
            echo "cluster ended: $?"
            """
        )
        #expect(output.contains("/after-the-kill revision"), "\(output)")
        #expect(output.contains("ready 127.0.0.1:2479"), "\(output)")
        #expect(output.contains("n2 ended: 0"), "\(output)")
        #expect(output.contains("cluster ended: 0"), "\(output)")
    }

    @Test("a test run is a screenful: what went well is counted, what failed stands in full")
    func summary() throws {
        let output = try Self.run(
            """
            cat >log <<'END'
            [1/2] Compiling Bytes
            ◇ Test run started.
            ◇ Suite "Keys" started.
            ◇ Test "a key" started.
            ◇ Test case passing 1 argument line → "x" to "a key" started.
            ✔ Test case passing 1 argument line → "x" to "a key" passed after 0.001 seconds.
            ✔ Test "a key" passed after 0.001 seconds.
            ◇ Test case passing 1 argument page → "one
            two" to "a page" started.
            ◇ Test case passing 1 argument page → "three
            ✘ Test "a page" recorded an issue within what is said of another's beginning
            ✘ Test "a lock" recorded an issue at LockTests.swift:7:5: Expectation failed: 1 == 2
            ↳ the lock's own words
            it printed this
            ✘ Test "a lock" failed after 0.002 seconds with 1 issue.
            ➜ Test "a root" skipped: "not root"
            ✔ Suite "Keys" passed after 0.003 seconds.
            ✘ Test run with 3 tests in 1 suite failed after 0.1 seconds with 1 issue.
            ✔ Test run with 3 tests in 1 suite passed after 0.1 seconds.
            END
            awk -f "$repository/Tests/summary.awk" log
            """
        )
        let expected = """
            ✘ Test "a page" recorded an issue within what is said of another's beginning
            ✘ Test "a lock" recorded an issue at LockTests.swift:7:5: Expectation failed: 1 == 2
            ↳ the lock's own words
            it printed this
            ✘ Test "a lock" failed after 0.002 seconds with 1 issue.
            ➜ Test "a root" skipped: "not root"
            ✘ Test run with 3 tests in 1 suite failed after 0.1 seconds with 1 issue.
            ✔ Test run with 3 tests in 1 suite passed after 0.1 seconds.

            """
        #expect(output == expected)
    }

    @Test("a build names the commit that it is told or that its clone is at, and no other")
    func revision() throws {
        let output = try Self.run(
            """
            mkdir -p outside && cp -r "$repository/deploy" outside
            outside/deploy/revision.sh "$PWD/a.o" "$PWD/none" >/dev/null && cat a.c
            touch linked
            outside/deploy/revision.sh "$PWD/a.o" "$PWD/linked" 0123abcd && cat a.c
            [ -e linked ] || echo "to be linked again"
            touch linked
            outside/deploy/revision.sh "$PWD/a.o" "$PWD/linked" 0123abcd >/dev/null
            [ -e linked ] && echo "as it was"
            outside/deploy/revision.sh "$PWD/a.o" "$PWD/linked" v1 || echo "exit $?"
            roost version --output json
            """
        )
        let lines = output.split(separator: "\n").map(String.init)
        try #require(lines.count == 8, "\(output)")
        #expect(lines[0] == "const char roost_revision[] = \"\";")
        #expect(lines[1].hasPrefix("-Xlinker /") && lines[1].hasSuffix("/a.o"))
        #expect(lines[2] == "const char roost_revision[] = \"0123abcd\";")
        #expect(Array(lines[3...4]) == ["to be linked again", "as it was"])
        #expect(lines[5].hasSuffix("'v1' is no commit: write 7 to 64 digits of its hash"))
        #expect(lines[6] == "exit 64")
        #expect(lines[7].hasPrefix("{\"version\":\"0.") && lines[7].contains("\"revision\":"))
    }

    @Test("a build at a terminal has the arguments of one without")
    func arguments() throws {
        let output = try Self.run(
            """
            for command in build test fuzz; do
                /usr/bin/make -n -C "$repository" $command | grep -E 'swift (build|test)' |
                    grep -v -- '--skip-build' | grep -v 'TERM=dumb' && echo "$command asks the terminal"
            done
            echo end
            """
        )
        #expect(output == "end\n")
    }
}
