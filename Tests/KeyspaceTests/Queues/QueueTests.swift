import Bytes
import Testing

@testable import Keyspace

/// Docs/http-api.md: queues.
@Suite("Queues")
struct QueueTests {
    private let mail = QueueName(bytes("mail"))
    private let dead = QueueName(bytes("mail/dead"))

    private func prepared() -> Machine {
        var machine = Machine()
        machine.apply(.raiseFeatureLevel(to: FeatureLevel.fourth))
        return machine
    }

    private func push(
        _ value: String,
        key: String? = nil,
        priority: Int32 = 0,
        delay: UInt64 = 0,
        settings: QueueSettings? = nil
    ) -> Command {
        .queue(
            QueueRequest(
                mail,
                act: .push(
                    QueuePush(
                        value: bytes(value),
                        key: key.map(path),
                        priority: priority,
                        delayMilliseconds: delay,
                        settings: settings
                    )
                )
            )
        )
    }

    private func take(_ milliseconds: UInt64 = 5_000, from queue: QueueName? = nil) -> Command {
        .queue(QueueRequest(queue ?? mail, act: .take(visibleMilliseconds: milliseconds)))
    }

    private func settle(_ token: QueueToken, _ settlement: QueueRequest.Settlement) -> Command {
        .queue(QueueRequest(mail, act: .settle(token, settlement)))
    }

    private func taken(_ outcome: Outcome) throws -> QueueDelivery {
        guard case .queue(.taken(let delivery)) = outcome else {
            throw Unexpected(outcome: outcome)
        }
        return delivery
    }

    private struct Unexpected: Error { let outcome: Outcome }

    @Test("first come first out within a priority, and higher ones before")
    func order() throws {
        var machine = prepared()
        for (value, priority) in [("a", 0), ("b", -1), ("c", 7), ("d", 0), ("e", 7)] {
            machine.apply(push(value, priority: Int32(priority)))
            #expect(machine.last.contestEvents == [.available(mail)])
        }
        var values: [[UInt8]] = []
        var last = QueueToken(rawValue: 0)
        for _ in 0..<5 {
            let delivery = try taken(machine.apply(take()))
            #expect(delivery.token > last)
            last = delivery.token
            values.append(delivery.value)
        }
        #expect(values == ["c", "e", "a", "d", "b"].map(bytes))
        #expect(machine.apply(take()) == .queue(.empty))
    }

    @Test("an item whose taker dies comes back after its time, as the first, with its tries")
    func comesBack() throws {
        var machine = prepared()
        machine.apply(push("a"))
        machine.apply(push("b"))
        let first = try taken(machine.apply(take(2_000)))
        #expect(first.tryCount == 1 && first.value == bytes("a"))
        let end = ClusterTime(rawValue: machine.time + 2_001)
        #expect(machine.keyspace.nextLeaseEnd == end && machine.keyspace.hasLeases)
        machine.pass(2_000)
        #expect(machine.keyspace.queue(mail).takenCount == 1)
        #expect(!machine.keyspace.hasExpired(at: ClusterTime(rawValue: machine.time)))
        #expect(machine.keyspace.hasExpired(at: end))
        machine.pass(1)
        #expect(machine.last.contestEvents == [.available(mail)])
        #expect(machine.keyspace.nextLeaseEnd == nil && !machine.keyspace.hasLeases)
        let again = try taken(machine.apply(take()))
        #expect(again.id == first.id && again.tryCount == 2 && again.token > first.token)
        let lost = Refusal.queue(mail, .tokenLost(first.token))
        for settlement: QueueRequest.Settlement in [
            .acknowledged, .failed(delayMilliseconds: 0), .undelivered,
            .extended(visibleMilliseconds: 1_000),
        ] {
            #expect(machine.apply(settle(first.token, settlement)).refusal == lost)
        }
        #expect(machine.apply(settle(again.token, .acknowledged)) == .queue(.acknowledged))
        #expect(machine.apply(settle(again.token, .acknowledged)).refusal != nil)
    }

