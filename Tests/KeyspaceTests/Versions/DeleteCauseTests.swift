import Bytes
import Testing

@testable import Keyspace

/// Docs/http-api.md: a delete event says why.
@Suite("Why a key went")
struct DeleteCauseTests {
    private static let minute: UInt64 = 60_000

    /// A way in which the key `/a` of lease 7, or the record of lock `l` under it, can go.
    struct Row: CustomTestStringConvertible {
        let name: String
        let command: Command?
        let cause: DeleteCause
        let keys: [String]

        init(_ name: String, command: Command?, cause: DeleteCause, keys: [String]) {
            (self.name, self.command, self.cause, self.keys) = (name, command, cause, keys)
        }

        var testDescription: String { name }
    }

    private static let record = "/.roost/locks/l/0000000000000007"

    static let rows: [Row] = [
        Row("delete", command: .delete("/a"), cause: .deleted, keys: ["/a"]),
        Row("subtree", command: .deleteSubtree("/"), cause: .deleted, keys: ["/a"]),
        Row(
            "interval",
            command: .delete(.all, condition: .none),
            cause: .deleted,
            keys: ["/a"]
        ),
        Row(
            "transaction",
            command: .transaction(.init(compares: [], then: [.delete(.all)], otherwise: [])),
            cause: .deleted,
            keys: ["/a"]
        ),
        Row(
            "tree",
            command: .writeTree(
                TreeWrite(root: .root, edits: [], mode: .replace, condition: .none)
            ),
            cause: .deleted,
            keys: ["/a"]
        ),
        Row("revoked", command: .revokeLease(lease(7)), cause: .revoked, keys: ["/a", record]),
        Row("expired", command: nil, cause: .expired, keys: ["/a", record]),
        Row(
            "released",
            command: .release(lock("l"), .everyHolder),
            cause: .deleted,
            keys: [record]
        ),
        Row(
            "abandoned",
            command: .abandon(lock("l"), lease: lease(7), .heldToo),
            cause: .deleted,
            keys: [record]
        ),
    ]

    @Test(arguments: rows)
    func cause(_ row: Row) throws {
        var machine = Machine()
        machine.apply(.grantLease(lease(7), timeToLiveMilliseconds: Self.minute))
        machine.apply(.put("/a", lease: .lease(lease(7))))
        machine.apply(.acquire(lock("l"), ownership: .lease(lease(7))))
        let before = machine.keyspace.store.revision
        if let command = row.command {
            machine.apply(command)
        } else {
            machine.pass(Self.minute + 1)
        }
        let changes = row.keys.map { Event.Change.delete(path($0), row.cause) }
        #expect(machine.last.events.map(\.change) == changes)
        // The same from history, and from a snapshot's.
        try machine.restartTwin()
        let ranges = [KeyRange.all, .subtree(.reserved)]
        let slice = try machine.keyspace.store.events(
            from: EventID(revision: before.next, sub: 0),
            filter: WatchFilter(ranges: ranges, kinds: .deletes),
            byteCountMax: .max
        )
        #expect(slice.events.map(\.change) == changes)
    }
}
