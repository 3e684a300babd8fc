import Bytes
import Testing

@testable import Keyspace

@Suite("Snapshot: what was written comes back, and nothing else does (faults, Storage)")
struct StoreSnapshotTests {
    private func decoded(_ store: Store) throws -> Store {
        var encoder = StoreEncoder(store, format: .third)
        var decoder = StoreDecoder()
        var payload: [UInt8] = []
        while let item = encoder.encodeNext(into: &payload) {
            let isInPlace = decoder.admit(item)
            #expect(isInPlace)
            var reader = ByteReader(payload)
            try decoder.decode(item, reader: &reader)
            try reader.expectEnd()
            payload.removeAll()
        }
        let isInPlace = decoder.admit(.end)
        #expect(isInPlace && decoder.isComplete)
        let areCountsSound = decoder.hasSoundChildCounts()
        #expect(areCountsSound)
        return decoder.store
    }

    @Test(
        "a store comes back with its history and goes on as the one that was written",
        arguments: UInt64(1)...8
    )
    func roundTrip(seed: UInt64) throws {
        var scenario = StoreScenario(seed: seed)
        for round in 0..<100 {
            if round % 20 == 7 {
                let store = try decoded(scenario.store)
                #expect(store.hash == scenario.store.hash)
                #expect(store.items == store.summedItems())
                #expect(store.records.violations().isEmpty)
                // From here on the copy is the store that the model is held against.
                scenario.store = store
            }
            #expect(scenario.change() == nil)
            if round % 30 == 29 { try scenario.compact() }
        }
        StoreReads.check(scenario.store, model: scenario.model)
        let whole = WatchFilter(ranges: [
            KeyRange.subtree(.root), KeyRange.subtree(.reserved),
        ])
        let start = EventID(revision: scenario.store.compactRevision, sub: 0)
        let slice = try scenario.store.events(from: start, filter: whole, byteCountMax: .max)
        #expect(slice.events == scenario.model.events.filter { $0.id >= start })
    }

