internal import Keyspace
internal import Wire

/// What the reference says of one method of one address.
struct OperationDescription {
    enum Body {
        case none
        case bytes
        case fields([StaticString])
        /// A JSON object of any members, in either way of writing one.
        case tree([StaticString])
        /// Bytes, or with `format=tree` a JSON object.
        case bytesOrTree
    }

    typealias Answer = (code: StaticString, says: StaticString)

    let summary: StaticString
    var parameters: [QueryParameter] = []
    var headers: [StaticString] = []
    var body = Body.none
    var answers: [Answer] = [("200", "Done.")]

    static let writeHeaders: [StaticString] = [
        "Idempotency-Key", "Roost-Lock", "Roost-Note",
    ]
    private static let conditionHeaders: [StaticString] = ["If-Match", "If-None-Match"]
    private static let stream: [Answer] = [("200", "A stream of Server-Sent Events.")]
    private static let unmodified: Answer = (
        "304", "If-None-Match names what is there; there is no body."
    )
    private static let conditionFailed: Answer = ("412", "A condition did not hold.")
    static let notFound: Answer = ("404", "There is nothing to tell or to delete.")
    private static let compacted: Answer = ("410", "The revision is compacted.")
    private static let held: Answer = ("409", "Another holds it, or the wait ran out.")

    init(
        _ summary: StaticString,
        parameters: [QueryParameter] = [],
        body: Body = .none,
        answers: [Answer] = [("200", "Done.")]
    ) {
        self.summary = summary
        self.parameters = parameters
        self.body = body
        self.answers = answers
    }

    /// Nil for a method that the address does not have.
    init?(_ resource: Resource, method: Method) {
        switch resource {
        case .keys: self.init(keys: method)
        case .settings: self.init(settings: method)
        case .quotas, .quota: self.init(quotas: resource, method: method)
        case .key: self.init(key: method)
        case .members, .member, .memberReplacement, .leaderTransfer:
            self.init(members: resource, method: method)
        case .leases, .lease, .leaseKeepAlive: self.init(lease: resource, method: method)
        case .locks, .lock, .lockHold, .lockVerify: self.init(lock: resource, method: method)
        case .guards, .guarded, .counter: self.init(coordination: resource, method: method)
        case .queues, .queue, .queueTake, .queueAck, .queueNack, .queueExtend:
            self.init(queues: resource, method: method)
        case .barriers, .barrier, .barrierEnter, .barrierLeave:
            self.init(barriers: resource, method: method)
        case .elections, .election, .campaign, .observe, .electionHold, .proclaim, .resign,
            .handOver:
            self.init(election: resource)
        case .services, .service, .serviceWatch, .serviceInstance, .instanceHealth:
            self.init(services: resource, method: method)
        case .authStatus, .authLogin, .authWhoami, .authCan, .authEnable, .authDisable, .authUsers,
            .authUser, .authRoles, .authRole, .authKeys, .authKeyRotation, .authKey:
            self.init(access: resource, method: method)
        default: self.init(other: resource)
        }
    }

    /// What reads of keys and listings take.
    private static let reading: [QueryParameter] = [
        "raw", "revision", "consistency", "at_least", "wait", "since", "values", "meta",
        "limit", "after", "keys", "count",
    ]
    /// What became of a key.
    private static let past: [QueryParameter] = [
        .init("history", type: .flag), .init("before", type: .number),
    ]
    private static let found: [Answer] = [
        ("200", "What is there; a listing as JSON, or a line for each key as Accept asks for it."),
        unmodified, notFound, compacted, conditionFailed,
    ]
    private static let written: [Answer] = [
        ("200", "Written; the key was there."), ("201", "Written; the key is new."),
        conditionFailed, ("413", "The value is longer than the limit in force."),
        ("507", "The disk reserve, or a quota, is used up."),
    ]
    private static let deleted: [Answer] = [
        ("200", "Deleted; how many there were."), notFound, conditionFailed,
    ]

    private init?(keys method: Method) {
        let selection: [QueryParameter] = [
            "key", "prefix", .init("from", type: .string), .init("to", type: .string),
        ]
        switch method {
        case .get:
            summary = "Reads a key of any bytes, or a range of keys."
            parameters = selection + Self.reading + Self.past
            headers = Self.conditionHeaders + ["Accept"]
            answers = Self.found
        case .put:
            summary = "Writes a key of any bytes; the body's bytes become its value."
            parameters = ["key", "lease", "ttl"]
            headers = Self.conditionHeaders + Self.writeHeaders
            body = .bytes
            answers = Self.written
        case .delete:
            summary = "Deletes a key of any bytes, or a range of keys."
            parameters = selection + ["confirm"]
            headers = Self.conditionHeaders + Self.writeHeaders
            answers = Self.deleted
        default: return nil
        }
    }

