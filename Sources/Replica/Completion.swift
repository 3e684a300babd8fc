package import Keyspace

/// What became of a ticket; each gets exactly one completion.
package enum Completion: Sendable {
    case applied(Ticket, Answer)
    case unproposed(Ticket, ProposalFailure)
    case readable(Ticket)
    case unreadable(Ticket)
    /// The entry that begins the step is applied here.
    case membershipChanged(Ticket)
}

extension Completion {
    /// Whose request it completes.
    package var ticket: Ticket {
        switch self {
        case .applied(let ticket, _), .unproposed(let ticket, _), .readable(let ticket),
            .unreadable(let ticket), .membershipChanged(let ticket):
            ticket
        }
    }
}

/// Why a write has no answer.
package enum ProposalFailure: Hashable, Sendable {
    /// It never entered any log, or another entry is committed at its index.
    case notApplied(Cause)
    /// The shell did not propose it: it cannot write down who asks, and is not to go on without.
    case unwritten
    /// It may be applied or not.
    case unknown

    /// Why nothing of it will ever be applied; the raw value is the one on the wire.
    package enum Cause: UInt8, Hashable, Sendable {
        case noLeader = 0
        /// The bound on proposals in flight is reached.
        case tooManyInFlight = 1
        /// The disk reserve is used up.
        case noSpace = 2
        /// The member has no cluster yet, is being stopped, or its store differs from the others'.
        case notServing = 3
        case lostLeadership = 4
        /// The encoded command is longer than a log entry may be.
        case tooLarge = 5
        /// The membership cannot take that step from where it is now.
        case membership = 6
    }
}
