import Bytes

@testable import Keyspace

/// The store's rules in their plainest form: a full copy of everything at every revision.
struct StoreModel {
    struct State {
        /// In byte order.
        var records: [KeyRecord] = []

        func record(_ key: Key) -> KeyRecord? { records.first { $0.key == key } }

        /// Every path that exists: records, and what lies above them.
        var paths: Set<Key> {
            var paths: Set<Key> = []
            for record in records {
                var path: Key? = record.key
                while let next = path {
                    paths.insert(next)
                    path = next.parent
                }
            }
            return paths
        }

        func children(of parent: Key) -> [Key] {
            paths.filter { $0.parent == parent }.sorted()
        }

        func listedChildren(of parent: Key) -> [Key] {
            children(of: parent).filter { parent != .root || $0 != .reserved }
        }

        func subtree(of root: Key) -> [KeyRecord] {
            records.filter { record in
                record.key.isAtOrBelow(root)
                    && (root.isAtOrBelow(.reserved) || !record.key.isAtOrBelow(.reserved))
            }
        }
    }

    /// By revision; a store begins at revision 1.
    var states = [State(), State()]
    var events: [Event] = []
    var sequences: [Key: UInt64] = [:]
    var compactRevision = Revision.zero
    private var pending: (state: State, events: [Event])?

    var revision: Revision { Revision(rawValue: UInt64(states.count - 1)) }
    var current: State { pending?.state ?? states[states.count - 1] }

    mutating func begin() { pending = (states[states.count - 1], []) }

    mutating func commit() -> [Event] {
        guard let pending else { return [] }
        self.pending = nil
        if !pending.events.isEmpty { states.append(pending.state) }
        events += pending.events
        return pending.events
    }

    mutating func put(_ key: Key, value: [UInt8], lease: LeaseID?) -> KeyRecord {
        let before = current.record(key)
        let record = KeyRecord(
            key: key,
            value: value,
            createRevision: before?.createRevision ?? revision.next,
            modRevision: revision.next,
            version: (before?.version ?? 0) + 1,
            lease: lease
        )
        var records = current.records.filter { $0.key != key }
        let index = records.firstIndex { key < $0.key } ?? records.count
        records.insert(record, at: index)
        append(.put(record), previous: before, records: records)
        return record
    }

    mutating func delete(_ key: Key) -> KeyRecord? {
        guard let before = current.record(key) else { return nil }
        append(
            .delete(key, .deleted),
            previous: before,
            records: current.records.filter { $0.key != key }
        )
        return before
    }

    mutating func deleteSubtree(_ root: Key) -> [KeyRecord] {
        current.subtree(of: root).compactMap { delete($0.key) }
    }

    private mutating func append(
        _ change: Event.Change,
        previous: KeyRecord?,
        records: [KeyRecord]
    ) {
        let sub = UInt32(pending?.events.count ?? 0)
        let id = EventID(revision: revision.next, sub: sub)
        pending?.events.append(Event(id: id, change: change, previous: previous))
        pending?.state.records = records
    }
}

/// Keys that lie in each other's way: parents and children, names that sort around the slash, the
/// root and the service's own.
enum StoreKeys {
    static let all: [Key] = [
        "/", "/a", "/a/b", "/a/b/c", "/a/b/c/d", "/a/b-x", "/a/b!", "/a/b0", "/a-b", "/a-b/c",
        "/a/é", "/b", "/b/1", "/b/2", "/b/10", "/b/1/x/y/z", "/c/only/below", "/c/only/other",
        "/.roost/locks/l", "/.roost/locks/l/1", "/.roost", "/.roostx", "/.roo", "/d/e", "/d/e/f",
    ].map { Key(unchecked: Array($0.utf8)) }

    static let parents: [Key] =
        all
        + ["/c", "/c/only", "/d", "/.roost/locks", "/b/1/x", "/none"].map {
            Key(unchecked: Array($0.utf8))
        }
}

/// A store and its model under the same random changes.
struct StoreScenario {
    var store = Store()
    var model = StoreModel()
    var generator: SplitMix64
    var time = ClusterTime(rawValue: 1_000)
    let keys: [Key]

    init(seed: UInt64, keys: [Key] = StoreKeys.all) {
        generator = SplitMix64(seed: seed)
        self.keys = keys
    }

    mutating func key() -> Key { keys[Int.random(in: 0..<keys.count, using: &generator)] }

    /// One change set of a few random operations; nil when store and model agree on all of it.
    mutating func change() -> String? {
        time = time.advanced(byMilliseconds: UInt64.random(in: 0...50, using: &generator))
        store.begin(at: time)
        model.begin()
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            if let difference = operation() { return difference }
        }
        let (events, expected) = (store.commit(), model.commit())
        if events != expected { return "events \(events) instead of \(expected)" }
        if store.revision != model.revision { return "revision \(store.revision)" }
        return nil
    }

    private mutating func operation() -> String? {
        let key = key()
        switch Int.random(in: 0..<20, using: &generator) {
        case 0..<11:
            let value = (0..<Int.random(in: 0...9, using: &generator)).map { UInt8($0) }
            let lease = Bool.random(using: &generator) ? LeaseID(rawValue: 7) : nil
            let before = model.current.record(key)
            let expected = model.put(key, value: value, lease: lease)
            let replacement = store.put(key, value: value, lease: lease)
            if replacement.previousLease != before?.lease { return "previous of \(key)" }
            if store.get(key) != expected { return "read back of \(key)" }
        case 11..<17:
            if store.delete(key) != model.delete(key) { return "deletion of \(key)" }
        case 17:
            if store.delete(.subtree(key)) != model.deleteSubtree(key) {
                return "subtree of \(key)"
            }
        default:
            model.sequences[key, default: 0] += 1
            if store.nextSequence(under: key) != model.sequences[key] {
                return "sequence of \(key)"
            }
        }
        return nil
    }

    /// Compacts both to a random revision.
    mutating func compact() throws(ReadRefusal) {
        guard model.compactRevision < model.revision else { return }
        let range = model.compactRevision.rawValue + 1...model.revision.rawValue
        let revision = Revision(rawValue: UInt64.random(in: range, using: &generator))
        try store.compact(to: revision)
        model.compactRevision = revision
    }
}
