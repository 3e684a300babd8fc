import Bytes
import Keyspace
import Simulation
import Testing

@Suite("causes, times, authors and notes are those that the commands led to")
struct CommandReplayTests {
    /// One entry: its time, its request, and what a member showed of it.
    private struct Step {
        let time: UInt64
        let command: Command?
        var author = ""
        var change: Event.Change?
        var lease: LeaseID?
    }

    private static let key = Key(unchecked: Array("/held/1".utf8))
    private static let lease = LeaseID(rawValue: 1)
    private static let grant = Step(
        time: 1_000,
        command: .grantLease(nil, timeToLiveMilliseconds: 2_000)
    )

    @Test(
        "a deletion tells its cause",
        arguments: [
            (DeleteCause.expired, UInt64(3_001), Command?.none, true),
            (.expired, 3_000, nil, false),
            (.deleted, 3_001, nil, false),
            (.revoked, 3_001, nil, false),
            (.revoked, 2_000, .revokeLease(lease), true),
            (.deleted, 2_000, .revokeLease(lease), false),
            (.expired, 2_000, .revokeLease(lease), false),
            (.revoked, 3_001, .revokeLease(lease), false),
            (.expired, 3_001, .revokeLease(lease), true),
            (.deleted, 2_000, .delete(.subtree(.root), condition: .none), true),
            (.expired, 2_000, .delete(.subtree(.root), condition: .none), false),
            (.deleted, 2_000, .delete(.prefix([0]), condition: .none), false),
        ]
    )
    func causes(_ cause: DeleteCause, time: UInt64, command: Command?, isRight: Bool) {
        let end = Step(
            time: time,
            command: command,
            change: .delete(Self.key, cause),
            lease: Self.lease
        )
        let findings = Self.replay([Self.grant, end])
        #expect(findings == (isRight ? [] : [.wrongCause(revision: 2)]))
    }

    @Test("a lease that was kept alive ends later, and one after a gap is not known")
    func keptAlive() {
        let keep = Step(time: 2_500, command: .keepAlive([Self.lease]))
        let change = Event.Change.delete(Self.key, .expired)
        let end = Step(time: 4_000, command: nil, change: change, lease: Self.lease)
        #expect(Self.replay([Self.grant, keep, end]) == [.wrongCause(revision: 3)])
        #expect(Self.replay([Self.grant, keep, end], without: 2) == [])
    }

    @Test(
        "a version tells when it was created and written, and by whom",
        arguments: [
            (UInt64(6_000), UInt64(6_000), "ann", true),
            (6_000, 5_999, "ann", false),
            (5_999, 6_000, "ann", false),
            (6_000, 6_000, "bob", false),
        ]
    )
    func versions(created: UInt64, modified: UInt64, author: String, isRight: Bool) {
        let put = Put(key: Self.key, value: [], lease: .none, condition: .none)
        let record = KeyRecord(
            key: Self.key,
            value: [],
            createRevision: Revision(rawValue: 2),
            modRevision: Revision(rawValue: 2),
            version: 1,
            lease: nil,
            provenance: Provenance(
                created: WallTime(rawValue: created),
                modified: WallTime(rawValue: modified),
                author: Array(author.utf8)
            )
        )
        let findings = Self.replay([
            Step(time: 500, command: .setWallClock(offsetMilliseconds: 5_000)),
            Step(time: 1_000, command: .put(put), author: "ann", change: .put(record)),
        ])
        #expect(findings == (isRight ? [] : [.wrongProvenance(revision: 2)]))
    }

    @Test("members and watches show one version alike")
    func shown() {
        var replay = CommandReplay()
        replay.applied(Self.event(modified: 7), at: 1, from: .entry)
        #expect(replay.shown(Self.event(modified: 7), at: 0) == nil)
        #expect(replay.shown(Self.event(modified: 8), at: 0) == .versionsDiffer(revision: 2))
    }

    @Test(
        "an id that its owner can rely on is not granted again",
        arguments: [(UInt64(500), true), (1_500, false)]
    )
    func grantedAgain(at time: UInt64, isEarly: Bool) {
        var log = LeaseLog()
        let lease = log.begin(
            id: 7,
            reliableNanoseconds: 1_000_000_000,
            sent: .at(0),
            received: .at(1)
        )
        let finding = log.grantedAgain(lease, sent: .at(time - 2), received: .at(time))
        #expect(finding == (isEarly ? .leaseGrantedTwice(lease: 7) : nil))
        #expect(log.grantedAgain(lease, sent: .at(time), received: .at(time)) == nil)
    }

