internal import Platform
package import RoostClient
internal import Wire

/// Why a command did not do what it was asked, translated once into words and an exit code.
package enum Failure: Error, Sendable {
    /// The command line says nothing roost can do; `hint` is what to write instead.
    case usage(String, hint: String)
    case client(ClientError)
    /// An answer that refuses the request for good.
    case answer(Reply)
    /// Something on this machine: what was attempted, and why it failed.
    case local(String)
    /// A comparison that did not hold.
    case unequal(String)
    /// A lock or leadership that was not won in time.
    case notWon(String)

    package var exitCode: ExitCode {
        switch self {
        case .usage: .usage
        case .client(let error): error.effect == .none ? .unavailable : .outcomeUnknown
        case .answer(let reply): Self.exitCode(of: reply)
        case .local: .failed
        case .unequal: .preconditionFailed
        case .notWon: .notWon
        }
    }

    private static func exitCode(of reply: Reply) -> ExitCode {
        switch reply.status {
        case 401, 403: return .denied
        case 404: return .notFound
        case 409: return .notWon
        case 412: return .preconditionFailed
        case 400:
            let isWritten = Problem(reply)?.has("bad-request") ?? false
            return isWritten ? .usage : .failed
        default: return .failed
        }
    }

    /// What happened, why, and what to do: one paragraph.
    package var explanation: String {
        switch self {
        case .usage(let what, let hint): "\(what); \(hint)"
        case .client(let error): Self.explanation(of: error)
        case .answer(let reply): Self.explanation(of: reply)
        case .local(let what), .unequal(let what), .notWon(let what): what
        }
    }

    private static func explanation(of error: ClientError) -> String {
        let outcome =
            switch error.effect {
            case .none: "nothing was changed; try again"
            case .unknown:
                "the write may or may not be applied; read the key before writing again"
            }
        return switch error {
        case .unreachable(_, let evidence):
            "no member answers (\(evidence.joined(separator: "; "))): \(outcome). "
                + "Check that 'roost serve' runs there, or name others with --endpoints"
        case .refused(_, let reply): "\(explanation(of: reply)) (\(outcome))"
        }
    }

    private static func explanation(of reply: Reply) -> String {
        guard let problem = Problem(reply) else {
            return "\(reply.endpoint) answers \(reply.status) without saying why; "
                + "check that it is a Roost member"
        }
        return String(decoding: problem.detail, as: UTF8.self)
    }

    /// The same as problem JSON (RFC 9457): the service's own words where it spoke.
    package var document: [UInt8] {
        switch self {
        case .answer(let reply) where Problem(reply) != nil: return reply.body
        case .client(.refused(_, let reply)) where Problem(reply) != nil: return reply.body
        default: break
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("type", Array("urn:roost:\(code)".utf8))
        writer.member("code", Array(code.utf8))
        writer.member("title", Array(title.utf8))
        writer.member("detail", Array(explanation.utf8))
        if case .client(let error) = self {
            writer.name("applied")
            if error.effect == .none { writer.bool(false) } else { writer.null() }
        }
        writer.endObject()
        return writer.output
    }

    private var code: String {
        switch self {
        case .usage: "usage"
        case .client: "unavailable"
        case .answer: "unexpected-answer"
        case .local: "failed"
        case .unequal: "precondition-failed"
        case .notWon: "wait-timeout"
        }
    }

    private var title: String {
        switch self {
        case .usage: "The command line cannot be understood"
        case .client: "No member carried out the request"
        case .answer: "The answer is not Roost's"
        case .local: "The command failed on this machine"
        case .unequal: "A comparison did not hold"
        case .notWon: "Another holds it"
        }
    }
}