    @Test("who is late still has its item, until somebody else takes it")
    func late() throws {
        var machine = prepared()
        machine.apply(push("a"))
        let first = try taken(machine.apply(take(1_000)))
        machine.pass(60_000)
        #expect(machine.keyspace.queue(mail).readyCount == 1)
        let extended = QueueRequest.Settlement.extended(visibleMilliseconds: 4_000)
        #expect(
            machine.apply(settle(first.token, extended))
                == .queue(.extended(visibleMilliseconds: 4_000))
        )
        #expect(machine.apply(take()) == .queue(.empty))
        machine.pass(60_000)
        #expect(machine.apply(settle(first.token, .acknowledged)) == .queue(.acknowledged))
        #expect(machine.keyspace.coordination.isEmpty)
    }

    @Test("what failed comes again, at once or later; what nobody saw does not count as a try")
    func givenUp() throws {
        var machine = prepared()
        machine.apply(push("a"))
        var item = try taken(machine.apply(take()))
        let later = machine.apply(settle(item.token, .failed(delayMilliseconds: 3_000)))
        #expect(later == .queue(.returned(.delayed)) && machine.last.contestEvents.isEmpty)
        #expect(machine.apply(take()) == .queue(.empty))
        machine.pass(3_001)
        item = try taken(machine.apply(take()))
        #expect(item.tryCount == 2)
        #expect(
            machine.apply(settle(item.token, .undelivered)) == .queue(.returned(.ready))
        )
        #expect(machine.last.contestEvents == [.available(mail)])
        #expect(try taken(machine.apply(take())).tryCount == 2)
    }

    @Test(
        "after so many tries it lies where the dead go, whether it was given up or its time ended"
    )
    func deadLetters() throws {
        var machine = prepared()
        machine.apply(push("a", settings: QueueSettings(tryCountMax: 1, dead: dead)))
        machine.apply(push("b"))
        let first = try taken(machine.apply(take()))
        let given = machine.apply(settle(first.token, .failed(delayMilliseconds: 9_000)))
        #expect(given == .queue(.returned(.dead)))
        #expect(machine.last.contestEvents == [.available(dead)])
        _ = try taken(machine.apply(take(1_000)))
        machine.pass(1_001)
        #expect(machine.last.contestEvents == [.available(dead)])
        #expect(machine.keyspace.queue(mail).deadCount == 2)
        #expect(machine.keyspace.queue(dead).readyCount == 2)
        let delivery = try taken(machine.apply(take(from: dead)))
        #expect(delivery.value == bytes("a") && delivery.tryCount == 1)
        #expect(machine.apply(take()) == .queue(.empty))
    }

    @Test("while an item of its key is there no other comes in; then one does")
    func keys() throws {
        var machine = prepared()
        let first = machine.apply(push("a", key: "k"))
        guard case .queue(.pushed(let id, .new)) = first else { throw Unexpected(outcome: first) }
        let item = try taken(machine.apply(take()))
        #expect(machine.apply(push("b", key: "k")) == .queue(.pushed(id: id, .already)))
        #expect(machine.last.contestEvents.isEmpty)
        machine.apply(settle(item.token, .acknowledged))
        #expect(machine.apply(push("c", key: "k")) != .queue(.pushed(id: id, .already)))
        #expect(machine.keyspace.queue(mail).readyCount == 1)
    }

    @Test("all items together are bounded, and settings of queues count")
    func bounds() throws {
        var machine = prepared()
        let value = String(repeating: "x", count: 1 << 20)
        var count = 0
        while machine.apply(push(value)).refusal == nil { count += 1 }
        #expect(count == 63)
        let full = Refusal.queue(mail, .full(byteCountMax: 64 << 20))
        #expect(machine.apply(push(value), key: "k").refusal == full)
        let item = try taken(machine.apply(take()))
        machine.apply(settle(item.token, .acknowledged))
        // What is refused for want of room is decided anew.
        #expect(machine.apply(push(value), key: "k").refusal == nil)
        #expect(
            machine.apply(.queue(QueueRequest(mail, act: .purge))) == .queue(.purged(count: 63))
        )
        #expect(machine.keyspace.queueTableSize == (0, 0))
    }

    @Test("the cluster's quota bounds keys and items together")
    func quota() throws {
        var machine = prepared()
        let quota = SettingsChange.Item(.quotaByteCount, value: 2 << 20)
        machine.apply(.changeSettings(SettingsChange([quota], occasion: .always)))
        let value = String(repeating: "x", count: 1 << 19)
        var refusal: Refusal?
        for _ in 0..<4 where refusal == nil { refusal = machine.apply(push(value)).refusal }
        guard case .quotaExceeded = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        #expect(machine.keyspace.queue(mail).readyCount == 3)
    }

    @Test("under a key a take is told again, and one that found nothing is not")
    func once() throws {
        var machine = prepared()
        #expect(machine.apply(take(), key: "k") == .queue(.empty))
        machine.apply(push("a"))
        let first = try taken(machine.apply(take(), key: "k"))
        #expect(try taken(machine.apply(take(), key: "k")) == first)
    }

    @Test("more items than a turn's slice become ready in several turns")
    func slices() throws {
        var machine = prepared()
        let count = Keyspace.sweepCountMax + 10
        for _ in 0..<count { machine.apply(push("", delay: 1_000_000)) }
        machine.pass(2_000_000)
        #expect(machine.keyspace.queue(mail).readyCount == Keyspace.sweepCountMax)
        #expect(machine.keyspace.hasExpired(at: ClusterTime(rawValue: machine.time)))
        machine.pass(0)
        #expect(machine.keyspace.queue(mail).readyCount == count)
        try machine.restartTwin()
        machine.apply(push("a"))
    }

    @Test("before the fourth level nobody knows them; what no step leads to is refused")
    func refusals() {
        var machine = Machine()
        #expect(machine.apply(push("a")).refusal == .malformed)
        machine.apply(.raiseFeatureLevel(to: FeatureLevel.fourth))
        #expect(machine.apply(take(999)).refusal == .malformed)
        let itself = QueueSettings(tryCountMax: 1, dead: mail)
        #expect(machine.apply(push("a", settings: itself)).refusal == .malformed)
        let never = QueueSettings(tryCountMax: 0, dead: dead)
        #expect(machine.apply(push("a", settings: never)).refusal == .malformed)
    }

    @Test("what is set of a queue names another, which takes a right, too")
    func requirements() {
        let settings = QueueSettings(tryCountMax: 1, dead: dead)
        let names = [bytes("mail"), bytes("mail/dead")].map { AccessRequirement.lock(name: $0) }
        let access = AccessControl()
        #expect(Request(push("a")).requirements(under: access) == [names[0]])
        #expect(Request(push("a", settings: settings)).requirements(under: access) == names)
        #expect(Request(take()).requirements(under: access) == [names[0]])
    }
}