    /// A keyspace with keys, leases, locks, waiters and kept answers.
    private func keyspace(changeCount: Int) -> Keyspace {
        var keyspace = Keyspace()
        var index: UInt64 = 0
        func apply(_ command: Command, stamp: IdempotencyStamp? = nil) {
            index += 1
            let time = ClusterTime(rawValue: index * 10)
            let request = Request(command, idempotency: stamp)
            _ = keyspace.apply(index: index, time: time, request: request)
        }
        for number in 0..<changeCount {
            let key = StoreKeys.all[number % 13]
            let put = Put(
                key: key,
                value: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: number % 7),
                lease: number % 5 == 0 ? .own(timeToLiveMilliseconds: 100_000) : .none,
                condition: .none
            )
            let stamp = IdempotencyStamp(
                key: Array("key\(number)".utf8),
                fingerprint: [UInt8](repeating: 7, count: 32)
            )
            apply(.put(put), stamp: number % 4 == 0 ? stamp : nil)
        }
        for name in ["one", "two"] {
            for _ in 0..<2 {
                let acquisition = LockRequest(
                    contest: Contest(kind: .lock, name: Array(name.utf8)),
                    mode: .exclusive,
                    ownership: .own(timeToLiveMilliseconds: 50_000),
                    patience: .queue,
                    owner: Array("owner".utf8),
                    value: []
                )
                apply(.acquire(acquisition))
            }
        }
        apply(.delete(.key(StoreKeys.all[3]), condition: .none))
        return keyspace
    }

    private func chunks(_ keyspace: Keyspace) -> [[UInt8]] {
        var encoder = SnapshotEncoder(keyspace.freeze())
        var chunks: [[UInt8]] = []
        while let chunk = encoder.next() { chunks.append(chunk) }
        return chunks
    }

    private func decode(_ chunks: [[UInt8]]) throws(SnapshotError) -> Keyspace {
        var decoder = SnapshotDecoder()
        for chunk in chunks { try decoder.feed(chunk) }
        return try decoder.finish()
    }

    @Test("a whole keyspace comes back, however its bytes are cut")
    func anyCut() throws {
        let keyspace = keyspace(changeCount: 40)
        let chunks = chunks(keyspace)
        #expect(chunks.count == 1)
        #expect(try decode(chunks).hash == keyspace.hash)
        let bytes = chunks.flatMap { $0 }
        for size in [1, 2, 3, 7, 64, 1000] {
            let cut = stride(from: 0, to: bytes.count, by: size).map { start in
                Array(bytes[start..<min(start + size, bytes.count)])
            }
            #expect(try decode(cut).hash == keyspace.hash)
        }
    }

    @Test(
        "what is let go slice by slice touches neither the keyspace that goes on nor other copies"
    )
    func sheddingIsAlone() throws {
        let keyCount = 20_000
        var keyspace = Keyspace()
        func put(_ number: Int, _ value: String) {
            let request = Request(
                .put(
                    Put(
                        key: path("/d\(number % 100)/\(number)"),
                        value: bytes(value),
                        lease: .none,
                        condition: .none
                    )
                )
            )
            _ = keyspace.apply(
                index: keyspace.appliedIndex + 1,
                time: ClusterTime(rawValue: 1),
                request: request
            )
        }
        for number in 0..<keyCount { put(number, "first") }
        var frozen = keyspace.freeze()
        let other = keyspace
        let (hashBefore, encodedBefore) = (keyspace.hash, chunks(keyspace))
        for number in stride(from: 0, to: keyCount, by: 3) { put(number, "second") }
        let hash = keyspace.hash
        var sliceCount = 1
        while frozen.shed() == .something {
            sliceCount += 1
            try #require(sliceCount < keyCount, "there is no end to it")
        }
        // A slice is one branch of leaves, which hold half of what they may at least.
        #expect((5...40).contains(sliceCount), "\(sliceCount) slices")
        #expect(keyspace.hash == hash && keyspace.brokenRule == nil)
        #expect(other.hash == hashBefore && chunks(other) == encodedBefore)
        #expect(frozen.shed() == .nothing)
    }

    @Test("an empty keyspace comes back")
    func empty() throws {
        #expect(try decode(chunks(Keyspace())).hash == Keyspace().hash)
    }

    @Test("a snapshot of another format is told apart from a damaged one")
    func otherFormat() {
        for format in [UInt8(1), 7] {
            // A header of five numbers, the first of which is the format.
            #expect(throws: SnapshotError.unknownFormat(UInt64(format))) {
                try decode([[1, 5, format, 0, 0, 0, 0]])
            }
        }
    }

    @Test("chunks are of one size, whatever the values'")
    func chunkSizes() throws {
        var keyspace = Keyspace()
        for number in UInt64(1)...6 {
            let value = [UInt8](repeating: UInt8(number), count: 200_000 * Int(number) % 900_000)
            let put = Put(
                key: StoreKeys.all[Int(number)],
                value: value,
                lease: .none,
                condition: .none
            )
            let request = Request(.put(put))
            _ = keyspace.apply(index: number, time: .zero, request: request)
        }
        let chunks = chunks(keyspace)
        #expect(chunks.count > 8)
        #expect(chunks.dropLast().allSatisfy { $0.count == SnapshotEncoder.chunkByteCount })
        #expect((1...SnapshotEncoder.chunkByteCount).contains(chunks[chunks.count - 1].count))
        #expect(try decode(chunks).hash == keyspace.hash)
    }

    @Test("a frozen view is written as it was, whatever changes meanwhile")
    func frozen() throws {
        var keyspace = keyspace(changeCount: 30)
        let hash = keyspace.hash
        var encoder = SnapshotEncoder(keyspace.freeze())
        for index in UInt64(1000)..<1100 {
            let command = Command.delete(.subtree(.root), condition: .none)
            let put = Put(key: .root, value: [1], lease: .none, condition: .none)
            let request = Request(index % 2 == 0 ? command : .put(put))
            _ = keyspace.apply(index: index, time: ClusterTime(rawValue: 5000), request: request)
        }
        var decoder = SnapshotDecoder()
        while let chunk = encoder.next() { try decoder.feed(chunk) }
        #expect(try decoder.finish().hash == hash)
        #expect(keyspace.hash != hash)
    }

    @Test("every flipped bit, every cut and every repetition is found, and nothing traps")
    func damage() throws {
        let bytes = chunks(keyspace(changeCount: 5)).flatMap { $0 }
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: SnapshotError.self, "bit \(bit)") { try decode([damaged]) }
        }
        for count in 0..<bytes.count {
            #expect(throws: SnapshotError.self, "\(count) bytes") {
                try decode([Array(bytes[..<count])])
            }
        }
        #expect(throws: SnapshotError.self) { try decode([bytes, bytes]) }
        #expect(throws: SnapshotError.self) { try decode([bytes, [0]]) }
    }

    @Test("random damage of several bytes never traps", arguments: UInt64(1)...4)
    func fuzz(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let bytes = chunks(keyspace(changeCount: 25)).flatMap { $0 }
        for _ in 0..<500 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let offset = Int.random(in: 0..<damaged.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: damaged[offset] = UInt8.random(in: .min ... .max, using: &generator)
                case 1: damaged.remove(at: offset)
                default: damaged.insert(.random(in: .min ... .max, using: &generator), at: offset)
                }
            }
            guard damaged != bytes else { continue }
            #expect(throws: SnapshotError.self) { try decode([damaged]) }
        }
    }
}

@Suite("ChildTally: a directory's claim against the children that are there")
struct ChildTallyTests {
    private func isEven(claims: [(String, UInt64)], children: [String]) -> Bool {
        var tally = ChildTally()
        for child in children { tally.see(Key(unchecked: Array(child.utf8))) }
        for (directory, count) in claims {
            let path = Key(unchecked: Array(directory.utf8))
            tally.claim(count, by: DirectoryKey.key(of: path))
        }
        return tally.isEven()
    }

    @Test("every claim must be met, and every child claimed")
    func claims() {
        #expect(isEven(claims: [("/", 2), ("/a", 1)], children: ["/", "/a", "/a/b", "/c"]))
        #expect(!isEven(claims: [("/", 2)], children: ["/a", "/a/b", "/c"]))
        #expect(!isEven(claims: [("/", 3), ("/a", 1)], children: ["/a", "/a/b", "/c"]))
        #expect(!isEven(claims: [("/", 1), ("/a", 1)], children: ["/a", "/a/b", "/c"]))
        #expect(!isEven(claims: [("/", 1), ("/x", 1)], children: ["/a"]))
        #expect(isEven(claims: [("/x", 0)], children: ["/"]))
    }
}
