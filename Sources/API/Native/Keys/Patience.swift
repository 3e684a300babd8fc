internal import Bytes
internal import Keyspace
internal import Wire

/// `wait` and `since`: how long a read waits for a change after a revision.
struct Patience {
    /// Changes after it count.
    let since: Revision
    let end: MonotonicTime
    /// Events before it are known not to concern the read.
    private var position: EventID

    /// Events that one look goes through are bounded; it goes on after a moment.
    private static let pauseMilliseconds: UInt64 = 1

    /// Takes both; nil when neither is there.
    ///
    /// - Parameter revision: what is read, if that is the past: then there is nothing to wait for.
    init?(
        _ parameters: inout Parameters,
        reading revision: Revision?,
        now: MonotonicTime
    ) throws(Problem) {
        let wait = try parameters.duration("wait")
        guard let since = try parameters.revision("since") else {
            guard wait == nil else {
                throw .parameter(
                    "wait",
                    fault: "needs \"since\": the revision after which a change counts"
                )
            }
            return nil
        }
        guard revision == nil else {
            throw .parameter("since", fault: "excludes \"revision\": the past does not change")
        }
        self.since = since
        end = now.advanced(byMilliseconds: wait?.milliseconds ?? 0)
        position = EventID(revision: since.next, sub: 0)
    }

    /// What to wait for; nil when the key has changed, or may have, or the time is up.
    ///
    /// - Throws: for a revision that lies ahead of the store.
    func wake(on key: Key, in store: Store, now: MonotonicTime) throws(Problem) -> Wake? {
        guard since <= store.revision else { throw .future(since, current: store.revision) }
        guard now < end, store.lastChange(of: key) <= since else { return nil }
        return Wake(deadline: end, filter: WatchFilter(ranges: [.key(key)]))
    }

    /// The same of any key of the range.
    mutating func wake(on range: KeyRange, in store: Store, now: MonotonicTime) throws(Problem)
        -> Wake?
    {
        guard since <= store.revision else { throw .future(since, current: store.revision) }
        guard now < end else { return nil }
        let filter = WatchFilter(ranges: [range])
        // What was forgotten may have been a change.
        guard let slice = try? store.events(from: position, filter: filter, byteCountMax: 1),
            slice.events.isEmpty
        else { return nil }
        position = slice.next
        guard slice.isAtHead else {
            let pause = now.advanced(byMilliseconds: Self.pauseMilliseconds)
            return Wake(deadline: min(pause, end), filter: filter)
        }
        return Wake(deadline: end, filter: filter)
    }
}
