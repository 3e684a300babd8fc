import Bytes
import Testing

@testable import Keyspace

/// Docs/http-api.md: what is known of a version besides its value.
@Suite("Times, authors and notes")
struct ProvenanceTests {
    private func put(
        _ key: String,
        author: String = "",
        note: String = ""
    ) -> Request {
        Request(.put(key), caller: caller(author), note: bytes(note))
    }

    private func provenance(_ machine: Machine, key: String) throws -> Provenance {
        try #require(machine.keyspace.store.get(path(key))).provenance
    }

    @Test("a store begins at revision 1, its first change gets 2")
    func begin() {
        var machine = Machine()
        #expect(machine.keyspace.store.revision == Revision(rawValue: 1))
        machine.pass(5)
        machine.apply(.delete("/a"))
        #expect(machine.keyspace.store.revision == Revision(rawValue: 1))
        #expect(machine.apply(.put("/a")).putResult?.revision == Revision(rawValue: 2))
        #expect(machine.last.events.map(\.id.revision) == [Revision(rawValue: 2)])
    }

    @Test("no time is known before a leader said what its wall clock shows")
    func unknown() throws {
        var machine = Machine()
        machine.apply(.put("/a"))
        #expect(try provenance(machine, key: "/a") == Provenance())
        machine.apply(.setWallClock(offsetMilliseconds: 1_000_000))
        machine.apply(.put("/a"))
        let told = try provenance(machine, key: "/a")
        #expect(told.created == .unknown)
        #expect(told.modified.rawValue == 1_000_000 + machine.time)
    }

    @Test(
        "a clock that shows no time that RFC 3339 can write is none, and history stays readable",
        arguments: [Int64.max, Int64.max - 2_000, Int64.min, 253_402_300_800_000]
    )
    func absurd(_ offset: Int64) throws {
        var machine = Machine()
        machine.apply(.setWallClock(offsetMilliseconds: offset))
        for _ in 0..<4 { machine.apply(.put("/a")) }
        #expect(try provenance(machine, key: "/a") == Provenance())
        // What was superseded is read back out of the archive to be forgotten.
        machine.apply(.compact(machine.keyspace.store.revision))
        #expect(machine.keyspace.store.get(path("/a"))?.version == 4)
        #expect(machine.keyspace.brokenRule == nil)
    }

    @Test("created stays, modified follows each put, a key that comes again begins again")
    func times() throws {
        var machine = Machine()
        machine.apply(.setWallClock(offsetMilliseconds: 1_700_000_000_000))
        machine.time = 2_000
        machine.apply(.put("/a"))
        machine.time = 3_000
        machine.apply(.put("/a"))
        var told = try provenance(machine, key: "/a")
        #expect(told.created.rawValue == 1_700_000_002_000)
        #expect(told.modified.rawValue == 1_700_000_003_000)
        machine.apply(.delete("/a"))
        machine.time = 4_000
        machine.apply(.put("/a"))
        told = try provenance(machine, key: "/a")
        #expect(told.created.rawValue == 1_700_000_004_000)
        #expect(told.modified == told.created)
    }

    @Test("a clock that is behind the entry before does not make times run backwards")
    func neverBackwards() throws {
        var machine = Machine()
        machine.apply(.setWallClock(offsetMilliseconds: 500))
        machine.time = 9_000
        machine.apply(.put("/a"))
        machine.time = 3_000
        machine.apply(.put("/b"))
        #expect(try provenance(machine, key: "/b").modified.rawValue == 9_500)
        // Offsets out of all reason tell no time.
        for offset in [Int64.min, -9_000, .max] {
            machine.apply(.setWallClock(offsetMilliseconds: offset))
            machine.apply(.put("/c"))
            #expect(try provenance(machine, key: "/c").modified == .unknown)
        }
    }

