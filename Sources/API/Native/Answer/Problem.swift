internal import Bytes
internal import Keyspace
internal import Replica
internal import Wire

/// A refusal as the client gets it: `application/problem+json` (RFC 9457).
struct Problem: Error {
    /// The closed list of what can be wrong; the name is what programs compare.
    enum Code {
        case badRequest
        case futureRevision
        case unauthenticated
        case permissionDenied
        case crossOrigin
        case notFound
        case noSuchCall
        case methodNotAllowed
        case noAdministrator
        case lockHeld
        case permitsDiffer
        case partiesDiffer
        case barrierFull
        case broken
        case guarded
        case leaseEnded
        case noSuccessor
        case counterOutOfRange
        case leaseExists
        case memberExists
        case changePending
        case quorumAtRisk
        case featureLevel
        case waitTimeout
        case compacted
        case preconditionFailed
        case tooLarge
        case uriTooLong
        case headersTooLarge
        case unsupportedEncoding
        case unsupportedType
        case misdirected
        case idempotencyMismatch
        case tooManyRequests
        case `internal`
        case unavailable
        case noSpace
        case quotaExceeded
    }

    /// What some problems say besides the common members.
    enum Member {
        case what(StaticString)
        case holders([Grant])
        case position(UInt64)
        case permits(UInt32)
        /// How many pass a barrier together.
        case parties(UInt32)
        case generation(BarrierGeneration)
        case breach(BarrierBreach)
        case compactRevision(Revision)
        /// How much history is kept.
        case historyLimits(ClusterSettings)
        /// What there is, and what there may be.
        case space(used: UInt64, quota: UInt64)
        case modRevision(Revision)
        case current(KeyRecord)
        /// Whether a write that has no answer was carried out, by any of its sendings.
        case applied(RequestFate.Application)
        /// The same of this sending alone.
        case sendingApplied(RequestFate.Application)
        case name([UInt8])
        case lease(LeaseID)
        /// The parameter, field or header that is at fault.
        case at(StaticString, String)
        case reasons([[UInt8]])
    }

    let code: Code
    /// What, why and what to do, in a sentence or two.
    let detail: String
    var members: [Member] = []
    /// For `Allow`, with `methodNotAllowed`.
    var allow: [Method] = []
    var retryAfterSeconds: UInt64?
    /// Refusals that the log decided are kept under an idempotency key as well.
    private var source = Answer.Source.applied

    init(_ code: Code, _ detail: String, _ members: Member...) {
        self.code = code
        self.detail = detail
        self.members = members
        switch code {
        case .tooManyRequests, .unavailable: retryAfterSeconds = 1
        default: retryAfterSeconds = nil
        }
    }

    /// The same with what is in force, where that explains it.
    func explained(by settings: ClusterSettings) -> Problem {
        guard code == .compacted else { return self }
        var problem = self
        problem.members.append(.historyLimits(settings))
        return problem
    }

    /// The same, as an earlier answer if it is one.
    func noting(_ source: Answer.Source) -> Problem {
        var problem = self
        problem.source = source
        return problem
    }

    /// The same, with whether the write was carried out where a retry may have another outcome.
    func telling(_ fate: RequestFate, of outcome: Outcome) -> Problem {
        switch outcome {
        case .refused(.quotaExceeded), .refused(.subtreeFull):
            var problem = self
            problem.members += Self.application(fate.application, sending: fate.sending)
            return problem
        default: return self
        }
    }

    /// A part of the request cannot be understood.
    static func bad(_ detail: String) -> Problem { Problem(.badRequest, detail) }
}

extension Problem.Code {
    var name: StaticString {
        switch self {
        case .badRequest: "bad-request"
        case .futureRevision: "future-revision"
        case .unauthenticated: "unauthenticated"
        case .permissionDenied: "permission-denied"
        case .crossOrigin: "cross-origin"
        case .notFound: "not-found"
        case .noSuchCall: "no-such-call"
        case .methodNotAllowed: "method-not-allowed"
        case .noAdministrator: "no-administrator"
        case .lockHeld: "lock-held"
        case .permitsDiffer: "permits-differ"
        case .partiesDiffer: "parties-differ"
        case .barrierFull: "barrier-full"
        case .broken: "broken"
        case .guarded: "guarded"
        case .leaseEnded: "lease-ended"
        case .noSuccessor: "no-successor"
        case .counterOutOfRange: "counter-out-of-range"
        case .leaseExists: "lease-exists"
        case .memberExists: "member-exists"
        case .changePending: "change-pending"
        case .quorumAtRisk: "quorum-at-risk"
        case .featureLevel: "feature-level"
        case .waitTimeout: "wait-timeout"
        case .compacted: "compacted"
        case .preconditionFailed: "precondition-failed"
        case .tooLarge: "too-large"
        case .uriTooLong: "uri-too-long"
        case .headersTooLarge: "headers-too-large"
        case .unsupportedEncoding: "unsupported-encoding"
        case .unsupportedType: "unsupported-type"
        case .misdirected: "misdirected"
        case .idempotencyMismatch: "idempotency-mismatch"
        case .tooManyRequests: "too-many-requests"
        case .internal: "internal"
        case .unavailable: "unavailable"
        case .noSpace: "no-space"
        case .quotaExceeded: "quota-exceeded"
        }
    }

