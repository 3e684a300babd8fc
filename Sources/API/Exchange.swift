package import Bytes
package import Keyspace
internal import Replica
package import Wire

/// One HTTP request's life as a value: it looks at the member, says what it needs next, and ends
/// with a response. It knows no socket, no clock and no thread.
///
/// The keyspace is lent to each call and never kept: a copy held between turns would make every
/// write copy what it changes.
package struct Exchange: Sendable {
    /// Whether the shell has to watch over the response.
    package enum Delivery: UInt8, Hashable, Sendable {
        /// The exchange is over with `.respond`.
        case indifferent = 0
        /// If the connection ends before the response was written whole, resume with
        /// `.disconnected`.
        case required = 1
    }

    private var call: NativeCall
    private let timing: CallOptions.Timing
    private let layout: JSONLayout
    /// Of the page that asks, where it may read the answer.
    private let origin: [UInt8]?
    private var stopwatch: Stopwatch

    /// When the shell stops waiting for the `.propose` or `.read` that was asked for last and forgets
    /// its ticket: the call's own `timeout` for the first, and beyond its `wait` for what ends one; a
    /// fixed patience for what nobody waits for. Does not bound `.wait` and streams.
    package private(set) var deadline: MonotonicTime

    private static let laterPatienceMilliseconds: UInt64 = 5000

    /// The lease that the member keeps alive for this exchange: ask after every resumption.
    package var keepsAlive: KeptLease? {
        switch call {
        case .place(let place): place.keepsAlive
        case .hold(let hold): hold.keepsAlive
        default: nil
        }
    }

    /// Valid with `.respond`.
    package var delivery: Delivery {
        if case .place(let place) = call { place.delivery } else { .indifferent }
    }

    /// Begins with a whole request.
    ///
    /// - Parameters:
    ///   - arrival: when its last byte came; the time until `now` was spent in queues.
    package static func begin(
        _ request: HTTPRequest,
        through door: ListenerKind = .client,
        keyspace: Keyspace,
        member: MemberView,
        arrival: MonotonicTime,
        now: MonotonicTime
    ) -> (Exchange, Step) {
        var exchange: Exchange
        var step: Step
        let origin = OriginCheck.admitted(request, allowed: member.allowedOrigins)
        do throws(Problem) {
            let route = try admit(request, through: door, member: member)
            var parameters = try Parameters(request)
            let options = try CallOptions(&parameters, now: now)
            let call =
                request.method == .options
                ? NativeCall.answer(
                    .options(route.resource.methods, request: request, origin: origin)
                )
                : try NativeCall(
                    route,
                    request: request,
                    parameters: &parameters,
                    options: options,
                    now: now
                )
            exchange = Exchange(call, options: options, origin: origin, arrival: arrival, now: now)
            step = try exchange.call.start(keyspace, now: now)
        } catch {
            let options = CallOptions(refusing: request, now: now)
            exchange = Exchange(.over, options: options, origin: origin, arrival: arrival, now: now)
            step = .respond(error.response)
        }
        exchange.adorn(&step, in: keyspace, member: member, now: now)
        return (exchange, step)
    }

    private init(
        _ call: NativeCall,
        options: CallOptions,
        origin: [UInt8]?,
        arrival: MonotonicTime,
        now: MonotonicTime
    ) {
        self.call = call
        self.origin = origin
        timing = options.timing
        layout = options.layout
        deadline = options.deadline
        stopwatch = Stopwatch(arrival: arrival, begin: now)
    }

    /// Goes on with what the last step brought.
    package mutating func resume(
        _ resumption: Resumption,
        keyspace: Keyspace,
        member: MemberView,
        now: MonotonicTime
    ) -> Step {
        stopwatch.note(resumption, now: now)
        var step: Step
        do throws(Problem) {
            step = try call.resume(resumption, in: keyspace, member: member, now: now)
        } catch {
            call = .over
            step = .respond(error.response)
        }
        renewDeadline(for: step, now: now)
        adorn(&step, in: keyspace, member: member, now: now)
        return step
    }

    /// The next piece of a response that began with `.stream`.
    package mutating func nextChunk(
        keyspace: Keyspace,
        encodings: inout EventEncodings,
        now: MonotonicTime
    ) -> StreamPiece {
        let piece = call.nextChunk(keyspace, encodings: &encodings, now: now)
        if case .step(let step) = piece { renewDeadline(for: step, now: now) }
        return piece
    }

    /// Says that no event before this one, since the exchange was last idle with a filter, is one
    /// that it watches: the next piece begins there. Nothing for what does not watch.
    package mutating func passOver(before event: EventID) { call.passOver(before: event) }

    private mutating func renewDeadline(for step: Step, now: MonotonicTime) {
        switch step {
        case .propose, .read:
            deadline =
                call.answerDeadline
                ?? now.advanced(byMilliseconds: Self.laterPatienceMilliseconds)
        case .wait, .describe, .respond, .stream, .goOn, .finish: break
        }
    }

    /// The answer to bytes that are no request; the connection ends with it.
    package static func refusal(
        of error: RequestError,
        keyspace: Keyspace,
        member: MemberView
    ) -> HTTPResponse {
        var response = Problem(error).response
        response.appendCommon(keyspace, member: member)
        return response
    }

    /// The answer to a request that this member has no room for now.
    ///
    /// - Parameter request: nil for one of a run, which has no header of its own and which no page
    ///   of another origin sends.
    package static func overloaded(
        _ request: HTTPRequest?,
        keyspace: Keyspace,
        member: MemberView
    ) -> HTTPResponse {
        var problem = Problem(
            .tooManyRequests,
            "This member serves as many requests as it can; try again, or another member."
        )
        let isKeyed = request?.header("idempotency-key") != nil
        problem.members = Problem.application(
            isKeyed ? .unknown : .certainlyNot,
            sending: .certainlyNot
        )
        var response = problem.response
        response.appendCommon(keyspace, member: member)
        if let request, let origin = OriginCheck.admitted(request, allowed: member.allowedOrigins) {
            response.appendCrossOrigin(origin)
        }
        return response
    }

    /// What has to hold before the call is looked at.
    private static func admit(
        _ request: HTTPRequest,
        through door: ListenerKind,
        member: MemberView
    ) throws(Problem) -> Route {
        try HostCheck.admit(request, through: door, member: member)
        if !request.method.isSafe { try OriginCheck.admit(request, allowed: member.allowedOrigins) }
        if request.rawPath.equals("*") { return .everything }
        let route = try Route(request.rawPath)
        if route.resource.holds, request.method == .get {
            try OriginCheck.admit(request, allowed: member.allowedOrigins)
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
    private func adorn(
        _ step: inout Step,
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
        case .propose, .read, .wait, .describe, .goOn, .finish: break
        }
    }

    private func adorn(
        _ response: inout HTTPResponse,
        in keyspace: Keyspace,
        member: MemberView,
        now: MonotonicTime
    ) {
        response.appendCommon(keyspace, member: member)
        if let origin { response.appendCrossOrigin(origin) }
        if timing == .told { stopwatch.append(to: &response, now: now) }
    }
}

extension Method {
    /// Whether it asks for nothing but an answer (RFC 9110, 9.2.1).
    fileprivate var isSafe: Bool {
        switch self {
        case .get, .head, .options: true
        case .put, .post, .delete, .other: false
        }
    }
}

extension HTTPResponse {
    /// Appends what every answer says.
    mutating func appendCommon(_ keyspace: Keyspace, member: MemberView) {
        headers.append("Roost-Revision", number: keyspace.store.revision.rawValue)
        headers.append(member.fields)
        if headers["cache-control"] == nil { headers.append("Cache-Control", "no-store") }
    }

    /// - Parameter origin: of the page that may send what it asks about.
    fileprivate static func options(
        _ methods: [Method],
        request: HTTPRequest,
        origin: [UInt8]?
    ) -> HTTPResponse {
        var headers = HeaderFields()
        headers.append("Allow", methods.list)
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
