package import Bytes
package import Keyspace
package import Replica
package import Wire

/// What an exchange asks of the member that carries it; the shell does it and resumes.
package enum Step: Sendable {
    /// Resume with `.answered` or `.unproposed`. At the exchange's `deadline` the shell forgets the
    /// ticket and resumes with what that brings.
    case propose(Request)
    /// Resume with `.readable` or `.unreadable`; with a `deadline` as for `propose`.
    case read
    /// Resume with `.woken` at the first of these.
    case wait(Wake)
    /// Resume with `.described`, at once.
    case describe
    /// The whole response. Keep the exchange until it is written, if `delivery` says so.
    case respond(HTTPResponse)
    /// The head of a streamed response; chunks are then pulled with `nextChunk`.
    case stream(HTTPResponse)
    /// Nothing new: what was asked for is still to come; of a stream, the next chunk is to be asked
    /// for.
    case goOn
    /// The exchange is over and nobody is left to be answered.
    case finish
}

/// What ends a wait; whichever comes first.
package struct Wake: Hashable, Sendable {
    /// A point in time.
    package var deadline: MonotonicTime?
    /// A change that the filter matches.
    package var filter: WatchFilter?
    /// Anything that happens to this contest.
    package var contest: Contest?
    /// The member's store has reached this revision.
    package var revision: Revision?

    package init(
        deadline: MonotonicTime? = nil,
        filter: WatchFilter? = nil,
        contest: Contest? = nil,
        revision: Revision? = nil
    ) {
        self.deadline = deadline
        self.filter = filter
        self.contest = contest
        self.revision = revision
    }
}

/// What the shell brings back.
package enum Resumption: Sendable {
    case answered(Answer)
    case unproposed(ProposalFailure)
    case readable
    case unreadable
    /// Something that the wait named has happened, or the store was replaced; looking anew is
    /// always right.
    case woken
    case described(MemberReport)
    /// The client's connection is gone: nothing can be answered, only cleaned up. Brought at most
    /// once: in the middle of a step, of a stream, or after a response that was not written whole.
    /// An unfinished `propose` goes on, its result is still brought.
    case disconnected
}

/// A piece of a streamed response.
package enum StreamPiece: Sendable {
    /// Bytes for the client; ask again when they are on their way.
    case bytes([UInt8])
    /// Nothing now; ask again when woken.
    case idle(Wake)
    /// Resume with the read's or write's result, then ask again.
    case step(Step)
    /// The last bytes; the response ends after them.
    case end([UInt8])
}
