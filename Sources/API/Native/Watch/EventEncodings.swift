internal import Keyspace

/// The events of the last moments as they go to the clients: watchers at the head of history share
/// each encoding instead of writing their own.
///
/// The shell keeps one and lends it to every `nextPiece`. Direct-mapped: an event's place is its id
/// modulo the size; a later one drives it out.
package struct EventEncodings: ExchangeCache, Sendable {
    private struct Slot: Sendable {
        var id: EventID?
        /// By `WatchForm.index`; empty where nobody asked yet.
        var forms: [[UInt8]] = Array(repeating: [], count: WatchForm.count)
    }

    /// What a piece of history came to.
    struct Told: Sendable {
        let bytes: [UInt8]
        /// The last event of it, which its reader goes on after.
        let last: EventID
        /// Where the next piece begins.
        let next: EventID
    }

    /// What one watcher was told last.
    private struct Telling: Sendable {
        let start: EventID
        /// The store's revision at that time.
        let through: Revision
        let filter: WatchFilter
        let form: WatchForm
        let told: Told
    }

    private static let slotCount = 256
    /// Longer encodings are written for each watcher: bounds what is kept.
    private static let sharedByteCountMax = 64 << 10

    private var slots = [Slot](repeating: Slot(), count: slotCount)
    private var telling: Telling?

    package init() {}

    /// Forgets everything: the store was replaced.
    package mutating func removeAll() {
        slots = [Slot](repeating: Slot(), count: Self.slotCount)
        telling = nil
    }

    /// What the watcher before was told, and where it goes on, if it stood at `start` with the same
    /// wishes while the store was at the same revision: thousands that follow one key are told the
    /// same one after another.
    func told(
        from start: EventID,
        at revision: Revision,
        filter: WatchFilter,
        form: WatchForm
    ) -> Told? {
        guard let telling, telling.start == start, telling.through == revision,
            telling.form == form, telling.filter == filter
        else { return nil }
        return telling.told
    }

    /// Keeps what a watcher is told.
    mutating func keep(
        _ told: Told,
        from start: EventID,
        at revision: Revision,
        filter: WatchFilter,
        form: WatchForm
    ) {
        telling = Telling(
            start: start,
            through: revision,
            filter: filter,
            form: form,
            told: told
        )
    }

    /// Appends the event in that form.
    mutating func append(_ event: Event, form: WatchForm, to output: inout [UInt8]) {
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
