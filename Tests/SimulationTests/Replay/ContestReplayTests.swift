import Bytes
import Keyspace
import Simulation
import Testing

@Suite("locks and leadership go to whose turn it is")
struct ContestReplayTests {
    /// One entry, a second after the one before, and the leases to which members granted by it.
    private typealias Entry = (command: Command?, grants: [UInt64])

    private static let lock = Contest(kind: .lock, name: Array("l".utf8))
    private static let election = Contest(kind: .election, name: Array("e".utf8))

    /// Under a lease of the place's own, whose id is the entry's index.
    private static func acquire(
        _ contest: Contest = election,
        permits: UInt32 = 0,
        priority: Int32 = 0,
        lease: UInt64? = nil,
        seconds: UInt64 = 60
    ) -> Command {
        .acquire(
            LockRequest(
                contest: contest,
                mode: permits > 0 ? .shared : .exclusive,
                ownership: lease.map { .lease(LeaseID(rawValue: $0)) }
                    ?? .own(timeToLiveMilliseconds: seconds * 1_000),
                patience: .queue,
                owner: [],
                value: [],
                terms: LockTerms(permitCount: permits, priority: priority)
            )
        )
    }

    private static func release(_ contest: Contest = election, token index: UInt64) -> Command {
        .release(contest, .token(FencingToken(rawValue: 100 + index)))
    }

    private static func handOver(token index: UInt64, to successor: UInt64? = nil) -> Command {
        .handOver(
            election: election.name,
            token: FencingToken(rawValue: 100 + index),
            to: successor.map { LeaseID(rawValue: $0) },
            withinMilliseconds: 1_500
        )
    }

    private static func lease(seconds: UInt64) -> Command {
        .grantLease(nil, timeToLiveMilliseconds: seconds * 1_000)
    }

    /// Indexes count from 1; the token of a grant is 100 more than the index of its entry.
    private static func replay(
        _ entries: [Entry],
        of contest: Contest,
        without gap: UInt64? = nil
    ) -> ContestReplay {
        var replay = ContestReplay()
        for (place, entry) in entries.enumerated() {
            let index = UInt64(place) + 1
            let request = entry.command.map { Request($0) }
            if index != gap {
                let time = ClusterTime(rawValue: index * 1_000)
                replay.committed(index: index, time: time, request: request)
            }
            let grants = entry.grants.map { lease in
                Grant(
                    contest: contest,
                    token: FencingToken(rawValue: 100 + index),
                    lease: LeaseID(rawValue: lease),
                    mode: .exclusive,
                    owner: [],
                    value: [],
                    remainingMilliseconds: 0
                )
            }
            if !grants.isEmpty { replay.granted(grants, at: index) }
        }
        return replay
    }

    @Test("what is as it should be is left alone, and each way of being wrong is found")
    func grants() {
        let rows: [(Contest, [Entry], Finding?)] = [
            (
                Self.election,
                [(Self.acquire(), [1]), (Self.acquire(), []), (Self.release(token: 1), [2])], nil
            ),
            (
                Self.election,
                [(Self.acquire(), [1]), (Self.acquire(), [2])], .grantedOutOfTurn(index: 2)
            ),
            (
                Self.election,
                [
                    (Self.acquire(), [1]), (Self.acquire(), []), (Self.acquire(priority: 1), []),
                    (Self.release(token: 1), [3]),
                ], nil
            ),
            (
                Self.election,
                [
                    (Self.acquire(), [1]), (Self.acquire(), []), (Self.acquire(priority: 1), []),
                    (Self.release(token: 1), [2]),
                ], .grantedOutOfTurn(index: 4)
            ),
            // Whoever was chosen comes before those of a higher priority, when the time is up.
            (
                Self.election,
                [
                    (Self.acquire(), [1]), (Self.acquire(), []), (Self.acquire(priority: 1), []),
                    (Self.handOver(token: 1, to: 2), []), (nil, []), (nil, [2]),
                ], nil
            ),
            (
                Self.election,
                [
                    (Self.acquire(), [1]), (Self.acquire(), []), (Self.acquire(priority: 1), []),
                    (Self.handOver(token: 1, to: 2), []), (nil, []), (nil, [3]),
                ],
                .grantedOutOfTurn(index: 6)
            ),
            (
                Self.election,
                [
                    (Self.acquire(), [1]), (Self.acquire(), []), (Self.handOver(token: 1), []),
                    (Self.release(token: 1), [2]),
                ], nil
            ),
            // A lease lives to the end of its last millisecond, and no longer.
            (
                Self.election,
                [
                    (Self.acquire(seconds: 2), [1]), (Self.acquire(seconds: 9), []), (nil, []),
                    (nil, [2]),
                ], nil
            ),
            (
                Self.election,
                [
                    (Self.acquire(), [1]), (Self.acquire(seconds: 1), []), (nil, []),
                    (Self.release(token: 1), [2]),
                ], .grantedToEndedLease(index: 4)
            ),
            (
                Self.election,
                [(Self.lease(seconds: 1), []), (nil, []), (Self.acquire(lease: 1), [1])],
                .grantedToEndedLease(index: 3)
            ),
            (
                Self.election,
                [
                    (Self.lease(seconds: 1), []), (.keepAlive([LeaseID(rawValue: 1)]), []),
                    (Self.acquire(lease: 1), [1]),
                ], nil
            ),
            (
                Self.lock,
                [
                    (Self.acquire(Self.lock, permits: 2), [1]),
                    (Self.acquire(Self.lock, permits: 2), [2]),
                    (Self.acquire(Self.lock, permits: 2), []),
                    (Self.release(Self.lock, token: 1), [3]),
                ], nil
            ),
            (
                Self.lock,
                [
                    (Self.acquire(Self.lock, permits: 1), [1]),
                    (Self.acquire(Self.lock, permits: 1), [2]),
                ], .grantedBeyondPermits(index: 2)
            ),
            // Who waits alone is not overtaken by those who share.
            (
                Self.lock,
                [
                    (Self.acquire(Self.lock, permits: 2), [1]), (Self.acquire(Self.lock), []),
                    (Self.acquire(Self.lock, permits: 2), [3]),
                ], .grantedOutOfTurn(index: 3)
            ),
        ]
        for (place, (contest, entries, finding)) in rows.enumerated() {
            var replay = Self.replay(entries, of: contest)
            #expect(replay.check() == finding, "row \(place)")
        }
    }

    @Test("nothing is judged after what is not known, or once rights count")
    func gaps() {
        let entries: [Entry] = [
            (Self.acquire(), [1]), (nil, []), (Self.acquire(), [3]),
        ]
        var whole = Self.replay(entries, of: Self.election)
        #expect(whole.check() == .grantedOutOfTurn(index: 3) && whole.grantCount == 2)
        var gapped = Self.replay(entries, of: Self.election, without: 2)
        #expect(gapped.check() == nil && gapped.grantCount == 1)
        let controlled: [Entry] = [
            (Self.acquire(), [1]), (.changeAccess(.enable), []), (Self.acquire(), [3]),
        ]
        var free = Self.replay(controlled, of: Self.election)
        #expect(free.check() == nil)
    }
}
