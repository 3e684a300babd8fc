package import Keyspace

/// What the quota must have let through and refused, found from the commands that set it and the
/// changes that members showed.
///
/// It counts the bytes of keys and values itself, key by key. The quota is known only as long as no
/// entry is missing, and again after the next command that sets it.
package struct QuotaReplay: Sendable {
    /// What a client was told with a refusal.
    package struct Told: Hashable, Sendable {
        /// The store's.
        package let revision: UInt64
        /// Of keys and values.
        package let byteCount: UInt64
        package let quota: UInt64

        package init(revision: UInt64, byteCount: UInt64, quota: UInt64) {
            self.revision = revision
            self.byteCount = byteCount
            self.quota = quota
        }
    }

    private struct Committed: Sendable {
        let index: UInt64
        /// One that members of every level know, or that of the quota.
        let settings: SettingsChange?
        /// To which the feature level rises with it.
        var level: UInt64?
    }

    private struct Refusal: Sendable {
        let command: Command?
        let told: Told
    }

    /// How many changes that grew the data were held against the quota.
    package private(set) var growthCount = 0
    /// How many refusals were held against what there was.
    package private(set) var refusalCount = 0
    private var committed: [Committed] = []
    private var changes: [ValueChange] = []
    private var refusals: [Refusal] = []

    /// Nothing was committed.
    package init() {}

    /// An entry is committed; any order will do.
    package mutating func committed(index: UInt64, request: Request?) {
        switch request?.command {
        case .changeSettings(let change):
            committed.append(Committed(index: index, settings: change))
        case .raiseFeatureLevel(let level):
            committed.append(Committed(index: index, settings: nil, level: level))
        default: committed.append(Committed(index: index, settings: nil))
        }
    }

    /// A member was the first to show the change, the next of all.
    package mutating func applied(
        _ event: Event,
        at index: UInt64,
        from source: CommandReplay.Source
    ) {
        changes.append(ValueChange(event, at: index, from: source))
    }

    /// A client was told that there is no room.
    package mutating func refused(_ command: Command?, told: Told) {
        refusals.append(Refusal(command: command, told: told))
    }

    /// What is wrong with all of it, where the data began with nothing.
    ///
    /// - Complexity: O(*n* log *n*)
    package mutating func check() -> [Finding] {
        let quotas = QuotaHistory(committed.map { ($0.index, $0.settings, $0.level) })
        var pending = refusals.sorted { $0.told.revision < $1.told.revision }[...]
        var findings: [Finding] = []
        var data = KnownData()
        var rest = changes[...]
        while let first = rest.first {
            findings += judge(&pending, before: first.revision, with: data)
            let changes = rest.prefix { $0.revision == first.revision }
            rest = rest.dropFirst(changes.count)
            let growth = data.take(changes)
            if growth == .clients, let quota = first.index.flatMap(quotas.quota(at:)) {
                growthCount += 1
                if quota > 0, data.byteCount > quota {
                    findings.append(.quotaExceeded(revision: first.revision))
                }
            }
        }
        return findings + judge(&pending, before: .max, with: data)
    }

    /// Takes the refusals that were told before that revision, and finds those that the data of then
    /// does not explain.
    private mutating func judge(
        _ pending: inout ArraySlice<Refusal>,
        before revision: UInt64,
        with data: KnownData
    ) -> [Finding] {
        let told = pending.prefix { $0.told.revision < revision }
        pending = pending.dropFirst(told.count)
        refusalCount += told.count
        return told.filter { !data.explains($0.told, of: $0.command) }
            .map { .roomRefused(revision: $0.told.revision) }
    }
}

/// The quota in force at each entry.
private struct QuotaHistory {
    /// From which entry on which quota was in force; nil where that is not known.
    private var spans: [(index: UInt64, quota: UInt64?)] = [(0, 0)]

