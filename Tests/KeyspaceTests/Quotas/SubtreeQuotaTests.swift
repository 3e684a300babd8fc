import Bytes
import Testing

@testable import Keyspace

/// Docs/operations.md: quotas of subtrees.
@Suite("Quotas of subtrees")
struct SubtreeQuotaTests {
    private func machine() -> Machine {
        var machine = Machine()
        machine.apply(.raiseFeatureLevel(to: FeatureLevel.newest))
        return machine
    }

    @discardableResult
    private func set(
        _ text: String,
        keys: UInt64? = nil,
        bytes: UInt64? = nil,
        on machine: inout Machine
    ) -> Outcome {
        let quota = SubtreeQuota(keyCountMax: keys, byteCountMax: bytes)
        return machine.apply(.changeQuota(.set(path(text), quota)))
    }

    private func full(
        _ text: String,
        _ measure: SubtreeQuota.Excess.Measure,
        _ used: UInt64,
        of quota: UInt64
    ) -> Refusal {
        .subtreeFull(path(text), .init(of: measure, used: used, quota: quota))
    }

    @Test("a quota is set, changed, told with what there is, and removed")
    func changes() throws {
        var machine = machine()
        machine.apply(.put("/a/x", value: "12"))
        machine.apply(.put("/ab", value: "12"))
        machine.apply(.put("/a", value: "1"))
        let standing = QuotaStanding(
            path: path("/a"),
            quota: SubtreeQuota(keyCountMax: 1, byteCountMax: nil),
            used: SubtreeSize(keyCount: 2, byteCount: 9)
        )
        #expect(set("/a", keys: 1, on: &machine) == .quotaChanged(standing))
        #expect(machine.keyspace.quota(of: path("/a")) == standing)
        machine.apply(.delete("/a/x"))
        set("/a", bytes: 100, on: &machine)
        #expect(machine.keyspace.quota(of: path("/a"))?.used.keyCount == 1)
        #expect(machine.keyspace.quota(of: path("/a"))?.quota.keyCountMax == nil)
        set("/b/c", keys: 0, on: &machine)
        #expect(
            machine.keyspace.quotas(after: nil, countMax: 9).map(\.path)
                == ["/a", "/b/c"].map(path)
        )
        #expect(machine.keyspace.quotas(after: path("/a"), countMax: 9).count == 1)
        try machine.restartTwin()
        #expect(machine.apply(.changeQuota(.remove(path("/b/c")))) == .quotaChanged(nil))
        let absent = machine.apply(.changeQuota(.remove(path("/b/c"))))
        #expect(absent.refusal == .notFound(.quota))
        #expect(machine.apply(.put("/b/c", value: "")).refusal == nil)
    }

    @Test("what is no quota is refused alike as bytes and as a value")
    func malformed() {
        var machine = machine()
        for change in [
            .set(path("/a"), SubtreeQuota(keyCountMax: nil, byteCountMax: nil)),
            .set(path("/a"), SubtreeQuota(keyCountMax: 1 << 53, byteCountMax: nil)),
            .set(path("/.roost"), SubtreeQuota(keyCountMax: 1, byteCountMax: nil)),
            .set(path("/.roost/x"), SubtreeQuota(keyCountMax: 1, byteCountMax: nil)),
            .set(path("/a/"), SubtreeQuota(keyCountMax: 1, byteCountMax: nil)),
            .set(Key(unchecked: [0xFF]), SubtreeQuota(keyCountMax: 1, byteCountMax: nil)),
            .remove(path("a")),
        ] as [QuotaChange] {
            #expect(machine.apply(.changeQuota(change)).refusal == .malformed, "\(change)")
        }
        var young = Machine()
        #expect(set("/a", keys: 1, on: &young).refusal == .malformed, "below the fourth level")
    }

    @Test("each way to write is refused to the key and the byte, and no other")
    func exact() throws {
        var machine = machine()
        set("/q", keys: 2, bytes: 20, on: &machine)
        machine.apply(.put("/q/a", value: "123"))
        let bytes = full("/q", .bytes, 7, of: 20)
        #expect(machine.apply(.put("/q/b", value: "1234567890")).refusal == bytes)
        #expect(machine.apply(.put("/q/b", value: "123456789")).refusal == nil)
        let keys = full("/q", .keys, 2, of: 2)
        #expect(machine.apply(.put("/q/c", value: "")).refusal == keys)
        let child = Command.createChild(parent: path("/q"), value: [], lease: .none)
        #expect(machine.apply(child).refusal == keys)
        #expect(machine.apply(.transaction(put("/q/c"))).refusal == keys)
        #expect(machine.apply(.transaction(nested(put("/q/c")))).refusal == keys)
        #expect(machine.apply(.writeTree(tree(["/q/c": ""]))).refusal == keys)
        // What does not grow, and what goes as others come.
        #expect(machine.apply(.put("/q/b", value: "987654321")).refusal == nil)
        #expect(
            machine.apply(.put("/q/b", value: "9876543210")).refusal
                == full("/q", .bytes, 20, of: 20)
        )
        let exchange = Transaction(
            compares: [],
            then: [
                .delete(.key(path("/q/a"))), .put(key: path("/q/c"), value: [0], lease: nil),
            ],
            otherwise: []
        )
        #expect(machine.apply(.transaction(exchange)).refusal == nil)
        #expect(machine.apply(.writeTree(tree(["/q/d": "", "/q/e": ""]))).refusal == nil)
        #expect(machine.keyspace.quota(of: path("/q"))?.used.keyCount == 2)
        // Outside, and of a name that only begins alike.
        #expect(machine.apply(.put("/qq", value: "123456789012345678901")).refusal == nil)
        #expect(machine.apply(.put("/p/q/x", value: "")).refusal == nil)
        machine.apply(.deleteSubtree("/q"))
        #expect(machine.apply(child).refusal == nil)
        try machine.restartTwin()
    }

    @Test("of quotas within each other all count, the outermost first")
    func nestedQuotas() throws {
        var machine = machine()
        set("/", keys: 4, on: &machine)
        set("/a", keys: 3, on: &machine)
        set("/a/b", keys: 1, on: &machine)
        machine.apply(.put("/a/b/x"))
        #expect(machine.apply(.put("/a/b/y")).refusal == full("/a/b", .keys, 1, of: 1))
        machine.apply(.put("/a/x"))
        machine.apply(.put("/a"))
        #expect(machine.apply(.put("/a/b/y")).refusal == full("/a", .keys, 3, of: 3))
        machine.apply(.put("/z"))
        #expect(machine.apply(.put("/a/b/y")).refusal == full("/", .keys, 4, of: 4))
        #expect(machine.apply(.put("/a/b/x", value: "longer")).refusal == nil)
        // Keys that are no paths lie below what they begin with; those without a slash below nothing.
        let odd = Put(key: Key(unchecked: bytes("/a//")), value: [], lease: .none, condition: .none)
        #expect(machine.apply(.put(odd)).refusal == full("/", .keys, 4, of: 4))
        machine.apply(.changeQuota(.remove(.root)))
        #expect(machine.apply(.put(odd)).refusal == full("/a", .keys, 3, of: 3))
        let free = Put(key: Key(unchecked: bytes("a/b")), value: [], lease: .none, condition: .none)
        #expect(machine.apply(.put(free)).refusal == nil)
        try machine.restartTwin()
    }

    @Test("the records of locks, and leases, are not bounded; a lease's end makes room")
    func others() throws {
        var machine = machine()
        set("/", keys: 1, bytes: 8, on: &machine)
        let own = LockRequest.Ownership.own(timeToLiveMilliseconds: 60_000)
        #expect(machine.apply(.acquire(lock("l"), ownership: own)).grant != nil)
        #expect(machine.keyspace.quota(of: .root)?.used.keyCount == 0)
        machine.apply(.put("/k", value: "v", lease: .own(timeToLiveMilliseconds: 1_000)))
        #expect(machine.apply(.put("/other")).refusal == full("/", .keys, 1, of: 1))
        machine.pass(2_000)
        machine.pass(1)
        #expect(machine.apply(.put("/other", value: "12")).refusal == nil)
        try machine.restartTwin()
    }

    @Test("a refusal makes no lease, takes no child's number and is not kept for a retry")
    func untouched() throws {
        var machine = machine()
        set("/q", keys: 0, on: &machine)
        let hash = machine.keyspace.store.hash
        let own = LeaseAttachment.own(timeToLiveMilliseconds: 60_000)
        let put = Command.put("/q/b", value: "v", lease: own)
        #expect(machine.apply(put, key: "k").refusal != nil)
        let child = Command.createChild(parent: path("/q"), value: bytes("v"), lease: own)
        #expect(machine.apply(child).refusal != nil)
        #expect(machine.keyspace.store.hash == hash && machine.keyspace.leaseCount == 0)
        machine.apply(.changeQuota(.remove(path("/q"))))
        #expect(machine.apply(put, key: "k").putResult != nil)
        guard case .created(let key, _) = machine.apply(child) else {
            Issue.record("no child")
            return
        }
        #expect(key == path("/q/0000000001"))
    }

    @Test("there are so many quotas and no more")
    func bound() throws {
        var machine = machine()
        for number in 0..<SubtreeQuota.countMax {
            set("/team/\(number)", keys: 1, on: &machine)
        }
        #expect(machine.keyspace.quotaCount == SubtreeQuota.countMax)
        let most = Refusal.tooManyQuotas(countMax: UInt64(SubtreeQuota.countMax))
        #expect(set("/one/more", keys: 1, on: &machine).refusal == most)
        guard case .quotaChanged = set("/team/7", bytes: 9, on: &machine) else {
            Issue.record("one that there is may be changed")
            return
        }
        try machine.restartTwin()
    }

    @Test("a snapshot with quotas that cannot be is refused")
    func snapshots() {
        var machine = machine()
        set("/a", keys: 1, on: &machine)
        var decoder = SessionStateDecoder()
        var position: [UInt8] = [SessionStateTag.position.rawValue, 1, 1, 4, 0]
        position[3] = UInt8(FeatureLevel.newest)
        var reader = ByteReader(position)
        #expect(throws: Never.self) { try decoder.decodeItem(&reader, format: .sixth) }
        func item(_ text: String, _ bounds: [UInt8]) -> [UInt8] {
            [SessionStateTag.quota.rawValue, UInt8(text.utf8.count)] + bytes(text) + bounds
        }
        for (bytes, format) in [
            (item("/a", [1, 5, 0]), SnapshotFormat.fifth), (item("/a", [0, 0]), .sixth),
            (item("/.roost/a", [1, 5, 0]), .sixth), (item("a", [1, 5, 0]), .sixth),
            (item("/a", [2, 5, 0]), .sixth), (item("/a", [1, 5]), .sixth),
        ] {
            var reader = ByteReader(bytes)
            #expect(throws: DecodingError.self, "\(bytes)") {
                try decoder.decodeItem(&reader, format: format)
            }
        }
        for (text, isTaken) in [("/b", true), ("/b", false), ("/a", false), ("/c", true)] {
            var reader = ByteReader(item(text, [1, 5, 0]))
            let taken = (try? decoder.decodeItem(&reader, format: .sixth)) != nil
            #expect(taken == isTaken, "paths rise: \(text)")
        }
    }

    // MARK: - Words

    private func put(_ key: String) -> Transaction {
        Transaction(
            compares: [],
            then: [.put(key: path(key), value: [], lease: nil)],
            otherwise: []
        )
    }

    private func nested(_ transaction: Transaction) -> Transaction {
        Transaction(compares: [], then: [.transaction(transaction)], otherwise: [])
    }

    private func tree(_ values: [String: String]) -> TreeWrite {
        let edits = values.sorted { $0.key < $1.key }.map {
            TreeWrite.Edit.value(path($0.key), bytes($0.value))
        }
        let isReplacement = values.count > 1
        return TreeWrite(
            root: path("/q"),
            edits: edits,
            mode: isReplacement ? .replace : .merge,
            condition: .none
        )
    }
}
