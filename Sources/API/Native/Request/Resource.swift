internal import Wire

/// Every kind of address that is served, with the methods it has.
enum Resource: UInt8, CaseIterable {
    case frontPage
    case livez
    case readyz
    case health
    case version
    case metrics
    case openAPI
    /// Keys of any bytes, named by the query.
    case keys
    case key
    case transaction
    case watch
    case leases
    case lease
    case leaseKeepAlive
    case locks
    case lock
    case lockHold
    case lockVerify
    case guards
    case guarded
    case counter
    case elections
    case election
    case campaign
    case observe
    case electionHold
    case proclaim
    case handOver
    case resign
    case compact
    case cluster
    case status
    case settings
    case snapshot
    case members
    case member
    case memberReplacement
    case leaderTransfer
    case revision
    case services
    case service
    case serviceWatch
    case serviceInstance
    case instanceHealth
    case authStatus
    case authLogin
    case authWhoami
    case authCan
    case authEnable
    case authDisable
    case authUsers
    case authUser
    case authRoles
    case authRole
    case authKeys
    case authKeyRotation
    case authKey
    case quotas
    case quota
    case queues
    case queue
    case queueTake
    case queueAck
    case queueNack
    case queueExtend
    case barriers
    case barrier
    case barrierEnter
    case barrierLeave

    /// The address, with the places of its variable parts.
    var template: StaticString {
        switch self {
        case .frontPage: "/"
        case .livez: "/livez"
        case .readyz: "/readyz"
        case .health: "/health"
        case .version: "/version"
        case .metrics: "/metrics"
        case .openAPI: "/openapi.json"
        case .keys: "/v1/kv"
        case .key: "/v1/kv/{path}"
        case .transaction: "/v1/txn"
        case .watch: "/v1/watch"
        case .leases: "/v1/leases"
        case .lease: "/v1/leases/{id}"
        case .leaseKeepAlive: "/v1/leases/{id}/keepalive"
        case .locks: "/v1/locks"
        case .lock: "/v1/locks/{name}"
        case .lockHold: "/v1/locks/{name}/hold"
        case .lockVerify: "/v1/locks/{name}/verify"
        case .guards: "/v1/guards"
        case .guarded: "/v1/guards/{path}"
        case .counter: "/v1/counters/{name}"
        case .elections: "/v1/elections"
        case .election: "/v1/elections/{name}"
        case .campaign: "/v1/elections/{name}/campaign"
        case .observe: "/v1/elections/{name}/observe"
        case .electionHold: "/v1/elections/{name}/hold"
        case .proclaim: "/v1/elections/{name}/proclaim"
        case .handOver: "/v1/elections/{name}/handover"
        case .resign: "/v1/elections/{name}/resign"
        case .compact: "/v1/compact"
        case .cluster: "/v1/cluster"
        case .status: "/v1/status"
        case .settings: "/v1/settings"
        case .snapshot: "/v1/snapshot"
        case .members: "/v1/members"
        case .member: "/v1/members/{id}"
        case .memberReplacement: "/v1/members/{id}/replace"
        case .leaderTransfer: "/v1/leader/transfer"
        case .revision: "/v1/revision"
        case .services: "/v1/services"
        case .service: "/v1/services/{name}"
        case .serviceWatch: "/v1/services/{name}/watch"
        case .serviceInstance: "/v1/services/{name}/{id}"
        case .instanceHealth: "/v1/services/{name}/{id}/health"
        case .authStatus: "/v1/auth/status"
        case .authLogin: "/v1/auth/login"
        case .authWhoami: "/v1/auth/whoami"
        case .authCan: "/v1/auth/can"
        case .authEnable: "/v1/auth/enable"
        case .authDisable: "/v1/auth/disable"
        case .authUsers: "/v1/auth/users"
        case .authUser: "/v1/auth/users/{name}"
        case .authRoles: "/v1/auth/roles"
        case .authRole: "/v1/auth/roles/{name}"
        case .authKeys: "/v1/auth/keys"
        case .authKeyRotation: "/v1/auth/keys/rotate"
        case .authKey: "/v1/auth/keys/{id}"
        case .quotas: "/v1/quotas"
        case .quota: "/v1/quotas/{path}"
        case .queues: "/v1/queues"
        case .queue: "/v1/queues/{name}"
        case .queueTake: "/v1/queues/{name}/take"
        case .queueAck: "/v1/queues/{name}/ack"
        case .queueNack: "/v1/queues/{name}/nack"
        case .queueExtend: "/v1/queues/{name}/extend"
        case .barriers: "/v1/barriers"
        case .barrier: "/v1/barriers/{name}"
        case .barrierEnter: "/v1/barriers/{name}/enter"
        case .barrierLeave: "/v1/barriers/{name}/leave"
        }
    }

