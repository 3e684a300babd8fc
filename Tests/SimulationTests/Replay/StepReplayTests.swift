import Bytes
import Keyspace
import Simulation
import Testing

@Suite("steps of queues and counters come to what the log has")
struct StepReplayTests {
    /// One entry, a second after the one before, and what its client was told.
    private struct Entry {
        let command: Command?
        var told: Outcome?
        /// The number of the step; the entry's index unless it is sent again.
        var number: UInt64?
        var key: [UInt8]?
    }

    private static let jobs = QueueName(Array("jobs".utf8))
    private static let dead = QueueName(Array("dead".utf8))
    private static let counter = Array("hits".utf8)

    private static func step(_ act: QueueRequest.Act, _ told: Outcome?) -> Entry {
        Entry(command: .queue(QueueRequest(jobs, act: act)), told: told)
    }

    private static func push(_ value: UInt8, priority: Int32 = 0, tries: UInt32? = nil) -> Entry {
        let settings = tries.map { QueueSettings(tryCountMax: $0, dead: dead) }
        let push = QueuePush(value: [value], priority: priority, settings: settings)
        return step(.push(push), nil)
    }

    private static func take(_ told: Outcome?) -> Entry {
        step(.take(visibleMilliseconds: 2_000), told)
    }

    /// Entry `id` pushed it, entry `token` took it.
    private static func taken(
        _ id: UInt64,
        token: UInt64,
        priority: Int32 = 0,
        tries: UInt32 = 1
    ) -> Outcome {
        .queue(
            .taken(
                QueueDelivery(
                    id: id,
                    token: QueueToken(rawValue: token),
                    value: [UInt8(id)],
                    key: nil,
                    priority: priority,
                    tryCount: tries,
                    visibleMilliseconds: 2_000,
                    ageMilliseconds: (token - id) * 1_000
                )
            )
        )
    }

    private static func settle(
        _ token: UInt64,
        _ settlement: QueueRequest.Settlement,
        _ told: Outcome?
    ) -> Entry {
        step(.settle(QueueToken(rawValue: token), settlement), told)
    }

    private static func count(_ change: CounterChange, _ told: Outcome?) -> Entry {
        Entry(command: .count(counter, change), told: told)
    }

    private static func counted(_ before: Int64, _ after: Int64) -> Outcome {
        .counted(revision: Revision(rawValue: 7), before: before, after: after)
    }

    /// Indexes count from 1.
    private static func replay(_ entries: [Entry], without gap: UInt64? = nil) -> StepReplay {
        var replay = StepReplay()
        for (place, entry) in entries.enumerated() {
            let index = UInt64(place) + 1
            let number = entry.number ?? index
            let stamp = entry.key.map {
                IdempotencyStamp(key: $0, fingerprint: [UInt8](repeating: 0, count: 32))
            }
            let request = entry.command.map {
                Request($0, idempotency: stamp, note: StepReplay.note(of: number))
            }
            if index != gap {
                let time = ClusterTime(rawValue: index * 1_000)
                replay.committed(index: index, time: time, request: request)
            }
            if let told = entry.told { replay.told(number, outcome: told) }
        }
        return replay
    }

