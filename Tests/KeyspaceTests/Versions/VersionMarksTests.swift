import Bytes
import Testing

@testable import Keyspace

@Suite("What few versions have: a lease, an author, a note")
struct VersionMarksTests {
    /// What one put says, and what is then to be read.
    private struct Words: Hashable {
        var lease: UInt64 = 0
        var author = ""
        var note = ""

        /// Every combination; leases from the least to the greatest.
        static let all: [Words] = [0, 1, LeaseID.max.rawValue].flatMap { lease in
            ["", "ann", "bob"].flatMap { author in
                ["", "why"].map { Words(lease: lease, author: author, note: $0) }
            }
        }

        func request(_ key: String) -> Request {
            let attachment: LeaseAttachment =
                lease == 0 ? .none : .lease(LeaseID(rawValue: lease))
            return Request(
                .put(key, lease: attachment),
                caller: caller(author),
                note: bytes(note)
            )
        }
    }

    private func words(_ record: KeyRecord?) -> Words? {
        record.map {
            Words(
                lease: $0.lease?.rawValue ?? 0,
                author: String(decoding: $0.provenance.author, as: UTF8.self),
                note: String(decoding: $0.provenance.note, as: UTF8.self)
            )
        }
    }

    @Test("each put says anew what its version has, in force, in history and from a snapshot")
    func everyCombination() throws {
        var machine = Machine()
        for id in [1, LeaseID.max.rawValue] {
            machine.apply(.grantLease(LeaseID(rawValue: id), timeToLiveMilliseconds: 600_000))
        }
        // Each after each other; the key has a long past then.
        var said: [Words] = []
        for first in Words.all {
            for second in Words.all {
                for words in [first, second] {
                    machine.apply(words.request("/a"))
                    #expect(self.words(machine.keyspace.store.get(path("/a"))) == words)
                    #expect(self.words(machine.last.events.first?.previous) == said.last)
                    said.append(words)
                }
            }
            #expect(machine.keyspace.brokenRule == nil)
            try machine.restartTwin()
        }
        let store = machine.keyspace.store
        for (number, words) in said.enumerated() {
            let record = try store.get(path("/a"), at: revision(UInt64(number) + 1))
            #expect(self.words(record) == words)
            #expect(record?.version == UInt64(number) + 1)
        }
        #expect(store.items == store.summedItems())
        machine.apply(.compact(store.revision))
        for _ in 0..<said.count { machine.apply(.put("/b")) }
        #expect(machine.keyspace.store.items == machine.keyspace.store.summedItems())
        #expect(words(machine.keyspace.store.get(path("/a"))) == said.last)
        machine.apply(.delete("/a"))
        #expect(words(machine.last.events.first?.previous) == said.last)
        #expect(machine.keyspace.brokenRule == nil)
        try machine.restartTwin()
    }

    /// Up to the greatest that a snapshot may name, and both sides of what fits into a packed life.
    private static let numbers: [UInt64] = [
        0, 1, 1 << 16 - 1, 1 << 16, 1 << 32 - 2, 1 << 32 - 1, 1 << 32, 1 << 48 - 1, 1 << 48,
        1 << 62,
    ]

    @Test("times and counts are kept exactly, whether they fit into two words or not")
    func lives() {
        var head = VersionHead(deletionAt: Revision(rawValue: 5))
        for version in Self.numbers {
            for created in Self.numbers {
                for modified in Self.numbers {
                    head.version = version
                    head.created = WallTime(rawValue: created)
                    head.modified = WallTime(rawValue: modified)
                    let fits = version < 1 << 32 - 1 && max(created, modified) < 1 << 48
                    #expect((PackedLife(head.life).life != nil) == fits)
                    let kept = Version(head, value: [], note: [])
                    #expect(kept.life == head.life)
                    #expect(kept.version == version)
                    #expect(kept.isLive == (version > 0))
                    #expect((kept.marks == nil) == fits)
                }
            }
        }
    }

    @Test("a key counts on past what fits into two words, and begins anew after a deletion")
    func countsOn() throws {
        var store = Store()
        func put() {
            store.begin(as: ChangeStamp(time: .zero, wallTime: WallTime(rawValue: 7)))
            store.put(path("/a"), value: [1])
            _ = store.commit()
        }
        put()
        let limit = UInt64(UInt32.max)
        store.records.mutateExisting(bytes("/a")) { record in
            record.current.change { $0.version = limit - 3 }
        }
        for number in 0..<20 as Range<UInt64> {
            put()
            #expect(store.get(path("/a"))?.version == limit - 2 + number)
            #expect(store.get(path("/a"))?.provenance.created.rawValue == 7)
        }
        for number in 1...21 as ClosedRange<UInt64> {
            let record = try store.get(path("/a"), at: revision(number))
            #expect(record?.version == limit - 4 + number)
            #expect(record?.provenance.modified.rawValue == 7)
        }
        store.begin(at: .zero)
        #expect(store.delete(path("/a"))?.version == limit + 17)
        _ = store.commit()
        put()
        #expect(store.get(path("/a"))?.version == 1)
    }

    @Test("a key takes eight words beside its bytes and its value's")
    func size() { #expect(MemoryLayout<VersionedRecord>.stride == 8 * 8) }

    /// Numbers that a version has to keep as they are, as far as snapshots may name them.
    @Test(
        "numbers are kept exactly, the greatest too",
        arguments: numbers
    )
    func extremes(_ number: UInt64) throws {
        var head = VersionHead(deletionAt: Revision(rawValue: max(number, 1)))
        head.createRevision = Revision(rawValue: max(number, 1))
        head.version = max(number, 1)
        head.created = WallTime(rawValue: number)
        head.modified = WallTime(rawValue: 1 << 62 - number)
        for lease in [0, 1, number, LeaseID.max.rawValue, .max] {
            for author in [0, 1, .max] as [UInt32] {
                for note in [[], [1]] as [[UInt8]] {
                    head.lease = lease
                    head.author = AuthorID(rawValue: author)
                    head.noteByteCount = note.count
                    head.valueByteCount = 1
                    let version = Version(head, value: [7], note: note)
                    #expect(version.head == head)
                    #expect(version.note == note)
                    var written: [UInt8] = []
                    written.append(version)
                    var reader = ByteReader(written)
                    let read = try reader.readVersion(.third)
                    #expect(read.head == head)
                    #expect(reader.isAtEnd)
                    var archive = VersionLog()
                    var record = VersionedRecord(current: version)
                    _ = record.advance(to: .deletion(at: head.modRevision), archive: &archive)
                    let past = record.past.last(notAfter: head.modRevision, archive: archive)
                    let kept = past.map { archive.version(at: $0) }
                    #expect(kept?.head == head)
                    #expect(kept?.note == note)
                }
            }
        }
    }
}
