import Bytes

import Platform
import Testing
import Wire

@Suite("roost history ends, whatever the key does meanwhile", .timeLimit(.minutes(1)))
struct KeyPastTests {
    /// A member where /k was deleted at revision 6, and is written and deleted on and on since.
    private static func member() throws -> ScriptedMember {
        try ScriptedMember { request in
            guard request.pathText == "/v1/watch" else {
                return .respond(
                    status: 404,
                    headers: ["Roost-Revision: 7", "Content-Type: application/problem+json"],
                    body: #"{"code":"not-found","status":404,"detail":"no"}"#
                )
            }
            let query = request.rawQuery.map { String(decoding: $0, as: UTF8.self) } ?? ""
            guard query.contains("to=7") else { return .silence }
            return .stream(
                """
                id: 0

                event: put
                id: 5.0
                data: {"key":"/k","value":"v","encoding":"utf8","version":1,"mod_revision":5}

                event: delete
                id: 6.0
                data: {"key":"/k","mod_revision":6,"cause":"deleted"}

                event: end
                id: 7
                data: {"revision":7}


                """
            )
        }
    }

    @Test("it asks for the events up to the revision of its first answer, and ends there")
    func bounded() throws {
        let member = try Self.member()
        let command = try RoostRun(["history", "/k", "--endpoints", "\(member.endpoint)"])
        #expect(command.status == 0, "\(command.error)")
        let revisions = command.output.split(separator: "\n").dropFirst().map { $0.prefix(1) }
        #expect(revisions == ["6", "5"])
    }
}