    @Test("what is as it should be is left alone, and each way of being wrong is found")
    func steps() {
        let nothing = Entry(command: nil)
        let lost = Outcome.refused(.queue(Self.jobs, .tokenLost(QueueToken(rawValue: 2))))
        let rows: [([Entry], Finding?)] = [
            // It comes back after two seconds, to the millisecond, with its tries.
            (
                [
                    Self.push(1), Self.take(Self.taken(1, token: 2)), Self.take(.queue(.empty)),
                    Self.take(.queue(.empty)), Self.take(Self.taken(1, token: 5, tries: 2)),
                ], nil
            ),
            (
                [
                    Self.push(1), Self.take(Self.taken(1, token: 2)),
                    Self.take(Self.taken(1, token: 3, tries: 2)),
                ], .itemGivenTwice(index: 3)
            ),
            (
                [
                    Self.push(1), Self.take(Self.taken(1, token: 2)), nothing, nothing,
                    Self.take(.queue(.empty)),
                ], .itemLost(index: 5)
            ),
            (
                [
                    Self.push(1), Self.take(Self.taken(1, token: 2)), nothing, nothing,
                    Self.take(Self.taken(1, token: 5)),
                ], .stepMistold(index: 5)
            ),
            ([Self.push(1), Self.push(2), Self.take(Self.taken(1, token: 3))], nil),
            (
                [Self.push(1), Self.push(2), Self.take(Self.taken(2, token: 3))],
                .itemOutOfTurn(index: 3)
            ),
            (
                [
                    Self.push(1), Self.push(2, priority: 1),
                    Self.take(Self.taken(2, token: 3, priority: 1)),
                ], nil
            ),
            (
                [Self.push(1), Self.push(2, priority: 1), Self.take(Self.taken(1, token: 3))],
                .itemOutOfTurn(index: 3)
            ),
            // Who was too late is told so.
            (
                [
                    Self.push(1), Self.take(Self.taken(1, token: 2)), nothing, nothing,
                    Self.take(Self.taken(1, token: 5, tries: 2)),
                    Self.settle(2, .acknowledged, lost),
                ], nil
            ),
            (
                [
                    Self.push(1), Self.take(Self.taken(1, token: 2)), nothing, nothing,
                    Self.take(Self.taken(1, token: 5, tries: 2)),
                    Self.settle(2, .acknowledged, .queue(.acknowledged)),
                ], .stepMistold(index: 6)
            ),
            (
                [
                    Self.push(1), Self.take(Self.taken(1, token: 2)),
                    Self.settle(2, .acknowledged, .queue(.acknowledged)),
                    Self.take(.queue(.empty)),
                ], nil
            ),
            (
                [
                    Self.push(1), Self.take(Self.taken(1, token: 2)),
                    Self.settle(2, .undelivered, .queue(.returned(.ready))),
                    Self.take(Self.taken(1, token: 4)),
                ], nil
            ),
            (
                [
                    Self.push(1), Self.take(Self.taken(1, token: 2)),
                    Self.settle(2, .failed(delayMilliseconds: 0), .queue(.returned(.ready))),
                    Self.take(.queue(.empty)),
                ], .itemLost(index: 4)
            ),
            (
                [
                    Self.push(1, tries: 1), Self.take(Self.taken(1, token: 2)),
                    Self.settle(2, .failed(delayMilliseconds: 0), .queue(.returned(.dead))),
                    Self.take(.queue(.empty)),
                ], nil
            ),
            (
                [
                    Self.count(.add(2), Self.counted(0, 2)),
                    Self.count(.set(-1), Self.counted(2, -1)),
                    Self.count(
                        .add(CounterChange.range.lowerBound),
                        .refused(.counterOutOfRange(value: -1))
                    ),
                ], nil
            ),
            (
                [Self.count(.add(2), Self.counted(0, 2)), Self.count(.add(2), Self.counted(0, 2))],
                .miscounted(index: 2)
            ),
        ]
        for (place, (entries, finding)) in rows.enumerated() {
            var replay = Self.replay(entries)
            #expect(replay.check() == (finding.map { [$0] } ?? []), "row \(place)")
            #expect(replay.stepCount == entries.count { $0.command != nil })
        }
    }

    @Test("a step under an idempotency key counts once, and each sending is told the same")
    func retries() {
        func sent(_ told: Outcome) -> Entry {
            Entry(
                command: .count(Self.counter, .add(1)),
                told: told,
                number: 1,
                key: [1]
            )
        }
        let rest = Self.count(.add(1), Self.counted(1, 2))
        var right = Self.replay([sent(Self.counted(0, 1)), sent(Self.counted(0, 1)), rest])
        #expect(right.check() == [])
        var wrong = Self.replay([sent(Self.counted(0, 1)), sent(Self.counted(1, 2)), rest])
        #expect(wrong.check() == [.miscounted(index: 1)])
        // What nobody could take is asked for anew, and told to whoever hears of it.
        let empty = Entry(
            command: .queue(QueueRequest(Self.jobs, act: .take(visibleMilliseconds: 2_000))),
            told: Self.taken(2, token: 3),
            number: 1,
            key: [2]
        )
        var anew = Self.replay([empty, Self.push(2), empty])
        #expect(anew.check() == [])
    }

    @Test("what was called not applied is in no log, and members stand as the log has it")
    func looks() {
        var replay = Self.replay([Self.push(1), Self.count(.add(3), nil), Self.take(nil)])
        replay.looked(.queue(Self.jobs, QueueCounts(ready: 1, delayed: 0, taken: 0)), at: 2)
        replay.looked(.queue(Self.jobs, QueueCounts(ready: 0, delayed: 0, taken: 1)), at: 3)
        replay.looked(.counter(Self.counter, value: 3), at: 3)
        #expect(replay.check() == [] && replay.lookCount == 3)
        replay.looked(.queue(Self.jobs, QueueCounts(ready: 1, delayed: 0, taken: 0)), at: 3)
        replay.looked(.counter(Self.counter, value: 3), at: 1)
        replay.denied(3)
        let expected: [Finding] = [
            .standsOtherwise(index: 1), .deniedStepApplied(index: 3), .standsOtherwise(index: 3),
        ]
        #expect(replay.check() == expected)
    }

    @Test("nothing is judged after an entry that is not known")
    func gaps() {
        let entries = [Self.push(1), Self.take(nil), Self.take(Self.taken(1, token: 3, tries: 2))]
        var whole = Self.replay(entries)
        #expect(whole.check() == [.itemGivenTwice(index: 3)])
        var gapped = Self.replay(entries, without: 2)
        #expect(gapped.check() == [] && gapped.stepCount == 1)
    }
}
