import Bytes

@testable import Keyspace

/// A keyspace and the model of its history under the same requests.
struct RangeScenario {
    var keyspace = Keyspace()
    var model = HistoryModel()
    var words: RandomQuery
    private var index: UInt64 = 0
    private var time: UInt64 = 1_000
    private static let offset: Int64 = 1_700_000_000_000
    /// How often each kind of end was met.
    private(set) var tally = Tally()

    struct Tally {
        var carriedOut = 0
        var nested = 0
        var otherwise = 0
        var refused = 0
        var changedTwice = 0
        var records = 0
        var cut = 0
        var overBudget = 0
        var unreadable = 0
    }

    /// With two leases of chosen ids, a wall clock, a record of the service's own, and some keys.
    init(seed: UInt64) {
        words = RandomQuery(seed: seed)
        apply(Request(.setWallClock(offsetMilliseconds: Self.offset)))
        for lease in RandomQuery.leases.prefix(2) {
            apply(Request(.grantLease(lease, timeToLiveMilliseconds: 9_000_000_000_000)))
        }
        apply(Request(.acquire(lock("l"), ownership: .lease(lease(7)), owner: "me")))
        model.begin(Provenance(modified: wallTime))
        model.put(lock("l").recordKey(of: lease(7)), value: bytes("me"), lease: lease(7))
        model.commit()
        for key in RandomQuery.keys where words.number(below: 2) == 0 {
            let value = words.value()
            apply(Request(.put(Put(key: key, value: value, lease: .none, condition: .none))))
            model.begin(Provenance(modified: wallTime))
            model.put(key, value: value, lease: nil)
            model.commit()
        }
    }

    private var wallTime: WallTime { WallTime(rawValue: time + UInt64(Self.offset)) }

    @discardableResult
    private mutating func apply(_ request: Request) -> Applied {
        index += 1
        time += UInt64(index % 3)
        words.newest = model.revision.rawValue
        return keyspace.apply(index: index, time: ClusterTime(rawValue: time), request: request)
    }

    /// Forgets history, half of it.
    mutating func compact() {
        let revision = Revision(rawValue: (model.revision.rawValue + 1) / 2)
        guard revision.rawValue > model.compactRevision else { return }
        apply(Request(.compact(revision)))
        model.compactRevision = revision.rawValue
        // How often children of a key that is gone came and went is forgotten with it.
        words.comparesChildren = false
    }

    /// Runs a random transaction on both.
    ///
    /// - Returns: what differs; nil where they agree.
    mutating func transact() -> String? {
        words.newest = model.revision.rawValue
        let transaction = words.transaction()
        let asker = caller(words.number(below: 2) == 0 ? "ann" : "")
        let note = words.number(below: 3) == 0 ? bytes("why") : []
        let applied = apply(Request(.transaction(transaction), caller: asker, note: note))
        let verdict = model.run(
            transaction,
            leases: Set(RandomQuery.leases.prefix(2)),
            operationCountMax: Int(keyspace.settings.transactionOperationCountMax),
            marks: Provenance(modified: wallTime, author: asker.author, note: note)
        )
        let isAgreed: Bool
        var events: [Event] = []
        switch (applied.answer?.outcome, verdict) {
        case (.transaction(let result)?, .result(let expected)):
            isAgreed = result == expected
            events = model.changes
            tally.carriedOut += 1
            tally.otherwise += result.branch == .otherwise ? 1 : 0
            tally.nested += result.results.count {
                if case .transaction = $0 { true } else { false }
            }
        case (.refused(let refusal)?, .refused(let expected)):
            isAgreed = refusal == expected
            tally.refused += 1
        case (.refused(.duplicatePut(let key))?, .changedTwice(let keys)):
            isAgreed = keys.contains(key)
            tally.changedTwice += 1
        default: isAgreed = false
        }
        guard isAgreed else {
            return "\(transaction)\n\(String(describing: applied.answer))\n\(verdict)"
        }
        guard applied.events == events else {
            return "\(transaction)\n\(applied.events)\n\(events)"
        }
        return difference
    }

    /// What differs in the state as it is.
    private var difference: String? {
        let records = model.current.filter { !HistoryModel.isReserved($0.key.bytes) }
        let listed = (try? keyspace.store.list(.all))?.items.compactMap(\.record)
        if listed != records { return "the state is \(String(describing: listed))" }
        if keyspace.store.revision != model.revision { return "\(keyspace.store.revision)" }
        for id in RandomQuery.leases {
            let keys = keyspace.keys(of: id, after: nil, countMax: .max)
            if keys != records.filter({ $0.lease == id }).map(\.key) { return "lease \(id)" }
        }
        return nil
    }

    /// Reads by a random query from both, within a random budget.
    ///
    /// - Returns: what differs; nil where they agree.
    mutating func read() -> String? {
        words.newest = model.revision.rawValue
        let query = words.query()
        let recordCountMax = words.pick([.max, .max, .max, 1, 3], else: .max)
        let byteCountMax = words.pick([.max, .max, .max, 3, 12], else: .max)
        var budget = TransactionBudget(recordCount: recordCountMax, byteCount: byteCountMax)
        let found = Result<RangeResult, Refusal> { () throws(Refusal) in
            try keyspace.store.read(query, budget: &budget)
        }
        let expected = Result<RangeResult, Refusal> { () throws(Refusal) in
            let all: RangeResult
            do throws(ReadRefusal) { all = try model.read(query) } catch { throw Refusal(error) }
            let byteCount = all.records.reduce(0) { $0 + $1.key.bytes.count + $1.value.count }
            let fits = all.records.count <= recordCountMax && byteCount <= byteCountMax
            guard fits else {
                throw .resultTooLarge(byteCountMax: UInt64(Transaction.resultByteCountMax))
            }
            return all
        }
        guard found == expected else { return "\(query)\n\(found)\n\(expected)" }
        switch found {
        case .failure(.resultTooLarge): tally.overBudget += 1
        case .success(let result):
            tally.records += result.records.count
            tally.cut += result.hasMore ? 1 : 0
        case .failure: tally.unreadable += 1
        }
        if (try? keyspace.store.tag(of: query.range)) != model.tag(of: query.range) {
            return "tag of \(query.range)"
        }
        return nil
    }
}
