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
    case lookup(Lookup)
    case place(PlaceCall)
    case hold(HoldCall)
    case observe(ObserveCall)
    case watch(WatchCall)
    case report(ReportCall)
    case health(HealthCall)
    case member(MemberCall)
    indirect case access(AccessCall)
    /// Far larger than the others: kept apart, so that these stay small.
    indirect case backup(BackupCall)
    case over

    /// Understands the request for a route; what is malformed is refused here.
    init(
        _ route: Route,
        request: HTTPRequest,
        through door: ListenerKind,
        parameters: inout Parameters,
        options: CallOptions,
        now: MonotonicTime
    ) throws(Problem) {
        switch route.resource {
        case .key, .keys: break
        default: try Conditions.expectNone(request)
        }
        switch route.argument {
        case .none where route.resource == .frontPage:
            self = .answer(FrontPage.response(request, through: door))
        case .none:
            self = try Self.fixed(
                route.resource,
                request: request,
                parameters: &parameters,
                options: options,
                now: now
            )
        case .key(let path) where route.resource == .quota:
            self =
                [.put, .delete].contains(request.method)
                ? .write(try .changeQuota(of: path, request: request))
                : .lookup(Lookup(.quota(path)))
        case .key(let key):
            self = try Self.path(
                key,
                request: request,
                parameters: &parameters,
                options: options,
                now: now
            )
        case .member(let name):
            self = .member(
                try MemberCall(
                    name,
                    resource: route.resource,
                    request: request,
                    parameters: &parameters
                )
            )
        case .access(let name):
            self = .access(
                try AccessCall(name, resource: route.resource, request: request)
            )
        case .signingKey(let id): self = .access(AccessCall(.change(.retireSigningKey(id))))
        case .lease(let lease):
            self = try Self.lease(lease, resource: route.resource, request: request)
        case .name(let name):
            self = try Self.contest(
                name,
                resource: route.resource,
                request: request,
                parameters: &parameters,
                options: options,
                now: now
            )
        }
        try parameters.expectNoMore()
        if request.method == .head { withholdStream() }
    }

    /// HEAD of a stream gets the stream's head, and nothing is held or followed for it.
    private mutating func withholdStream() {
        switch self {
        case .hold, .observe: self = .answer(.eventStream.withoutStream)
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
        case .revision: return .lookup(try .revision(&parameters))
        case .quotas: return .lookup(try .quotas(&parameters))
        case .leases where request.method == .post: return .write(try .grantLease(request))
        case .leases: return .lookup(try .leases(&parameters))
        case .locks: return .lookup(try .contests(.lock, parameters: &parameters))
        case .elections: return .lookup(try .contests(.election, parameters: &parameters))
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

    private static func contest(
        _ name: [UInt8],
        resource: Resource,
        request: HTTPRequest,
        parameters: inout Parameters,
        options: CallOptions,
        now: MonotonicTime
    ) throws(Problem) -> NativeCall {
        let lock = Contest(kind: .lock, name: name)
        let election = Contest(kind: .election, name: name)
        switch resource {
        case .lock where request.method == .post:
            return .place(
                try PlaceCall(
                    LockRequestForm(lock, request: request),
                    request: request,
                    options: options,
                    now: now
                )
            )
        case .lock where request.method == .delete:
            return .write(try .release(lock, request: request, parameters: &parameters))
        case .lock: return .lookup(Lookup(.contest(lock)))
        case .lockHold:
            let candidacy = try LockRequestForm(holding: lock, parameters: &parameters)
            return .hold(try HoldCall(candidacy, request: request, now: now))
        case .election: return .lookup(Lookup(.contest(election)))
        case .campaign:
            return .place(
                try PlaceCall(
                    LockRequestForm(election, request: request),
                    request: request,
                    options: options,
                    now: now
                )
            )
        case .electionHold:
            let candidacy = try LockRequestForm(holding: election, parameters: &parameters)
            return .hold(try HoldCall(candidacy, request: request, now: now))
        case .observe: return .observe(ObserveCall(election, now: now))
        case .proclaim:
            return .write(try .proclaim(name, request: request, parameters: &parameters))
        case .resign:
            return .write(try .resign(election, request: request, parameters: &parameters))
        default: throw Problem(.internal, "The route has no name.")
        }
    }
}

// MARK: - Life

extension NativeCall {
    /// The first step.
    mutating func start(_ keyspace: Keyspace, now: MonotonicTime) throws(Problem) -> NativeStep {
        // What is taken out is changed in place, and nothing is copied.
        switch consume self {
        case .listing(var listing):
            defer { self = .listing(listing) }
            return try listing.start(keyspace, now: now)
        case let call:
            defer { self = call }
            return try call.firstStep(keyspace, now: now)
        }
    }

    private func firstStep(
        _ keyspace: Keyspace,
        now: MonotonicTime
    ) throws(Problem) -> NativeStep {
        switch self {
        case .answer(let response): .respond(response)
        case .keyRead(let read): try read.start(keyspace, now: now)
        case .write(let write): try write.start(keyspace.settings, level: keyspace.featureLevel)
        case .tree(let tree): tree.start()
        case .difference(let difference): try difference.start(keyspace, now: now)
        case .undo(let undo): undo.start()
        case .lookup, .observe: .read
        case .place(let place): try place.start()
        case .hold(let hold): hold.start()
        case .watch(let watch): watch.start()
        case .report, .health: .describe
        case .member(let member): member.start()
        case .access(let access): access.start()
        case .backup(let backup): backup.start()
        case .listing, .over: .finish
        }
    }

    /// The step after what the shell brought back.
    mutating func resume(
        _ resumption: Resumption,
        by principal: Principal,
        in keyspace: Keyspace,
        member: MemberView,
        now: MonotonicTime
    ) throws(Problem) -> NativeStep {
        switch consume self {
        case .listing(var listing):
            defer { self = .listing(listing) }
            return try listing.resume(resumption, in: keyspace, now: now)
        case .place(var place):
            defer { self = .place(place) }
            return try place.resume(resumption, in: keyspace, now: now)
        case .hold(var hold):
            defer { self = .hold(hold) }
            return try hold.resume(resumption)
        case .undo(var undo):
            defer { self = .undo(undo) }
            return try undo.resume(resumption, in: keyspace)
        case .watch(var watch):
            defer { self = .watch(watch) }
            return watch.resume(resumption, in: keyspace, now: now)
        case .member(var member):
            defer { self = .member(member) }
            if case .disconnected = resumption { return .finish }
            return try member.resume(resumption, in: keyspace)
        case .access(var access):
            defer { self = .access(access) }
            return try access.resume(resumption, by: principal, in: keyspace, member: member)
        case .backup(var backup):
            defer { self = .backup(backup) }
            return try backup.resume(resumption, in: keyspace)
        case let call:
            defer { self = call }
            return try call.step(after: resumption, in: keyspace, member: member, now: now)
        }
    }

    /// The next step of a call that does not change with it.
    private func step(
        after resumption: Resumption,
        in keyspace: Keyspace,
        member: MemberView,
        now: MonotonicTime
    ) throws(Problem) -> NativeStep {
        switch self {
        case .keyRead(let read): return try read.resume(resumption, in: keyspace, now: now)
        case .write(let write):
            if case .disconnected = resumption { return .finish }
            return try write.resume(resumption)
        case .tree(let tree):
            if case .disconnected = resumption { return .finish }
            return try tree.resume(resumption, in: keyspace)
        case .difference(let difference):
            return try difference.resume(resumption, in: keyspace, now: now)
        case .lookup(let lookup): return try lookup.resume(resumption, in: keyspace)
        case .report(let report): return try report.resume(resumption, in: keyspace, member: member)
        case .health(let health): return try health.resume(resumption)
        case .observe(let observe): return try observe.resume(resumption)
        case .answer, .listing, .undo, .place, .hold, .watch, .backup, .member, .access, .over:
            return .finish
        }
    }

    /// The next piece of a streamed answer.
    mutating func nextChunk(
        _ keyspace: Keyspace,
        member: MemberView,
        encodings: inout EventEncodings,
        now: MonotonicTime
    ) -> NativePiece {
        // What is taken out is changed in place.
        switch consume self {
        case .hold(var hold):
            let piece = hold.nextChunk(keyspace, now: now)
            self = .hold(hold)
            return piece
        case .observe(var observe):
            let piece = observe.nextChunk(keyspace, now: now)
            self = .observe(observe)
            return piece
        case .listing(var listing):
            let piece = listing.nextChunk(keyspace)
            self = .listing(listing)
            return piece
        case .watch(var watch):
            let piece = watch.nextChunk(
                keyspace,
                member: member,
                encodings: &encodings,
                now: now
            )
            self = .watch(watch)
            return piece
        case .backup(var backup):
            let piece = backup.nextChunk()
            self = .backup(backup)
            return piece
        case let other:
            self = other
            return .end([])
        }
    }

    /// The end of a stream whose caller may not have it any more.
    func denied(because problem: Problem) -> NativePiece {
        guard case .watch(let watch) = self else {
            var output: [UInt8] = []
            EventStream.append(event: "denied", to: &output)
            EventStream.append(data: problem.json.output, to: &output)
            EventStream.appendEnd(to: &output)
            return .end(output)
        }
        return .end(watch.denied(because: problem))
    }

    /// When the client has to have its answer to what was proposed last, where the call says so.
    var answerDeadline: MonotonicTime? {
        switch self {
        case .place(let place): place.answerDeadline
        case .health(let health): health.deadline
        default: nil
        }
    }

    /// No event before this one concerns a watch that was idle.
    mutating func passOver(before event: EventID) {
        guard case .watch(var watch) = self else { return }
        watch.passOver(before: event)
        self = .watch(watch)
    }
}

extension HTTPResponse {
    /// The head alone.
    fileprivate var withoutStream: HTTPResponse {
        HTTPResponse(status: status, headers: headers, body: .bytes([]))
    }
}
