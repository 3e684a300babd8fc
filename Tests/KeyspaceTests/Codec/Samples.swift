@testable import Keyspace

/// One of every kind of request and answer, for the codecs.
enum Samples {
    private static let contest = Contest(kind: .lock, name: bytes("jobs-ä"))
    private static let leader = Contest(kind: .election, name: bytes("primary"))

    static let operations: [Transaction.Operation] =
        [
            .put(key: path("/a"), value: bytes("1"), lease: nil),
            .put(key: path("/b"), value: [], lease: lease(300)),
            .get(.subtree(path("/"))),
            .get(.key(path("/.roost/locks"))),
            .delete(.key(path("/c"))),
            .delete(.subtree(path("/c/d"))),
        ] + wideOperations

    static let compares: [Transaction.Compare] = [
        .init(.key(path("/a")), comparison: .equal, target: .version(3)),
        .init(.key(path("/a")), comparison: .notEqual, target: .createRevision(revision(1 << 40))),
        .init(.key(path("/a")), comparison: .less, target: .modRevision(revision(0))),
        .init(.key(path("/a")), comparison: .greater, target: .value([0, 255, 10])),
        .init(.key(path("/a")), comparison: .equal, target: .lease(0)),
        .init(.key(path("/a")), comparison: .equal, target: .exists(true)),
        .init(.key(path("/a")), comparison: .notEqual, target: .exists(false)),
        .init(.subtree(path("/a")), comparison: .less, target: .childVersion(1 << 50)),
        .init(.prefix([0xFF]), comparison: .greater, target: .lease(UInt64(Int64.max))),
        .init(.interval(from: [0], to: [0, 1]), comparison: .equal, target: .value([])),
    ]

    static let commands: [Command] =
        [
            .put("/a", value: "value"),
            .put("/", value: "", lease: .lease(lease(7)), if: .exists),
            .put("/a/b", value: "x", lease: .own(timeToLiveMilliseconds: 30_000), if: .absent),
            .put("/ä", value: "x", if: .modRevision(revision(129))),
            .put("/ä", value: "x", if: .oneOf([revision(1), revision(129), revision(1 << 40)])),
            .put("/ä", value: "x", if: .noneOf([revision(7)], missing: .meets)),
            .deleteSubtree("/a", if: .oneOf([])),
            .delete("/a", if: .noneOf([revision(1), revision(2)], missing: .fails)),
            .createChild(parent: path("/q"), value: bytes("job"), lease: .none),
            .delete("/a"),
            .deleteSubtree("/a", if: .modRevision(revision(9))),
            .transaction(Transaction(compares: [], then: [], otherwise: [])),
            .transaction(
                Transaction(compares: compares, then: operations, otherwise: operations.reversed())
            ),
            .grantLease(nil, timeToLiveMilliseconds: 15_000),
            .keepAlive([]),
            .keepAlive([lease(1), lease(1 << 62)]),
            .revokeLease(lease(1)),
            .acquire(
                contest,
                ownership: .lease(lease(5)),
                mode: .shared,
                patience: .queue,
                owner: "host-1"
            ),
            .acquire(
                leader,
                ownership: .own(timeToLiveMilliseconds: 1_000),
                mode: .exclusive,
                patience: .refuseWhenHeld,
                value: "v"
            ),
            .acquire(
                contest,
                ownership: .lease(lease(5)),
                mode: .shared,
                terms: LockTerms(permitCount: LockTerms.permitCountMax)
            ),
            .acquire(
                contest,
                ownership: .lease(lease(5)),
                terms: LockTerms(
                    reentry: .counted,
                    holdMilliseconds: 3_600_000,
                    delayMilliseconds: LockTerms.millisecondsMax
                )
            ),
            .abandon(contest, lease: lease(5), .queuedOnly),
            .abandon(leader, lease: lease(5), .heldToo),
            .release(contest, .token(FencingToken(rawValue: 77))),
            .release(leader, .everyHolder),
            .proclaim(
                election: leader.name,
                token: FencingToken(rawValue: 1),
                value: bytes("10.0.0.1")
            ),
            .compact(revision(4)),
            .changeGuard(.put(path("/release"), lock: bytes("deploy/prod"))),
            .changeGuard(.remove(.root)),
            .handOver(
                election: leader.name,
                token: FencingToken(rawValue: 7),
                to: lease(9),
                withinMilliseconds: 10_000
            ),
            .acquire(
                leader,
                ownership: .lease(lease(5)),
                terms: LockTerms(priority: -3, preemption: .asks)
            ),
            .count(bytes("builds"), .add(-1)),
            .count(bytes("builds"), .set(CounterChange.range.upperBound)),
        ] + wideCommands + accessChanges.map { .changeAccess($0) } + quotaChanges + queueRequests
        + barrierRequests

    static let requests: [Request] =
        commands.map { Request($0) } + signedRequests + accessRequests + [
            Request(
                .put("/a"),
                fences: [
                    Fence(lock: bytes("one"), token: FencingToken(rawValue: 3)),
                    Fence(lock: bytes("a=b"), token: FencingToken(rawValue: 1 << 50)),
                ]
            ),
            Request(
                .compact(revision(1)),
                fences: [Fence(lock: bytes("one"), token: FencingToken(rawValue: 3))],
                idempotency: IdempotencyStamp(
                    key: bytes("user retry-1"),
                    fingerprint: Array(0..<32)
                )
            ),
        ]

