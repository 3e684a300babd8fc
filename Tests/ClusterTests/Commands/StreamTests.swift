import Foundation
import TestCluster
import Testing

@Suite("Files and descriptors that a command is given, with a real member")
struct StreamTests {
    @Test(
        "whatever can be read is stored to its end",
        arguments: [
            ("mkfifo p; { printf 'from a pipe' >p & }; $ROOST put /s/fifo -f p", "/s/fifo"),
            ("printf 'from a pipe' | $ROOST put /s/stdin -f /dev/stdin", "/s/stdin"),
            ("printf 'from a pipe' | $ROOST put /s/dash -f -", "/s/dash"),
            ("$ROOST put /s/cas x; printf 'from a pipe' | $ROOST cas /s/cas x -f -", "/s/cas"),
            (
                """
                printf '{"then":[{"put":{"key":"/s/txn","value":"from a pipe"}}]}' |
                $ROOST txn -f /dev/stdin
                """, "/s/txn"
            ),
        ]
    )
    func pipes(_ script: String, _ key: String) throws {
        let cluster = try SharedMember.cluster()
        let put = try Script.run(script, endpoints: cluster.endpoints)
        #expect(put.status == 0, "\(put.error)")
        let get = try Script.run("$ROOST get \(key)", endpoints: cluster.endpoints)
        #expect(get.text == "from a pipe")
    }

    @Test("a file that tells the size 0 is stored to its end")
    func sizeless() throws {
        let cluster = try SharedMember.cluster()
        let script = "$ROOST put /s/proc -f /proc/version >note && $ROOST get /s/proc"
        let stored = try Script.run(script, endpoints: cluster.endpoints)
        #expect(stored.text == (try String(contentsOfFile: "/proc/version", encoding: .utf8)))
        #expect(stored.text.count > 10)
    }

    @Test(
        "more than a member takes is refused before it is sent, by the limit's name",
        arguments: [
            ("head -c 16777217 /dev/zero | $ROOST put /s/big -", "16777216"),
            ("$ROOST put /s/big -f /dev/zero", "/dev/zero holds more than 16777216"),
            ("$ROOST txn -f /dev/zero", "/dev/zero holds more than 25165824"),
            ("$ROOST cas /s/big x -f /dev/zero", "/dev/zero holds more than 16777216"),
        ]
    )
    func limits(_ script: String, _ words: String) throws {
        // Nobody listens there: it is refused without asking.
        let refused = try Script.run(script, endpoints: "127.0.0.1:1")
        #expect(refused.status == 1)
        #expect(refused.error.contains(words), "\(refused.error)")
    }

    @Test("the longest value fits into a comparison whatever its characters are")
    func longest() throws {
        let cluster = try SharedMember.cluster()
        let script = """
            head -c 1048576 /dev/zero | tr '\\0' '\\n' >value
            $ROOST put /s/long x && $ROOST cas /s/long x -f value && $ROOST get /s/long | wc -c
            """
        let swapped = try Script.run(script, endpoints: cluster.endpoints)
        #expect(swapped.text.hasSuffix("1048576\n"), "\(swapped.error)")
    }

    @Test(
        "what can't be said is an error, and never said to the member",
        arguments: [
            "$ROOST get /s/closed >&-", "$ROOST ls / >&-", "$ROOST help >&-",
            "$ROOST version >&- <&-", "$ROOST put /s/closed - <&-", "$ROOST get /s/closed >&- 2>&-",
        ]
    )
    func closed(_ script: String) throws {
        let cluster = try SharedMember.cluster()
        let value = "DELETE /v1/kv/s/closed HTTP/1.1\nHost: x\n\n"
        let body = "$ROOST put /s/closed '\(value)' >note && \(script)"
        let result = try Script.run(body, endpoints: cluster.endpoints)
        #expect(result.status == 1)
        #expect(script.contains("2>&-") || result.error.contains("Bad file descriptor"))
        let kept = try SharedMember.member().ask("GET", target: "/v1/kv/s/closed?raw")
        #expect(kept?.text == value)
    }

    @Test("with nothing to say a closed output is none")
    func nothingToSay() throws {
        let cluster = try SharedMember.cluster()
        let script = "$ROOST lock s-closed --ttl 5s -- true >&- <&-"
        let result = try Script.run(script, endpoints: cluster.endpoints)
        #expect(result.status == 0, "\(result.error)")
    }

    @Test("a reader that goes ends a command as it ends others")
    func brokenPipe() throws {
        let cluster = try SharedMember.cluster()
        let script = """
            head -c 1000000 /dev/zero | $ROOST put /s/long-read - >note
            { $ROOST get /s/long-read; echo $? >status; } | head -c 1 >note; cat status
            """
        let result = try Script.run(script, endpoints: cluster.endpoints)
        #expect(result.text == "141\n" && result.error.isEmpty, "\(result.error)")
    }

    @Test("a command that watch runs has the caller's descriptors, and none of roost's")
    func descriptorsOfExec() throws {
        let cluster = try SharedMember.cluster()
        let script = """
            ls -l /proc/self/fd >before
            $ROOST watch /s/exec --exec 'echo said >&3; ls -l /proc/self/fd >seen; mv seen during' 3>mine &
            until [ -e during ]; do sleep 0.05; done
            kill $!; wait
            cat mine; echo $(($(grep -c pipe: during) - $(grep -c pipe: before)))
            """
        let result = try Script.run(script, endpoints: cluster.endpoints)
        // The one pipe more is its standard input.
        #expect(result.text == "said\n1\n", "\(result.error)")
    }
}
