internal import Bytes
internal import Keyspace

/// Somebody who writes and reads a few keys, one request after another.
struct SimulatedClient: Sendable {
    let number: Int
    /// What it waits for.
    struct Waiting: Sendable {
        /// In the history.
        let operation: Int
    }

    /// Every fourth value is long: logs grow, segments fill, snapshots become due.
    private static func byteCount(of value: UInt64) -> Int { value % 4 == 0 ? 24 << 10 : 64 }

    var waiting: Waiting?
    /// A write with an idempotency key that is sent until it is answered.
    var retrying: Int?
    var writeCount: UInt64 = 0
    /// Whether anything was answered since all faults ended.
    var isServedInCalm = false

    /// The key's path.
    static func path(of key: Int) -> Path { Path(unchecked: Array("/key-\(key)".utf8)) }

    /// No other write of the run writes it.
    mutating func nextValue() -> UInt64 {
        writeCount += 1
        return UInt64(number) << 32 | writeCount
    }

    static func encode(_ value: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: value)
        let rest = byteCount(of: value) - bytes.count
        bytes += repeatElement(UInt8(truncatingIfNeeded: value), count: rest)
        return bytes
    }

    /// Key and value of a record that a client wrote.
    static func content(of record: KeyRecord) -> (key: Int, value: UInt64)? {
        guard record.value.count >= 8, let last = record.key.bytes.last else { return nil }
        let value = record.value.span.littleEndian(UInt64.self, at: 0)
        guard encode(value) == record.value else { return nil }
        return (Int(last) - Int(UInt8(ascii: "0")), value)
    }
}
