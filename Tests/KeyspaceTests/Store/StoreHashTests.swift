import Bytes
import Testing

@testable import Keyspace

@Suite("Store: the multiset hash over all that it holds")
struct StoreHashTests {
    @Test("kept up with each change, it is the sum over all items", arguments: UInt64(1)...12)
    func incremental(seed: UInt64) throws {
        var scenario = StoreScenario(seed: seed)
        for round in 1...150 {
            #expect(scenario.change() == nil)
            if round % 30 == 0 { try scenario.compact() }
            if round % 10 == 0 { #expect(scenario.store.items == scenario.store.summedItems()) }
        }
    }

    @Test("two stores of one history agree; one that differs in any single thing does not")
    func differences() throws {
        func store(_ change: (inout Store) -> Void = { _ in }) -> Store {
            var store = Store()
            for (number, key) in StoreKeys.all.enumerated() {
                store.begin(at: ClusterTime(rawValue: UInt64(number)))
                store.put(key, value: [1, 2, 3])
                _ = store.commit()
            }
            store.begin(at: ClusterTime(rawValue: 100))
            change(&store)
            _ = store.commit()
            return store
        }
        let key = StoreKeys.all[4]
        let variants: [(inout Store) -> Void] = [
            { _ in },
            { $0.put(key, value: [1, 2, 3]) },
            { $0.put(key, value: [1, 2, 4]) },
            { $0.put(key, value: [1, 2, 3, 0]) },
            { $0.put(key, value: [1, 2, 3], lease: LeaseID(rawValue: 1)) },
            { $0.put(key, value: [1, 2, 3], lease: LeaseID(rawValue: 2)) },
            { $0.delete(key) },
            { store in
                store.delete(key)
                store.put(key, value: [1, 2, 3])
            },
            { store in
                store.put(StoreKeys.all[5], value: [])
                store.put(key, value: [])
            },
            { store in
                store.put(key, value: [])
                store.put(StoreKeys.all[5], value: [])
            },
            { _ = $0.nextSequence(under: key) },
            { _ = $0.nextSequence(under: .root) },
        ]
        let hashes = variants.map { store($0).hash }
        for (number, variant) in variants.enumerated() {
            #expect(store(variant).hash == hashes[number])
        }
        #expect(Set(hashes).count == hashes.count)
        var compacted = store()
        try compacted.compact(to: Revision(rawValue: 3))
        #expect(!hashes.contains(compacted.hash))
    }

    @Test("every field of a version, a directory and an event counts")
    func fields() {
        let head = VersionHead(
            createRevision: Revision(rawValue: 1),
            modRevision: Revision(rawValue: 2),
            version: 3,
            lease: 4,
            created: WallTime(rawValue: 5),
            modified: WallTime(rawValue: 6),
            author: AuthorID(rawValue: 7),
            valueByteCount: 1,
            noteByteCount: 1
        )
        let version = Version(head, value: [1], note: [1])
        var versions = Array(repeating: version, count: 11)
        versions[1].value = [2]
        versions[2].createRevision = Revision(rawValue: 2)
        versions[3].modRevision = Revision(rawValue: 3)
        versions[4].change { $0.version = 4 }
        versions[5].change { $0.lease = 5 }
        versions[6].change { $0.created = WallTime(rawValue: 6) }
        versions[7].change { $0.modified = WallTime(rawValue: 5) }
        versions[8].change { $0.author = .nobody }
        versions[9] = Version(version.head, value: [1], note: [2])
        versions[10] = Version(version.head, value: [1], note: [])
        var directories = Array(repeating: Directory(), count: 5)
        directories[1].childCount = 1
        directories[2].sequence = 1
        directories[3].childVersion = 1
        directories[4].lastChildChange = Revision(rawValue: 1)
        let key = Array("/k".utf8)
        let items =
            versions.map { $0.stateItem(key: key).value }
            + directories.map { $0.stateItem(key: key).value }
            + [version.stateItem(key: [1]).value, Directory().stateItem(key: [1]).value]
        #expect(Set(items).count == items.count)
    }
}

@Suite("StableHash")
struct StableHashTests {
    @Test("lengths are part of it: no two splittings of the same bytes agree")
    func splittings() {
        let bytes = (0..<40).map { UInt8($0) }
        var values: Set<UInt128> = []
        for split in 0...40 {
            var hash = StableHash(seed: 9)
            hash.combine(Array(bytes[..<split]).span)
            hash.combine(Array(bytes[split...]).span)
            values.insert(hash.value)
        }
        #expect(values.count == 41)
    }

    @Test("every single flipped bit changes about half of the hash")
    func avalanche() {
        let bytes = [UInt8](repeating: 0x5A, count: 67)
        func value(_ bytes: [UInt8]) -> UInt128 {
            var hash = StableHash(seed: 1)
            hash.combine(bytes.span)
            return hash.value
        }
        let original = value(bytes)
        for bit in 0..<67 * 8 {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << (bit % 8)
            let difference = (value(flipped) ^ original).nonzeroBitCount
            #expect((35...93).contains(difference), "bit \(bit) changes \(difference)")
        }
    }

    @Test("it is the same in every process, so that it may be stored")
    func stable() {
        var hash = StableHash(seed: 7)
        hash.combine(42)
        hash.combine(Array("roost".utf8).span)
        #expect(hash.value == 107_392_819_613_965_983_611_644_109_824_502_916_675)
    }
}
