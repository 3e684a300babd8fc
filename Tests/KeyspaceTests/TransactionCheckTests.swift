import Bytes
import Testing

@testable import Keyspace

/// Docs/http-api.md, Transactions: one that changes a key twice is refused, whichever branches are
/// chosen.
@Suite("A key that is changed twice is found")
struct TransactionCheckTests {
    private typealias Operation = Transaction.Operation

    /// What the rule says, put by put and delete by delete.
    private struct NaiveWrites {
        var puts: [(key: Key, place: Int)] = []
        var deletes: [(range: KeyRange, place: Int)] = []

        static func both(_ transaction: Transaction) throws(Refusal) -> NaiveWrites {
            let then = try NaiveWrites(transaction.then)
            let otherwise = try NaiveWrites(transaction.otherwise)
            var all = NaiveWrites()
            all.puts = then.puts + otherwise.puts
            all.deletes = then.deletes + otherwise.deletes
            return all
        }

        init() {}

        init(_ operations: [Transaction.Operation]) throws(Refusal) {
            for (place, operation) in operations.enumerated() {
                var writes = NaiveWrites()
                switch operation {
                case .put(let put): writes.puts = [(put.key, place)]
                case .delete(let range, _): writes.deletes = [(range, place)]
                case .get: break
                case .transaction(let nested): writes = try .both(nested)
                }
                for put in writes.puts.sorted(by: { $0.key < $1.key }) {
                    let isTwice = puts.contains { $0.key == put.key && $0.place != place }
                    if isTwice { throw .duplicatePut(put.key) }
                    puts.append((put.key, place))
                }
                deletes += writes.deletes.map { ($0.range, place) }
            }
            for delete in deletes {
                let hit = puts.filter {
                    $0.place != delete.place && delete.range.contains($0.key)
                }
                if let first = hit.map(\.key).min() { throw .duplicatePut(first) }
            }
        }
    }

    /// Words over few keys, so that they meet now and then.
    private struct Words {
        var random: SplitMix64

        mutating func key() -> Key {
            let letters = ["/a", "/b", "/b/c", "/b/c/d", "/b-", "x", "/c", "/d", "/d/e", "/f"]
            return path(letters.randomElement(using: &random) ?? "/a")
        }

        mutating func range() -> KeyRange {
            switch Int.random(in: 0..<8, using: &random) {
            case 0: .interval(from: key().bytes, to: key().bytes)
            case 1: .prefix(Array(key().bytes.prefix(2)))
            case 2...4: .subtree(key())
            default: .key(key())
            }
        }

        mutating func transaction(depth: Int) -> Transaction {
            Transaction(
                compares: [],
                then: operations(depth: depth),
                otherwise: operations(depth: depth)
            )
        }

        private mutating func operations(depth: Int) -> [Transaction.Operation] {
            (0..<Int.random(in: 0..<4, using: &random)).map { _ in
                switch Int.random(in: 0..<10, using: &random) {
                case 0: .get(.key(key()))
                case 1..<4 where depth < 3: .transaction(transaction(depth: depth + 1))
                case 4..<6: .delete(range())
                default: .put(key: key(), value: [], lease: nil)
                }
            }
        }
    }

    @Test("twenty thousand random transactions are judged as by comparing each with each")
    func naive() {
        let keyspace = Keyspace()
        var words = Words(random: SplitMix64(seed: 11))
        var refusedCount = 0
        for round in 0..<20_000 {
            let transaction = words.transaction(depth: 0)
            let expected = Self.verdict { () throws(Refusal) in
                _ = try NaiveWrites.both(transaction)
            }
            let found = Self.verdict { () throws(Refusal) in
                try keyspace.check(transaction, format: .second)
            }
            guard found == expected else {
                Issue.record("\(round): \(transaction)\n\(String(describing: found))")
                return
            }
            refusedCount += expected == nil ? 0 : 1
        }
        #expect(refusedCount > 4_000 && refusedCount < 16_000, "\(refusedCount)")
    }

    private static func verdict(_ body: () throws(Refusal) -> Void) -> Refusal? {
        do throws(Refusal) {
            try body()
            return nil
        } catch {
            return error
        }
    }
}
