import Bytes
import Testing

@testable import Keyspace

/// Docs/http-api.md: safe retries.
@Suite("Idempotency keys")
struct IdempotencyTests {
    private let lifetime = IdempotencyTable.lifetimeMilliseconds

    @Test func theSameRequestGetsTheFirstAnswerAgain() {
        var machine = Machine()
        let first = machine.apply(.put("/a", value: "1"), key: "k")
        machine.apply(.put("/a", value: "2"))
        let again = machine.apply(.put("/a", value: "1"), key: "k")
        #expect(again == first)
        #expect(machine.last.answer?.source == .replayed)
        #expect(machine.last.answer?.revision == revision(1))
        #expect(machine.keyspace.store.get(path("/a"))?.value == bytes("2"))
    }

    @Test func anotherRequestWithTheKeyIsRefused() {
        var machine = Machine()
        machine.apply(.put("/a"), key: "k")
        let other = machine.apply(.put("/b"), key: "k", fingerprint: 1)
        #expect(other.refusal == .idempotencyMismatch)
        #expect(machine.apply(.put("/a"), key: "k").putResult != nil)
        #expect(machine.apply(.put("/b"), key: "other", fingerprint: 1).putResult != nil)
    }

    /// Dedupe comes before fences and conditions, and refusals are kept, too.
    @Test func refusalsAreKeptAndComeBeforeEverythingElse() {
        var machine = Machine()
        let create = Command.put("/a", if: .absent)
        #expect(machine.apply(create, key: "first").putResult != nil)
        #expect(machine.apply(create, key: "second").refusal != nil)
        machine.apply(.delete("/a"))
        #expect(machine.apply(create, key: "second").refusal != nil)
        #expect(machine.last.answer?.source == .replayed)
        let fence = Fence(lock: bytes("l"), token: FencingToken(rawValue: 9))
        #expect(machine.apply(create, fences: [fence], key: "first").putResult != nil)
    }

    @Test func whatAsksToTryAgainOrOtherwiseIsNotKept() {
        var machine = Machine()
        machine.apply(.put("/a"))
        let twice = Transaction.Operation.put(key: path("/x"), value: [], lease: nil)
        let commands: [Command] = [
            .compact(revision(9)), .grantLease(nil, timeToLiveMilliseconds: 1),
            .transaction(Transaction(compares: [], then: [twice, twice], otherwise: [])),
        ]
        for command in commands {
            #expect(machine.apply(command, key: "k").refusal != nil)
            #expect(machine.apply(command, key: "k").refusal != nil)
            #expect(machine.last.answer?.source == .applied)
        }
        #expect(machine.keyspace.idempotencyTableSize == (0, 0))
    }

    /// Absent once `time + 10 min <= entry.time`.
    @Test func aKeyProtectsTenMinutesOfTheClusterClock() {
        var machine = Machine()
        machine.apply(.put("/a"), key: "k")
        machine.time += lifetime - 1
        machine.apply(.put("/a"), key: "k")
        #expect(machine.last.answer?.source == .replayed)
        machine.time += 1
        machine.apply(.put("/a"), key: "k")
        #expect(machine.last.answer?.source == .applied)
        #expect(machine.keyspace.store.get(path("/a"))?.version == 2)
        machine.pass(lifetime)
        #expect(machine.keyspace.idempotencyTableSize == (0, 0))
    }

    @Test func oldKeysGoInSlicesAndAreAbsentBeforeThat() {
        var machine = Machine()
        for key in 0..<3_000 { machine.apply(.put("/a"), key: "\(key)") }
        machine.time += lifetime
        machine.apply(.put("/a"), key: "2999")
        #expect(machine.last.answer?.source == .applied)
        #expect(machine.keyspace.idempotencyTableSize.count == 3_000 - 1_024)
        machine.pass(0)
        machine.pass(0)
        #expect(machine.keyspace.idempotencyTableSize.count == 1)
    }

    @Test func aFullTableRefusesNewKeysAndForgetsNothingEarly() {
        var machine = Machine()
        let value = String(repeating: "x", count: 1 << 20)
        machine.apply(.put("/big", value: value))
        let conflict = Command.put("/big", if: .absent)
        var kept = 0
        while machine.apply(conflict, key: "\(kept)").refusal != .tooManyIdempotencyKeys {
            kept += 1
            if kept > 100 { break }
        }
        #expect((60...63).contains(kept))
        #expect(machine.keyspace.idempotencyTableSize.byteCount <= IdempotencyTable.byteCountMax)
        machine.apply(conflict, key: "0")
        #expect(machine.last.answer?.source == .replayed)
        // Not stored: with room again, the same key is carried out.
        machine.pass(lifetime)
        #expect(machine.apply(.put("/small"), key: "\(kept)").putResult != nil)
    }

    @Test func aLocksRetryGetsTheSamePlace() {
        var machine = Machine()
        machine.apply(.acquire(lock("l"), ownership: .own(timeToLiveMilliseconds: 60_000)))
        let ask = Command.acquire(lock("l"), ownership: .own(timeToLiveMilliseconds: 60_000))
        let place = machine.apply(ask, key: "k").place
        #expect(machine.apply(ask, key: "k").place == place)
        #expect(machine.keyspace.waiters(of: lock("l"), countMax: 9).count == 1)
        machine.apply(.release(lock("l"), .everyHolder))
        let standing = machine.keyspace.standing(of: place?.lease ?? lease(0), in: lock("l"))
        guard case .holding = standing else {
            Issue.record("\(standing)")
            return
        }
    }
}
