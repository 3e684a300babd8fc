internal import Platform
package import RoostClient
package import Wire

/// Why a command did not do what it was asked, translated once into words and an exit code.
package enum Failure: Error, Sendable {
    /// The command line says nothing roost can do; `hint` is what to write instead.
    case usage(String, hint: String)
    case client(ClientError)
    /// An answer that refuses the request for good.
    case answer(Response)
    /// Something on this machine: what was attempted, and why it failed.
    case local(String)
    /// A comparison that did not hold; `current` is the key object, nil where there is none.
    case unequal(String, current: JSONValue?)
    /// A key that is not there, and where keys below it are looked for, they are not either.
    case missing(String)
    /// No member of the cluster has the name; who there is.
    case noMember(String)
    /// No member is ready to serve.
    case unready(String)
    /// An answer that refuses the request for good, with more to say about it than it does.
    case explained(String, Response)
    /// What the service took on and did not do.
    case unfinished(String)
    /// A lock or leadership that was not won in time, with the answer that says so.
    case notWon(String, Response)

    package var exitCode: ExitCode {
        switch self {
        case .usage: .usage
        case .client(let error): error.effect == .none ? .unavailable : .outcomeUnknown
        case .answer(let reply), .explained(_, let reply): Self.exitCode(of: reply)
        case .missing, .noMember: .notFound
        case .unready: .unavailable
        case .local, .unfinished: .failed
        case .unequal: .preconditionFailed
        case .notWon: .notWon
        }
    }

    /// Conflicts with what there is.
    private static let precluded: [StaticString] = [
        "lease-exists", "member-exists", "change-pending", "quorum-at-risk", "no-administrator",
        "permits-differ", "counter-out-of-range", "parties-differ",
    ]

    /// A status means something only where the service says what it means.
    private static func exitCode(of reply: Response) -> ExitCode {
        let problem = ServiceProblem(reply)
        // Taken is a condition that does not hold, not a contest that may be waited for.
        if Self.precluded.contains(where: { problem?.has($0) == true }) {
            return .preconditionFailed
        }
        if problem?.has("broken") == true { return .lost }
        return switch problem?.status {
        case 400: .usage
        case 401, 403: .denied
        case 404: .notFound
        case 409: .notWon
        case 412: .preconditionFailed
        default: .failed
        }
    }

    /// What happened, why, and what to do: one paragraph.
    package var explanation: String {
        switch self {
        case .usage(let what, let hint): "\(what); \(hint)"
        case .client(let error): Self.explanation(of: error)
        case .answer(let reply): Self.explanation(of: reply)
        case .local(let what), .missing(let what), .noMember(let what), .unready(let what),
            .unfinished(let what),
            .unequal(let what, _), .explained(let what, _), .notWon(let what, _):
            what
        }
    }

    /// The same refusal in other words.
    func explained(_ words: String) -> Failure {
        switch self {
        case .answer(let reply), .explained(_, let reply): .explained(words, reply)
        default: self
        }
    }

    private static func explanation(of error: ClientError) -> String {
        let outcome =
            switch error.effect {
            case .none: "this command changed nothing; try again"
            case .unknown:
                "it may or may not have been carried out; look before you repeat it"
            }
        return switch error {
        case .unreachable(_, let evidence):
            "no member answers (\(evidence.joined(separator: "; "))): \(outcome). "
                + "Check that 'roost serve' runs there, or name others with --endpoints"
        case .refused(_, let reply): "\(explanation(of: reply)) (\(outcome))"
        }
    }

    private static func explanation(of reply: Response) -> String {
        guard let problem = ServiceProblem(reply) else {
            return "\(reply.endpoint) answers \(reply.status) without saying why; "
                + "check that it is a Roost member"
        }
        return String(decoding: problem.detail, as: UTF8.self)
    }

    /// The same as problem JSON (RFC 9457): the service's own words where it spoke.
    package var document: [UInt8] {
        switch self {
        case .answer(let reply), .client(.refused(_, let reply)), .notWon(_, let reply),
            .explained(_, let reply):
            if ServiceProblem(reply) != nil { return reply.body }
        case .usage, .client(.unreachable), .local, .missing, .noMember, .unready, .unequal,
            .unfinished:
            break
        }
        let kind = kind
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("type", string: Array("urn:roost:\(kind.code)".utf8))
        writer.member("code", string: Array(kind.code.utf8))
        writer.member("title", string: Array(kind.title.utf8))
        writer.member("status", number: kind.status)
        writer.member("detail", string: Array(explanation.utf8))
        appendMembers(to: &writer)
        writer.endObject()
        return writer.output
    }

    /// What the service says beside the common members when it finds the same.
    private func appendMembers(to writer: inout JSONWriter) {
        switch self {
        case .client(let error):
            writer.name("applied")
            if error.effect == .none { writer.bool(false) } else { writer.null() }
        case .unequal(_, let current):
            writer.member("mod_revision", number: current?["mod_revision"]?.whole ?? 0)
            if let current {
                writer.name("current")
                writer.value(current)
            }
        case .missing: writer.member("what", string: "key")
        case .noMember: writer.member("what", string: "member")
        case .usage, .answer, .explained, .local, .notWon, .unready, .unfinished: break
        }
    }

    /// The service's code, status and title for the same, where it has one.
    private var kind: (code: String, status: UInt64, title: String) {
        switch self {
        case .usage: ("usage", 400, "The command line cannot be understood")
        case .client: ("unavailable", 503, "No member carried out the request")
        case .answer, .explained: ("unexpected-answer", 502, "The answer is not Roost's")
        case .unready: ("unavailable", 503, "No member is ready")
        case .unfinished: ("unfinished", 500, "The service took it on and did not do it")
        case .missing: ("not-found", 404, "There is no such key")
        case .noMember: ("not-found", 404, "There is no such member")
        case .local: ("failed", 500, "The command failed on this machine")
        case .unequal: ("precondition-failed", 412, "A comparison did not hold")
        case .notWon: ("wait-timeout", 409, "Another holds it")
        }
    }
}
