internal import Bytes
internal import Consensus
internal import Keyspace

/// The values that several works share: 1,000 keys of 18 bytes, values of 256.
enum Material {
    static let keyCount = 1000
    static let value = [UInt8](repeating: UInt8(ascii: "x"), count: 256)

    static func key(_ number: Int) -> Key {
        let digits = String(number % keyCount + 10_000_000)
        return Key(unchecked: Array("/bench/key\(digits)".utf8))
    }

    static func put(_ number: Int) -> Request {
        Request(.put(Put(key: key(number), value: value, lease: .none, condition: .none)))
    }

    /// A request as the log carries it: 281 bytes.
    static func payload(_ number: Int) -> [UInt8] {
        var payload: [UInt8] = []
        put(number).encode(into: &payload)
        return payload
    }

    static func entry(_ index: UInt64, term: UInt64 = 1, time: UInt64 = 0) -> Entry {
        Entry(
            id: EntryID(term: Term(rawValue: term), index: LogIndex(rawValue: index)),
            time: ClusterTime(rawValue: time),
            kind: .command,
            payload: payload(Int(index))
        )
    }
}
