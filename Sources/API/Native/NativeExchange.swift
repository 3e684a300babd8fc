package import Bytes
package import Keyspace
internal import Replica
package import Wire

/// What a call of the native interface asks for next; it answers with a response of HTTP.
package typealias NativeStep = Step<HTTPResponse>
/// A piece of an event stream of the native interface.
package typealias NativePiece = StreamPiece<HTTPResponse>

/// One request of the native interface, HTTP with JSON, from its head to the end of its answer.
package struct NativeExchange: Exchange {
    var call: NativeCall
    private var timing: CallOptions.Timing
    private var layout: JSONLayout
    private let site: HTTPSite
    /// The origin of the page that asks; nil where it may not read the answer.
    private let origin: [UInt8]?
    private var stopwatch: Stopwatch
    /// Who asks, and what of that is still to be found out.
    var admission = Admission()
    package private(set) var subject: CallSubject
    package private(set) var object: [UInt8] = []
    package private(set) var ranges: [KeyRange] = []
    package var principalName: [UInt8] { admission.principal.caller.author }
    package private(set) var trace: [UInt8]?

    /// The call's own `timeout` for what it asks for first, a time beyond its `wait` for what ends
    /// that, and a fixed patience for what nobody waits for.
    package internal(set) var deadline: MonotonicTime

    static let laterPatienceMilliseconds: UInt64 = 5000

    /// The lease of a place in a lock, an election or a barrier, of calls that hold or wait for one.
    package var keepsAlive: KeptLease? {
        switch call {
        case .place(let place): place.lease(keptBy: admission.principal.caller)
        case .hold(let hold): hold.lease(keptBy: admission.principal.caller)
        case .barrier(let barrier): barrier.lease(keptBy: admission.principal.caller)
        default: nil
        }
    }

    /// A watch's.
    package var followed: Revision? {
        if case .watch(let watch) = call { watch.followed } else { nil }
    }

    /// A backup's.
    package var keptState: FrozenKeyspace? {
        if case .backup(let backup) = call { backup.keptState } else { nil }
    }

    /// Required of an answer that gives a lock, leadership, an item of a queue or a place in a barrier.
    package var delivery: Delivery {
        switch call {
        case .place(let place): place.delivery
        case .take(let take): take.delivery
        case .barrier(let barrier): barrier.delivery
        default: .indifferent
        }
    }

    /// The longest body of a request, in bytes, under the settings in force: a value and half as
    /// much again, for what is written in JSON, and at least 1.5 MiB.
    package static func bodyByteCountMax(_ settings: ClusterSettings) -> Int {
        let value = Int(clamping: min(settings.valueByteCountMax, 1 << 32))
        return max(value / 2 * 3, RequestLimits().bodyByteCountMax)
    }

    /// Begins with a whole request.
    ///
    /// - Parameters:
    ///   - identity: who asks; what the exchange writes is told to be theirs.
    ///   - arrival: when its last byte came; the time until `now` was spent in queues.
    package static func begin(
        _ request: HTTPRequest,
        through door: ListenerKind = .client,
        by identity: CallerIdentity = .known(.anonymous),
        keyspace: Keyspace,
        member: MemberView,
        site: HTTPSite,
        arrival: MonotonicTime,
        now: MonotonicTime
    ) -> (NativeExchange, NativeStep) {
        let origin = OriginCheck.admitted(request, allowed: site.allowedOrigins)
        var exchange = NativeExchange(
            of: request,
            site: site,
            origin: origin,
            arrival: arrival,
            now: now
        )
        var step = exchange.start(
            request,
            through: door,
            by: identity,
            keyspace: keyspace,
            now: now
        )
        if site.traces == .kept { exchange.keepTrace(of: request) }
        if !exchange.admission.principal.isAnonymous { step.note(exchange.admission.principal) }
        exchange.adorn(&step, in: keyspace, member: member, now: now)
        return (consume exchange, consume step)
    }

    /// Looks at the request, and takes the first step of its call, or the one that tells who asks.
    mutating func start(
        _ request: HTTPRequest,
        through door: ListenerKind,
        by identity: CallerIdentity,
        keyspace: Keyspace,
        now: MonotonicTime
    ) -> NativeStep {
        var hasOptions = false
        do throws(Problem) {
            let route = try Self.admit(request, through: door, site: site)
            subject = CallSubject(request.method, of: route.resource)
            object = route.object ?? request.auditedSelection
            if !route.resource.isOpen, request.method != .options,
                let step = try identify(
                    identity,
                    of: request,
                    for: route.resource,
                    through: door,
                    in: keyspace,
                    now: now
                )
            {
                return step
            }
            var parameters = try Parameters(request)
            let options = try CallOptions(&parameters, now: now)
            (timing, layout, deadline) = (options.timing, options.layout, options.deadline)
            hasOptions = true
            call =
                request.method == .options
                ? NativeCall.answer(
                    .options(route.resource.methods, request: request, origin: origin)
                )
                : try .reading(
                    route,
                    request: request,
                    through: door,
                    parameters: &parameters,
                    options: options,
                    now: now
                )
            if route.object == nil { ranges = call.namedRanges }
            if case .access(let access) = call, let user = access.loginName { object = user.bytes }
            return firstStep(in: keyspace, now: now)
        } catch {
            call = .over
            if !hasOptions { layout = CallOptions(refusing: request, now: now).layout }
            return .respond(error.explained(by: keyspace.settings).response)
        }
    }

    /// Before anything is known of the request: one that is refused hears it as it wants to, as far
    /// as that can be understood.
    private init(
        of request: HTTPRequest,
        site: HTTPSite,
        origin: [UInt8]?,
        arrival: MonotonicTime,
        now: MonotonicTime
    ) {
        call = .over
        subject = CallSubject(request.method, of: nil)
        self.site = site
        self.origin = origin
        timing = .untold
        layout = .compact
        deadline = now
        stopwatch = Stopwatch(arrival: arrival, begin: now)
    }

    private mutating func keepTrace(of request: HTTPRequest) {
        trace = request.header("traceparent").flatMap { TraceParent(Array($0)) }?.text
    }

    /// Goes on with what the last step brought.
    package mutating func resume(
        _ resumption: Resumption,
        keyspace: Keyspace,
        member: MemberView,
        now: MonotonicTime
    ) -> NativeStep {
        stopwatch.note(resumption, now: now)
        var step: NativeStep
        if admission.isPending {
            step = settle(resumption, in: keyspace, now: now)
        } else {
            step = proceed(resumption, in: keyspace, member: member, now: now)
            renewDeadline(for: step, now: now)
        }
        if !admission.principal.isAnonymous { step.note(admission.principal) }
        adorn(&step, in: keyspace, member: member, now: now)
        return step
    }

    /// What the call comes to next, or a refusal in its place where the caller may not have that: what
    /// the log has answered was decided there, at its place.
    private mutating func proceed(
        _ resumption: Resumption,
        in keyspace: Keyspace,
        member: MemberView,
        now: MonotonicTime
    ) -> NativeStep {
        guard keyspace.isAccessControlled, !resumption.isAnswer else {
            return resumed(resumption, in: keyspace, member: member, now: now)
        }
        var needs = call.needs(of: admission.principal)
        if let refusal = foresee(&needs, in: keyspace, after: resumption) { return refusal }
        var step = resumed(resumption, in: keyspace, member: member, now: now)
        withhold(&step, unless: needs, in: keyspace)
        return step
    }

    @inline(__always)
    private mutating func resumed(
        _ resumption: Resumption,
        in keyspace: Keyspace,
        member: MemberView,
        now: MonotonicTime
    ) -> NativeStep {
        do throws(Problem) {
            return try call.resume(
                resumption,
                by: admission.principal,
                in: keyspace,
                member: member,
                now: now
            )
        } catch {
            return end(because: error, in: keyspace)
        }
    }

    /// The next piece of an event stream; what was rendered of it may serve others.
    package mutating func nextPiece(
        keyspace: Keyspace,
        member: MemberView,
        cache: inout EventEncodings,
        now: MonotonicTime
    ) -> NativePiece {
        if let problem = admission.objection(to: call, in: keyspace, member: member) {
            defer { call = .over }
            return call.denied(because: problem)
        }
        let piece = call.nextChunk(keyspace, member: member, encodings: &cache, now: now)
        guard case .step(let step) = piece else { return piece }
        renewDeadline(for: step, now: now)
        guard !admission.principal.isAnonymous else { return piece }
        var noted = step
        noted.note(admission.principal)
        return .step(noted)
    }

    /// The next piece of a watch begins at this event; nothing changes for other calls.
    package mutating func passOver(before event: EventID) { call.passOver(before: event) }

    private mutating func renewDeadline(for step: NativeStep, now: MonotonicTime) {
        switch step {
        case .propose, .read:
            deadline =
                call.answerDeadline
                ?? now.advanced(byMilliseconds: Self.laterPatienceMilliseconds)
        case .wait, .describe, .identify, .work, .handOver, .respond, .stream, .goOn,
            .finish:
            break
        }
    }

    /// What has to hold before the call is looked at.
    private static func admit(
        _ request: HTTPRequest,
        through door: ListenerKind,
        site: HTTPSite
    ) throws(Problem) -> Route {
        try HostCheck.admit(request, through: door, site: site)
        if !request.method.isSafe { try OriginCheck.admit(request, allowed: site.allowedOrigins) }
        if request.rawPath.equals("*") { return .everything }
        let route = try Route(request.rawPath)
        if route.resource.holds, request.method == .get {
            try OriginCheck.admit(request, allowed: site.allowedOrigins)
        }
        guard door.calls == .every || route.resource.isHealth else {
            throw Problem(.noSuchCall, "The health address serves the health calls alone.")
        }
        guard route.resource.methods.contains(request.method) else {
            var problem = Problem(
                .methodNotAllowed,
                "\(route.resource.template) does not have this method; Allow lists those it has."
            )
            problem.allow = route.resource.methods
            throw problem
        }
        if let encoding = request.header("content-encoding"),
            !encoding.equalsIgnoringCase("identity")
        {
            throw Problem(
                .unsupportedEncoding,
                "The body is encoded as \(text(encoding)); send it as it is."
            )
        }
        return route
    }

    /// Adds what every response says.
    @inline(__always)
    private func adorn(
        _ step: inout NativeStep,
        in keyspace: Keyspace,
        member: MemberView,
        now: MonotonicTime
    ) {
        switch step {
        case .respond(var response):
            adorn(&response, in: keyspace, member: member, now: now)
            if layout == .indented { response.indent() }
            step = .respond(response)
        case .stream(var response):
            adorn(&response, in: keyspace, member: member, now: now)
            step = .stream(response)
        case .propose, .read, .wait, .describe, .identify, .work, .handOver, .goOn, .finish:
            break
        }
    }

    private func adorn(
        _ response: inout HTTPResponse,
        in keyspace: Keyspace,
        member: MemberView,
        now: MonotonicTime
    ) {
        response.appendCommon(keyspace.store.revision, site: site.renewed(for: member))
        if let origin { response.appendCrossOrigin(origin) }
        if timing == .told { stopwatch.append(to: &response, now: now) }
    }
}

