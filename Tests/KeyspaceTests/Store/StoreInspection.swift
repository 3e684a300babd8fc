import Bytes

@testable import Keyspace

/// What a test may know of a store beyond its reads.
extension Store {
    /// Every key that the store still knows, deleted ones included.
    func recordKeys() -> [[UInt8]] {
        var keys: [[UInt8]] = []
        var cursor = records.cursor()
        while !cursor.isAtEnd {
            keys.append(cursor.key)
            cursor.advance()
        }
        return keys
    }

    func directoryStates() -> [(path: Key, state: Directory)] {
        var states: [(Key, Directory)] = []
        var cursor = directories.cursor()
        while !cursor.isAtEnd {
            states.append((DirectoryKey.path(of: cursor.key), cursor.value))
            cursor.advance()
        }
        return states
    }

    /// Every event that is not forgotten.
    func loggedEvents() -> [LoggedEvent] {
        var events: [LoggedEvent] = []
        var position = firstPosition
        while let event = log.next(&position) { events.append(event) }
        return events
    }

    /// The hash of all items, summed afresh.
    func summedItems() -> StateHash {
        var sum = StateHash()
        for key in recordKeys() {
            guard let record = records.value(for: key) else { continue }
            for version in record.versions(archive) { sum.add(version.stateItem(key: key)) }
        }
        for (path, state) in directoryStates() {
            let key = DirectoryKey.key(of: path)
            sum.add(state.stateItem(key: key))
            for count in state.pastCounts { sum.add(count.stateItem(key: key)) }
        }
        for event in loggedEvents() { sum.add(event.stateItem) }
        return sum
    }
}

extension Directory {
    /// Oldest first.
    var pastCounts: [ChildCount] { Array(older) }
}

extension Version {
    /// Makes it that with another head, of the same value and note.
    mutating func change(_ change: (inout VersionHead) -> Void) {
        var head = head
        change(&head)
        self = Version(head, value: value, note: note)
    }
}

extension VersionedRecord {
    /// Oldest first.
    func versions(_ archive: VersionLog) -> [Version] {
        past.all(archive).map { archive.version(at: $0.place) }.reversed() + [current]
    }
}
