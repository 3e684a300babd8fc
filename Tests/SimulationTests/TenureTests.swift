import Bytes
import Simulation
import Testing

@Suite("locks, elections and leases: what their owners may rely on")
struct TenureTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let rule: String
        let tell: @Sendable (inout TenureLog) -> Void
        let expected: [Finding]
        var testDescription: String { rule }
    }

    @Test(
        arguments: [
            Row(
                rule: "one after another",
                tell: { log in
                    log.hold(5, asked: 0, 1...10)
                    log.hold(8, asked: 2, 10...20)
                },
                expected: []
            ),
            Row(
                rule: "two at a time",
                tell: { log in
                    log.hold(5, asked: 0, 1...10)
                    log.hold(8, asked: 0, 9...20)
                },
                expected: [.twoHolders(contest: 0, token: 5, other: 8)]
            ),
            Row(
                rule: "one within a longer one, after a short one",
                tell: { log in
                    log.hold(5, asked: 0, 1...30)
                    log.hold(6, asked: 0, 2...3)
                    log.hold(8, asked: 0, 20...40)
                },
                expected: [
                    .twoHolders(contest: 0, token: 5, other: 6),
                    .twoHolders(contest: 0, token: 5, other: 8),
                ]
            ),
            Row(
                rule: "shared beside shared",
                tell: { log in
                    log.hold(5, .shared, asked: 0, 1...10)
                    log.hold(8, .shared, asked: 0, 2...20)
                },
                expected: []
            ),
            Row(
                rule: "exclusive beside shared",
                tell: { log in
                    log.hold(5, .shared, asked: 0, 1...10)
                    log.hold(8, asked: 0, 2...20)
                },
                expected: [.twoHolders(contest: 0, token: 5, other: 8)]
            ),
            Row(
                rule: "shared beside exclusive",
                tell: { log in
                    log.hold(5, asked: 0, 1...10)
                    log.hold(8, .shared, asked: 0, 2...20)
                },
                expected: [.twoHolders(contest: 0, token: 5, other: 8)]
            ),
            Row(
                rule: "a token that does not grow",
                tell: { log in
                    log.hold(8, asked: 0, 1...10)
                    log.hold(5, asked: 0, 11...20)
                },
                expected: [.tokenDidNotGrow(contest: 0, token: 5, after: 8)]
            ),
            Row(
                rule: "a shared token that does not grow for one who came later",
                tell: { log in
                    log.hold(8, .shared, asked: 0, 1...10)
                    log.hold(5, .shared, asked: 3, 4...20)
                },
                expected: [.tokenDidNotGrow(contest: 0, token: 5, after: 8)]
            ),
            Row(
                rule: "another contest",
                tell: { log in
                    log.hold(5, asked: 0, 1...10)
                    log.hold(8, asked: 0, 2...20, contest: 1)
                },
                expected: []
            ),
            Row(
                rule: "given up, and taken by another",
                tell: { log in
                    let first = log.hold(5, asked: 0, 1...10)
                    log.end(first, at: .at(4))
                    log.hold(8, asked: 0, 5...20)
                },
                expected: []
            ),
            Row(
                rule: "kept for longer",
                tell: { log in
                    let first = log.hold(5, asked: 0, 1...10)
                    log.extend(first, until: .at(30))
                    log.hold(8, asked: 0, 20...40)
                },
                expected: [.twoHolders(contest: 0, token: 5, other: 8)]
            ),
            Row(
                rule: "given up, and told of the same grant again while another holds",
                tell: { log in
                    let first = log.hold(5, asked: 0, 1...10)
                    log.end(first, at: .at(3))
                    log.hold(8, asked: 2, 4...20)
                    log.hold(5, asked: 6, 7...15)
                },
                expected: [
                    .twoHolders(contest: 0, token: 8, other: 5),
                    .tokenDidNotGrow(contest: 0, token: 5, after: 8),
                    .tokenDidNotGrow(contest: 0, token: 5, after: 8),
                ]
            ),
            Row(
                rule: "given up, and told of the same grant again in another contest",
                tell: { log in
                    log.applied(TenureLog.Grant(contest: 0, token: 5, mode: .exclusive))
                    let first = log.hold(5, asked: 0, 1...10)
                    log.end(first, at: .at(3))
                    log.hold(5, asked: 6, 7...15, contest: 1)
                },
                expected: [.tokenWithoutGrant(contest: 1, token: 5)]
            ),
            Row(
                rule: "a token that nobody granted",
                tell: { log in
                    log.applied(TenureLog.Grant(contest: 0, token: 4, mode: .exclusive))
                    log.hold(5, asked: 0, 1...10)
                },
                expected: [.tokenWithoutGrant(contest: 0, token: 5)]
            ),
            Row(
                rule: "a guarded write within its tenure",
                tell: { log in
                    log.hold(5, asked: 0, 1...10)
                    log.hold(9, asked: 0, 10...20)
                    log.changed(contest: 0, token: 5, at: 8)
                },
                expected: []
            ),
            Row(
                rule: "a guarded write with an old token",
                tell: { log in
                    log.hold(5, asked: 0, 1...10)
                    log.hold(9, asked: 0, 10...20)
                    log.changed(contest: 0, token: 5, at: 10)
                },
                expected: [.oldTokenWrote(contest: 0, token: 5, at: 10, after: 9)]
            ),
            Row(
                rule: "a guarded write of a shared holder beside another",
                tell: { log in
                    log.hold(5, .shared, asked: 0, 1...10)
                    log.hold(9, .shared, asked: 0, 2...20)
                    log.changed(contest: 0, token: 5, at: 10)
                },
                expected: []
            ),
            Row(
                rule: "a waiter is granted after its lease has ended",
                tell: { log in
                    log.leaseEnded(77, at: 6)
                    log.applied(TenureLog.Grant(contest: 0, token: 7, mode: .exclusive, lease: 77))
                },
                expected: [.grantedWithoutLease(contest: 0, token: 7, leaseEnd: 6)]
            ),
            Row(
                rule: "a lease ends after its grant",
                tell: { log in
                    log.applied(TenureLog.Grant(contest: 0, token: 7, mode: .exclusive, lease: 77))
                    log.leaseEnded(77, at: 8)
                },
                expected: []
            ),
            Row(
                rule: "the proven leader is seen",
                tell: { log in
                    log.hold(5, asked: 0, 1...10)
                    log.saw(contest: 0, token: 5, begin: .at(2), end: .at(9))
                    log.saw(contest: 0, token: 0, begin: .at(9), end: .at(11))
                },
                expected: []
            ),
            Row(
                rule: "another leader is seen than the proven one",
                tell: { log in
                    log.hold(5, asked: 0, 1...10)
                    log.saw(contest: 0, token: 4, begin: .at(2), end: .at(9))
                },
                expected: [.wrongHolderSeen(contest: 0, token: 4, instead: 5)]
            ),
        ]
    )
    func tenures(_ row: Row) {
        var log = TenureLog()
        row.tell(&log)
        #expect(log.check() == row.expected)
    }

    struct LeaseRow: Sendable, CustomTestStringConvertible {
        let rule: String
        let tell: @Sendable (inout LeaseLog, Int) -> Void
        let expected: [Finding]
        var testDescription: String { rule }
    }

    /// Granted at 0, reliable for 100 ms; the cluster serves from 500 to 1000; grace is 50 ms.
    @Test(
        arguments: [
            LeaseRow(rule: "ends in time", tell: { $0.gone($1, at: .at(120)) }, expected: []),
            LeaseRow(
                rule: "ends early",
                tell: { $0.gone($1, at: .at(99)) },
                expected: [.leaseEndedEarly(lease: 9, nanoseconds: 1_000_000)]
            ),
            LeaseRow(
                rule: "kept alive, and ends by its first end",
                tell: { log, lease in
                    log.touched(lease, sent: .at(50), received: .at(60))
                    log.gone(lease, at: .at(149))
                },
                expected: [.leaseEndedEarly(lease: 9, nanoseconds: 1_000_000)]
            ),
            LeaseRow(
                rule: "kept alive, and ends after that",
                tell: { log, lease in
                    log.touched(lease, sent: .at(50), received: .at(60))
                    log.gone(lease, at: .at(151))
                },
                expected: []
            ),
            LeaseRow(
                rule: "given up, and gone at once",
                tell: { log, lease in
                    log.givenUp(lease, at: .at(20))
                    log.gone(lease, at: .at(21))
                },
                expected: []
            ),
            LeaseRow(
                rule: "kept alive after it was gone",
                tell: { log, lease in
                    log.gone(lease, at: .at(150))
                    log.touched(lease, sent: .at(160), received: .at(170))
                },
                expected: [.leaseRevived(lease: 9)]
            ),
            LeaseRow(
                rule: "never goes",
                tell: { _, _ in },
                expected: [.leaseOverstayed(lease: 9)]
            ),
            LeaseRow(
                rule: "goes as soon as the cluster serves again",
                tell: { $0.gone($1, at: .at(650)) },
                expected: []
            ),
            LeaseRow(
                rule: "goes long after the cluster serves again",
                tell: { $0.gone($1, at: .at(660)) },
                expected: [.leaseOverstayed(lease: 9)]
            ),
            LeaseRow(
                rule: "may have been kept alive until the end",
                tell: { $0.mayHaveTouched($1, until: .at(900)) },
                expected: []
            ),
        ]
    )
    func leases(_ row: LeaseRow) {
        var log = LeaseLog()
        let lease = log.begin(
            id: 9,
            reliableNanoseconds: 100_000_000,
            sent: .at(0),
            received: .at(1)
        )
        log.attached(lease)
        row.tell(&log, lease)
        #expect(log.check(serving: .at(500) ..< .at(1_000), graceMilliseconds: 50) == row.expected)
    }
}

extension TenureLog {
    @discardableResult
    fileprivate mutating func hold(
        _ token: UInt64,
        _ mode: Mode = .exclusive,
        asked: UInt64,
        _ time: ClosedRange<UInt64>,
        contest: Int = 0
    ) -> Int {
        begin(
            Grant(contest: contest, token: token, mode: mode),
            asked: .at(asked),
            from: .at(time.lowerBound),
            until: .at(time.upperBound)
        )
    }
}
