import Bytes
import Platform
import Synchronization
import Testing
import Wire

@testable import roost

@Suite("roost member add --wait tells how far the newcomer is (Docs/cli.md)")
struct MemberCommandTests {
    /// What the leader's list says, one answer after another; the last one stays.
    private static let lists = [
        list(newcomer: "null", changes: true, members: ""),
        list(newcomer: #""b""#, changes: true, members: row("learner", sentByteCount: 1 << 20)),
        list(newcomer: #""b""#, changes: true, members: row("learner", lagEntryCount: 20)),
        list(newcomer: #""b""#, changes: true, members: row("voter")),
        list(newcomer: #""b""#, changes: false, members: row("voter")),
    ]

    private static func list(newcomer: String, changes: Bool, members: String) -> String {
        let order =
            #"{"number":7,"change":"add","name":"n4","peer":"h4:1","newcomer":\#(newcomer)}"#
        return #"{"members":[\#(members)],"changes":[\#(changes ? order : "")],"leader":null}"#
    }

    private static func row(
        _ kind: String,
        sentByteCount: Int? = nil,
        lagEntryCount: Int = 0
    ) -> String {
        let snapshot =
            sentByteCount.map { #"{"sent_bytes":\#($0),"bytes":4194304}"# } ?? "null"
        return """
            {"id":"b","name":"n4","peer":"h4:1","kind":"\(kind)",\
            "lag_entries":\(lagEntryCount),"snapshot":\(snapshot)}
            """
    }

    @Test("awaited, then the snapshot's bytes, then entries, then its vote")
    func wait() throws {
        let askedCount = Atomic<Int>(0)
        let member = try ScriptedMember { request in
            if request.method == .post {
                let order = #"{"number":7,"change":"add","newcomer":null}"#
                let body = #"{"change":\#(order),"command":"roost serve"}"#
                return .respond(status: 201, body: body)
            }
            if request.rawPath.elementsEqual("/v1/status".utf8) {
                return .respond(status: 200, body: #"{"applied_index":9,"cluster":"c"}"#)
            }
            // The first asking is for the number of voters.
            let count = askedCount.add(1, ordering: .relaxed).oldValue
            return .respond(
                status: 200,
                body: Self.lists[min(max(0, count - 1), Self.lists.count - 1)]
            )
        }
        let run = try RoostRun([
            "member", "add", "n4", "h4:1", "--wait", "--endpoints", "\(member.endpoint)",
        ])
        #expect(run.status == 0 && run.output.hasSuffix("n4 votes\n"), "\(run.error)")
        let told = run.error.split(separator: "\n").suffix(3).map(String.init)
        let expected = [
            "n4 is awaited: it has not called yet",
            "n4 is catching up: 1 MiB of 4 MiB of a snapshot", "n4 is voting",
        ]
        #expect(zip(told, expected).allSatisfy { $0.hasSuffix($1) }, "\(run.error)")
        #expect(told.count == expected.count)
    }

    @Test("the time to go is that of the last seconds' pace, of one kind of thing at a time")
    func pace() {
        func time(_ seconds: UInt64) -> MonotonicTime {
            MonotonicTime(rawValue: 1).advanced(byMilliseconds: seconds * 1000)
        }
        var pace = CatchUpPace()
        pace.note(.entries(1000), at: time(0))
        #expect(pace.remainingMilliseconds == nil)
        pace.note(.entries(900), at: time(2))
        #expect(pace.remainingMilliseconds == 18_000)
        // Slower later: what lies more than ten seconds back counts no more.
        pace.note(.entries(890), at: time(12))
        pace.note(.entries(880), at: time(22))
        #expect(pace.remainingMilliseconds == 880_000)
        pace.note(.snapshot(sentByteCount: 100, byteCount: 500), at: time(23))
        #expect(pace.remainingMilliseconds == nil)
        pace.note(.snapshot(sentByteCount: 200, byteCount: 500), at: time(24))
        #expect(pace.remainingMilliseconds == 3_000)
        // Nothing gained, or the sending begun anew.
        pace.note(.snapshot(sentByteCount: 0, byteCount: 500), at: time(25))
        #expect(pace.remainingMilliseconds == nil)
    }
}
