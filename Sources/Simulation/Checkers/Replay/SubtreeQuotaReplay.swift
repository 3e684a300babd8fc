package import Keyspace

/// What quotas of subtrees must have let through and refused, found from the commands that set them
/// and the changes that members showed.
///
/// It counts keys and bytes below each path itself. A quota is known only as long as no entry is
/// missing, and again after the next command that sets or removes it.
package struct SubtreeQuotaReplay: Sendable {
    /// What a client was told with a refusal.
    package struct Told: Hashable, Sendable {
        /// The store's.
        package let revision: UInt64
        package let path: Key
        package let excess: SubtreeQuota.Excess

        package init(revision: UInt64, path: Key, excess: SubtreeQuota.Excess) {
            self.revision = revision
            self.path = path
            self.excess = excess
        }
    }

    fileprivate struct Committed: Sendable {
        let index: UInt64
        let change: QuotaChange?
        /// To which the feature level rises with it.
        let level: UInt64?
    }

    private struct Refusal: Sendable {
        let command: Command?
        let told: Told
    }

    /// How many changes that grew a subtree were held against its quota.
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
        var (change, level): (QuotaChange?, UInt64?) = (nil, nil)
        switch request?.command {
        case .changeQuota(let changed): change = changed
        case .raiseFeatureLevel(let raised): level = raised
        default: break
        }
        committed.append(Committed(index: index, change: change, level: level))
    }

    /// A member was the first to show the change, the next of all.
    package mutating func applied(
        _ event: Event,
        at index: UInt64,
        from source: CommandReplay.Source
    ) {
        guard !event.key.isReserved else { return }
        changes.append(ValueChange(event, at: index, from: source))
    }

    /// A client was told that there is no room.
    package mutating func refused(_ command: Command?, told: Told) {
        refusals.append(Refusal(command: command, told: told))
    }

    /// What is wrong with all of it, where the data began with nothing.
    ///
    /// - Complexity: O(*n* · paths)
    package mutating func check() -> [Finding] {
        let quotas = SubtreeQuotaHistory(committed)
        var pending = refusals.sorted { $0.told.revision < $1.told.revision }[...]
        var findings: [Finding] = []
        var data = SubtreeSizes(of: quotas.paths + refusals.map(\.told.path))
        var rest = changes[...]
        while let first = rest.first {
            findings += judge(&pending, before: first.revision, with: data)
            let changes = rest.prefix { $0.revision == first.revision }
            rest = rest.dropFirst(changes.count)
            let before = data
            data.take(changes)
            guard let index = first.index, changes.contains(where: { $0.byteCount != nil }) else {
                continue
            }
            for path in quotas.paths {
                guard let quota = quotas.quota(of: path, at: index) else { continue }
                growthCount += 1
                if quota.isExceeded(by: data[path], since: before[path]) {
                    findings.append(.subtreeExceeded(revision: first.revision))
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
        with data: SubtreeSizes
    ) -> [Finding] {
        let told = pending.prefix { $0.told.revision < revision }
        pending = pending.dropFirst(told.count)
        refusalCount += told.count
        return told.filter { !data.explains($0.told, of: $0.command) }
            .map { .subtreeRefused(revision: $0.told.revision) }
    }
}

extension SubtreeQuota {
    fileprivate func isExceeded(by after: SubtreeSize, since before: SubtreeSize) -> Bool {
        func grew(to now: Int, from then: Int, beyond most: UInt64?) -> Bool {
            most.map { now > then && UInt64(now) > $0 } ?? false
        }
        return grew(to: after.keyCount, from: before.keyCount, beyond: keyCountMax)
            || grew(to: after.byteCount, from: before.byteCount, beyond: byteCountMax)
    }
}

/// The quotas in force at each entry.
private struct SubtreeQuotaHistory {
    private enum Standing {
        case unknown
        case none
        case set(SubtreeQuota)
    }

    /// Those of which any was ever asked to be changed, each once.
    private(set) var paths: [Key] = []
    private var spans: [Key: [(index: UInt64, standing: Standing)]] = [:]
    /// From which entries on nothing is known.
    private var gaps: [UInt64] = []

    init(_ entries: [SubtreeQuotaReplay.Committed]) {
        var last: UInt64 = 0
        // It never falls, and below the fourth all members refuse a quota.
        var level: UInt64? = 1
        for entry in entries.sorted(by: { $0.index < $1.index }) where entry.index > last {
            if entry.index > last + 1 {
                gaps.append(last + 1)
                if let known = level, known < FeatureLevel.fourth { level = nil }
            }
            last = entry.index
            if let risen = entry.level { level = max(level ?? 1, risen) }
            guard let change = entry.change else { continue }
            if let level, level < FeatureLevel.fourth { continue }
            note(change, at: entry.index + 1, isCertain: level != nil)
        }
        gaps.append(last + 1)
    }

    private mutating func note(_ change: QuotaChange, at index: UInt64, isCertain: Bool) {
        let (path, standing): (Key, Standing) =
            switch change {
            case .set(let path, let quota): (path, .set(quota))
            case .remove(let path): (path, .none)
            }
        if spans[path] == nil { paths.append(path) }
        spans[path, default: []].append((index, isCertain ? standing : .unknown))
    }

    /// nil where there is none, or that is not known.
    func quota(of path: Key, at index: UInt64) -> SubtreeQuota? {
        let span = spans[path]?.last { $0.index <= index }
        let gap = gaps.last { $0 <= index } ?? 0
        guard let span, span.index > gap, case .set(let quota) = span.standing else { return nil }
        return quota
    }
}

/// The keys in force with the lengths of their values, and what there is below some paths.
private struct SubtreeSizes {
    private var lengths: [Key: Int] = [:]
    /// Each once.
    private var paths: [Key] = []
    private var sizes: [Key: SubtreeSize] = [:]

    init(of paths: [Key]) {
        for path in paths where sizes[path] == nil {
            sizes[path] = SubtreeSize(keyCount: 0, byteCount: 0)
            self.paths.append(path)
        }
    }

    subscript(path: Key) -> SubtreeSize {
        sizes[path] ?? SubtreeSize(keyCount: 0, byteCount: 0)
    }

    mutating func take(_ changes: ArraySlice<ValueChange>) {
        for change in changes {
            add(change.key, times: -1)
            lengths[change.key] = change.byteCount
            add(change.key, times: 1)
        }
    }

    private mutating func add(_ key: Key, times: Int) {
        guard let length = lengths[key] else { return }
        for path in paths where key.isAtOrBelow(path) {
            sizes[path]?.keyCount += times
            sizes[path]?.byteCount += times * (key.bytes.count + length)
        }
    }

    /// Whether that refusal is right as far as can be said: what it would have grown is known at
    /// most, of a put exactly.
    func explains(_ told: SubtreeQuotaReplay.Told, of command: Command?) -> Bool {
        let size = self[told.path]
        let used = told.excess.measure == .keys ? size.keyCount : size.byteCount
        guard told.excess.used == UInt64(used) else { return false }
        guard let command else { return true }
        var growth = 0
        for put in command.puts where put.key.isAtOrBelow(told.path) {
            growth += told.excess.measure == .keys ? 1 : put.byteCount
        }
        if case .put(let put) = command, let length = lengths[put.key] {
            growth -= told.excess.measure == .keys ? 1 : put.key.bytes.count + length
        }
        return growth > 0 && UInt64(used + growth) > told.excess.quota
    }
}

extension Command {
    /// What it puts at most, with the bytes of key and value.
    fileprivate var puts: [(key: Key, byteCount: Int)] {
        switch self {
        case .put(let put): [(put.key, put.key.bytes.count + put.value.count)]
        case .createChild(let parent, let value, _):
            // A child of any number lies where all of them do.
            [(Key(unchecked: parent.bytes + [0x2F, 0x30]), parent.bytes.count + 21 + value.count)]
        case .transaction(let transaction): transaction.puts
        case .writeTree(let write):
            write.edits.compactMap { edit in
                switch edit {
                case .value(let key, let value), .leaf(let key, let value):
                    (key, key.bytes.count + value.count)
                case .directory, .removal, .valueRemoval: nil
                }
            }
        default: []
        }
    }
}

extension Transaction {
    /// In either branch.
    fileprivate var puts: [(key: Key, byteCount: Int)] {
        (then + otherwise).flatMap { operation -> [(key: Key, byteCount: Int)] in
            switch operation {
            case .put(let put):
                guard case .bytes(let value) = put.value else { return [] }
                return [(put.key, put.key.bytes.count + value.count)]
            case .transaction(let nested): return nested.puts
            case .get, .delete: return []
            }
        }
    }
}
