internal import Keyspace
package import Replica

extension Completion {
    /// Why a write has no answer; nil when it has one.
    package var failure: ProposalFailure? {
        if case .unproposed(_, let failure) = self { failure } else { nil }
    }

    /// The revision that a write was given.
    package var revision: UInt64? {
        if case .applied(_, let answer) = self { answer.revision.rawValue } else { nil }
    }
}
