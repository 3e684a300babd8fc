import Bytes

@testable import Keyspace

/// Random words of ranges, queries and transactions, over few keys so that they meet.
struct RandomQuery {
    /// Paths, keys that are almost paths, and others.
    static let keys: [Key] =
        ["/", "/a", "/a/b", "/a/b/c", "/a-b", "/b", "/a//b", "/a/", "a", "a/b"].map(path)
        + [[0], [0, 97], [0xFF], [0xC3, 0x28]].map { Key(unchecked: $0) }

    /// Two that live, one that does not.
    static let leases = [LeaseID(rawValue: 7), .max, LeaseID(rawValue: 99)]

    private(set) var random: SplitMix64
    /// The newest revision.
    var newest: UInt64 = 1
    /// Whether compares ask how often children came and went.
    var comparesChildren = true

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func number(below count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

    mutating func pick<Element>(_ elements: [Element], else other: Element) -> Element {
        elements.randomElement(using: &random) ?? other
    }

    /// Mostly anybody's, seldom the service's own.
    mutating func key() -> Key {
        number(below: 60) == 0 ? path("/.roost/x") : pick(Self.keys, else: .root)
    }

    mutating func value() -> [UInt8] {
        (0..<number(below: 3)).map { _ in UInt8(number(below: 3)) }
    }

    mutating func range() -> KeyRange {
        switch number(below: 10) {
        case 0...2: return .key(key())
        case 3...5: return .subtree(key())
        case 6: return number(below: 2) == 0 ? .all : .interval(from: bytes("/.roost/"), to: nil)
        case 7: return .prefix(Array(key().bytes.prefix(number(below: 3))))
        default:
            let end = number(below: 3) == 0 ? nil : key().bytes + [0].prefix(number(below: 2))
            return .interval(from: key().bytes, to: end)
        }
    }

    mutating func someRevision() -> Revision {
        Revision(rawValue: UInt64.random(in: 0...newest + 1, using: &random))
    }

    private mutating func bounds() -> RangeQuery.RevisionBounds {
        guard number(below: 6) == 0 else { return .none }
        return RangeQuery.RevisionBounds(min: someRevision(), max: someRevision())
    }

    mutating func query() -> RangeQuery {
        RangeQuery(
            range(),
            limit: pick([0, 0, 1, 2, 3, .max], else: 0),
            field: pick([.key, .version, .createRevision, .modRevision, .value], else: .key),
            direction: pick([.ascending, .descending], else: .ascending),
            content: pick([.records, .records, .keys, .count], else: .records),
            modBounds: bounds(),
            createBounds: bounds(),
            revision: number(below: 4) == 0 ? someRevision() : .zero
        )
    }

    // MARK: Transactions

    mutating func compare() -> Transaction.Compare {
        let target: Transaction.Target =
            switch number(below: comparesChildren ? 7 : 6) {
            case 0: .version(UInt64(number(below: 3)))
            case 1: .createRevision(someRevision())
            case 2: .modRevision(someRevision())
            case 3: .value(value())
            case 4: .lease(pick([0, 7, UInt64(Int64.max)], else: 0))
            case 5: .exists(number(below: 2) == 0)
            default: .childVersion(UInt64(number(below: 4)))
            }
        return Transaction.Compare(
            range(),
            comparison: pick([.equal, .notEqual, .less, .greater], else: .equal),
            target: target
        )
    }

    private mutating func put() -> Transaction.PutOperation {
        Transaction.PutOperation(
            key: key(),
            value: number(below: 12) == 0 ? .kept : .bytes(value()),
            lease: pick(
                [.none, .none, .none, .none, .lease(Self.leases[0]), .lease(Self.leases[1])]
                    + (number(below: 6) == 0 ? [.kept, .lease(Self.leases[2])] : []),
                else: .none
            ),
            returnsPrevious: number(below: 2) == 0
        )
    }

    private mutating func operations(depth: Int) -> [Transaction.Operation] {
        (0..<number(below: depth == 0 ? 5 : 3)).map { _ in
            switch number(below: 14) {
            case 0...6: return .put(put())
            case 7...10: return .get(query())
            case 11:
                return .delete(number(below: 6) == 0 ? range() : .key(key()), returnsPrevious: true)
            case 12 where depth < 3: return .transaction(transaction(depth: depth + 1))
            default: return .delete(.key(key()), returnsPrevious: false)
            }
        }
    }

    mutating func transaction(depth: Int = 0) -> Transaction {
        Transaction(
            compares: (0..<number(below: 3)).map { _ in compare() },
            then: operations(depth: depth),
            otherwise: operations(depth: depth)
        )
    }
}
