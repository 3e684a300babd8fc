import Bytes
import Simulation
import Testing

@Suite("locks, elections and leases: what their owners may rely on")
struct OwnershipHistoryTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let rule: String
        let tell: @Sendable (inout OwnershipHistory) -> Void
        let expected: [Finding]
        var testDescription: String { rule }

        init(
            _ rule: String,
            _ expected: Finding...,
            tell: @escaping @Sendable (inout OwnershipHistory) -> Void
        ) {
            self.rule = rule
            self.expected = expected
            self.tell = tell
        }
    }

    @Test(
        arguments: [
            Row("one after another") { log in
                log.hold(5, 1...10)
                log.hold(8, 10...20, asked: 2)
            },
            Row("two at a time", .twoHolders(contest: 0, token: 5, other: 8)) { log in
                log.hold(5, 1...10)
                log.hold(8, 9...20)
            },
            Row(
                "one within a longer one, after a short one",
                .twoHolders(contest: 0, token: 5, other: 6),
                .twoHolders(contest: 0, token: 5, other: 8)
            ) { log in
                log.hold(5, 1...30)
                log.hold(6, 2...3)
                log.hold(8, 20...40)
            },
            Row("shared beside shared") { log in
                log.hold(5, 1...10, .shared)
                log.hold(8, 2...20, .shared)
            },
            Row("permits, one after another") { log in
                log.hold(5, 1...10, .shared, permits: 2)
                log.hold(6, 2...20, .shared, permits: 2)
                log.hold(8, 10...20, .shared, asked: 3, permits: 2)
            },
            Row(
                "a permit too many",
                .tooManyHolders(contest: 0, token: 8, count: 3, permits: 2)
            ) { log in
                log.hold(5, 1...10, .shared, permits: 2)
                log.hold(6, 2...20, .shared, permits: 2)
                log.hold(8, 9...20, .shared, asked: 3, permits: 2)
            },
            Row("exclusive beside shared", .twoHolders(contest: 0, token: 5, other: 8)) { log in
                log.hold(5, 1...10, .shared)
                log.hold(8, 2...20)
            },
            Row("shared beside exclusive", .twoHolders(contest: 0, token: 5, other: 8)) { log in
                log.hold(5, 1...10)
                log.hold(8, 2...20, .shared)
            },
            Row(
                "a token that does not grow",
                .tokenDidNotGrow(contest: 0, token: 5, after: 8)
            ) { log in
                log.hold(8, 1...10)
                log.hold(5, 11...20)
            },
            Row(
                "a shared token that does not grow for one who came later",
                .tokenDidNotGrow(contest: 0, token: 5, after: 8)
            ) { log in
                log.hold(8, 1...10, .shared)
                log.hold(5, 4...20, .shared, asked: 3)
            },
            Row("another contest") { log in
                log.hold(5, 1...10)
                log.hold(8, 2...20, contest: 1)
            },
            Row("given up, and taken by another") { log in
                let first = log.hold(5, 1...10)
                log.end(first, at: .at(4))
                log.hold(8, 5...20)
            },
            Row("kept for longer", .twoHolders(contest: 0, token: 5, other: 8)) { log in
                let first = log.hold(5, 1...10)
                log.extend(first, until: .at(30))
                log.hold(8, 20...40)
            },
            Row(
                "given up, and told of the same grant again while another holds",
                .twoHolders(contest: 0, token: 8, other: 5),
                .tokenDidNotGrow(contest: 0, token: 5, after: 8),
                .tokenDidNotGrow(contest: 0, token: 5, after: 8)
            ) { log in
                let first = log.hold(5, 1...10)
                log.end(first, at: .at(3))
                log.hold(8, 4...20, asked: 2)
                log.hold(5, 7...15, asked: 6)
            },
            Row(
                "given up, and told of the same grant again in another contest",
                .tokenWithoutGrant(contest: 1, token: 5)
            ) { log in
                log.applied(OwnershipHistory.Grant(contest: 0, token: 5, mode: .exclusive))
                let first = log.hold(5, 1...10)
                log.end(first, at: .at(3))
                log.hold(5, 7...15, asked: 6, contest: 1)
            },
            Row("a token that nobody granted", .tokenWithoutGrant(contest: 0, token: 5)) { log in
                log.applied(OwnershipHistory.Grant(contest: 0, token: 4, mode: .exclusive))
                log.hold(5, 1...10)
            },
            Row("a guarded write while the token is held") { log in
                log.hold(5, 1...10)
                log.hold(9, 10...20)
                log.changed(contest: 0, token: 5, at: 8)
            },
            Row(
                "a guarded write with an old token",
                .oldTokenWrote(contest: 0, token: 5, at: 10, after: 9)
            ) { log in
                log.hold(5, 1...10)
                log.hold(9, 10...20)
                log.changed(contest: 0, token: 5, at: 10)
            },
            Row("a guarded write of a shared holder beside another") { log in
                log.hold(5, 1...10, .shared)
                log.hold(9, 2...20, .shared)
                log.changed(contest: 0, token: 5, at: 10)
            },
            Row(
                "a waiter is granted after its lease has ended",
                .grantedWithoutLease(contest: 0, token: 7, leaseEnd: 6)
            ) { log in
                log.leaseEnded(77, at: 6)
                log.applied(
                    OwnershipHistory.Grant(contest: 0, token: 7, mode: .exclusive, lease: 77)
                )
            },
            Row("a lease ends after its grant") { log in
                log.applied(
                    OwnershipHistory.Grant(contest: 0, token: 7, mode: .exclusive, lease: 77)
                )
                log.leaseEnded(77, at: 8)
            },
            Row("the proven leader is seen") { log in
                log.hold(5, 1...10)
                log.saw(contest: 0, token: 5, begin: .at(2), end: .at(9))
                log.saw(contest: 0, token: 0, begin: .at(9), end: .at(11))
            },
            Row(
                "another leader is seen than the proven one",
                .wrongHolderSeen(contest: 0, token: 4, instead: 5)
            ) { log in
                log.hold(5, 1...10)
                log.saw(contest: 0, token: 4, begin: .at(2), end: .at(9))
            },
        ]
    )
    func ownership(_ row: Row) {
        var log = OwnershipHistory()
        row.tell(&log)
        #expect(log.check() == row.expected)
    }

    struct LeaseRow: Sendable, CustomTestStringConvertible {
        let rule: String
        let tell: @Sendable (inout LeaseLog, Int) -> Void
        let expected: [Finding]
        var testDescription: String { rule }

        init(
            _ rule: String,
            _ expected: Finding...,
            tell: @escaping @Sendable (inout LeaseLog, Int) -> Void
        ) {
            self.rule = rule
            self.expected = expected
            self.tell = tell
        }
    }

    /// Granted at 0, reliable for 100 ms; the cluster serves from 500 to 1000; grace is 50 ms.
    @Test(
        arguments: [
            LeaseRow("ends in time") { $0.gone($1, at: .at(120)) },
            LeaseRow("ends early", .leaseEndedEarly(lease: 9, nanoseconds: 1_000_000)) {
                $0.gone($1, at: .at(99))
            },
            LeaseRow(
                "kept alive, and ends by its first end",
                .leaseEndedEarly(lease: 9, nanoseconds: 1_000_000)
            ) { log, lease in
                log.touched(lease, sent: .at(50), received: .at(60))
                log.gone(lease, at: .at(149))
            },
            LeaseRow("kept alive, and ends after that") { log, lease in
                log.touched(lease, sent: .at(50), received: .at(60))
                log.gone(lease, at: .at(151))
            },
            LeaseRow("given up, and gone at once") { log, lease in
                log.givenUp(lease, at: .at(20))
                log.gone(lease, at: .at(21))
            },
            LeaseRow("kept alive after it was gone", .leaseRevived(lease: 9)) { log, lease in
                log.gone(lease, at: .at(150))
                log.touched(lease, sent: .at(160), received: .at(170))
            },
            LeaseRow("never goes", .leaseOverstayed(lease: 9)) { _, _ in },
            LeaseRow("goes as soon as the cluster serves again") { $0.gone($1, at: .at(650)) },
            LeaseRow("goes long after the cluster serves again", .leaseOverstayed(lease: 9)) {
                $0.gone($1, at: .at(660))
            },
            LeaseRow("may have been kept alive until the end") {
                $0.mayHaveTouched($1, until: .at(900))
            },
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

extension OwnershipHistory {
    @discardableResult
    fileprivate mutating func hold(
        _ token: UInt64,
        _ time: ClosedRange<UInt64>,
        _ mode: Mode = .exclusive,
        asked: UInt64 = 0,
        contest: Int = 0,
        permits: Int = 0
    ) -> Int {
        begin(
            Grant(contest: contest, token: token, mode: mode, permitCount: permits),
            asked: .at(asked),
            from: .at(time.lowerBound),
            until: .at(time.upperBound)
        )
    }
}
