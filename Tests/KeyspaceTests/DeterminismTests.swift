import Bytes
import Testing

@testable import Keyspace

/// Design, Keyspace: what is applied is the same on every member, whatever way it got there.
@Suite("Determinism")
struct DeterminismTests {
    /// Two replicas, one of them restarted from the other's snapshot again and again; `Machine`
    /// compares answers, events and hashes after every entry.
    @Test func aReplicaFromASnapshotGoesOnAlike() throws {
        for seed: UInt64 in 0..<8 {
            var random = SplitMix64(seed: seed)
            var machine = Machine()
            for entry in 0..<400 {
                machine.time += UInt64.random(in: 0..<3, using: &random) * 300
                machine.apply(RandomRequest.next(index: machine.index + 1, random: &random))
                if entry % 13 == 0 { try machine.restartTwin() }
            }
        }
    }

    @Test func aHashTellsStatesApart() {
        let commands: [Command] = [
            .put("/a"), .put("/a", value: "w"), .put("/b"),
            .grantLease(nil, timeToLiveMilliseconds: 1_000),
            .grantLease(nil, timeToLiveMilliseconds: 1_001),
            .acquire(lock("l"), ownership: .own(timeToLiveMilliseconds: 1_000)),
            .acquire(lock("l"), ownership: .own(timeToLiveMilliseconds: 1_000), owner: "o"),
            .acquire(lock("l"), ownership: .own(timeToLiveMilliseconds: 1_000), mode: .shared),
            .acquire(election("l"), ownership: .own(timeToLiveMilliseconds: 1_000)),
        ]
        var seen: [StateHash] = []
        for command in commands {
            for key in [nil, "k", "m"] as [String?] {
                var machine = Machine()
                machine.apply(command, key: key)
                #expect(!seen.contains(machine.keyspace.hash))
                seen.append(machine.keyspace.hash)
            }
        }
        var machine = Machine()
        machine.apply(nil as Request?)
        let before = machine.keyspace.hash
        machine.pass(1)
        #expect(machine.keyspace.hash != before)
    }

    /// Whatever is flipped in a ledger's items, reading them ends in an error or in a state that
    /// hashes otherwise.
    @Test func aDamagedLedgerIsNotTakenForTheOriginal() throws {
        var machine = Machine()
        machine.apply(.grantLease(nil, timeToLiveMilliseconds: 60_000))
        machine.apply(.put("/a", lease: .lease(lease(1))), key: "k")
        machine.apply(.acquire(lock("l"), ownership: .lease(lease(1)), owner: "me"))
        machine.apply(
            .acquire(lock("l"), ownership: .own(timeToLiveMilliseconds: 5_000), mode: .shared)
        )
        let keyspace = machine.keyspace
        var encoder = SessionStateEncoder(keyspace)
        var items: [UInt8] = []
        while encoder.encodeNext(into: &items) {}
        #expect(try decode(items, store: keyspace.store).hash == keyspace.hash)
        for bit in 0..<items.count * 8 {
            var flipped = items
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(
                (try? decode(flipped, store: keyspace.store))?.hash != keyspace.hash,
                "bit \(bit)"
            )
        }
        for count in 0..<items.count {
            #expect(
                (try? decode(Array(items[..<count]), store: keyspace.store))?.hash != keyspace.hash
            )
        }
    }

    /// What an honest member cannot have written is refused before it can break an invariant
    /// later: names, leases and arrivals ahead of the snapshot's own index.
    @Test func aLedgerFromTheFutureIsRefused() {
        func ledger(appliedIndex: UInt64, item: [UInt8]) -> [UInt8] {
            var bytes: [UInt8] = [SessionStateTag.position.rawValue]
            bytes.append(varint: appliedIndex)
            return bytes + [5, 1] + item
        }
        var granted: [UInt8] = [SessionStateTag.lease.rawValue]
        LeaseTable.encode(
            lease(4),
            lease: Lease(timeToLiveMilliseconds: 1_000, origin: .client, deadline: .zero),
            format: .third,
            into: &granted
        )
        #expect((try? decode(ledger(appliedIndex: 4, item: granted), store: Store())) != nil)
        // An id may have been chosen, but it has 63 bits and is not 0.
        for number in [0, LeaseID.max.rawValue + 1] {
            var chosen: [UInt8] = [SessionStateTag.lease.rawValue]
            LeaseTable.encode(
                lease(number),
                lease: Lease(timeToLiveMilliseconds: 1_000, origin: .client, deadline: .zero),
                format: .third,
                into: &chosen
            )
            #expect((try? decode(ledger(appliedIndex: 4, item: chosen), store: Store())) == nil)
        }
        var waiting: [UInt8] = [SessionStateTag.contender.rawValue, Contest.Kind.lock.rawValue]
        waiting.append(lengthPrefixed: bytes("l"))
        waiting += [1, 9, 4, 0, 0, 0, 0, 0]
        #expect(
            (try? decode(ledger(appliedIndex: 9, item: granted + waiting), store: Store())) != nil
        )
        #expect(
            (try? decode(ledger(appliedIndex: 8, item: granted + waiting), store: Store())) == nil
        )
        #expect((try? decode(ledger(appliedIndex: 9, item: waiting), store: Store())) == nil)
        // The position is there, first, and once; its feature level is one that is known.
        #expect((try? decode([], store: Store())) == nil)
        #expect((try? decode(granted, store: Store())) == nil)
        #expect(
            (try? decode(
                ledger(appliedIndex: 4, item: ledger(appliedIndex: 4, item: [])),
                store: Store()
            )) == nil
        )
        #expect((try? decode([SessionStateTag.position.rawValue, 4, 5, 2], store: Store())) == nil)
    }

    private func decode(_ items: [UInt8], store: Store) throws -> Keyspace {
        var decoder = SessionStateDecoder()
        var reader = ByteReader(items)
        while !reader.isAtEnd { try decoder.decodeItem(&reader, format: .third) }
        return try decoder.finish(store)
    }
}

