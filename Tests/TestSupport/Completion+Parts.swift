internal import Keyspace
package import Replica

extension Completion {
    /// Whose request it is about.
    package var ticket: Ticket {
        switch self {
        case .applied(let ticket, _), .unproposed(let ticket, _), .readable(let ticket),
            .unreadable(let ticket), .membershipChanged(let ticket):
            ticket
        }
    }

    /// Why a write has no answer; nil when it has one.
    package var failure: ProposalFailure? {
        if case .unproposed(_, let failure) = self { failure } else { nil }
    }

    /// The revision that a write was given.
    package var revision: UInt64? {
        if case .applied(_, let answer) = self { answer.revision.rawValue } else { nil }
    }
}
