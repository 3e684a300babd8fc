import Platform
import Testing
import Wire

@Suite("roost watch --exec: what it says and what it refuses (Docs/cli.md)")
struct WatchCommandTests {
    private static func member(_ events: String) throws -> ScriptedMember {
        // A client that was told all comes back with the last id, and is told that nothing follows.
        try ScriptedMember { request in
            request.headerText("last-event-id") == nil
                ? .stream("retry: 1000\nid: 7\n\n\(events)")
                : .respond(status: 204, body: "")
        }
    }

    private static func run(_ arguments: String..., events: String = "") throws -> RoostRun {
        let member = try member(events)
        return try RoostRun(["watch", "--endpoints", "\(member.endpoint)"] + arguments)
    }

    @Test("that the leader is lost, and there again, is said on standard error")
    func leadership() throws {
        let run = try Self.run(
            "/k",
            "--exec",
            "echo $ROOST_EVENT",
            events: """
                event: leaderless
                data: {"term":3}

                event: leader
                data: {"term":4}

                event: synced
                id: 7
                data: {"revision":7}


                """
        )
        #expect(run.error.contains("the member that answers has no leader"), "\(run.error)")
        #expect(run.error.contains("there is a leader again"))
        #expect(run.status == 0 && run.output == "delete\n")
    }

    @Test("of deletes alone nobody says at the start that the key is gone")
    func deletes() throws {
        let run = try Self.run(
            "/k",
            "--events",
            "delete",
            "--exec",
            "echo $ROOST_EVENT",
            events: "event: synced\nid: 7\ndata: {\"revision\":7}\n\n"
        )
        #expect(run.status == 0 && run.output == "synced\n", "\(run.output)\(run.error)")
    }

    @Test("a command gets values: --keys, which leaves them out, would empty what it writes")
    func keys() throws {
        let run = try Self.run("/k", "--keys", "--exec", "cat >config")
        #expect(run.status == 2 && run.error.contains("--keys leaves values out"), "\(run.error)")
    }
}
