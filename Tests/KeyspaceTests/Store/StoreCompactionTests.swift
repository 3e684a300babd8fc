import Bytes
import Testing

@testable import Keyspace

@Suite("Store: compaction (http-api.md, POST /v1/compact)")
struct StoreCompactionTests {
    /// Lets a store forget everything that is compacted.
    private func settle(_ store: inout Store) {
        while store.firstEvent.revision < store.compactRevision {
            store.begin(at: .zero)
            _ = store.commit()
        }
    }

    @Test(
        "what is compacted leaves nothing behind but what is in force",
        arguments: UInt64(1)...16
    )
    func leavesNothing(seed: UInt64) throws {
        var scenario = StoreScenario(seed: seed)
        for _ in 0..<200 { #expect(scenario.change() == nil) }
        var store = scenario.store
        try store.compact(to: store.revision)
        settle(&store)
        // The last revision's own events stay, each with what it replaced.
        store.begin(at: .zero)
        store.put(.root, value: [])
        store.delete(.root)
        _ = store.commit()
        try store.compact(to: store.revision)
        settle(&store)
        let live = scenario.model.current.records.filter { $0.key != .root }
        #expect(store.keyCount == live.count)
        let kept = live.map(\.key.bytes) + [Key.root.bytes]
        #expect(store.recordKeys() == kept.sorted { $0.lexicographicallyPrecedes($1) })
        for key in live.map(\.key) {
            #expect(store.records.value(for: key.bytes)?.past.isEmpty(store.archive) == true)
        }
        for (directory, state) in store.directoryStates() {
            let isImplied = live.contains { $0.key.isAtOrBelow(directory) }
            #expect(state.sequence > 0 || isImplied, "\(directory) is still known")
        }
        #expect(store.records.violations().isEmpty)
        #expect(store.directories.violations().isEmpty)
    }

    @Test("a compaction ahead of the store or behind an earlier one is refused")
    func refusals() throws {
        var scenario = StoreScenario(seed: 1)
        for _ in 0..<10 { #expect(scenario.change() == nil) }
        let head = scenario.store.revision
        try scenario.store.compact(to: Revision(rawValue: 4))
        for revision in UInt64(0)...4 {
            #expect(throws: ReadRefusal.compacted(Revision(rawValue: 4))) {
                try scenario.store.compact(to: Revision(rawValue: revision))
            }
        }
        #expect(throws: ReadRefusal.futureRevision(asked: head.next, current: head)) {
            try scenario.store.compact(to: head.next)
        }
    }

    @Test("each change set forgets more than it adds, until nothing is left to forget")
    func boundedSlices() throws {
        var store = Store()
        for round in 0..<3000 {
            store.begin(at: .zero)
            store.put(StoreKeys.all[round % 20], value: [1])
            _ = store.commit()
        }
        try store.compact(to: store.revision)
        let forgotten = UInt64(Store.forgottenEventCountPerCompaction)
        #expect(store.firstEvent.revision == revision(forgotten))
        store.begin(at: .zero)
        _ = store.commit()
        let slice = UInt64(Store.forgottenEventCountPerChangeSet)
        #expect(store.firstEvent.revision == revision(forgotten + slice))
        settle(&store)
        #expect(store.historyByteCount < 257 * 1024)
    }

    @Test("history is kept for seven days of the cluster's clock, or as long as is set")
    func dueByAge() {
        #expect(ClusterSettings().historyMilliseconds == 7 * 24 * 3_600_000)
        var hour = ClusterSettings()
        hour.historyMilliseconds = 3_600_000
        for settings in [ClusterSettings(), hour] { checkAge(settings) }
    }

    private func checkAge(_ settings: ClusterSettings) {
        var store = Store()
        #expect(store.dueCompaction(at: ClusterTime(rawValue: .max), keeping: settings) == nil)
        let part = settings.historyMilliseconds / 60
        for number in UInt64(0)..<100 {
            store.begin(at: ClusterTime(rawValue: number * part))
            store.put(.root, value: [])
            _ = store.commit()
        }
        // Change n was made in part n - 1.
        func due(at number: UInt64) -> Revision? {
            store.dueCompaction(at: ClusterTime(rawValue: number * part), keeping: settings)
        }
        #expect(due(at: 60) == nil)
        #expect(due(at: 99) == revision(40))
        #expect(due(at: 1_000) == revision(100))
    }

    @Test("history is kept for at most a million revisions, or as many as are set")
    func dueByCount() throws {
        #expect(ClusterSettings().historyRevisionCount == 1_000_000)
        var few = ClusterSettings()
        few.historyRevisionCount = 1_000
        for settings in [ClusterSettings(), few] { try checkCount(settings) }
    }

    private func checkCount(_ settings: ClusterSettings) throws {
        var store = Store()
        let most = settings.historyRevisionCount
        let slack = most / Store.historySlackDivisor
        store.revision = Revision(rawValue: most + slack - 1)
        for expected in [nil, Revision(rawValue: slack + 1)] {
            store.begin(at: .zero)
            store.put(.root, value: [])
            _ = store.commit()
            #expect(store.dueCompaction(at: .zero, keeping: settings) == expected)
        }
        try store.compact(to: Revision(rawValue: slack + 1))
        #expect(store.dueCompaction(at: .zero, keeping: settings) == nil)
    }

    @Test("history is kept for at most 256 MiB, or as many bytes as are set")
    func dueByBytes() throws {
        #expect(ClusterSettings().historyByteCount == 256 << 20)
        var small = ClusterSettings()
        small.historyByteCount = 16 << 20
        try checkBytes(ClusterSettings(), revisions: 256...262)
        try checkBytes(small, revisions: 16...20)
    }

    private func checkBytes(_ settings: ClusterSettings, revisions: ClosedRange<UInt64>) throws {
        var store = Store()
        let value = [UInt8](repeating: 1, count: 1 << 20)
        var due: Revision?
        while due == nil, store.revision.rawValue < 300 {
            store.begin(at: .zero)
            store.put(.root, value: value)
            _ = store.commit()
            due = store.dueCompaction(at: .zero, keeping: settings)
        }
        #expect(revisions.contains(store.revision.rawValue))
        try store.compact(to: try #require(due))
        settle(&store)
        #expect(UInt64(store.historyByteCount) <= settings.historyByteCount)
    }
}
