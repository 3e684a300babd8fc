internal import Keyspace

/// The events of the last moments as they go to the clients: watchers at the head of history share
/// each encoding instead of writing their own.
///
/// The shell keeps one and lends it to every `nextChunk`. Direct-mapped: an event's place is its id
/// modulo the size; a later one drives it out.
package struct EventEncodings: Sendable {
    private struct Slot: Sendable {
        var id: EventID?
        /// By `WatchForm.index`; empty where nobody asked yet.
        var forms: [[UInt8]] = Array(repeating: [], count: 4)
    }

    private static let slotCount = 256
    /// Longer encodings are written for each watcher: bounds what is kept.
    private static let sharedByteCountMax = 64 << 10

    private var slots = [Slot](repeating: Slot(), count: slotCount)

    package init() {}

    /// Forgets everything: the store was replaced.
    package mutating func removeAll() {
        slots = [Slot](repeating: Slot(), count: Self.slotCount)
    }

    /// Appends the event in that form.
    mutating func append(_ event: Event, _ form: WatchForm, to output: inout [UInt8]) {
        let place = Int(
            (event.id.revision.rawValue &+ UInt64(event.id.sub)) % UInt64(Self.slotCount)
        )
        if slots[place].id == event.id, !slots[place].forms[form.index].isEmpty {
            output.append(contentsOf: slots[place].forms[form.index])
            return
        }
        let start = output.count
        form.append(event, to: &output)
        guard output.count - start <= Self.sharedByteCountMax else { return }
        if slots[place].id != event.id { slots[place] = Slot(id: event.id) }
        slots[place].forms[form.index] = Array(output[start...])
    }
}