    init(_ entries: [(index: UInt64, settings: SettingsChange?, level: UInt64?)]) {
        var last: UInt64 = 0
        var isSet: Bool? = false
        // It never falls, and below the second all members refuse a quota.
        var level: UInt64? = 1
        for entry in entries.sorted(by: { $0.index < $1.index }) where entry.index > last {
            if entry.index > last + 1 {
                spans.append((last + 1, nil))
                isSet = nil
                if level == 1 { level = nil }
            }
            last = entry.index
            if let risen = entry.level { level = max(level ?? 1, risen) }
            guard let change = entry.settings else { continue }
            if change.featureLevel > level ?? .max { continue }
            if level == nil, change.featureLevel > 1 {
                spans.append((entry.index + 1, nil))
                isSet = nil
                continue
            }
            let quota = change.items.first { $0.name == .quotaByteCount }?.value
            switch (change.occasion, isSet) {
            case (.always, _), (.whileUnset, false):
                if let quota { spans.append((entry.index + 1, quota)) }
                isSet = true
            case (.whileUnset, true): continue
            case (.whileUnset, nil):
                if quota != nil { spans.append((entry.index + 1, nil)) }
            }
        }
        spans.append((last + 1, nil))
    }

    /// nil where it is not known.
    func quota(at index: UInt64) -> UInt64? {
        var low = 0
        var high = spans.count
        while low < high {
            let middle = low + (high - low) / 2
            if spans[middle].index <= index { low = middle + 1 } else { high = middle }
        }
        return spans[low - 1].quota
    }
}

/// The keys in force with the lengths of their values.
private struct KnownData {
    private var lengths: [Key: Int] = [:]
    private(set) var byteCount = 0

    /// What the changes of one revision did to the size of the data.
    enum Growth {
        /// It grew by what a client wrote, which a quota bounds.
        case clients
        /// It did not grow, or by what the service itself keeps.
        case free
    }

    mutating func take(_ changes: ArraySlice<ValueChange>) -> Growth {
        let before = byteCount
        for change in changes { take(change.key, byteCount: change.byteCount) }
        let isClients = changes.contains { !$0.key.isReserved && $0.byteCount != nil }
        return isClients && byteCount > before ? .clients : .free
    }

    private mutating func take(_ key: Key, byteCount length: Int?) {
        byteCount -= size(of: key)
        lengths[key] = length
        byteCount += size(of: key)
    }

    private func size(of key: Key) -> Int { lengths[key].map { key.bytes.count + $0 } ?? 0 }

    /// Whether that refusal is right as far as can be said: of a put it is known exactly, of others
    /// at most, what it would have grown.
    func explains(_ told: QuotaReplay.Told, of command: Command?) -> Bool {
        guard told.byteCount == UInt64(byteCount), told.quota > 0 else { return false }
        guard let command else { return true }
        let growth = growthMax(of: command)
        return growth > 0 && UInt64(byteCount + growth) > told.quota
    }

    private func growthMax(of command: Command) -> Int {
        switch command {
        case .put(let put): put.key.bytes.count + put.value.count - size(of: put.key)
        case .createChild(let parent, let value, _): parent.bytes.count + 21 + value.count
        case .transaction(let transaction): Self.sizeMax(of: transaction)
        case .writeTree(let write):
            write.edits.reduce(0) { sum, edit in
                switch edit {
                case .value(let key, let value), .leaf(let key, let value):
                    sum + key.bytes.count + value.count
                case .directory, .removal, .valueRemoval: sum
                }
            }
        default: 0
        }
    }

    private static func sizeMax(of transaction: Transaction) -> Int {
        max(sizeMax(of: transaction.then), sizeMax(of: transaction.otherwise))
    }

    private static func sizeMax(of operations: [Transaction.Operation]) -> Int {
        operations.reduce(0) { sum, operation in
            switch operation {
            case .put(let put):
                if case .bytes(let value) = put.value {
                    sum + put.key.bytes.count + value.count
                } else {
                    sum
                }
            case .transaction(let nested): sum + sizeMax(of: nested)
            case .get, .delete: sum
            }
        }
    }
}
