internal import Keyspace

/// A change of a value, as a member was the first to show it.
struct ValueChange: Sendable {
    let revision: UInt64
    /// Of the entry that made it; nil where that is not known.
    let index: UInt64?
    let key: Key
    /// Of the value; nil for a deletion.
    let byteCount: Int?

    init(_ event: Event, at index: UInt64, from source: CommandReplay.Source) {
        revision = event.id.revision.rawValue
        self.index = source == .entry ? index : nil
        key = event.key
        byteCount = if case .put(let record) = event.change { record.value.count } else { nil }
    }
}