extension Step {
    /// A write says who asks for it.
    @inline(never)
    fileprivate mutating func note(_ principal: Principal) {
        guard case .propose(let request) = self else { return }
        self = .propose(request.asked(by: principal.caller))
    }
}

extension Method {
    /// Whether it asks for nothing but an answer (RFC 9110, 9.2.1).
    var isSafe: Bool {
        switch self {
        case .get, .head, .options: true
        case .put, .post, .patch, .delete, .other: false
        }
    }
}

extension HTTPResponse {
    /// Appends what every answer says.
    ///
    /// - Parameter revision: the store's.
    mutating func appendCommon(_ revision: Revision, site: HTTPSite) {
        headers.append("Roost-Revision", number: revision.rawValue)
        headers.append(site.fields)
        if headers["cache-control"] == nil { headers.append("Cache-Control", value: "no-store") }
    }

    /// - Parameter origin: of the page that may send what it asks about.
    fileprivate static func options(
        _ methods: [Method],
        request: HTTPRequest,
        origin: [UInt8]?
    ) -> HTTPResponse {
        var headers = HeaderFields()
        headers.append("Allow", value: methods.list)
        var response = HTTPResponse(status: 204, headers: headers)
        if origin != nil, request.header("access-control-request-method") != nil {
            response.appendPreflight(methods)
        }
        return response
    }

    /// Spreads a body in JSON over lines.
    fileprivate mutating func indent() {
        guard case .bytes(let json) = body, let type = headers["content-type"],
            type.equals("application/json") || type.equals("application/problem+json")
        else { return }
        body = .bytes(json.indentedJSON)
    }
}
