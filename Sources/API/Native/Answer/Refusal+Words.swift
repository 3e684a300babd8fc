internal import Keyspace

// What a refusal is about, as answers call it.

extension Refusal.Subject {
    var name: StaticString {
        switch self {
        case .key: "key"
        case .lease: "lease"
        case .lock: "lock"
        case .election: "election"
        case .memberOrder: "order"
        }
    }
}

extension Contest.Kind {
    var name: StaticString {
        switch self {
        case .lock: "lock"
        case .election: "election"
        }
    }
}
