internal import Bytes

// The quota bounds the keys and values in force, the records of locks and elections among them: a
// change of clients' keys that would grow them beyond it is refused, on every member alike. Locks
// and elections are not, though their records may grow the data.

extension Keyspace {
    /// Throws where a value for the key would grow the data beyond the quota.
    ///
    /// - Complexity: O(1) far from the quota, else O(log *n*).
    func checkRoom(for value: [UInt8], at key: Key) throws(Refusal) {
        guard !hasRoom(growth: key.bytes.count + value.count) else { return }
        if planted(.quotaIgnoresOverwrites), store.isLive(key) { return }
        guard !hasRoom(growth: key.bytes.count + value.count - store.byteCount(of: key)) else {
            return
        }
        throw quotaExceeded
    }

    /// The same for the next sequential child of a key.
    func checkRoom(for value: [UInt8], atChildOf parent: Key) throws(Refusal) {
        guard !hasRoom(growth: parent.bytes.count + 1 + 20 + value.count) else { return }
        try checkRoom(for: value, at: nextChild(of: parent))
    }

    /// The key that the next sequential child gets.
    func nextChild(of parent: Key) -> Key {
        var number = store.directory(parent)?.sequence ?? 0
        var key: Key
        repeat {
            number += 1
            key = parent.child(number: number)
        } while store.isLive(key)
        return key
    }

    /// The same for puts that grow the data by so much, and keys that are deleted beside them.
    ///
    /// - Complexity: O(1) far from the quota, else O(keys · log *n*).
    func checkRoom(growth: Int, deleting keys: [Key]) throws(Refusal) {
        guard !hasRoom(growth: growth) else { return }
        let freed = keys.reduce(0) { $0 + store.byteCount(of: $1) }
        guard hasRoom(growth: growth - freed) else { throw quotaExceeded }
    }

    /// Throws where what was carried out since the data had so many bytes grew it beyond the quota.
    func checkRoom(growingFrom byteCount: Int) throws(Refusal) {
        guard store.byteCount > byteCount, store.byteCount > settings.quotaByteCount else { return }
        throw .quotaExceeded(
            byteCount: UInt64(byteCount),
            quotaByteCount: settings.quotaByteCount
        )
    }

    /// Whether a change may grow the data by so many bytes, there being a quota. One that does not
    /// grow it may always, also where the quota was lowered below what there is.
    func hasRoom(growth: Int) -> Bool {
        if planted(.quotaRefusesShrinking) {
            return store.byteCount + growth <= settings.quotaByteCount
        }
        return growth <= 0 || store.byteCount + growth <= settings.quotaByteCount
    }

    private var quotaExceeded: Refusal {
        .quotaExceeded(
            byteCount: UInt64(store.byteCount),
            quotaByteCount: settings.quotaByteCount
        )
    }
}

extension Store {
    /// What the key and its value count for in `byteCount`; 0 when it has none.
    ///
    /// - Complexity: O(log *n*)
    fileprivate func byteCount(of key: Key) -> Int {
        records.read(key.bytes) {
            $0.current.isLive ? key.bytes.count + $0.current.head.valueByteCount : 0
        } ?? 0
    }
}