    static let record = KeyRecord(
        key: path("/a/b"),
        value: [1, 2, 3],
        createRevision: revision(4),
        modRevision: revision(500),
        version: 6,
        lease: lease(8)
    )
    static let bare = KeyRecord(
        key: .root,
        value: [],
        createRevision: revision(1),
        modRevision: revision(1),
        version: 1,
        lease: nil
    )
    static let put = PutResult(
        revision: revision(500),
        createRevision: revision(4),
        version: 6,
        lease: lease(8)
    )
    private static let grant = Grant(
        contest: contest,
        token: FencingToken(rawValue: 99),
        lease: lease(8),
        mode: .shared,
        owner: bytes("me"),
        value: bytes("v"),
        remainingMilliseconds: 14_999
    )
    private static let described = Grant(
        contest: Contest(kind: .election, name: bytes("deploy/prod/eu")),
        token: FencingToken(rawValue: 1 << 40),
        lease: .max,
        mode: .exclusive,
        owner: [],
        value: bytes("v"),
        info: bytes("ärgerlich"),
        since: WallTime(rawValue: 1_700_000_000_123),
        remainingMilliseconds: 0
    )
    private static let permit = Grant(
        contest: contest,
        token: FencingToken(rawValue: 98),
        lease: lease(7),
        mode: .shared,
        owner: bytes("me"),
        value: [],
        permitCount: 10_000,
        holdCount: .max,
        holdRemainingMilliseconds: 0,
        remainingMilliseconds: 1
    )
    private static let place = QueuePosition(
        contest: contest,
        lease: lease(9),
        position: 2,
        holders: [grant, grant]
    )
    private static let standing = LeaseStanding(
        id: lease(3),
        timeToLiveMilliseconds: 15_000,
        remainingMilliseconds: 1
    )

    static let refusals: [Refusal] = [
        .notFound(.key), .notFound(.lease), .notFound(.lock), .notFound(.election),
        .conditionFailed(key: path("/a"), current: nil),
        .conditionFailed(key: path("/a"), current: record),
        .fenced(lock: bytes("l"), token: FencingToken(rawValue: 4), holders: [grant]),
        .notHolder(leader, holders: []),
        .held(contest, holders: [grant], position: 3),
        .modeMismatch(contest), .permitsDiffer(contest, permitCount: 3),
        .guarded(root: path("/release"), lock: bytes("l")), .tooManyGuards(countMax: 256),
        .counterOutOfRange(value: CounterChange.range.lowerBound), .noSuccessor(leader),
        .reservedKey(.reserved),
        .duplicatePut(path("/twice")),
        .keyTooLong(byteCount: 4_100),
        .compacted(revision(5)),
        .futureRevision(asked: revision(9), current: revision(8)),
        .timeToLiveOutOfRange(milliseconds: 999),
        .resultTooLarge(byteCountMax: 4 << 20),
        .tooManyLooks(countMax: 500_000),
        .tooManyLeases,
        .tooManyWaiters(contest),
        .idempotencyMismatch,
        .tooManyIdempotencyKeys,
        .malformed,
        .nothingToKeep(Key(unchecked: [0, 0xFF])),
        .treeChanged(
            root: path("/a"),
            current: TreeWrite.Tag(modRevision: revision(300), keyCount: 2)
        ),
        .valueTooLong(byteCount: 1 << 21, byteCountMax: 1 << 20),
        .tooManyOperations(count: 513, countMax: 512),
        .quotaExceeded(byteCount: 1 << 33, quotaByteCount: 8 << 30),
        .leaseExists(.max), .memberOrderStands(9), .tooManyMemberOrders,
        .conditionFailed(key: Key(unchecked: [0xFF]), current: signed),
        .held(contest, holders: [described, permit], position: 1),
    ]

    static let allRefusals =
        refusals + accessRefusals + quotaRefusals + queueRefusals + barrierRefusals

    static let outcomes: [Outcome] =
        [
            .nothing,
            .put(put),
            .created(key: path("/q/0000000001"), put),
            .deleted(revision: revision(7), count: 3),
            .transaction(
                TransactionResult(
                    branch: .otherwise,
                    revision: revision(9),
                    results: [
                        .put(key: path("/a"), put, previous: nil), .get(RangeResult(all: [])),
                        .get(RangeResult(all: [record, bare])),
                        .deleted(count: 0, previous: []),
                    ]
                )
            ),
            .leaseGranted(lease(3), timeToLiveMilliseconds: 15_000),
            .keptAlive([standing, nil]),
            .leaseRevoked(revision: revision(7), deletedCount: 3),
            .granted(grant),
            .queued(place),
            .abandoned(place),
            .released(revision: revision(7)), .stillHeld(revision: revision(8), count: 2),
            .successorChosen(lease: lease(9), owner: bytes("me")),
            .guardChanged, .counted(revision: revision(9), before: -1, after: 41),
            .proclaimed(revision: revision(8)),
            .compacted(revision(9)),
            .granted(described),
        ] + wideOutcomes + allRefusals.map { .refused($0) }
}

/// As the log carries it.
func encoding(_ request: Request) -> [UInt8] {
    var bytes: [UInt8] = []
    request.encode(into: &bytes)
    return bytes
}

/// As a snapshot carries it.
func encoding(_ answer: Answer) -> [UInt8] {
    var bytes: [UInt8] = []
    answer.encode(into: &bytes)
    return bytes
}
