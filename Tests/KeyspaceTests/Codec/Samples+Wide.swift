@testable import Keyspace

// What came with keys of any bytes: ranges and queries, nested transactions, trees, chosen leases,
// settings, authors and notes.

extension Samples {
    private static let odd = Key(unchecked: [0, 0xFF, 0x2F])

    static let queries: [RangeQuery] = [
        RangeQuery(.all, limit: .max, field: .version, direction: .descending),
        RangeQuery(.prefix(bytes("/a")), limit: 1, field: .createRevision, content: .keys),
        RangeQuery(.interval(from: [], to: []), field: .modRevision, content: .count),
        RangeQuery(
            .interval(from: [0], to: [0xFF, 0xFF]),
            field: .value,
            modBounds: .init(min: revision(1), max: revision(1 << 40)),
            createBounds: .init(min: revision(2), max: .zero),
            revision: revision(129)
        ),
        RangeQuery(.key(odd)),
    ]

    static let puts: [Transaction.PutOperation] = [
        .init(key: odd, value: .kept, lease: .lease(.max), returnsPrevious: true),
        .init(key: odd, value: .bytes([]), lease: .kept, returnsPrevious: false),
        .init(key: odd, value: .kept, lease: .none, returnsPrevious: true),
    ]

    static let wideOperations: [Transaction.Operation] =
        queries.map { .get($0) } + puts.map { .put($0) } + [
            .delete(.interval(from: [1], to: nil), returnsPrevious: true),
            .transaction(nested(depth: 3)),
        ]

    /// Within each other as deep as that, beside other operations.
    static func nested(depth: Int) -> Transaction {
        let inner: [Transaction.Operation] =
            depth > 1 ? [.transaction(nested(depth: depth - 1))] : []
        return Transaction(
            compares: [.init(.all, comparison: .equal, target: .version(UInt64(depth)))],
            then: inner + [.put(key: odd, value: [UInt8(depth)], lease: nil)],
            otherwise: [.get(.key(odd))]
        )
    }

    static let edits: [TreeWrite.Edit] = [
        .value(path("/t/a"), [0xFF]), .leaf(path("/t/b"), []), .directory(path("/t/c")),
        .removal(path("/t/d/e")), .valueRemoval(path("/t")),
    ]

    static let trees: [TreeWrite] = [
        TreeWrite(root: .root, edits: [], mode: .replace, condition: .none),
        TreeWrite(root: path("/t"), edits: edits, mode: .merge, condition: .exists),
        TreeWrite(root: path("/t"), edits: edits, mode: .replace, condition: .absent),
        TreeWrite(
            root: path("/t"),
            edits: [],
            mode: .merge,
            condition: .oneOf([
                .init(modRevision: .zero, keyCount: 0),
                .init(modRevision: revision(1 << 50), keyCount: 1 << 20),
            ])
        ),
    ]

    static let wideCommands: [Command] =
        trees.map { .writeTree($0) } + [
            .put(Put(key: odd, value: [], lease: .none, condition: .none)),
            .delete(.interval(from: [0], to: nil), condition: .none),
            .delete(.prefix([0xFF]), condition: .none),
            .transaction(nested(depth: Transaction.depthMax)),
            .grantLease(lease(1), timeToLiveMilliseconds: 1),
            .grantLease(.max, timeToLiveMilliseconds: 9_000_000_000_000),
            .acquire(
                LockRequest(
                    contest: Contest(kind: .lock, name: bytes("deploy/prod/eu")),
                    mode: .exclusive,
                    ownership: .lease(lease(5)),
                    patience: .queue,
                    owner: [],
                    value: [],
                    info: bytes("what for")
                )
            ),
            .changeSettings(SettingsChange([], occasion: .always)),
            .changeSettings(
                SettingsChange(
                    SettingsChange.Name.allCases.map { .init($0, value: $0.range.upperBound) },
                    occasion: .whileUnset
                )
            ),
            .setWallClock(offsetMilliseconds: .min),
            .setWallClock(offsetMilliseconds: 1_700_000_000_000),
            .raiseFeatureLevel(to: 2), .raiseFeatureLevel(to: 1 << 32),
            .holdFeatureLevel(.held), .holdFeatureLevel(.free),
        ] + memberOrders.map { .orderMembers($0) }

    static let newPlace = MemberOrder.Place(name: bytes("n4"), peerAddress: bytes("h4:2380"))

    static let memberOrders: [MemberOrderStep] = [
        .begin(.add(newPlace, as: .voter)), .begin(.add(newPlace, as: .observer)),
        .begin(.remove(.max)), .begin(.move(1, to: bytes("h:1"))),
        .begin(.assign(7, as: .observer)), .begin(.replace(7, by: newPlace)),
        .meet(order: 1 << 50, member: .max), .close(order: 0), .withdraw(order: 3),
    ]

    static let signedRequests: [Request] = [
        Request(.put("/a"), caller: caller("ann"), note: bytes("wegen Ärger")),
        Request(
            .put("/a"),
            caller: .outside(
                subject: [UInt8](repeating: 0xFF, count: AccessName.byteCountMax),
                roles: []
            ),
            note: [UInt8](repeating: 0x61, count: Request.noteByteCountMax)
        ),
        Request(.delete("/a"), caller: caller("ann")), Request(.delete("/a"), note: bytes("n")),
    ]

    static let signed = KeyRecord(
        key: odd,
        value: [],
        createRevision: revision(1),
        modRevision: revision(2),
        version: 2,
        lease: .max,
        provenance: Provenance(
            created: WallTime(rawValue: 1),
            modified: WallTime(rawValue: 1_700_000_000_000),
            author: bytes("ann"),
            note: bytes("why")
        )
    )

    static let wideResults: [TransactionResult.OperationResult] = [
        .put(key: odd, put, previous: signed),
        .get(RangeResult(records: [signed], count: 7, hasMore: true)),
        .get(RangeResult(records: [], count: 7, hasMore: false)),
        .deleted(count: 2, previous: [signed, bare]),
    ]

    static let wideOutcomes: [Outcome] =
        [
            .transaction(
                TransactionResult(
                    branch: .then,
                    revision: revision(9),
                    results: wideResults + [
                        .transaction(
                            TransactionResult(
                                branch: .otherwise,
                                revision: revision(9),
                                results: wideResults
                            )
                        )
                    ]
                )
            ),
            .treeWritten(
                TreeResult(
                    revision: revision(4),
                    createdCount: 1,
                    changedCount: 200,
                    deletedCount: 1 << 40
                )
            ),
            .settings(ClusterSettings()), .settings(set(to: \.lowerBound)),
            .settings(set(to: \.upperBound)), .wallClockSet,
            .featureLevel(FeatureLevel()), .featureLevel(held), .memberOrder(number: 1 << 50),
            .accessChanged(AuthRevision(rawValue: 1 << 40)),
        ] + quotaOutcomes + queueOutcomes + barrierOutcomes

    private static var held: FeatureLevel {
        var level = FeatureLevel()
        level.number = FeatureLevel.newest
        level.hold = .held
        return level
    }

    private static func set(to bound: (ClosedRange<UInt64>) -> UInt64) -> ClusterSettings {
        var settings = ClusterSettings()
        for name in SettingsChange.Name.allCases { settings[name] = bound(name.range) }
        settings.areSet = true
        return settings
    }
}
