internal import Bytes
internal import Keyspace
internal import Wire

/// One call with its state, from the first look at the request to the end of the answer.
enum NativeCall {
    /// Answered without anything being asked of the member.
    case answer(HTTPResponse)
    case keyRead(KeyRead)
    case listing(KeyListing)
    case write(WriteCall)
    case tree(TreeCall)
    indirect case difference(DifferenceCall)
    indirect case undo(UndoCall)
    indirect case history(HistoryCall)
    case lookup(Lookup)
    indirect case place(PlaceCall)
    indirect case hold(HoldCall)
    indirect case take(TakeCall)
    indirect case barrier(BarrierCall)
    indirect case tokenCheck(TokenCheck)
    case observe(ObserveCall)
    case watch(WatchCall)
    case report(ReportCall)
    case health(HealthCall)
    case member(MemberCall)
    indirect case access(AccessCall)
    /// Far larger than the others: kept apart, so that these stay small.
    indirect case backup(BackupCall)
    indirect case serviceList(ServiceListCall)
    indirect case service(ServiceCall)
    indirect case serviceWatch(ServiceWatchCall)
    indirect case registration(RegistrationCall)
    indirect case healthReport(HealthReportCall)
    case over

    /// Understands the request for a route; what is malformed is refused here.
    @inline(__always)
    static func reading(
        _ route: Route,
        request: HTTPRequest,
        through door: ListenerKind,
        parameters: inout Parameters,
        options: CallOptions,
        now: MonotonicTime
    ) throws(Problem) -> NativeCall {
        var call: NativeCall
        switch route.resource {
        case .key, .keys: break
        default: try Conditions.expectNone(request)
        }
        switch route.argument {
        case .none where route.resource == .frontPage:
            call = .answer(FrontPage.response(request, through: door))
        case .none:
            call = try Self.fixed(
                route.resource,
                request: request,
                parameters: &parameters,
                options: options,
                now: now
            )
        case .key(let path) where route.resource == .quota:
            call =
                [.put, .delete].contains(request.method)
                ? .write(try .changeQuota(of: path, request: request))
                : .lookup(Lookup(.quota(path)))
        case .key(let key):
            call = try Self.path(
                key,
                request: request,
                parameters: &parameters,
                options: options,
                now: now
            )
        case .guarded(let root):
            call =
                request.method.isSafe
                ? .lookup(Lookup(.guarded(root)))
                : .write(try .changeGuard(root, request: request))
        case .member(let name):
            call = .member(
                try MemberCall(
                    name,
                    resource: route.resource,
                    request: request,
                    parameters: &parameters
                )
            )
        case .access(let name):
            call = .access(
                try AccessCall(name, resource: route.resource, request: request)
            )
        case .service(let service):
            call = try Self.service(
                service,
                resource: route.resource,
                request: request,
                parameters: &parameters,
                options: options,
                now: now
            )
        case .instance(let service, let id):
            call = try Self.instance(
                id,
                of: service,
                resource: route.resource,
                request: request,
                parameters: &parameters,
                options: options,
                now: now
            )
        case .signingKey(let id): call = .access(AccessCall(.change(.retireSigningKey(id))))
        case .lease(let lease):
            call = try Self.lease(lease, resource: route.resource, request: request)
        case .name(let name):
            call = try Self.contest(
                name,
                resource: route.resource,
                request: request,
                parameters: &parameters,
                options: options,
                now: now
            )
        }
        try parameters.expectNoMore()
        if request.method == .head { call.withholdStream() }
        return call
    }

    /// HEAD of a stream gets the stream's head, and nothing is held or followed for it.
    private mutating func withholdStream() {
        switch self {
        case .hold, .observe, .serviceWatch: self = .answer(.eventStream.withoutStream)
        case .watch(let watch): self = .answer(watch.head.withoutStream)
        case .backup: self = .answer(BackupCall.bareHead)
        case .listing(var listing):
            listing.withholdStream()
            self = .listing(listing)
        default: break
        }
    }

    private static func fixed(
        _ resource: Resource,
        request: HTTPRequest,
        parameters: inout Parameters,
        options: CallOptions,
        now: MonotonicTime
    ) throws(Problem) -> NativeCall {
        switch resource {
        case .keys:
            return try selection(request, parameters: &parameters, options: options, now: now)
        case .livez: return .answer(try HealthCall.live(&parameters))
        case .openAPI: return .answer(OpenAPI.response)
        case .readyz: return .health(try .ready(&parameters, options: options))
        case .health: return .health(try .health(&parameters, options: options))
        case .version: return .report(ReportCall(kind: .version))
        case .metrics: return .report(ReportCall(kind: .metrics))
        case .status: return .report(ReportCall(kind: .status))
        case .cluster: return .report(ReportCall(kind: .cluster))
        case .members where request.method == .post:
            return .member(try MemberCall(adding: request))
        case .members: return .member(.list)
        case .leaderTransfer: return .member(try MemberCall(transferring: request))
        case .snapshot: return .backup(BackupCall())
        case .transaction: return .write(try .transaction(request))
        case .compact: return .write(try .compact(request))
        case .settings where request.method == .patch: return .write(try .changeSettings(request))
        case .settings: return .lookup(Lookup(.settings))
        case .guards: return .lookup(Lookup(.guards))
        case .revision: return .lookup(try .revision(&parameters))
        case .queues: return .lookup(try .queues(&parameters))
        case .barriers: return .lookup(try .barriers(&parameters))
        case .quotas: return .lookup(try .quotas(&parameters))
        case .leases where request.method == .post: return .write(try .grantLease(request))
        case .leases: return .lookup(try .leases(&parameters))
        case .locks: return .lookup(try .contests(.lock, parameters: &parameters))
        case .elections: return .lookup(try .contests(.election, parameters: &parameters))
        case .services:
            return .serviceList(
                try ServiceListCall(&parameters, options: options, now: now)
            )
        case .watch:
            let last = try parameters.pastRevision("to")
            let start = try WatchStart(request, parameters: &parameters, through: last)
            let watch = try WatchCall(
                request,
                parameters: &parameters,
                start: start ?? .head,
                through: last,
                now: now
            )
            return start == nil ? .answer(HTTPResponse(status: 204)) : .watch(watch)
        case .authStatus, .authLogin, .authWhoami, .authCan, .authEnable, .authDisable, .authUsers,
            .authRoles, .authKeys, .authKeyRotation:
            return .access(try AccessCall(resource, request: request, parameters: &parameters))
        default: throw Problem(.internal, "The route has no argument.")
        }
    }

    private static func lease(
        _ lease: LeaseID,
        resource: Resource,
        request: HTTPRequest
    ) throws(Problem) -> NativeCall {
        switch (resource, request.method) {
        case (.leaseKeepAlive, _): .write(try .keepAlive(lease, request: request))
        case (_, .delete): .write(try .revoke(lease, request: request))
        default: .lookup(Lookup(.lease(lease)))
        }
    }
}

extension HTTPResponse {
    /// The head alone.
    fileprivate var withoutStream: HTTPResponse {
        HTTPResponse(status: status, headers: headers, body: .bytes([]))
    }
}
