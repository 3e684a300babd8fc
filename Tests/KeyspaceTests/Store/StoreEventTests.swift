import Bytes
import Testing

@testable import Keyspace

@Suite("Store: history as watches catch up on it (http-api.md, Watches)")
struct StoreEventTests {
    private static let everything = WatchFilter(ranges: [
        KeyRange.subtree(.root),
        KeyRange.subtree(.reserved),
    ])

    /// Follows the history in slices, as a watch does.
    private func collect(
        _ store: Store,
        from start: EventID,
        filter: WatchFilter,
        byteCountMax: Int
    ) throws -> [Event] {
        var events: [Event] = []
        var next = start
        while true {
            let slice = try store.events(from: next, filter: filter, byteCountMax: byteCountMax)
            events += slice.events
            if slice.isAtHead {
                #expect(slice.next == EventID(revision: store.revision.next, sub: 0))
                return events
            }
            #expect(slice.next > next)
            next = slice.next
        }
    }

    @Test(
        "every start gives every later event once, in order, with what it replaced",
        arguments: UInt64(1)...6
    )
    func everyStart(seed: UInt64) throws {
        var scenario = StoreScenario(seed: seed)
        for round in 1...70 {
            #expect(scenario.change() == nil)
            if round % 30 == 0 { try scenario.compact() }
        }
        let (store, model) = (scenario.store, scenario.model)
        let filters = [
            Self.everything,
            WatchFilter(ranges: [KeyRange.subtree(.root)]),
            WatchFilter(ranges: [KeyRange.key(StoreKeys.all[2])]),
            WatchFilter(ranges: [
                KeyRange.subtree(StoreKeys.all[2]),
                KeyRange.key(StoreKeys.all[12]),
            ]),
        ]
        for event in model.events where event.id.revision >= model.compactRevision {
            for filter in filters {
                for start in [
                    event.id, EventID(revision: event.id.revision, sub: event.id.sub + 1),
                ] {
                    let expected = model.events.filter { $0.id >= start && filter.matches($0.key) }
                    let bytes = start.sub % 2 == 0 ? 1 : 64
                    let events = try collect(
                        store,
                        from: start,
                        filter: filter,
                        byteCountMax: bytes
                    )
                    #expect(events == expected, "from \(start)")
                }
            }
        }
    }

    @Test("before compaction it is refused, ahead of the head it waits")
    func edges() throws {
        var scenario = StoreScenario(seed: 5)
        for _ in 0..<20 { #expect(scenario.change() == nil) }
        try scenario.store.compact(to: Revision(rawValue: 9))
        let before = EventID(revision: Revision(rawValue: 8), sub: 0)
        #expect(throws: ReadRefusal.compacted(Revision(rawValue: 9))) {
            try scenario.store.events(from: before, filter: Self.everything, byteCountMax: 100)
        }
        let ahead = EventID(revision: Revision(rawValue: 99), sub: 3)
        let slice = try scenario.store.events(
            from: ahead,
            filter: Self.everything,
            byteCountMax: 100
        )
        #expect(slice == EventSlice(events: [], next: ahead, isAtHead: true))
    }

    @Test("a slice ends after a bounded number of events of others")
    func boundedWork() throws {
        var store = Store()
        let (other, watched) = (StoreKeys.all[1], StoreKeys.all[11])
        let count = Store.passedEventCountMax + 10
        for _ in 0..<count {
            store.begin(at: .zero)
            store.put(other, value: [])
            _ = store.commit()
        }
        let filter = WatchFilter(ranges: [KeyRange.key(watched)])
        let start = EventID(revision: Revision(rawValue: 1), sub: 0)
        let slice = try store.events(from: start, filter: filter, byteCountMax: 1000)
        let next = revision(UInt64(Store.passedEventCountMax + 1))
        #expect(
            slice == EventSlice(events: [], next: EventID(revision: next, sub: 0), isAtHead: false)
        )
    }

    @Test("events of one key within one revision keep their own values")
    func changesWithinARevision() throws {
        var store = Store()
        let key = StoreKeys.all[3]
        var expected: [Event] = []
        for round in UInt8(0)..<3 {
            store.begin(at: .zero)
            store.put(key, value: [round])
            store.delete(key)
            store.put(key, value: [round, 1])
            store.delete(key)
            store.put(key, value: [round, 2])
            expected += store.commit()
        }
        let start = EventID(revision: Revision(rawValue: 1), sub: 0)
        #expect(
            try collect(store, from: start, filter: Self.everything, byteCountMax: 1) == expected
        )
        #expect(expected.count == 15)
    }
}
