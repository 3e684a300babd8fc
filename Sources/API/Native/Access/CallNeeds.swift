internal import Keyspace

/// What a caller has to be allowed for a call, apart from what the log decides.
enum CallNeeds {
    /// Nobody is asked.
    case nothing
    /// It is decided where the command is applied.
    case decidedAtApply
    /// All of these, at the state that the call looks at.
    case all([AccessRequirement])
    /// One of these is enough.
    case any([AccessRequirement])
    /// To see what is known of a lease.
    case sight(of: LeaseID)

    /// Why the caller may not have what the call came to; nil if it may.
    ///
    /// Absent and forbidden are told alike: nothing of what was found goes into it.
    func problem(for principal: Principal, in keyspace: Keyspace) -> Problem? {
        switch self {
        case .nothing, .decidedAtApply: return nil
        default:
            return principal.isOutlived(in: keyspace.access)
                ? .access(.unauthenticated) : problem(for: principal.caller, in: keyspace)
        }
    }

    private func problem(for caller: Caller, in keyspace: Keyspace) -> Problem? {
        switch self {
        case .nothing, .decidedAtApply: return nil
        case .all(let requirements):
            for requirement in requirements {
                if let problem = Problem(
                    keyspace.access.decide(caller, on: requirement),
                    of: requirement
                ) {
                    return problem
                }
            }
            return nil
        case .any(let requirements):
            var first: Problem?
            for requirement in requirements {
                let decision = keyspace.access.decide(caller, on: requirement)
                guard let problem = Problem(decision, of: requirement) else { return nil }
                first = first ?? problem
            }
            return first
        case .sight(let lease):
            if let problem = Problem(keyspace.access.decide(caller, on: .identity), of: .identity) {
                return problem
            }
            // One that may not be seen is not there.
            return keyspace.mayUse(lease, as: caller, for: .seeing)
                ? nil : Problem(.notFound(.lease))
        }
    }
}

extension Problem {
    /// Nil for a decision that allows it.
    init?(_ decision: AccessDecision, of requirement: AccessRequirement) {
        switch decision {
        case .allowed: return nil
        case .unauthenticated: self = .access(.unauthenticated)
        case .denied:
            guard let verb = requirement.verb else {
                self = .access(.unauthenticated)
                return
            }
            self = .access(.denied(verb))
        }
    }
}