    @Test("what nothing is known of counts as unjudged")
    func counts() {
        let put = Put(key: Self.key, value: [], lease: .none, condition: .none)
        let write = Step(
            time: 2_000,
            command: .put(put),
            change: .put(Self.record(lease: nil, modified: 0))
        )
        let end = Step(
            time: 9_000,
            command: nil,
            change: .delete(Self.key, .expired),
            lease: Self.lease
        )
        let known = Self.replayed([Self.grant, write, end])
        #expect([known.timeCount, known.signatureCount, known.deletionCount] == [1, 1, 1])
        let unknown = Self.replayed([Self.grant, write, end], without: 1)
        #expect([unknown.timeCount, unknown.signatureCount, unknown.deletionCount] == [0, 1, 0])
    }

    /// What becomes of a lease of id 7 whose owner had it from 0 to 1 s, before it was asked for
    /// again from 2 s to 2.5 s and called in use.
    struct Refusal: Sendable, CustomTestStringConvertible {
        let rule: String
        var id: UInt64 = 7
        var gone: UInt64?
        var other: (sent: UInt64, end: LeaseLog.ChoiceEnd)?
        let isWrong: Bool
        let count: Int
        var testDescription: String { rule }
    }

    @Test(
        "an id is called in use only where a lease of that id may be there",
        arguments: [
            Refusal(rule: "nobody saw its end", isWrong: false, count: 1),
            Refusal(rule: "its end was seen later", gone: 2_200, isWrong: false, count: 1),
            Refusal(rule: "its end was seen before", gone: 1_900, isWrong: true, count: 1),
            Refusal(rule: "an id that nobody had", id: 8, isWrong: true, count: 1),
            Refusal(
                rule: "another request may have got it",
                gone: 1_900,
                other: (1_950, .open),
                isWrong: false,
                count: 0
            ),
            Refusal(
                rule: "another request came later",
                gone: 1_900,
                other: (2_600, .open),
                isWrong: true,
                count: 1
            ),
            Refusal(
                rule: "another request was denied",
                gone: 1_900,
                other: (1_950, .denied),
                isWrong: true,
                count: 1
            ),
        ]
    )
    func refusals(_ row: Refusal) {
        var log = LeaseLog()
        let lease = log.begin(
            id: 7,
            reliableNanoseconds: 1_000_000_000,
            sent: .at(0),
            received: .at(1)
        )
        if let gone = row.gone { log.gone(lease, at: .at(gone)) }
        if let other = row.other {
            let choice = log.chosen(id: 7, sent: .at(other.sent))
            log.ended(choice: choice, as: other.end)
        }
        let choice = log.chosen(id: row.id, sent: .at(2_000))
        log.ended(choice: choice, as: .refused(.at(2_500)))
        let (findings, count) = log.checkRefusals()
        #expect(findings == (row.isWrong ? [.freeLeaseRefused(lease: row.id)] : []))
        #expect(count == row.count)
    }

    // MARK: Hand-made

    private static func replay(_ steps: [Step], without gap: UInt64? = nil) -> [Finding] {
        var replay = replayed(steps, without: gap)
        return replay.check()
    }

    /// Held against the commands already.
    private static func replayed(_ steps: [Step], without gap: UInt64? = nil) -> CommandReplay {
        var replay = CommandReplay()
        for (place, step) in steps.enumerated() {
            let index = UInt64(place) + 1
            if index != gap {
                replay.committed(
                    index: index,
                    time: ClusterTime(rawValue: step.time),
                    request: step.command.map {
                        Request($0, caller: .outside(subject: Array(step.author.utf8), roles: []))
                    }
                )
            }
            guard let change = step.change else { continue }
            let id = EventID(revision: Revision(rawValue: index), sub: 0)
            let previous = record(lease: step.lease, modified: 0)
            let event = Event(id: id, change: change, previous: previous)
            replay.applied(event, at: index, from: .entry)
        }
        _ = replay.check()
        return replay
    }

    private static func event(modified: UInt64) -> Event {
        let id = EventID(revision: Revision(rawValue: 2), sub: 0)
        return Event(id: id, change: .put(record(lease: nil, modified: modified)), previous: nil)
    }

    private static func record(lease: LeaseID?, modified: UInt64) -> KeyRecord {
        KeyRecord(
            key: key,
            value: [],
            createRevision: Revision(rawValue: 2),
            modRevision: Revision(rawValue: 2),
            version: 1,
            lease: lease,
            provenance: Provenance(modified: WallTime(rawValue: modified))
        )
    }
}
