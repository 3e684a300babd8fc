import Bytes
import Testing

@testable import Keyspace

/// Every kind of read at every revision that is left, against the model.
enum StoreReads {
    static func check(_ store: Store, model: StoreModel) {
        for (number, state) in model.states.enumerated() {
            let revision = Revision(rawValue: UInt64(number))
            guard revision >= model.compactRevision else {
                #expect(throws: ReadRefusal.compacted(model.compactRevision)) {
                    try store.get(.root, at: revision)
                }
                continue
            }
            check(store, state: state, at: revision)
        }
        let ahead = model.revision.next
        #expect(throws: ReadRefusal.futureRevision(asked: ahead, current: model.revision)) {
            try store.list(.subtree(.root), at: ahead)
        }
        let current = model.current
        #expect(store.keyCount == current.records.count)
        #expect(
            store.byteCount
                == current.records.reduce(0) { $0 + $1.key.bytes.count + $1.value.count }
        )
        #expect((try? store.list(.subtree(.root)))?.items.count == current.subtree(of: .root).count)
    }

    private static func check(_ store: Store, state: StoreModel.State, at revision: Revision) {
        for key in StoreKeys.all {
            #expect(
                (try? store.get(key, at: revision)) == state.record(key),
                "\(key) at \(revision)"
            )
        }
        for parent in StoreKeys.parents {
            let children = try? store.children(of: parent, at: revision).items
            let expected = state.listedChildren(of: parent).map { child in
                Listing.Item(
                    key: child,
                    record: state.record(child),
                    childCount: UInt64(state.children(of: child).count)
                )
            }
            #expect(children == expected, "children of \(parent) at \(revision)")
            let subtree = try? store.list(.subtree(parent), at: revision).items
            let below = state.subtree(of: parent).map { record in
                Listing.Item(
                    key: record.key,
                    record: record,
                    childCount: UInt64(state.listedChildren(of: record.key).count)
                )
            }
            #expect(subtree == below, "subtree of \(parent) at \(revision)")
        }
    }
}
