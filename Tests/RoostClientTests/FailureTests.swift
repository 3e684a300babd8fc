import Platform
import RoostClient
import Testing
import Wire
import roost

@Suite("Why a command failed, as an exit code and as problem JSON (Docs/cli.md)")
struct FailureTests {
    /// What a member's answer becomes.
    private static func answered(_ status: Int, body: String) throws -> Failure {
        let member = try ScriptedMember { _ in .respond(status: status, body: body) }
        let call = Call.read(Array("/v1/status".utf8))
        return .answer(
            try Client(endpoints: [member.endpoint]).perform(call, timeoutMilliseconds: 10_000)
        )
    }

    private static func document(_ failure: Failure) throws -> JSONValue {
        try JSONValue(parsing: failure.document)
    }

    @Test(
        "a problem of roost's own has every member that one of the service has",
        arguments: [
            (.usage("what", hint: "how"), "usage", 400), (.local("why"), "failed", 500),
            (.unequal("why", current: nil), "precondition-failed", 412),
            (.client(.unreachable(.unknown, evidence: ["why"])), "unavailable", 503),
        ] as [(Failure, String, UInt64)]
    )
    func ownDocument(_ failure: Failure, code: String, status: UInt64) throws {
        let document = try Self.document(failure)
        #expect(document["type"]?.plainText == "urn:roost:\(code)")
        #expect(document["code"]?.plainText == code)
        #expect(document["status"]?.whole == status)
        #expect(document["title"]?.plainText.isEmpty == false)
        #expect(document["detail"]?.plainText == failure.explanation)
    }

    @Test("a comparison that did not hold shows the key, so that a retry needs no read")
    func unequal() throws {
        let current = try JSONValue(parsing: Array(#"{"key":"/a","mod_revision":7}"#.utf8))
        let document = try Self.document(.unequal("why", current: current))
        #expect(document["mod_revision"]?.whole == 7)
        #expect(document["current"] == current)
        let missing = try Self.document(.unequal("why", current: nil))
        #expect(missing["mod_revision"]?.whole == 0)
        #expect(missing["current"] == nil)
    }

    @Test("a lock that was not won: the service's own words, holders included")
    func notWon() throws {
        let body = #"{"code":"lock-held","status":409,"holders":[],"position":2}"#
        guard case .answer(let reply) = try Self.answered(409, body: body) else { return }
        let failure = Failure.notWon("another holds it", reply)
        #expect(failure.document == Array(body.utf8))
        #expect(failure.explanation == "another holds it")
        #expect(failure.exitCode == .notWon)
    }

    @Test(
        "the exit code follows the status of a problem, whatever its code",
        arguments: [
            (400, #"{"code":"bad-request"}"#, .usage),
            (400, #"{"code":"future-revision"}"#, .usage),
            (403, #"{"code":"permission-denied"}"#, .denied),
            (404, #"{"code":"not-found"}"#, .notFound),
            (410, #"{"code":"compacted"}"#, .failed),
            (412, #"{"code":"precondition-failed"}"#, .preconditionFailed),
            // Another server's page says nothing about a key.
            (404, "<html>", .failed), (400, "{}", .failed),
        ] as [(Int, String, ExitCode)]
    )
    func exitCodes(_ status: Int, body: String, code: ExitCode) throws {
        let failure = try Self.answered(status, body: body)
        #expect(failure.exitCode == code)
        let document = try Self.document(failure)
        if code == .failed, status != 410 {
            #expect(document["code"]?.plainText == "unexpected-answer")
            #expect(document["status"]?.whole == 502)
        } else {
            #expect(failure.document == Array(body.utf8))
        }
    }
}
