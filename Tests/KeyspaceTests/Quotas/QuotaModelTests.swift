import Bytes
import Testing

@testable import Keyspace

/// Docs/operations.md: the quota of keys and values.
@Suite("The quota of keys and values")
struct QuotaModelTests {
    @Test("random histories do under a quota what they do without, unless that grows beyond it")
    func model() throws {
        var refused: [String: Int] = [:]
        var carriedOut = 0
        var regrown = 0
        for seed in UInt64(1)...70 {
            var history = RandomHistory(seed: seed)
            var machine = QuotaMachine()
            var wasRefused = false
            for step in 0..<120 {
                if step % 15 == 0 {
                    machine.setQuota(history.quota(near: machine.byteCount))
                }
                machine.machine.pass(history.number(below: 40))
                let command = history.command(machine.machine.keyspace)
                let isRefused = machine.check(command)
                if isRefused {
                    refused[command.word, default: 0] += 1
                } else {
                    carriedOut += 1
                    if wasRefused, machine.grew { regrown += 1 }
                }
                wasRefused = isRefused
            }
            try machine.machine.restartTwin()
        }
        #expect(carriedOut > 3_000)
        #expect(regrown > 100, "a quota has to clear by itself")
        for word in ["put", "child", "transaction", "tree"] {
            #expect(refused[word, default: 0] > 20, "\(refused)")
        }
        #expect(refused.count == 4, "\(refused)")
    }

    @Test("a put fits to the byte, and shrinking is always free")
    func exact() {
        var machine = Machine()
        machine.apply(.raiseFeatureLevel(to: 2))
        machine.setQuota(20)
        #expect(machine.apply(.put("/a", value: "12345678")).refusal == nil)
        let full = Refusal.quotaExceeded(byteCount: 10, quotaByteCount: 20)
        #expect(machine.apply(.put("/b", value: "123456789")).refusal == full)
        #expect(machine.apply(.put("/a", value: String(repeating: "x", count: 19))).refusal == full)
        #expect(machine.apply(.put("/a", value: String(repeating: "x", count: 18))).refusal == nil)
        machine.setQuota(5)
        let over = Refusal.quotaExceeded(byteCount: 20, quotaByteCount: 5)
        #expect(machine.apply(.put("/a", value: String(repeating: "x", count: 19))).refusal == over)
        // The same length, and a shorter one that is still beyond it.
        #expect(machine.apply(.put("/a", value: String(repeating: "y", count: 18))).refusal == nil)
        #expect(machine.apply(.put("/a", value: "1234567")).refusal == nil)
        machine.setQuota(0)
        #expect(machine.apply(.put("/b", value: String(repeating: "x", count: 99))).refusal == nil)
    }

    @Test("what is no write of keys goes on")
    func others() {
        var machine = Machine()
        machine.apply(.raiseFeatureLevel(to: 2))
        machine.apply(.put("/a", value: "1234567890"))
        machine.setQuota(1)
        #expect(machine.apply(.grantLease(nil, timeToLiveMilliseconds: 60_000)).lease != nil)
        let own = LockRequest.Ownership.own(timeToLiveMilliseconds: 60_000)
        #expect(machine.apply(.acquire(lock("l"), ownership: own)).grant != nil)
        let leader = machine.apply(.acquire(election("e"), ownership: own)).grant
        let token = leader?.token ?? FencingToken(rawValue: 0)
        let word = bytes("a longer word than there was")
        let proclamation = Command.proclaim(election: bytes("e"), token: token, value: word)
        #expect(machine.apply(proclamation).refusal == nil)
        #expect(machine.apply(.delete("/a")).refusal == nil)
    }

    @Test("a refusal makes no lease, takes no child's number and is not kept for a retry")
    func untouched() throws {
        var machine = Machine()
        machine.apply(.raiseFeatureLevel(to: 2))
        machine.setQuota(30)
        machine.apply(.put("/a", value: String(repeating: "x", count: 28)))
        let hash = machine.keyspace.store.hash
        let own = LeaseAttachment.own(timeToLiveMilliseconds: 60_000)
        let put = Command.put("/b", value: "v", lease: own)
        #expect(machine.apply(put, key: "k").refusal != nil)
        let child = Command.createChild(parent: path("/q"), value: bytes("v"), lease: own)
        #expect(machine.apply(child).refusal != nil)
        #expect(machine.keyspace.store.hash == hash && machine.keyspace.leaseCount == 0)
        machine.apply(.delete("/a"))
        #expect(machine.apply(put, key: "k").putResult != nil)
        guard case .created(let key, _) = machine.apply(child) else {
            Issue.record("no child")
            return
        }
        #expect(key == path("/q/0000000001"))
        try machine.restartTwin()
    }

