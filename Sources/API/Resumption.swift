package import Keyspace
package import Replica

/// What the shell brings back to an exchange.
package enum Resumption: Sendable {
    /// What the proposed request came to.
    case answered(Answer)
    /// Why the request was not proposed, or that its outcome is unknown.
    case unproposed(ProposalFailure)
    /// The keyspace that is lent along holds everything that was acknowledged before the read.
    case readable
    /// No quorum confirmed the read in time.
    case unreadable
    /// Something that the wait named has happened, or the store was replaced. To look anew is
    /// always right.
    case woken
    /// Who asks.
    indirect case identified(CallerIdentity)
    /// What came of the work.
    case worked(LongWork.Outcome)
    /// What the member says of itself.
    case described(MemberReport)
    /// Further bytes of a two-way stream, in the order in which the client sent them. They may come
    /// before what was asked for does: `.goOn` then goes on waiting for that. They end a wait, so
    /// that the exchange has to say anew what it waits for.
    case received([UInt8])
    /// The client sends nothing more on a two-way stream, but may still receive. Brought like
    /// further bytes.
    case inputEnded
    /// The client's connection is gone: nothing can be answered, only cleaned up. Brought at most
    /// once: in the middle of a step, of a stream, or after a response that was not written whole.
    /// An unfinished `propose` goes on, and its result is still brought.
    case disconnected

    /// Whether the log has answered.
    var isAnswer: Bool { if case .answered = self { true } else { false } }
}
