internal import Bytes

/// A bounded part of history.
package struct EventSlice: Hashable, Sendable {
    package let events: [Event]
    /// Where the next slice begins.
    package let next: EventID
    /// Whether there is no later event.
    package let isAtHead: Bool
}

extension Store {
    /// How many events of others a slice reads over before it ends: what bounds the work of a
    /// watch that matches nothing.
    static let passedEventCountMax = 4096

    /// The events from `start` on that `filter` selects, as far as they come to `byteCountMax`
    /// bytes of keys and values, at least one. A start ahead of the head gives none and stays.
    ///
    /// - Throws: `.compacted` when events after the start are gone.
    /// - Complexity: O(slice · log *n*)
    package func events(
        from start: EventID,
        filter: WatchFilter,
        byteCountMax: Int
    ) throws(ReadRefusal) -> EventSlice {
        guard start.revision >= compactRevision else { throw .compacted(compactRevision) }
        guard start.revision <= revision else {
            return EventSlice(events: [], next: start, isAtHead: true)
        }
        var position = log.position(of: start)
        var events: [Event] = []
        var byteCount = 0
        var passedCount = 0
        while passedCount < Self.passedEventCountMax, byteCount < byteCountMax {
            guard let logged = log.next(&position), logged.id.revision <= revision else {
                let next = EventID(revision: revision.next, sub: 0)
                return EventSlice(events: events, next: next, isAtHead: true)
            }
            passedCount += 1
            guard filter.follows(!logged.kind.isDelete), filter.matches(logged.key),
                let event = event(logged)
            else { continue }
            events.append(event)
            byteCount += event.byteCount
        }
        if planted(.watchRepeatsAfterSlice), let last = events.last {
            return EventSlice(events: events, next: last.id, isAtHead: false)
        }
        if planted(.watchSkipsAfterSlice) { _ = log.next(&position) }
        let next = log.id(at: position) ?? EventID(revision: revision.next, sub: 0)
        return EventSlice(events: events, next: next, isAtHead: next.revision > revision)
    }

    /// The event with its values, read from the key's versions.
    private func event(_ logged: LoggedEvent) -> Event? {
        let change = records.read(logged.key.bytes) { record in
            record.change(at: logged.id.revision, occurrence: logged.occurrence, archive: archive)
        }
        guard let change = change ?? nil else { return nil }
        let previous = change.before?.record(key: logged.key, authors: authors)
        guard case .delete(let cause) = logged.kind else {
            let record = change.written.record(key: logged.key, authors: authors)
            return record.map { Event(id: logged.id, change: .put($0), previous: previous) }
        }
        return Event(id: logged.id, change: .delete(logged.key, cause), previous: previous)
    }
}

extension Event {
    /// Bytes of the keys and values that the event carries.
    fileprivate var byteCount: Int {
        let value =
            switch change {
            case .put(let record): record.value.count
            case .delete: 0
            }
        return key.bytes.count + value + (previous?.value.count ?? 0)
    }
}