    @Test("without a quota the state has the bytes and the hash from before there were any")
    func encoding() {
        var settings = ClusterSettings()
        settings.areSet = true
        var bytes: [UInt8] = []
        bytes.append(settings)
        #expect(bytes.first == 1)
        var before: [UInt8] = [1]
        for name in SettingsChange.Name.allCases where name != .quotaByteCount {
            before.append(varint: settings[name])
        }
        #expect(bytes == before)
        var item = StableHash(seed: SessionStateHashSeed.settings)
        for name in SettingsChange.Name.allCases where name != .quotaByteCount {
            item.combine(settings[name])
        }
        #expect(StateHash(settings) == StateHash(item))
        settings.quotaByteCount = 1
        #expect(StateHash(settings) != StateHash(item))
        var withQuota: [UInt8] = []
        withQuota.append(settings)
        #expect(withQuota == [2] + before.dropFirst() + [1])
        // A quota that is told is one.
        var reader = ByteReader([2] + before.dropFirst() + [0])
        #expect(throws: DecodingError.self) { try reader.readSettings() }
    }
}

extension StateHash {
    fileprivate init(_ item: StableHash) {
        self.init()
        add(item)
    }

    fileprivate init(_ settings: ClusterSettings) {
        self.init()
        if let item = settings.stateItem { add(item) }
    }
}

extension Machine {
    fileprivate mutating func setQuota(_ byteCount: UInt64) {
        let item = SettingsChange.Item(.quotaByteCount, value: byteCount)
        apply(.changeSettings(SettingsChange([item], occasion: .always)))
    }
}

/// A machine whose every command is tried without a quota before.
private struct QuotaMachine {
    var machine = {
        var machine = Machine()
        machine.apply(.raiseFeatureLevel(to: 2))
        return machine
    }()
    private var quota: UInt64 = 0
    /// Whether the last command grew the data.
    private(set) var grew = false

    /// Counted anew, key by key, those of locks and elections included.
    var byteCount: Int { Self.byteCount(of: machine.keyspace) }

    private static func byteCount(of keyspace: Keyspace) -> Int {
        var sum = 0
        for range in [KeyRange.all, .subtree(.reserved)] {
            for item in (try? keyspace.store.list(range))?.items ?? [] {
                sum += item.record.map { $0.key.bytes.count + $0.value.count } ?? 0
            }
        }
        return sum
    }

    mutating func setQuota(_ byteCount: UInt64) {
        quota = byteCount
        machine.setQuota(byteCount)
    }

    /// Whether the quota refused it, which it has to where the command would grow the data beyond.
    mutating func check(_ command: Command) -> Bool {
        let before = byteCount
        let hash = machine.keyspace.store.hash
        let leaseCount = machine.keyspace.leaseCount
        var free = machine.keyspace
        free.settings.quotaByteCount = 0
        let time = ClusterTime(rawValue: machine.time)
        let applied = free.apply(index: machine.index + 1, time: time, request: Request(command))
        let after = Self.byteCount(of: free)
        let isRefused =
            command.isBounded && quota > 0 && after > before && after > Int(quota)
        let outcome = machine.apply(command)
        grew = after > before
        let refusal = Refusal.quotaExceeded(byteCount: UInt64(before), quotaByteCount: quota)
        // A lease that is over is found after that.
        let isBoth = applied.answer?.outcome.refusal != nil && outcome.refusal == refusal
        if isRefused || isBoth {
            #expect(outcome.refusal == refusal, "\(command)")
            #expect(machine.keyspace.store.hash == hash, "\(command)")
            #expect(machine.keyspace.leaseCount == leaseCount && machine.last.events.isEmpty)
        } else {
            #expect(outcome == applied.answer?.outcome, "\(command)")
            #expect(machine.keyspace.store.hash == free.store.hash, "\(command)")
        }
        #expect(machine.keyspace.store.byteCount == byteCount)
        return isRefused
    }
}

