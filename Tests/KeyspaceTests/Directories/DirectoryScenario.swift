import Bytes
import Testing

@testable import Keyspace

/// A store and the model of its history under random puts and deletes of random bytes.
struct DirectoryScenario {
    private(set) var store = Store()
    private(set) var model = HistoryModel()
    private var random: SplitMix64
    /// Few, so that they meet.
    let keys: [Key]
    /// Every path that listings are asked about, whether anything lies there or not.
    let parents: [Key]
    private var time = ClusterTime(rawValue: 1)

    /// What keys are made of: whole segments, and what spoils a path.
    private static let pieces: [[UInt8]] =
        ["/a", "/b", "/a", "/c", "/", "//", "a", "/.", "/..", "/.roost", "/é", "-"].map(bytes)
        + [[0], [0, 97], [0xFF], [0x2F, 0xC3], [0x2F, 0]]

    init(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var keys: Set<Key> = [.root, Key(unchecked: [0]), path("a/b"), path("/a//b"), path("/a/")]
        while keys.count < 24 {
            let count = Int.random(in: 1...4, using: &random)
            let pieces = (0..<count).flatMap { _ in
                Self.pieces.randomElement(using: &random) ?? []
            }
            keys.insert(Key(unchecked: pieces))
        }
        self.random = random
        self.keys = keys.sorted()
        var parents: Set<Key> = [.root, path("/none"), path("/.roost")]
        for key in keys where HistoryModel.isPath(key) {
            var next: Key? = key
            while let path = next {
                parents.insert(path)
                next = path.parent
            }
        }
        self.parents = parents.sorted()
    }

    private mutating func key() -> Key { keys[Int.random(in: 0..<keys.count, using: &random)] }

    /// One change set of a few puts and deletes.
    mutating func change() {
        time = time.advanced(byMilliseconds: 5)
        store.begin(at: time)
        model.begin(Provenance())
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let key = key()
            switch Int.random(in: 0..<8, using: &random) {
            case 0..<4:
                store.put(key, value: [1])
                model.put(key, value: [1], lease: nil)
            case 4..<7: #expect(store.delete(key) == model.delete(key))
            default:
                let range: KeyRange = Bool.random(using: &random) ? .subtree(key) : .key(key)
                #expect(store.delete(range) == model.delete(range))
            }
        }
        #expect(store.commit() == model.changes)
        model.commit()
    }

    /// Forgets some of the history.
    mutating func compact() throws {
        let range = model.compactRevision + 1...model.revision.rawValue
        model.compactRevision = UInt64.random(in: range, using: &random)
        try store.compact(to: Revision(rawValue: model.compactRevision))
    }

    /// Replaces the store by one that was read from its snapshot.
    mutating func restore() throws {
        var keyspace = Keyspace()
        keyspace.store = store
        keyspace.clock = time
        var encoder = SnapshotEncoder(keyspace.freeze())
        var decoder = SnapshotDecoder()
        while let chunk = encoder.next() { try decoder.feed(chunk) }
        let restored = try decoder.finish().store
        #expect(restored.hash == store.hash)
        store = restored
    }

    /// Whether any record is where only the service's own may be: a snapshot of such is refused.
    var hasReserved: Bool { model.current.contains { HistoryModel.isReserved($0.key.bytes) } }

    // MARK: What must be so

    /// Compares every listing, now and at some revision that can still be read.
    mutating func check(countsChildVersions: Bool) throws {
        let oldest = max(1, model.compactRevision)
        let past = UInt64.random(in: oldest...model.revision.rawValue, using: &random)
        for revision in [model.revision, Revision(rawValue: past)] {
            let state = try model.state(at: revision)
            let paths = HistoryModel.paths(state)
            for parent in parents {
                try checkChildren(of: parent, paths: paths, state: state, at: revision)
                try check(.subtree(parent), paths: paths, state: state, at: revision)
            }
            for range in [KeyRange.all, .prefix(bytes("/a")), .prefix([0]), .prefix(bytes("a"))] {
                try check(range, paths: paths, state: state, at: revision)
            }
        }
        #expect(store.keyCount == model.current.count)
        #expect(store.brokenRule == nil)
        guard countsChildVersions else { return }
        for key in parents + keys {
            let version = store.directory(key)?.childVersion ?? 0
            #expect(version == model.childVersions[key] ?? 0, "children of \(key.bytes)")
        }
    }

    private func childCount(of parent: Key, paths: Set<Key>) -> UInt64 {
        UInt64(paths.count { $0.parent == parent && ($0 != .reserved || parent != .root) })
    }

    private func checkChildren(
        of parent: Key,
        paths: Set<Key>,
        state: [KeyRecord],
        at revision: Revision
    ) throws {
        let expected = paths.filter { $0.parent == parent && ($0 != .reserved || parent != .root) }
            .sorted()
            .map { child in
                Listing.Item(
                    key: child,
                    record: state.first { $0.key == child },
                    childCount: childCount(of: child, paths: paths)
                )
            }
        let whole = try store.children(of: parent, at: revision)
        #expect(whole.items == expected, "children of \(parent.bytes) at \(revision)")
        var pages: [Listing.Item] = []
        var after: Key?
        repeat {
            let limit = Listing.PageLimit(itemCount: 2, byteCount: .max)
            let page = try store.children(of: parent, after: after, limit: limit, at: revision)
            pages += page.items
            after = page.next
        } while after != nil && pages.count <= expected.count
        #expect(pages == expected, "pages of \(parent.bytes) at \(revision)")
    }

    private func check(
        _ range: KeyRange,
        paths: Set<Key>,
        state: [KeyRecord],
        at revision: Revision
    ) throws {
        let records = state.filter { HistoryModel.contains($0.key, in: range) }
        let expected = records.map { record in
            let isPath = HistoryModel.isPath(record.key)
            let count = isPath ? childCount(of: record.key, paths: paths) : 0
            return Listing.Item(key: record.key, record: record, childCount: count)
        }
        let listed = try store.list(range, at: revision)
        #expect(listed.items == expected, "\(range) at \(revision)")
        let tag = TreeWrite.Tag(
            modRevision: records.map(\.modRevision).max() ?? .zero,
            keyCount: UInt64(records.count)
        )
        #expect(try store.tag(of: range, at: revision) == tag, "tag of \(range) at \(revision)")
    }
}
