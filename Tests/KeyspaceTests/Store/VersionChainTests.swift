import Bytes
import Testing

@testable import Keyspace

@Suite("A long past of one key")
struct VersionChainTests {
    /// A store in which every revision put or deleted the one key, and what it then was.
    private func store(changeCount: Int) -> (store: Store, values: [[UInt8]?]) {
        var store = Store()
        var values: [[UInt8]?] = [nil, nil]
        for number in 1...changeCount {
            store.begin(at: .zero)
            if number % 23 == 0 {
                store.delete(.root)
                values.append(nil)
            } else {
                let value = Array("\(number)".utf8)
                store.put(.root, value: value)
                values.append(value)
            }
            _ = store.commit()
        }
        return (store, values)
    }

    private func check(_ store: Store, values: [[UInt8]?]) throws {
        for number in Int(store.compactRevision.rawValue)..<values.count {
            let revision = Revision(rawValue: UInt64(number))
            #expect(try store.get(.root, at: revision)?.value == values[number])
            #expect(store.exists(.root, at: revision) == (values[number] != nil))
        }
        let all = WatchFilter(ranges: [KeyRange.key(.root)])
        let first = max(2, Int(store.compactRevision.rawValue))
        let start = EventID(revision: Revision(rawValue: UInt64(first)), sub: 0)
        let events = try store.events(from: start, filter: all, byteCountMax: .max).events
        #expect(events.count == values.count - first)
        for (event, number) in zip(events, first...) {
            #expect(event.previous?.value == values[number - 1])
            guard case .put(let record) = event.change else {
                #expect(values[number] == nil)
                continue
            }
            #expect(record.value == values[number])
        }
    }

    @Test("every revision that is kept reads as it was, however much is forgotten")
    func everyRevision() throws {
        var (store, values) = store(changeCount: 1500)
        try check(store, values: values)
        for revision in [1, 2, 17, 300, 1499] {
            try store.compact(to: Revision(rawValue: UInt64(revision)))
            while store.firstEvent.revision < store.compactRevision {
                store.begin(at: .zero)
                _ = store.commit()
            }
            try check(store, values: values)
            #expect(store.items == store.summedItems())
        }
        for number in 0..<40 {
            store.begin(at: .zero)
            store.put(.root, value: [UInt8(number)])
            values.append([UInt8(number)])
            _ = store.commit()
        }
        try check(store, values: values)
    }
}
