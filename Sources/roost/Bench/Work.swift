/// What a benchmark does.
package enum Work: String, CaseIterable, Hashable, Sendable {
    case write
    case read
    case staleRead = "stale-read"
    case mixed
    case cas
    case lock
    case lease
    case watch
    case list

    /// What help says after its name.
    package var summary: String {
        switch self {
        case .write: "put keys"
        case .read: "get keys, linearizable"
        case .staleRead: "get keys from what the member asked has"
        case .mixed: "put and get keys, as --ratio says"
        case .cas: "put keys if they are at the revision last seen; 412 is a lost race"
        case .lock: "connections hand locks on to each other (--keys of them, 1)"
        case .lease: "keep leases alive (--keys of them)"
        case .watch: "one key is written; the connections watch it"
        case .list: "list a page (--limit) of the subtree"
        }
    }

    /// Whether the keys have to be there first.
    var readsKeys: Bool {
        switch self {
        case .read, .staleRead, .mixed, .cas, .list: true
        case .write, .lock, .lease, .watch: false
        }
    }
}

extension Work {
    /// What is sent.
    var requests: [MeasuredOperation] {
        switch self {
        case .write, .watch: [.write]
        case .read: [.read]
        case .staleRead: [.staleRead]
        case .mixed: [.write, .read]
        case .cas: [.cas]
        case .lock: [.acquire, .release]
        case .lease: [.keepalive]
        case .list: [.list]
        }
    }

    /// What it is about: what is told over time.
    var subjects: [MeasuredOperation] {
        switch self {
        case .watch: [.event]
        case .lock: [.handOff]
        case .write, .read, .staleRead, .mixed, .cas, .lease, .list: requests
        }
    }
}

/// A kind of request, or of something else that is measured; each is a row of the report.
enum MeasuredOperation: UInt8, CaseIterable, Hashable, Sendable {
    case write, read, staleRead, cas, acquire, release, handOff, keepalive, list, event
    /// Only to prepare the others.
    case fill, grant

    var name: StaticString {
        switch self {
        case .write: "write"
        case .read: "read"
        case .staleRead: "stale-read"
        case .cas: "cas"
        case .acquire: "acquire"
        case .release: "release"
        case .handOff: "hand-off"
        case .keepalive: "keepalive"
        case .list: "list"
        case .event: "event"
        case .fill: "fill"
        case .grant: "grant"
        }
    }

    /// Whether it is a request, not a time between others'.
    var isRequest: Bool { self != .handOff && self != .event }
}
