import Testing

@testable import Keyspace

/// Docs/http-api.md: guards.
@Suite("What is written only in the name of a lock")
struct GuardTests {
    /// The subtree `/g` is guarded by lock `l`, which lease 3 holds; the token.
    private func prepared() throws -> (Machine, FencingToken) {
        var machine = Machine()
        machine.apply(.raiseFeatureLevel(to: FeatureLevel.fourth))
        machine.apply(.changeGuard(.put(path("/g"), lock: bytes("l"))))
        machine.apply(.grantLease(nil, timeToLiveMilliseconds: 60_000))
        let grant = machine.apply(.acquire(lock("l"), ownership: .lease(lease(3)))).grant
        return (machine, try #require(grant).token)
    }

    private static let refusal = Refusal.guarded(root: path("/g"), lock: bytes("l"))

    private static func transaction(
        then: [Transaction.Operation],
        otherwise: [Transaction.Operation] = []
    ) -> Command {
        .transaction(Transaction(compares: [], then: then, otherwise: otherwise))
    }

    private static let put = Transaction.Operation.put(
        key: path("/g/a"),
        value: bytes("v"),
        lease: nil
    )

    private static let writes: [Command] = [
        .put("/g"), .put("/g/a/b"), .delete("/g/a"), .deleteSubtree("/g"), .deleteSubtree("/"),
        .createChild(parent: path("/g"), value: [], lease: .none),
        .delete(.prefix(bytes("/g/")), condition: .none), .delete(.all, condition: .none),
        .writeTree(TreeWrite(root: path("/"), edits: [], mode: .replace, condition: .none)),
        .writeTree(
            TreeWrite(
                root: path("/"),
                edits: [.value(path("/g/a"), [])],
                mode: .merge,
                condition: .none
            )
        ),
        transaction(then: [put]), transaction(then: [], otherwise: [put]),
        transaction(then: [.delete(.subtree(path("/g/x")))]),
        transaction(
            then: [
                .transaction(
                    Transaction(
                        compares: [],
                        then: [
                            .transaction(Transaction(compares: [], then: [], otherwise: [put]))
                        ],
                        otherwise: []
                    )
                )
            ]
        ),
    ]

    @Test("whatever writes there is refused without the token", arguments: writes)
    func refused(_ write: Command) throws {
        var (machine, _) = try prepared()
        let before = machine.keyspace.store.revision
        #expect(machine.apply(write).refusal == Self.refusal)
        let other = Fence(lock: bytes("other"), token: FencingToken(rawValue: 1))
        #expect(machine.apply(write, fences: [other]).refusal != nil)
        #expect(machine.keyspace.store.revision == before)
    }

    @Test("with the token of the lock all of that is done", arguments: writes)
    func written(_ write: Command) throws {
        var (machine, token) = try prepared()
        let fence = Fence(lock: bytes("l"), token: token)
        machine.apply(.put("/g/a"), fences: [fence])
        let refusal = machine.apply(write, fences: [fence]).refusal
        #expect(refusal == nil || refusal == .notFound(.key))
    }

    @Test("what lies beside it is written as ever, and so it is once the guard is gone")
    func beside() throws {
        var (machine, _) = try prepared()
        for key in ["/", "/ga", "/h/g"] { #expect(machine.apply(.put(key)).refusal == nil) }
        #expect(machine.apply(.changeGuard(.remove(path("/g")))) == .guardChanged)
        #expect(machine.apply(.put("/g/a")).refusal == nil)
        #expect(
            machine.apply(.changeGuard(.remove(path("/g")))).refusal == .notFound(.writeGuard)
        )
    }

    @Test("a token that does not hold any more, and an election's of the name, are none")
    func tokens() throws {
        var (machine, token) = try prepared()
        machine.apply(.grantLease(nil, timeToLiveMilliseconds: 60_000))
        let leadership = machine.apply(.acquire(election("l"), ownership: .lease(lease(5)))).grant
        let fence = Fence(lock: bytes("l"), token: try #require(leadership).token)
        #expect(machine.apply(.put("/g/a"), fences: [fence]).refusal == Self.refusal)
        machine.apply(.release(lock("l"), .token(token)))
        let gone = machine.apply(.put("/g/a"), fences: [Fence(lock: bytes("l"), token: token)])
        guard case .fenced? = gone.refusal else { return #expect(Bool(false), "\(gone)") }
    }

    @Test("keys of a lease go with it, guarded or not")
    func leases() throws {
        var (machine, token) = try prepared()
        machine.apply(.grantLease(nil, timeToLiveMilliseconds: 1_000))
        let fence = Fence(lock: bytes("l"), token: token)
        machine.apply(.put("/g/a", lease: .lease(lease(5))), fences: [fence])
        machine.pass(1_001)
        #expect(machine.keyspace.store.get(path("/g/a")) == nil)
    }

    @Test("nested guards want each its token")
    func nested() throws {
        var (machine, token) = try prepared()
        machine.apply(.changeGuard(.put(path("/g/in"), lock: bytes("m"))))
        let fence = Fence(lock: bytes("l"), token: token)
        let refusal = Refusal.guarded(root: path("/g/in"), lock: bytes("m"))
        #expect(machine.apply(.put("/g/in/a"), fences: [fence]).refusal == refusal)
        #expect(machine.apply(.put("/g/a"), fences: [fence]).refusal == nil)
    }

    @Test("a retry under its key is answered as before, though the lock is gone")
    func retry() throws {
        var (machine, token) = try prepared()
        let fence = Fence(lock: bytes("l"), token: token)
        let first = machine.apply(.put("/g/a"), fences: [fence], key: "k")
        machine.apply(.release(lock("l"), .token(token)))
        #expect(machine.apply(.put("/g/a"), fences: [fence], key: "k") == first)
    }

    @Test("there are no more than may be; a snapshot keeps them; below the level they are unknown")
    func bounds() throws {
        var (machine, _) = try prepared()
        for number in 1..<WriteGuards.countMax {
            machine.apply(.changeGuard(.put(path("/g\(number)"), lock: bytes("l"))))
        }
        let more = machine.apply(.changeGuard(.put(path("/more"), lock: bytes("l"))))
        #expect(more.refusal == .tooManyGuards(countMax: UInt64(WriteGuards.countMax)))
        #expect(machine.apply(.changeGuard(.put(path("/g"), lock: bytes("n")))) == .guardChanged)
        try machine.restartTwin()
        #expect(machine.apply(.put("/g/a")).refusal == .guarded(root: path("/g"), lock: bytes("n")))
        let reserved = machine.apply(.changeGuard(.put(.reserved, lock: bytes("l"))))
        #expect(reserved.refusal == .reservedKey(.reserved))
        var early = Machine()
        #expect(early.apply(.changeGuard(.put(path("/g"), lock: bytes("l")))).refusal == .malformed)
    }
}
