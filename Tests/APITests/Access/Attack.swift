import Bytes
import Keyspace
import Wire

@testable import API

/// A request for what somebody may not have: keys below /secret, the lock and the election of that
/// name, a lease that ties a key there, the cluster itself.
struct Attack: CustomStringConvertible {
    /// Whom it is refused to.
    enum Reach {
        /// Everybody who has no right to it.
        case nobodyElse
        /// Everybody likewise; who is somebody is told that there is no such thing.
        case hidden
        /// Those who are nobody; every user may have it.
        case users
        /// Nobody: it tells nothing that could be a secret.
        case everybody
    }

    let method: Wire.Method
    let target: String
    var headers: [String: String] = [:]
    var body = ""
    var reach = Reach.nobodyElse

    var description: String { "\(method.rawValue) \(target) \(body)" }

    init(
        _ method: Wire.Method,
        _ target: String,
        _ headers: [String: String] = [:],
        body: String = "",
        reach: Reach = .nobodyElse
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.reach = reach
    }

    /// Of every call that there is.
    static let all = Resource.allCases.flatMap(of)

    static let lease = "00000000000000aa"
    private static let merge = ["content-type": "application/merge-patch+json"]

    /// Without a default: a call that nobody thought of does not compile.
    private static func of(_ resource: Resource) -> [Attack] {
        switch resource {
        case .frontPage: [Attack(.get, "/", reach: .everybody)]
        case .livez: [Attack(.get, "/livez", reach: .everybody)]
        case .readyz: [Attack(.get, "/readyz?verbose", reach: .everybody)]
        case .health: [Attack(.get, "/health", reach: .everybody)]
        case .version: [Attack(.get, "/version", reach: .everybody)]
        case .openAPI: [Attack(.get, "/openapi.json", reach: .everybody)]
        case .metrics: [Attack(.get, "/metrics")]
        case .keys, .key: resource == .key ? paths : selections
        case .transaction: transactions
        case .watch: watches
        case .leases:
            [
                Attack(.get, "/v1/leases"),
                Attack(.post, "/v1/leases", body: #"{"ttl":"10s"}"#, reach: .users),
            ]
        case .lease:
            [
                Attack(.get, "/v1/leases/\(lease)", reach: .hidden),
                Attack(.delete, "/v1/leases/\(lease)", reach: .hidden),
            ]
        case .leaseKeepAlive: [Attack(.post, "/v1/leases/\(lease)/keepalive", reach: .hidden)]
        case .locks, .lock, .lockHold, .lockVerify: locks(resource)
        case .guards: [Attack(.get, "/v1/guards")]
        case .guarded:
            [
                Attack(.get, "/v1/guards/secret"), Attack(.get, "/v1/guards/secret/absent"),
                Attack(.put, "/v1/guards/app", body: #"{"lock":"app/l"}"#),
                Attack(.put, "/v1/guards/secret", body: #"{"lock":"app/l"}"#),
                Attack(.delete, "/v1/guards/app"), Attack(.delete, "/v1/guards/secret"),
            ]
        case .counter:
            [
                Attack(.get, "/v1/counters/secret"), Attack(.get, "/v1/counters/absent"),
                Attack(.post, "/v1/counters/secret", body: #"{"add":1}"#),
                Attack(.put, "/v1/counters/secret", body: #"{"value":1}"#),
            ]
        case .queues, .queue, .queueTake, .queueAck, .queueNack, .queueExtend: queues(resource)
        case .barriers, .barrier, .barrierEnter, .barrierLeave: barriers(resource)
        case .elections, .election, .campaign, .observe, .electionHold, .proclaim, .resign,
            .handOver:
            elections(resource)
        case .compact: [Attack(.post, "/v1/compact", body: #"{"revision":2}"#)]
        case .cluster: [Attack(.get, "/v1/cluster", reach: .users)]
        case .revision: [Attack(.get, "/v1/revision", reach: .users)]
        case .status: [Attack(.get, "/v1/status", reach: .users)]
        case .settings:
            [
                Attack(.get, "/v1/settings", reach: .users),
                Attack(.patch, "/v1/settings", body: #"{"quota":"1GiB"}"#),
            ]
        case .quotas: [Attack(.get, "/v1/quotas"), Attack(.get, "/v1/quotas?limit=1")]
        case .quota:
            [
                Attack(.get, "/v1/quotas/secret"), Attack(.get, "/v1/quotas/absent"),
                Attack(.get, "/v1/quotas/"), Attack(.delete, "/v1/quotas/secret"),
                Attack(.put, "/v1/quotas/secret", body: #"{"keys":1}"#),
            ]
        case .snapshot: [Attack(.get, "/v1/snapshot")]
        case .services, .service, .serviceWatch, .serviceInstance, .instanceHealth:
            services(resource)
        case .members, .member, .memberReplacement, .leaderTransfer: members(resource)
        case .authStatus, .authLogin, .authWhoami, .authCan, .authEnable, .authDisable, .authUsers,
            .authUser, .authRoles, .authRole, .authKeys, .authKeyRotation, .authKey:
            access(resource)
        }
    }

    private static func queues(_ resource: Resource) -> [Attack] {
        switch resource {
        case .queues: [Attack(.get, "/v1/queues"), Attack(.get, "/v1/queues?limit=1")]
        case .queueTake:
            [
                Attack(.post, "/v1/queues/secret/take"),
                Attack(.post, "/v1/queues/secret/take", body: #"{"wait":"5s"}"#),
            ]
        case .queueAck: [Attack(.post, "/v1/queues/secret/ack?token=1")]
        case .queueNack: [Attack(.post, "/v1/queues/secret/nack?token=1")]
        case .queueExtend: [Attack(.post, "/v1/queues/secret/extend?token=1")]
        default:
            [
                Attack(.get, "/v1/queues/secret"), Attack(.get, "/v1/queues/absent"),
                Attack(.get, "/v1/queues/secret?peek"), Attack(.delete, "/v1/queues/secret"),
                Attack(.post, "/v1/queues/secret", body: "x"),
                Attack(.post, "/v1/queues/app%2Fq?tries=1&dead=secret", body: "x"),
            ]
        }
    }

    private static func barriers(_ resource: Resource) -> [Attack] {
        switch resource {
        case .barriers: [Attack(.get, "/v1/barriers"), Attack(.get, "/v1/barriers?limit=1")]
        case .barrierEnter:
            [
                Attack(.post, "/v1/barriers/secret/enter", body: #"{"parties":1}"#),
                Attack(.post, "/v1/barriers/secret/enter", body: #"{"parties":2,"wait":"5s"}"#),
                Attack(
                    .post,
                    "/v1/barriers/secret/enter",
                    body: #"{"parties":2,"lease":"\#(lease)"}"#
                ),
            ]
        case .barrierLeave:
            [Attack(.post, "/v1/barriers/secret/leave", body: #"{"lease":"\#(lease)"}"#)]
        default:
            [
                Attack(.get, "/v1/barriers/secret"), Attack(.get, "/v1/barriers/absent"),
                Attack(.get, "/v1/barriers/secret?generation=1"),
                Attack(.delete, "/v1/barriers/secret"),
            ]
        }
    }

    private static let paths: [Attack] = [
        Attack(.get, "/v1/kv/secret/named"), Attack(.get, "/v1/kv/secret/absent"),
        Attack(.get, "/v1/kv/secret/named?raw"), Attack(.head, "/v1/kv/secret/named"),
        Attack(.get, "/v1/kv/secret/named?meta"), Attack(.get, "/v1/kv/secret/named?revision=3"),
        Attack(.get, "/v1/kv/secret/named?consistency=stale"),
        Attack(.get, "/v1/kv/secret/named?wait=5s&since=1"),
        Attack(.get, "/v1/kv/secret/named?wait=5s&since=3"),
        Attack(.get, "/v1/kv/secret/named?wait=5s&since=99"),
        Attack(.get, "/v1/kv/secret/named?diff=1"), Attack(.get, "/v1/kv/?diff=1&revision=2"),
        Attack(.get, "/v1/kv/secret?diff=2&keys"),
        Attack(.get, "/v1/kv/secret/named?history"), Attack(.get, "/v1/kv/secret/absent?history"),
        Attack(.post, "/v1/kv/secret?undo=2"), Attack(.post, "/v1/kv/?undo=1"),
        Attack(.get, "/v1/kv/secret/named", ["if-none-match": "*"]),
        Attack(.get, "/v1/kv/secret/named", ["if-match": "\"1\""]),
        Attack(.get, "/v1/kv/?recursive"), Attack(.get, "/v1/kv/?children"),
        Attack(.get, "/v1/kv/secret?recursive"), Attack(.get, "/v1/kv/secret?children"),
        Attack(.get, "/v1/kv/secret?recursive&keys"), Attack(.get, "/v1/kv/secret?recursive&count"),
        Attack(.get, "/v1/kv/secret?recursive&format=tree"),
        Attack(.get, "/v1/kv/secret?recursive", ["accept": "application/x-ndjson"]),
        Attack(.get, "/v1/kv/secret?recursive&revision=3"),
        Attack(.put, "/v1/kv/secret/named", body: "x"),
        Attack(.put, "/v1/kv/secret/new", body: "x"),
        Attack(.put, "/v1/kv/secret/named", ["if-match": "\"1\""], body: "x"),
        Attack(.put, "/v1/kv/app/tied?lease=\(lease)", ["roost-lock": "secret=99"], body: "x"),
        Attack(.put, "/v1/kv/secret?format=tree", body: #"{"a":"b"}"#),
        Attack(.put, "/v1/kv/secret?format=tree&dry-run", body: #"{"a":"b"}"#),
        Attack(.patch, "/v1/kv/secret", merge, body: #"{"a":"b"}"#),
        Attack(.patch, "/v1/kv/secret?dry-run", merge, body: #"{"a":null}"#),
        Attack(.post, "/v1/kv/secret", body: "x"), Attack(.delete, "/v1/kv/secret/named"),
        Attack(.delete, "/v1/kv/secret?recursive"), Attack(.delete, "/v1/kv/secret/absent"),
    ]

    private static let selections: [Attack] = [
        Attack(.get, "/v1/kv?key=/secret/named"), Attack(.get, "/v1/kv?prefix=/secret"),
        Attack(.get, "/v1/kv?key=/secret/named&history"),
        Attack(.get, "/v1/kv?prefix="), Attack(.get, "/v1/kv?from=/a&to=/z"),
        Attack(.get, "/v1/kv?from=/app&to=/secret/zzz"),
        Attack(.get, "/v1/kv?prefix=/secret&count"),
        Attack(.get, "/v1/kv?prefix=/ap"), Attack(.put, "/v1/kv?key=/secret/named", body: "x"),
        Attack(.put, "/v1/kv?key=bytes", body: "x"), Attack(.delete, "/v1/kv?key=/secret/named"),
        Attack(.delete, "/v1/kv?prefix=/secret"),
        Attack(.delete, "/v1/kv?from=/app&to=/secret/zzz"),
    ]

    /// Operations and compares on what is secret, plain, nested, in the branch that is not taken.
    private static let transactions: [Attack] = {
        let operations = [
            #"{"get":{"key":"/secret/named"}}"#, #"{"get":{"prefix":"/secret"}}"#,
            #"{"put":{"key":"/secret/named","value":"x"}}"#,
            #"{"delete":{"key":"/secret/named","previous":true}}"#,
        ]
        let fine = #"{"put":{"key":"/app/a","value":"x"}}"#
        let never = #"{"key":"/app/a","target":"version","op":"==","value":999}"#
        var bodies = [
            #"{"compare":[{"key":"/secret/named","target":"value","op":"==","value":"value-of-it"}],"then":[\#(fine)]}"#,
            #"{"compare":[{"key":"/secret/named","target":"version","op":">","value":0}]}"#,
        ]
        for operation in operations {
            bodies += [
                #"{"then":[\#(operation)]}"#, #"{"then":[\#(fine),\#(operation)]}"#,
                #"{"compare":[\#(never)],"then":[\#(operation)]}"#,
                #"{"then":[{"txn":{"then":[\#(operation)]}}]}"#,
                #"{"then":[{"txn":{"compare":[\#(never)],"then":[{"txn":{"else":[\#(operation)]}}]}}]}"#,
            ]
        }
        return bodies.map { Attack(.post, "/v1/txn", body: $0) }
    }()

    private static let watches: [Attack] = [
        "path=/secret/named", "path=/secret&recursive", "path=/secret&recursive&initial",
        "path=/secret&recursive&from=1", "path=/secret&recursive&from=1&to=4",
        "path=/secret&recursive&previous", "path=/app&path=/secret/named", "prefix=", "prefix=/sec",
        "key=/secret/named", "path=/&recursive&keys&meta",
    ].map { Attack(.get, "/v1/watch?\($0)") }

    private static func services(_ resource: Resource) -> [Attack] {
        let body = #"{"address":"192.0.2.1","port":80,"ttl":"10s"}"#
        return switch resource {
        case .services:
            [Attack(.get, "/v1/services"), Attack(.get, "/v1/services?wait=5s&since=1")]
        case .service:
            ["", "?healthy&tag=a", "?format=nginx", "?format=http-sd", "?wait=5s&since=1"].map {
                Attack(.get, "/v1/services/secret\($0)")
            }
        case .serviceWatch: [Attack(.get, "/v1/services/secret/watch")]
        case .serviceInstance:
            [
                Attack(.get, "/v1/services/secret/hidden-sibling"),
                Attack(.get, "/v1/services/secret/absent"),
                Attack(.put, "/v1/services/secret/hidden-sibling", body: body),
                Attack(.put, "/v1/services/secret/new", body: body),
                Attack(.delete, "/v1/services/secret/hidden-sibling"),
                Attack(.delete, "/v1/services/secret/absent"),
            ]
        default:
            [
                Attack(.put, "/v1/services/secret/one/health", body: #"{"status":"critical"}"#),
                Attack(.put, "/v1/services/secret/one/health", body: #"{"status":"passing"}"#),
                Attack(.put, "/v1/services/secret/absent/health", body: #"{"status":"passing"}"#),
            ]
        }
    }

    private static func locks(_ resource: Resource) -> [Attack] {
        switch resource {
        case .locks: [Attack(.get, "/v1/locks")]
        case .lockVerify:
            [
                Attack(.get, "/v1/locks/secret/verify?token=1"),
                Attack(.get, "/v1/locks/free/verify?token=1&at_least=1"),
            ]
        case .lockHold:
            [
                Attack(.get, "/v1/locks/secret/hold?ttl=10s"),
                Attack(.get, "/v1/locks/new/hold?ttl=10s"),
            ]
        default:
            [
                Attack(.get, "/v1/locks/secret"), Attack(.get, "/v1/locks/free"),
                Attack(.post, "/v1/locks/secret", body: #"{"ttl":"10s"}"#),
                Attack(.post, "/v1/locks/secret", body: #"{"ttl":"10s","wait":"5s"}"#),
                Attack(.post, "/v1/locks/free", body: #"{"ttl":"10s"}"#),
                Attack(.post, "/v1/locks/free", body: #"{"ttl":"10s","permits":2}"#),
                Attack(.delete, "/v1/locks/secret?token=1"),
            ]
        }
    }

    private static func elections(_ resource: Resource) -> [Attack] {
        switch resource {
        case .elections: [Attack(.get, "/v1/elections")]
        case .campaign: [Attack(.post, "/v1/elections/secret/campaign", body: #"{"ttl":"10s"}"#)]
        case .observe: [Attack(.get, "/v1/elections/secret/observe")]
        case .electionHold: [Attack(.get, "/v1/elections/secret/hold?ttl=10s")]
        case .proclaim: [Attack(.put, "/v1/elections/secret/proclaim?token=1", body: "x")]
        case .resign: [Attack(.post, "/v1/elections/secret/resign?token=1")]
        case .handOver: [Attack(.post, "/v1/elections/secret/handover?token=1", body: "{}")]
        default:
            [
                Attack(.get, "/v1/elections/secret"), Attack(.get, "/v1/elections/vacant"),
                Attack(.get, "/v1/elections/secret?is=value-of-it"),
            ]
        }
    }

    private static func members(_ resource: Resource) -> [Attack] {
        let place = #"{"name":"n9","peer":"127.0.0.1:9"}"#
        return switch resource {
        case .members:
            [Attack(.get, "/v1/members", reach: .users), Attack(.post, "/v1/members", body: place)]
        case .member:
            [
                Attack(.delete, "/v1/members/n1?force"),
                Attack(.patch, "/v1/members/n1", body: #"{"kind":"observer"}"#),
            ]
        case .memberReplacement: [Attack(.post, "/v1/members/n1/replace", body: place)]
        default: [Attack(.post, "/v1/leader/transfer")]
        }
    }

    private static func access(_ resource: Resource) -> [Attack] {
        switch resource {
        case .authStatus: [Attack(.get, "/v1/auth/status", reach: .everybody)]
        case .authLogin:
            [
                Attack(
                    .post,
                    "/v1/auth/login",
                    body: #"{"user":"root","password":"not the password"}"#,
                    reach: .everybody
                )
            ]
        case .authWhoami: [Attack(.get, "/v1/auth/whoami", reach: .everybody)]
        case .authCan: [Attack(.get, "/v1/auth/can?user=root&verb=admin")]
        case .authEnable: [Attack(.post, "/v1/auth/enable")]
        case .authDisable: [Attack(.post, "/v1/auth/disable")]
        case .authUsers: [Attack(.get, "/v1/auth/users")]
        case .authUser:
            [
                Attack(.get, "/v1/auth/users/root"), Attack(.get, "/v1/auth/users/absent"),
                Attack(.put, "/v1/auth/users/ann", body: #"{"grant":["root"]}"#),
                Attack(.put, "/v1/auth/users/root", body: #"{"password":"12345678"}"#),
                Attack(.delete, "/v1/auth/users/root"),
            ]
        case .authRoles: [Attack(.get, "/v1/auth/roles")]
        case .authKeys: [Attack(.get, "/v1/auth/keys")]
        case .authKeyRotation: [Attack(.post, "/v1/auth/keys/rotate")]
        case .authKey:
            [Attack(.delete, "/v1/auth/keys/1"), Attack(.delete, "/v1/auth/keys/999999")]
        default:
            [
                Attack(.get, "/v1/auth/roles/root"), Attack(.get, "/v1/auth/roles/absent"),
                Attack(
                    .put,
                    "/v1/auth/roles/app",
                    body: #"{"add":[{"allow":["admin"]}]}"#
                ),
                Attack(.delete, "/v1/auth/roles/root"),
            ]
        }
    }
}