    var status: UInt16 {
        switch self {
        case .badRequest, .futureRevision: 400
        case .unauthenticated: 401
        case .permissionDenied, .crossOrigin, .guarded: 403
        case .notFound, .noSuchCall: 404
        case .methodNotAllowed: 405
        case .lockHeld, .leaseExists, .waitTimeout, .memberExists, .changePending, .quorumAtRisk,
            .featureLevel, .noAdministrator, .permitsDiffer, .counterOutOfRange, .noSuccessor,
            .partiesDiffer, .barrierFull, .broken:
            409
        case .compacted, .leaseEnded: 410
        case .preconditionFailed: 412
        case .tooLarge: 413
        case .uriTooLong: 414
        case .unsupportedEncoding, .unsupportedType: 415
        case .misdirected: 421
        case .idempotencyMismatch: 422
        case .tooManyRequests: 429
        case .headersTooLarge: 431
        case .internal: 500
        case .unavailable: 503
        case .noSpace, .quotaExceeded: 507
        }
    }

    var title: StaticString {
        switch self {
        case .badRequest: "The request cannot be understood"
        case .futureRevision: "The revision lies ahead of the store"
        case .unauthenticated: "It takes somebody to ask for this"
        case .permissionDenied: "This is not allowed"
        case .crossOrigin: "A page of another origin may not do this"
        case .notFound: "There is no such thing"
        case .noSuchCall: "There is no such call"
        case .methodNotAllowed: "The call does not have this method"
        case .noAdministrator: "Nobody could administer it"
        case .lockHeld: "Another holds it"
        case .permitsDiffer: "Others count on another number of permits"
        case .partiesDiffer: "Others pass it by another number"
        case .barrierFull: "All have entered it already"
        case .broken: "It is broken for all"
        case .guarded: "This is written in the name of a lock"
        case .leaseEnded: "The candidate's lease has ended"
        case .noSuccessor: "Nobody is there to take over"
        case .counterOutOfRange: "The counter cannot count so far"
        case .leaseExists: "The lease id is taken"
        case .memberExists: "There is such a member"
        case .changePending: "Another change is under way"
        case .quorumAtRisk: "Too few would be left to decide"
        case .featureLevel: "Not all members can do that yet"
        case .waitTimeout: "The wait ran out"
        case .compacted: "The revision is compacted"
        case .preconditionFailed: "A condition did not hold"
        case .tooLarge: "The request is too large"
        case .uriTooLong: "The target is too long"
        case .headersTooLarge: "The header fields are too large"
        case .unsupportedEncoding: "The content encoding is not supported"
        case .unsupportedType: "The content type is not supported"
        case .misdirected: "The host is not served here"
        case .idempotencyMismatch: "The idempotency key belongs to another request"
        case .tooManyRequests: "Too many requests at once"
        case .internal: "The member is at fault"
        case .unavailable: "The cluster cannot answer now"
        case .noSpace: "The space for data is used up"
        case .quotaExceeded: "The quota is used up"
        }
    }
}

extension Problem {
    /// The object that says it.
    var json: JSONWriter {
        var json = JSONWriter()
        json.beginObject()
        json.member("type", string: Array("urn:roost:\(code.name)".utf8))
        json.member("code", string: code.name)
        json.member("title", string: code.title)
        json.member("status", number: UInt64(code.status))
        json.member("detail", string: Array(detail.utf8))
        for member in members { Self.write(member, to: &json) }
        json.endObject()
        return json
    }

    /// The response that says it.
    var response: HTTPResponse {
        var json = json
        json.endBody()
        var headers = HeaderFields()
        headers.append("Content-Type", value: "application/problem+json")
        if code == .unauthenticated {
            headers.append("WWW-Authenticate", value: "Bearer realm=\"roost\"")
            headers.append("WWW-Authenticate", value: "Basic realm=\"roost\", charset=\"UTF-8\"")
        }
        if !allow.isEmpty { headers.append("Allow", value: allow.list) }
        if let retryAfterSeconds { headers.append("Retry-After", number: retryAfterSeconds) }
        var response = HTTPResponse(
            status: code.status,
            headers: headers,
            body: .bytes(json.output)
        )
        response.note(source)
        return response
    }

    private static func write(_ member: Member, to json: inout JSONWriter) {
        switch member {
        case .what(let what): json.member("what", string: what)
        case .holders(let holders):
            json.name("holders")
            json.holders(holders)
        case .position(let position): json.member("position", number: position)
        case .permits(let count): json.permits(count)
        case .parties(let count): json.member("parties", number: UInt64(count))
        case .generation(let generation):
            json.member("generation", number: generation.rawValue)
        case .breach(let breach): json.members(of: breach)
        case .compactRevision(let revision):
            json.member("compact_revision", number: revision.rawValue)
        case .historyLimits(let settings): json.historyLimits(of: settings)
        case .space(let used, let quota):
            json.member("used", number: used)
            json.member("quota", number: quota)
        case .modRevision(let revision): json.member("mod_revision", number: revision.rawValue)
        case .current(let record):
            json.name("current")
            json.keyObject(record)
        case .applied(let application): write("applied", application: application, to: &json)
        case .sendingApplied(let application):
            write("sending_applied", application: application, to: &json)
        case .name(let name): json.member("name", string: name)
        case .lease(let lease): json.member("lease", string: lease.text)
        case .at(let kind, let name): json.member(kind, string: Array(name.utf8))
        case .reasons(let reasons):
            json.name("reasons")
            json.beginArray()
            for reason in reasons { json.string(reason) }
            json.endArray()
        }
    }
}

extension Problem {
    private static func write(
        _ name: StaticString,
        application: RequestFate.Application,
        to json: inout JSONWriter
    ) {
        json.name(name)
        switch application {
        case .certainlyNot: json.bool(false)
        case .unknown: json.null()
        }
    }
}

extension [Method] {
    /// As `Allow` has it.
    var list: [UInt8] { [UInt8](map(\.rawValue).joined(separator: ", ").utf8) }
}