    /// HEAD goes with GET, OPTIONS with everything.
    var methods: [Method] {
        switch self {
        case .keys: [.get, .head, .put, .delete, .options]
        case .key: [.get, .head, .put, .post, .patch, .delete, .options]
        case .leases: [.get, .head, .post, .options]
        case .lease: [.get, .head, .delete, .options]
        case .lock, .queue: [.get, .head, .post, .delete, .options]
        case .transaction, .leaseKeepAlive, .campaign, .handOver, .resign, .compact,
            .memberReplacement,
            .leaderTransfer, .authLogin, .authEnable, .authDisable, .authKeyRotation, .queueTake,
            .queueAck, .queueNack, .queueExtend, .barrierEnter, .barrierLeave:
            [.post, .options]
        case .authKey: [.delete, .options]
        case .barrier: [.get, .head, .delete, .options]
        case .authUser, .authRole, .serviceInstance, .quota, .guarded:
            [.get, .head, .put, .delete, .options]
        case .counter: [.get, .head, .post, .put, .options]
        case .members: [.get, .head, .post, .options]
        case .member: [.patch, .delete, .options]
        case .settings: [.get, .head, .patch, .options]
        case .proclaim, .instanceHealth: [.put, .options]
        case .frontPage, .livez, .readyz, .health, .version, .metrics, .openAPI, .watch, .locks,
            .lockHold, .lockVerify, .guards,
            .elections, .election, .observe, .electionHold, .cluster, .status,
            .snapshot, .revision, .services, .service, .serviceWatch, .authStatus, .authWhoami,
            .authCan, .authUsers, .authRoles, .authKeys, .quotas, .queues,
            .barriers:
            [.get, .head, .options]
        }
    }

    /// Whether a GET of it changes something: it takes a place in a queue.
    var holds: Bool {
        switch self {
        case .lockHold, .electionHold: true
        default: false
        }
    }

    /// Whether nobody is asked who they are: what tells of no key, no name and no member, or is how
    /// one says who one is.
    var isOpen: Bool {
        switch self {
        case .frontPage, .livez, .readyz, .health, .version, .openAPI, .authStatus, .authLogin: true
        case .metrics, .keys, .key, .transaction, .watch, .leases, .lease, .leaseKeepAlive, .locks,
            .lock, .lockHold, .lockVerify, .guards, .guarded, .counter, .elections, .election,
            .campaign, .observe, .electionHold, .proclaim, .handOver,
            .resign, .compact, .cluster, .status, .settings, .snapshot, .members, .member,
            .memberReplacement, .leaderTransfer, .revision, .services, .service,
            .serviceWatch, .serviceInstance, .instanceHealth, .authWhoami, .authCan, .authEnable,
            .authDisable, .authUsers, .authUser, .authRoles, .authRole, .authKeys, .authKeyRotation,
            .authKey, .quotas, .quota, .queues, .queue, .queueTake, .queueAck, .queueNack,
            .queueExtend, .barriers, .barrier, .barrierEnter, .barrierLeave:
            false
        }
    }

    /// Whether the plain health listener serves it too.
    var isHealth: Bool {
        switch self {
        case .livez, .readyz, .health, .version, .metrics: true
        default: false
        }
    }
}