extension Command {
    fileprivate var word: String {
        switch self {
        case .put: "put"
        case .createChild: "child"
        case .transaction: "transaction"
        case .writeTree: "tree"
        default: "other"
        }
    }

    /// Whether the quota is about it.
    fileprivate var isBounded: Bool { word != "other" }
}

/// Commands on a few keys that come and go, grow and shrink.
private struct RandomHistory {
    private var chance: SplitMix64

    init(seed: UInt64) { chance = SplitMix64(seed: seed) }

    mutating func number(below bound: UInt64) -> UInt64 {
        UInt64.random(in: 0..<bound, using: &chance)
    }

    /// Around what there is; at times none.
    mutating func quota(near byteCount: Int) -> UInt64 {
        if number(below: 8) == 0 { return 0 }
        return UInt64(max(1, byteCount + Int(number(below: 120)) - 40))
    }

    private mutating func key() -> Key {
        path(number(below: 3) == 0 ? "/t/\(number(below: 4))" : "/k/\(number(below: 5))")
    }

    private mutating func value() -> [UInt8] {
        [UInt8](repeating: UInt8(number(below: 3)), count: Int(number(below: 30)))
    }

    private mutating func condition(on key: Key, in keyspace: Keyspace) -> KeyCondition {
        switch number(below: 6) {
        case 0: .exists
        case 1: .absent
        case 2: .modRevision(keyspace.store.lastChange(of: key))
        default: .none
        }
    }

    private mutating func attachment() -> LeaseAttachment {
        switch number(below: 4) {
        case 0: .own(timeToLiveMilliseconds: 1_000)
        case 1: .lease(LeaseID(rawValue: number(below: 40)))
        default: .none
        }
    }

    mutating func command(_ keyspace: Keyspace) -> Command {
        let key = key()
        switch number(below: 12) {
        case 0...3:
            return .put(
                Put(
                    key: key,
                    value: value(),
                    lease: attachment(),
                    condition: condition(on: key, in: keyspace)
                )
            )
        case 4: return .createChild(parent: path("/q"), value: value(), lease: attachment())
        case 5: return .delete(range(), condition: .none)
        case 6...8: return .transaction(transaction(depth: 1))
        case 9: return .writeTree(tree())
        case 10: return .grantLease(nil, timeToLiveMilliseconds: 1_000)
        default:
            return .acquire(
                lock("l\(number(below: 3))"),
                ownership: .own(timeToLiveMilliseconds: 1_000),
                owner: "somebody"
            )
        }
    }

    private mutating func range() -> KeyRange {
        switch number(below: 4) {
        case 0: .subtree(path("/t"))
        case 1: .subtree(path("/q"))
        default: .key(key())
        }
    }

    private mutating func transaction(depth: Int) -> Transaction {
        let key = key()
        let exists = Transaction.Target.exists(number(below: 2) == 0)
        return Transaction(
            compares: [.init(.key(key), comparison: .equal, target: exists)],
            then: operations(depth: depth),
            otherwise: operations(depth: depth)
        )
    }

    private mutating func operations(depth: Int) -> [Transaction.Operation] {
        (0..<number(below: 4)).map { _ in
            switch number(below: depth < 3 ? 6 : 5) {
            case 0: .delete(range())
            case 1: .get(RangeQuery(.subtree(path("/k"))))
            case 2:
                .put(
                    Transaction.PutOperation(
                        key: key(),
                        value: .kept,
                        lease: number(below: 2) == 0 ? .kept : .none,
                        returnsPrevious: true
                    )
                )
            case 5: .transaction(transaction(depth: depth + 1))
            default: .put(key: key(), value: value(), lease: nil)
            }
        }
    }

    private mutating func tree() -> TreeWrite {
        let edits = (0..<number(below: 4)).map { _ -> TreeWrite.Edit in
            let key = path("/t/\(number(below: 4))")
            switch number(below: 4) {
            case 0: return .removal(key)
            case 1: return .leaf(key, value())
            default: return .value(key, value())
            }
        }
        let mode: TreeWrite.Mode = number(below: 2) == 0 ? .replace : .merge
        return TreeWrite(root: path("/t"), edits: edits, mode: mode, condition: .none)
    }
}
