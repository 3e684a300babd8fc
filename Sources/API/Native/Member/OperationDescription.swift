internal import Wire

/// What the reference says of one method of one address.
struct OperationDescription {
    enum Body {
        case none
        case bytes
        case fields([StaticString])
    }

    let summary: StaticString
    var parameters: [StaticString] = []
    var headers: [StaticString] = []
    var body = Body.none
    var success: (code: StaticString, says: StaticString) = ("200", "Done.")

    private static let writeHeaders: [StaticString] = ["Idempotency-Key", "Roost-Lock"]
    private static let watchStream: (code: StaticString, says: StaticString) = (
        "200", "A stream of Server-Sent Events."
    )

    /// Nil for a method that the address does not have.
    init?(_ resource: Resource, method: Method) {
        switch resource {
        case .key: self.init(key: method)
        case .leases, .lease, .leaseKeepAlive: self.init(lease: resource, method: method)
        case .locks, .lock, .lockHold: self.init(lock: resource, method: method)
        case .elections, .election, .campaign, .observe, .electionHold, .proclaim, .resign:
            self.init(election: resource)
        default: self.init(other: resource)
        }
    }

    private init?(key method: Method) {
        switch method {
        case .get:
            summary = "Reads a key, its children or its subtree; waits for a change."
            parameters = [
                "raw", "revision", "consistency", "at_least", "wait", "since", "children",
                "recursive", "limit", "after", "keys", "format",
            ]
            headers = ["If-Match", "If-None-Match"]
        case .put:
            summary = "Writes a key; the body's bytes become its value."
            parameters = ["lease", "ttl"]
            headers = ["If-Match", "If-None-Match"] + Self.writeHeaders
            body = .bytes
            success = ("200", "Written; 201 when the key is new.")
        case .post:
            summary = "Creates a sequential child."
            parameters = ["lease", "ttl"]
            headers = Self.writeHeaders
            body = .bytes
            success = ("201", "Created; Location names it.")
        case .delete:
            summary = "Deletes a key, or its whole subtree."
            parameters = ["recursive", "confirm"]
            headers = ["If-Match", "If-None-Match"] + Self.writeHeaders
        default: return nil
        }
    }

    private init?(lease resource: Resource, method: Method) {
        switch (resource, method) {
        case (.leases, .get):
            summary = "Lists the leases."
            parameters = ["limit", "after"]
        case (.leases, _):
            summary = "Grants a lease."
            headers = Self.writeHeaders
            body = .fields(["ttl"])
            success = ("201", "Granted; Location names it.")
        case (.lease, .get): summary = "A lease with its keys."
        case (.lease, _):
            summary = "Revokes a lease and deletes its keys."
            headers = Self.writeHeaders
        default:
            summary = "Keeps a lease alive."
            headers = Self.writeHeaders
        }
    }

    private init?(lock resource: Resource, method: Method) {
        switch (resource, method) {
        case (.locks, _):
            summary = "Lists the locks that are held or waited for."
            parameters = ["limit", "after"]
        case (.lockHold, _):
            summary = "Holds a lock while the connection lives: waiting, held, lost."
            parameters = ["ttl", "owner", "shared"]
            success = Self.watchStream
        case (_, .get): summary = "A lock's holders and waiters."
        case (_, .post):
            summary = "Acquires a lock, waiting for it if asked to."
            headers = Self.writeHeaders
            body = .fields(["ttl", "wait", "owner", "shared", "lease"])
        default:
            summary = "Releases a lock."
            parameters = ["token", "force"]
            headers = Self.writeHeaders
        }
    }

    private init?(election resource: Resource) {
        switch resource {
        case .elections:
            summary = "Lists the elections that have a leader or candidates."
            parameters = ["limit", "after"]
        case .campaign:
            summary = "Campaigns for leadership, waiting for it if asked to."
            headers = Self.writeHeaders
            body = .fields(["ttl", "wait", "value", "encoding", "owner", "lease"])
        case .observe:
            summary = "Follows the leader: leader, vacant."
            success = Self.watchStream
        case .electionHold:
            summary = "Leads while the connection lives: waiting, held, lost."
            parameters = ["ttl", "owner", "value"]
            success = Self.watchStream
        case .proclaim:
            summary = "Proclaims another value."
            parameters = ["token"]
            headers = Self.writeHeaders
            body = .bytes
        case .resign:
            summary = "Gives leadership up."
            parameters = ["token"]
            headers = Self.writeHeaders
        default: summary = "The leader."
        }
    }

    private init?(other resource: Resource) {
        switch resource {
        case .frontPage: summary = "Five lines to try."
        case .livez: summary = "The process is alive."
        case .readyz: summary = "The member has a quorum, is sound and caught up."
        case .version: summary = "The version."
        case .metrics: summary = "Figures in Prometheus' text format."
        case .openAPI: summary = "This document."
        case .transaction:
            summary = "Compares, then carries out one of two lists of operations at one revision."
            headers = Self.writeHeaders
            body = .fields(["compare", "then", "else"])
        case .watch:
            summary = "Follows every change of keys."
            parameters = ["path", "recursive", "from", "previous", "initial"]
            headers = ["Last-Event-ID", "Accept"]
            success = Self.watchStream
        case .compact:
            summary = "Forgets history before a revision."
            headers = Self.writeHeaders
            body = .fields(["revision"])
        case .cluster: summary = "The members of the cluster."
        case .status: summary = "This member."
        default: return nil
        }
    }
}