/// Requests of every kind over few names, so that they meet.
enum RandomRequest {
    static func next(index: UInt64, random: inout SplitMix64) -> Request? {
        guard Int.random(in: 0..<20, using: &random) > 0 else { return nil }
        let command = command(index, random: &random)
        var stamp: IdempotencyStamp?
        if Int.random(in: 0..<4, using: &random) == 0 {
            stamp = IdempotencyStamp(
                key: [UInt8.random(in: 0..<40, using: &random)],
                fingerprint: Array(repeating: UInt8.random(in: 0..<2, using: &random), count: 32)
            )
        }
        var fences: [Fence] = []
        if Int.random(in: 0..<15, using: &random) == 0 {
            fences = [Fence(lock: name(&random), token: token(index, random: &random))]
        }
        return Request(command, fences: fences, idempotency: stamp)
    }

    private static func command(_ index: UInt64, random: inout SplitMix64) -> Command {
        switch Int.random(in: 0..<17, using: &random) {
        case 0...3:
            return .put(
                Put(
                    key: key(&random),
                    value: value(&random),
                    lease: attachment(index, random: &random),
                    condition: condition(index, random: &random)
                )
            )
        case 4:
            return .createChild(
                parent: key(&random),
                value: value(&random),
                lease: attachment(index, random: &random)
            )
        case 5...6:
            return .delete(
                range(&random),
                condition: condition(index, random: &random)
            )
        case 7...8: return .transaction(transaction(index, random: &random))
        case 9: return .grantLease(nil, timeToLiveMilliseconds: timeToLive(&random))
        case 10: return .keepAlive((0..<3).map { _ in anyLease(index, random: &random) })
        case 11: return .revokeLease(anyLease(index, random: &random))
        case 12...13: return .acquire(acquisition(index, random: &random))
        case 14:
            let contest = contest(&random)
            return Bool.random(using: &random)
                ? .release(
                    contest,
                    Bool.random(using: &random)
                        ? .everyHolder : .token(token(index, random: &random))
                )
                : .abandon(contest, lease: anyLease(index, random: &random), .heldToo)
        case 15:
            return Bool.random(using: &random)
                ? .raiseFeatureLevel(to: UInt64.random(in: 2...4, using: &random))
                : .holdFeatureLevel(Bool.random(using: &random) ? .held : .free)
        default: return .compact(Revision(rawValue: UInt64.random(in: 0...index, using: &random)))
        }
    }

