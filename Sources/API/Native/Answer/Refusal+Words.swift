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
        case .user: "user"
        case .role: "role"
        case .signingKey: "signing key"
        case .quota: "quota"
        case .writeGuard: "guard"
        case .counter: "counter"
        }
    }
}

extension AccessVerb {
    var name: StaticString {
        switch self {
        case .read: "read"
        case .write: "write"
        case .lock: "lock"
        case .admin: "admin"
        case .metrics: "metrics"
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