    @Test("an author and a note are kept as long as the version, through a snapshot too")
    func kept() throws {
        var machine = Machine()
        machine.apply(.setWallClock(offsetMilliseconds: 1_700_000_000_000))
        machine.apply(put("/a", author: "ann", note: "first"))
        machine.apply(put("/a", author: "bob"))
        machine.apply(put("/a", note: "nobody's"))
        machine.apply(put("/b", author: "ann"))
        try machine.restartTwin()
        machine.apply(put("/a", author: "ann", note: "last"))
        try machine.restartTwin()
        let store = machine.keyspace.store
        let versions = try (1...3).map { number in
            try #require(try store.get(path("/a"), at: revision(number))).provenance
        }
        #expect(versions.map(\.author) == [bytes("ann"), bytes("bob"), []])
        #expect(versions.map(\.note) == [bytes("first"), [], bytes("nobody's")])
        #expect(Set(versions.map(\.created)).count == 1)
        #expect(store.authors.count == 2)
        // In the events that a watch resumes from, too.
        let events = try store.events(
            from: EventID(revision: .initial, sub: 0),
            filter: WatchFilter(ranges: [.all]),
            byteCountMax: .max
        ).events
        let authors = events.map { event -> [UInt8] in
            guard case .put(let record) = event.change else { return [] }
            return record.provenance.author
        }
        #expect(authors == ["ann", "bob", "", "ann", "ann"].map(bytes))
        #expect(
            events.map(\.previous?.provenance.note) == [
                nil, bytes("first"), [], nil, bytes("nobody's"),
            ]
        )
        // History goes, what is in force stays.
        machine.apply(.compact(store.revision))
        try machine.restartTwin()
        let told = try provenance(machine, key: "/a")
        #expect(told.author == bytes("ann"))
        #expect(told.note == bytes("last"))
    }

    @Test("authors are told apart by their bytes, each stored once")
    func interned() {
        var authors = AuthorTable()
        let names: [[UInt8]] = [bytes("é"), bytes("e\u{301}"), [0xFF], [0], bytes("a")]
        let ids = names.map { authors.id(of: $0) }
        #expect(ids.map(\.rawValue) == [1, 2, 3, 4, 5])
        #expect(names.map { authors.id(of: $0) } == ids)
        #expect(authors.id(of: []) == .nobody)
        #expect(authors.count == 5)
        #expect((0..<5).map { authors[$0] } == names)
        #expect(authors.marks(of: .nobody, note: []) == nil)
    }

    @Test("every command that writes marks what it writes; what follows by itself is nobody's")
    func everyCommand() throws {
        var machine = Machine()
        machine.apply(.grantLease(lease(7), timeToLiveMilliseconds: 60_000))
        let commands: [Command] = [
            .put("/a"),
            .createChild(parent: path("/q"), value: [], lease: .none),
            .transaction(
                Transaction(
                    compares: [],
                    then: [
                        .transaction(
                            .init(
                                compares: [],
                                then: [.put(key: path("/t"), value: [], lease: nil)],
                                otherwise: []
                            )
                        )
                    ],
                    otherwise: []
                )
            ),
            .writeTree(
                TreeWrite(
                    root: path("/w"),
                    edits: [.value(path("/w/x"), [])],
                    mode: .replace,
                    condition: .none
                )
            ),
            .acquire(lock("l"), ownership: .lease(lease(7))),
        ]
        for command in commands {
            machine.apply(Request(command, caller: caller("ann"), note: bytes("why")))
            let told = machine.last.events.compactMap { event -> Provenance? in
                guard case .put(let record) = event.change else { return nil }
                return record.provenance
            }
            #expect(told.map(\.author) == [bytes("ann")], "\(command)")
            #expect(told.map(\.note) == [bytes("why")], "\(command)")
        }
        // Somebody's release lets another one in, whose record nobody wrote.
        machine.apply(.acquire(lock("l"), ownership: .own(timeToLiveMilliseconds: 60_000)))
        machine.apply(Request(.release(lock("l"), .everyHolder), caller: caller("ann")))
        let next = try #require(machine.keyspace.holders(of: lock("l")).first)
        let record = machine.keyspace.store.get(lock("l").recordKey(of: next.lease))
        #expect(record?.provenance.author == [])
    }
}
