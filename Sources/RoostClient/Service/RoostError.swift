internal import Platform
internal import Wire

/// Why something asked of the service did not come to pass.
public enum RoostError: Error, Sendable {
    /// No member answered in time; `evidence` is one line for each that was tried last.
    case unreachable(Effect, evidence: [String])
    /// The service has answered that it will not, or cannot now.
    case refused(ServiceRefusal)
    /// What a watch or a snapshot of the past wanted is forgotten: everything up to this revision.
    case compacted(revision: UInt64)
    /// A member answered what no member answers.
    case malformedAnswer(why: String)
    /// What was asked for cannot be asked; the text says what to write instead.
    case invalidArgument(String)
    /// The task that asked was cancelled.
    case cancelled(Effect)
    /// This machine could not: no descriptors, no threads, no randomness.
    case system(why: String)
}

extension RoostError: CustomStringConvertible {
    /// What happened and why, for people.
    public var description: String {
        switch self {
        case .unreachable(let effect, let evidence):
            "no member answered (\(evidence.joined(separator: "; ")))\(Self.words(effect))"
        case .refused(let refusal): refusal.description
        case .compacted(let revision):
            "what was before revision \(revision) is forgotten: begin again with what there is"
        case .malformedAnswer(let why): "a member's answer cannot be read: \(why)"
        case .invalidArgument(let why): why
        case .cancelled(let effect): "the task was cancelled\(Self.words(effect))"
        case .system(let why): why
        }
    }

    private static func words(_ effect: Effect) -> String {
        effect == .unknown ? "; whether the write was carried out is unknown" : ""
    }

    init(_ error: ClientError) {
        self =
            switch error {
            case .unreachable(let effect, let evidence): .unreachable(effect, evidence: evidence)
            case .refused(let effect, let reply): .refused(ServiceRefusal(reply, effect: effect))
            }
    }

    init(_ error: SystemError) { self = .system(why: "\(error)") }

    init(_ error: LockClaimError) {
        self =
            switch error {
            case .client(let error): RoostError(error)
            case .answer(let reply): .refused(ServiceRefusal(reply))
            case .system(let error): RoostError(error)
            }
    }

    init(_ error: SubscriptionError) {
        self =
            switch error {
            case .client(let error): RoostError(error)
            case .rejected(let reply): .refused(ServiceRefusal(reply))
            }
    }
}

/// An answer of the service that is none of success (RFC 9457).
public struct ServiceRefusal: Hashable, Sendable, CustomStringConvertible {
    /// The HTTP status.
    public let status: Int
    /// `precondition-failed`, `lock-held`, `not-found` and their like; empty where the answer says
    /// none.
    public let code: String
    /// What happened, why, and what to do.
    public let detail: String
    /// Whether anything of it may have been carried out.
    public let effect: Effect
    /// The key as it is, where a condition did not hold of it and it is there.
    public let current: KeyValue?

    /// What a program logs.
    public var description: String { "\(detail) (\(status)\(code.isEmpty ? "" : " \(code)"))" }

    init(_ reply: Response, effect: Effect = .none) {
        let problem = ServiceProblem(reply)
        status = Int(reply.status)
        code = problem.map { String(decoding: $0.code, as: UTF8.self) } ?? ""
        detail = reply.reason
        self.effect = effect
        current = problem?.document["current"].flatMap(KeyValue.init)
    }
}
