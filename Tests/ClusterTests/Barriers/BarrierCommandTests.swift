import Foundation
import TestCluster
import Testing

@Suite("`roost barrier` and real members (cli.md, Barriers)", .serialized)
struct BarrierCommandTests {
    /// `$ROOST` is the binary; members know barriers before the script goes on.
    private static func run(_ script: String, on cluster: Cluster) throws -> [String] {
        let result = try Script.run(
            """
            await() { tries=0; until "$@" || [ $tries -gt 600 ]; do sleep 0.05; tries=$((tries + 1)); done; }
            living() { [ -d "/proc/$1" ] && ! grep -q '^State:[[:space:]]*[ZX]' "/proc/$1/status"; }
            shows() { "$ROOST" barrier b -o json 2>/dev/null | grep -q "$1"; }
            until "$ROOST" settings feature-level | grep -qx '[4-9]'; do :; done
            \(script)
            """,
            endpoints: cluster.endpoints
        )
        return (result.text + result.error).split(separator: "\n").map(String.init)
    }

    @Test(
        "none runs before all have come, none is over before all are done, though a member is killed"
    )
    func together() throws {
        let cluster = try Cluster.started(count: 3)
        let lines = try Self.run(
            """
            party() {
                "$ROOST" barrier b --parties 4 -q -- sh -c "
                    touch run$1; until [ -e go$1 ]; do sleep 0.05; done; exit $2"
                echo "$1 ended $?" >> ended
            }
            party 1 0 & party 2 7 & party 3 0 &
            await shows '"entered":3'
            ls run* 2>/dev/null
            party 4 0 &
            for n in 1 2 3 4; do await test -e run$n; ls run$n; done
            touch go1
            await shows '"phase":"leaving".*"left":1'
            ls ended 2>/dev/null
            kill -9 \(try cluster.leader().processID)
            touch go2 go3 go4
            wait
            sort ended
            await shows '"phase":"empty"' && echo empty
            """,
            on: cluster
        )
        let ends = ["1 ended 0", "2 ended 7", "3 ended 0", "4 ended 0", "empty"]
        #expect(lines == ["run1", "run2", "run3", "run4"] + ends, "\(lines)")
    }

    @Test("a party that is killed breaks it for those that run: their commands end, the code is 75")
    func killedWhileOpen() throws {
        let cluster = try Cluster.started(count: 3)
        let lines = try Self.run(
            """
            party() {
                exec "$ROOST" barrier b --parties 3 --ttl 2s -q -- sh -c "
                    echo \\$\\$ > run$1; exec sleep 600"
            }
            (party 1) & one=$!
            (party 2) & two=$!
            (party 3) & three=$!
            for n in 1 2 3; do await test -s run$n; done
            kill -9 $three
            wait $one; echo "one $?"
            wait $two; echo "two $?"
            for n in 1 2 3; do living $(cat run$n) && echo "$n lives"; done
            shows '"phase":"empty"' && echo empty
            """,
            on: cluster
        )
        #expect(
            lines.filter { !$0.contains("Killed") } == ["one 75", "two 75", "empty"],
            "\(lines)"
        )
    }

    @Test("a party that is killed breaks it for those that wait; who gives up before does not")
    func killedWhileFilling() throws {
        let cluster = try Cluster.started(count: 3)
        let lines = try Self.run(
            """
            "$ROOST" barrier b --parties 3 --ttl 2s -- echo ran >waiter 2>&1 & one=$!
            await shows '"entered":1'
            "$ROOST" barrier b --parties 3 --wait 0 -q -- echo ran; echo "impatient $?"
            "$ROOST" barrier b --parties 3 --wait 1s -q -- echo ran; echo "patient $?"
            "$ROOST" barrier b --parties 2 -q -- echo ran 2>/dev/null; echo "other $?"
            "$ROOST" barrier b --parties 3 -q -- echo ran & two=$!
            await shows '"entered":2'
            kill -TERM $two; wait $two; echo "interrupted $?"
            await shows '"entered":1'
            "$ROOST" barrier b --parties 3 --ttl 2s -q -- echo ran & three=$!
            await shows '"entered":2'
            kill -9 $three
            wait $one; echo "one $?"
            grep -c 'is broken' waiter; grep ran waiter
            """,
            on: cluster
        )
        let told = lines.filter { !$0.contains("Killed") && !$0.contains("Terminated") }
        #expect(
            told == [
                "impatient 6", "patient 6", "other 4", "interrupted 143", "one 75", "1",
            ],
            "\(lines)"
        )
    }

    @Test("it is shown as a table and as JSON, and broken by hand")
    func shownAndBroken() throws {
        let cluster = try Cluster.started(count: 1)
        let lines = try Self.run(
            """
            "$ROOST" barrier b
            "$ROOST" barrier b --parties 2 --owner me -q -- echo ran & one=$!
            await shows '"entered":1'
            "$ROOST" barrier b | sed 's/ .*REMAINING//; s/ [0-9a-f]\\{16\\} .*//'
            "$ROOST" barrier b --delete
            wait $one; echo "one $?"
            "$ROOST" barrier b --delete 2>/dev/null; echo "again $?"
            """,
            on: cluster
        )
        let told = lines.filter { !$0.contains("is broken") }
        #expect(
            told == [
                "empty", "filling: 1 of 2 have entered", "ORDER", "1      me    ", "broken for 1",
                "one 75", "again 3",
            ],
            "\(lines)"
        )
    }
}