    private static func transaction(_ index: UInt64, random: inout SplitMix64) -> Transaction {
        let operations: [Transaction.Operation] = (0..<4).map { _ in
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                .put(
                    key: key(&random),
                    value: value(&random),
                    lease: Bool.random(using: &random) ? anyLease(index, random: &random) : nil
                )
            case 1: .get(RangeQuery(range(&random)))
            default: .delete(range(&random))
            }
        }
        let compare = Transaction.Compare(
            .key(key(&random)),
            comparison: .less,
            target: .modRevision(Revision(rawValue: UInt64.random(in: 0...index, using: &random)))
        )
        return Transaction(
            compares: [compare],
            then: Array(operations[..<2]),
            otherwise: Array(operations[2...])
        )
    }

    private static func acquisition(_ index: UInt64, random: inout SplitMix64) -> LockRequest {
        let contest = contest(&random)
        let isShared = contest.kind == .lock && Bool.random(using: &random)
        return LockRequest(
            contest: contest,
            mode: isShared ? .shared : .exclusive,
            ownership: Bool.random(using: &random)
                ? .lease(anyLease(index, random: &random))
                : .own(timeToLiveMilliseconds: timeToLive(&random)),
            patience: Bool.random(using: &random) ? .queue : .refuseWhenHeld,
            owner: value(&random),
            value: value(&random),
            terms: isShared && Bool.random(using: &random) ? LockTerms(permitCount: 2) : .none
        )
    }

    private static func key(_ random: inout SplitMix64) -> Key {
        let depth = Int.random(in: 0...3, using: &random)
        return (0..<depth).reduce(Key.root) { path, _ in path.child(name(&random)) }
    }

    private static func name(_ random: inout SplitMix64) -> [UInt8] {
        [UInt8(ascii: "a") + UInt8.random(in: 0..<3, using: &random)]
    }

    private static func value(_ random: inout SplitMix64) -> [UInt8] {
        Array(repeating: UInt8.random(in: 0..<8, using: &random), count: 3)
    }

    private static func contest(_ random: inout SplitMix64) -> Contest {
        Contest(kind: Bool.random(using: &random) ? .lock : .election, name: name(&random))
    }

    private static func range(_ random: inout SplitMix64) -> KeyRange {
        let key = key(&random)
        return Bool.random(using: &random) ? .key(key) : .subtree(key)
    }

    private static func timeToLive(_ random: inout SplitMix64) -> UInt64 {
        UInt64.random(in: 0...8, using: &random) * 1_000
    }

    private static func anyLease(_ index: UInt64, random: inout SplitMix64) -> LeaseID {
        let recent = index > 30 ? index - 30 : 1
        return LeaseID(rawValue: UInt64.random(in: recent...index, using: &random))
    }

    private static func token(_ index: UInt64, random: inout SplitMix64) -> FencingToken {
        FencingToken(rawValue: UInt64.random(in: 0...index, using: &random))
    }

    private static func attachment(
        _ index: UInt64,
        random: inout SplitMix64
    ) -> LeaseAttachment {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: .lease(anyLease(index, random: &random))
        case 1: .own(timeToLiveMilliseconds: timeToLive(&random))
        default: .none
        }
    }

    private static func condition(_ index: UInt64, random: inout SplitMix64) -> KeyCondition {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: .exists
        case 1: .absent
        case 2: .modRevision(Revision(rawValue: UInt64.random(in: 0...index, using: &random)))
        case 3:
            .oneOf(
                stride(from: UInt64.random(in: 0...3, using: &random), through: index, by: 3)
                    .suffix(KeyCondition.revisionCountMax).map { Revision(rawValue: $0) }
            )
        case 4:
            .noneOf(
                [Revision(rawValue: UInt64.random(in: 0...index, using: &random))],
                missing: Bool.random(using: &random) ? .meets : .fails
            )
        default: .none
        }
    }
}