    private init?(key method: Method) {
        switch method {
        case .get:
            summary = "Reads a key, its children or its subtree; waits for a change."
            parameters =
                Self.reading + Self.past
                + ["children", "recursive", "format", .init("diff", type: .number)]
            headers = Self.conditionHeaders + ["Accept"]
            answers = Self.found
        case .put:
            summary = "Writes a key, or with format=tree makes its subtree what the body says."
            parameters = ["lease", "ttl", "format", "values", "dry-run", "confirm"]
            headers = Self.conditionHeaders + Self.writeHeaders
            body = .bytesOrTree
            answers = Self.written
        case .patch:
            summary = "Merges a JSON object into the subtree (RFC 7396)."
            parameters = ["format", "values", "dry-run"]
            headers = Self.conditionHeaders + Self.writeHeaders
            body = .tree(["application/merge-patch+json"])
            answers = [
                ("200", "Written, or what would be."), Self.conditionFailed,
                ("415", "The body is no application/merge-patch+json."),
            ]
        case .post:
            summary = "Creates a sequential child, or with undo brings the subtree back."
            parameters = ["lease", "ttl", .init("undo", type: .number)]
            headers = Self.conditionHeaders + Self.writeHeaders
            body = .bytes
            answers = [
                ("200", "The subtree is as it was at the revision."),
                ("201", "Created; Location names it."), Self.conditionFailed, Self.compacted,
            ]
        case .delete:
            summary = "Deletes a key, or its whole subtree."
            parameters = ["recursive", "confirm"]
            headers = Self.conditionHeaders + Self.writeHeaders
            answers = Self.deleted
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
            body = .fields(["id", "ttl"])
            answers = [("201", "Granted; Location names it."), ("409", "The id is taken.")]
        case (.lease, .get):
            summary = "A lease with its keys."
            answers += [Self.notFound]
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
            parameters = ["ttl", "owner", "info", "shared", "permits"]
            answers = Self.stream
        case (.lockVerify, _):
            summary = "Whether a token holds a lock."
            parameters = ["token", "at_least"]
            answers += [Self.conditionFailed]
        case (_, .get):
            summary = "A lock's holders and waiters."
            answers += [Self.notFound]
        case (_, .post):
            summary = "Acquires a lock, waiting for it if asked to."
            headers = Self.writeHeaders
            body = .fields(LockRequestForm.lockFields)
            answers = [("200", "It is yours."), Self.held]
        default:
            summary = "Releases a lock."
            parameters = ["token", "force"]
            headers = Self.writeHeaders
            answers += [Self.conditionFailed]
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
            body = .fields(LockRequestForm.campaignFields)
            answers = [
                ("200", "You lead."), Self.held, ("410", "The lease of the campaign has ended."),
            ]
        case .observe:
            summary = "Follows the leader: leader, vacant."
            answers = Self.stream
        case .electionHold:
            summary = "Leads while the connection lives: waiting, held, lost."
            parameters = ["ttl", "owner", "info", "value", .init("priority", type: .number)]
            answers = Self.stream
        case .proclaim:
            summary = "Proclaims another value."
            parameters = ["token"]
            headers = Self.writeHeaders
            body = .bytes
            answers += [Self.conditionFailed]
        case .handOver:
            summary = "Chooses who leads next, and when at the latest."
            parameters = ["token"]
            headers = Self.writeHeaders
            body = .fields(["to", "timeout"])
            answers += [Self.conditionFailed, ("409", "Nobody is there to take over.")]
        case .resign:
            summary = "Gives leadership up."
            parameters = ["token"]
            headers = Self.writeHeaders
            answers += [Self.conditionFailed]
        default:
            summary = "The leader, or with is whether its value is that."
            parameters = ["is"]
            answers += [Self.notFound, ("503", "The leader has another value, or there is none.")]
        }
    }

    private init?(settings method: Method) {
        switch method {
        case .get: summary = "What all members share: limits of size and of history."
        case .patch:
            summary =
                "Changes settings, and answers all; or holds the feature level, and answers that."
            headers = Self.writeHeaders
            body = .fields(SettingsChange.fields)
            answers += [
                ("409", "A member does not know it yet: the feature level has not risen.")
            ]
        default: return nil
        }
    }

