import Foundation
import TestCluster
import Testing

@Suite("`roost queue` and real members (cli.md, Queues)", .serialized)
struct QueueCommandTests {
    /// `$ROOST` is the binary; members know queues before the script goes on.
    private static func run(_ script: String, on cluster: Cluster) throws -> Script.Result {
        try Script.run(
            """
            until "$ROOST" settings feature-level | grep -qx '[4-9]'; do :; done
            \(script)
            """,
            endpoints: cluster.endpoints
        )
    }

    @Test("of 40 items that 8 workers share each is done once, though every fifth fails at first")
    func workers() throws {
        let cluster = try Cluster.started(count: 3)
        let result = try Self.run(
            """
            for n in $(seq 40); do "$ROOST" queue push jobs "$n" >/dev/null || echo failed; done
            work='n=$(cat); [ $((n % 5)) != 0 ] || [ $ROOST_QUEUE_TRIES != 1 ] || exit 1; echo $n >> done'
            for n in $(seq 8); do
                "$ROOST" queue run jobs -q --until-empty --wait 0 -- sh -c "$work" &
            done
            wait
            sort -n done | uniq -c | awk '$1 != 1'; wc -l < done; "$ROOST" queue len jobs
            """,
            on: cluster
        )
        let lines = result.text.split(separator: "\n").map(String.init)
        #expect(lines == ["40", "0"], "\(result.text) \(result.error)")
    }

    @Test("who waits is woken by a push at another member, and a killed worker's item comes back")
    func waiting() throws {
        let cluster = try Cluster.started(count: 3)
        let result = try Self.run(
            """
            "$ROOST" queue run w -q --visible 1s --wait 60s -- sh -c 'cat > taken; exec sleep 600' &
            worker=$!
            "$ROOST" queue push w one >/dev/null
            until [ -s taken ]; do :; done
            "$ROOST" queue take w >/dev/null 2>&1; echo "taken $?"
            kill -9 $worker
            "$ROOST" queue take w -o json --wait 60s | grep -o '"value":"one".*"tries":2'
            """,
            on: cluster
        )
        let lines = result.text.split(separator: "\n").map(String.init)
        #expect(lines.first == "taken 3" && lines.count == 2, "\(result.text) \(result.error)")
    }

    @Test("a signal lets the command finish its item, and takes no other one")
    func signals() throws {
        let cluster = try Cluster.started(count: 1)
        let result = try Self.run(
            """
            "$ROOST" queue push s one >/dev/null; "$ROOST" queue push s two >/dev/null
            mkfifo go
            "$ROOST" queue run s -q -- sh -c 'touch begun; cat go >/dev/null' &
            worker=$!
            until [ -e begun ]; do :; done
            kill -TERM $worker; echo >go; wait $worker; echo "ended $?"
            "$ROOST" queue peek s
            """,
            on: cluster
        )
        #expect(result.text == "ended 0\ntwo", "\(result.text) \(result.error)")
    }
}
