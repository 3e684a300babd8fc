package import Keyspace
package import Wire

/// What an exchange asks of the member that carries it. The shell does that and resumes.
///
/// A `Response` is what the exchange's dialect answers with; only that dialect looks into it.
package enum Step<Response: Sendable>: Sendable {
    /// Resume with `.answered` or `.unproposed`. At the exchange's `deadline` the shell forgets the
    /// ticket and resumes with what that brings.
    case propose(Request)
    /// Resume with `.readable` or `.unreadable`. The `deadline` means the same as for `propose`.
    case read
    /// Resume with `.woken` when the first of these happens.
    case wait(Wake)
    /// Resume with `.described` at once.
    case describe
    /// Resume with `.identified` at once: who asks with these credentials, as it is known now.
    indirect case identify(HTTPRequest)
    /// Have it done on a thread that may take its time, or turn it away. Resume with `.worked`.
    case work(LongWork)
    /// The member is to hand leadership to that voter, or to the best one. Resume with `.woken` at
    /// once: nothing tells when it is done.
    case handOver(to: UInt64?)
    /// The whole response. Keep the exchange until it is written if `delivery` is required.
    case respond(Response)
    /// The beginning of a streamed response. Its pieces are then pulled with `nextPiece`.
    case stream(Response)
    /// Nothing new: what was asked for is still to come. A stream is to be asked for its next piece.
    case goOn
    /// The exchange is over and nobody is left to be answered.
    case finish
}