    private init?(quotas resource: Resource, method: Method) {
        switch (resource, method) {
        case (.quotas, _):
            summary = "The quotas of subtrees with what there is under each, in the order of paths."
            parameters = ["after", "limit"]
        case (_, .get):
            summary = "The quota of a path, and what there is at and below it."
            answers += [Self.notFound]
        case (_, .put):
            summary = "Sets how many keys, and bytes of keys and values, a subtree may have."
            headers = Self.writeHeaders
            body = .fields(["keys", "bytes"])
            answers = [
                ("200", "The quota, and what there is under it."),
                ("409", "A member does not know it yet: the feature level has not risen."),
                ("413", "There are as many quotas as there may be."),
            ]
        case (_, .delete):
            summary = "Removes the quota of a path."
            headers = Self.writeHeaders
            answers += [Self.notFound]
        default: return nil
        }
    }

    private init?(members resource: Resource, method: Method) {
        switch (resource, method) {
        case (.members, .get): summary = "Who belongs to the cluster, and the changes under way."
        case (.members, .post):
            summary = "Orders that a new member be added: it votes once it has the log."
            body = .fields(["name", "peer", "kind"])
            answers = [("201", "Ordered; the command that starts it."), Self.memberConflict]
        case (.member, .delete):
            summary = "Orders that a member be removed, or withdraws its arrival."
            parameters = [.init("force", type: .flag), .init("change", type: .number)]
            answers = [Self.ordered, Self.noMember, Self.memberConflict]
        case (.member, .patch):
            summary = "Orders another address or kind for a member."
            parameters = [.init("force", type: .flag)]
            body = .fields(["peer", "kind"])
            answers = [Self.ordered, Self.noMember, Self.memberConflict]
        case (.memberReplacement, .post):
            summary = "Orders that a new member take this one's place, in one step."
            body = .fields(["name", "peer"])
            answers = [
                ("201", "Ordered; the command that starts it."), Self.noMember,
                Self.memberConflict,
            ]
        case (.leaderTransfer, .post):
            summary = "Asks the leader to hand over, to the voter named or to the best one."
            body = .fields(["to"])
            answers = [("202", "Asked."), Self.noMember]
            return
        default: return nil
        }
        if method != .get { headers = Self.writeHeaders }
    }

    private static let ordered: Answer = ("202", "Ordered; whoever leads carries it out.")
    private static let noMember: Answer = ("404", "There is no such member.")
    private static let memberConflict: Answer = (
        "409", "The name or address is taken, a change is pending, or the quorum is at risk."
    )

    private init?(other resource: Resource) {
        switch resource {
        case .frontPage: summary = "Five lines to try."
        case .livez:
            summary = "The process is alive."
            parameters = ["verbose", "exclude"]
        case .readyz:
            summary = "The member has a quorum, is sound and caught up."
            parameters = ["verbose", "exclude"]
            answers += [("503", "It is not ready; the reasons.")]
        case .health:
            summary = "Whether a majority confirms reads here, in the words of etcd."
            parameters = ["serializable", "exclude"]
            answers += [("503", "It does not; the reason.")]
        case .version: summary = "The build, and what it speaks and writes."
        case .metrics: summary = "Figures in Prometheus' text format."
        case .openAPI: summary = "This document."
        case .revision:
            summary = "The newest revision, or the newest that was made at a time or before."
            parameters = ["at"]
            answers += [Self.compacted]
        case .transaction:
            summary = "Compares, then carries out one of two lists of operations at one revision."
            headers = Self.writeHeaders
            body = .fields(["compare", "then", "else"])
            answers += [("413", "It finds or looks at more than one transaction may.")]
        case .watch:
            summary = "Follows every change of keys."
            parameters = [
                "path", "recursive", "key", "prefix", "from", .init("to", type: .number),
                "previous",
                "initial", "events", "keys", "meta",
            ]
            headers = ["Last-Event-ID", "Accept"]
            answers =
                Self.stream + [
                    ("204", "The client was told that its position is compacted, or all up to to.")
                ]
        case .compact:
            summary = "Forgets history before a revision."
            headers = Self.writeHeaders
            body = .fields(["revision"])
        case .cluster: summary = "The members of the cluster."
        case .status: summary = "This member."
        case .snapshot:
            summary = "The whole state at one revision, as a backup."
            answers += [("429", "Two are read from this member already.")]
        default: return nil
        }
    }
}
