import Testing

@Suite("roost txn prints what the answer tells (Docs/cli.md)")
struct TransactionCommandTests {
    private static let answer = #"""
        {"succeeded":true,"revision":12,"results":[
        {"put":{"key":"/a","revision":12,"version":2,"create_revision":5,"mod_revision":12,
        "lease":"a1","previous":{"key":"/a","value":"_wA=","encoding":"utf8","version":1,
        "create_revision":5,"mod_revision":5}}},
        {"put":{"key":"/b","revision":12,"version":1,"create_revision":12,"mod_revision":12}},
        {"get":{"items":[{"key":"/c","value":"/wA=","encoding":"base64","version":1,
        "create_revision":3,"mod_revision":3},{"key_base64":"/w==","value":"","encoding":"utf8",
        "version":1,"create_revision":4,"mod_revision":4}],"count":5,"more":true}},
        {"get":{"count":7}},
        {"delete":{"deleted":2,"previous":[{"key":"/d","value":"old","encoding":"utf8",
        "version":1,"create_revision":6,"mod_revision":6}]}},
        {"txn":{"succeeded":false,"revision":12,"results":[{"delete":{"deleted":0}},
        {"get":{"items":[{"key":"/e","version":1,"create_revision":7,"mod_revision":7}],
        "count":1}}]}}]}
        """#

    @Test(
        "results within results, counts, values that were there before and of any bytes",
        arguments: [
            (
                [],
                #"""
                succeeded revision 12
                put /a version 2 created 5 modified 12 lease a1
                  was /a version 1 created 5 modified 5 _wA=
                put /b version 1 created 12 modified 12
                get 2 of 5, there are more
                  /c version 1 created 3 modified 3 \xff\x00
                  \xff version 1 created 4 modified 4 ""
                get count 7
                deleted 2
                  was /d version 1 created 6 modified 6 old
                txn failed
                  deleted 0
                  get 1 of 1
                    /e version 1 created 7 modified 7

                """#
            ),
            (
                ["--quiet"],
                #"""
                put /a version 2 created 5 modified 12 lease a1
                  was /a version 1 created 5 modified 5 _wA=
                get 2 of 5, there are more
                  /c version 1 created 3 modified 3 \xff\x00
                  \xff version 1 created 4 modified 4 ""
                get count 7
                deleted 2
                  was /d version 1 created 6 modified 6 old
                txn failed
                  get 1 of 1
                    /e version 1 created 7 modified 7

                """#
            ),
        ]
    )
    func everything(_ flags: [String], _ expected: String) throws {
        let member = try ScriptedMember { _ in .respond(status: 200, body: Self.answer) }
        let run = try RoostRun(["txn", "{}", "--endpoints", "\(member.endpoint)"] + flags)
        #expect(run.status == 0 && run.output == expected, "\(run.output)\(run.error)")
    }
}
