internal import API
internal import Bytes
internal import Keyspace
internal import Replica

/// One request of a client, or a batch of them, from its beginning until its answer is on its way
/// and nothing is left to be cleaned up. It may outlive its connection.
final class InFlightRequest<Spoken: Conversation> {
    enum Stage {
        /// The member was asked, under this ticket.
        case asking(Ticket)
        /// The member was asked to write every part of the batch.
        case writing
        /// For something that the wake index knows, or for a report.
        case waiting
        /// The answer waits for its turn to be written.
        case answered(Spoken.Response)
        /// The same for a batch, whose answers are rendered already; they are empty if they were
        /// rendered into the output.
        case rendered([UInt8])
        /// The same for a stream, of which this is the beginning.
        case opening(Spoken.Response)
        case streaming(Stream)
        /// Answered; kept until the client has the answer.
        case delivering
        case over
    }

    /// Where a stream stands.
    enum Stream {
        /// It is asked for more as soon as there is room.
        case flowing
        /// It waits for the member, or for what the wake index knows.
        case resting
    }

    let number: UInt64
    /// When the last byte of it came; of a batch, that of the first.
    let arrivedAt: MonotonicTime
    /// Those of a batch that came later.
    let laterArrivals: [Arrivals.Run]
    /// Whether it has waited for something that it named: a change, a lock.
    var hasWaited = false
    /// When it was woken, of a watch that has not told all since.
    var behindSince: MonotonicTime?
    /// Nil once the client is gone.
    var connection: ClientConnection<Spoken>?
    var reply: Spoken.Reply
    var stage = Stage.waiting
    var exchange: Spoken.Exchange?
    /// What it carries out, if that is a batch.
    let batch: RequestBatch?
    /// Where it waits; nil while it does not.
    var registration: WakeIndex<Spoken>.Registration?
    /// The keys under which it stands among the watchers.
    var watchedFilter: WatchFilter?
    /// Whether it is counted among those that keep a state.
    var keepsState = false
    /// Who asked, as far as it was proven; empty unless that is written down.
    var origin: AuditRecord.Origin
    /// Among whose requests it counts; nil where that is nobody in particular.
    var user: ClientAccount?
    /// Whom a trusted proxy has passed it on for; nil where the connection is its client's.
    private(set) var client: ClientAccount?
    /// What it is, kept where that is written down: what it wrote may be known only when nothing
    /// else is left of it.
    var matter: AuditRecord.Matter?
    /// The store's when the write that it asked for last was applied; kept where that is written
    /// down.
    var writtenRevision: Revision?
    /// What the member keeps alive for it.
    var keptLease: KeptLease?

    init(
        number: UInt64,
        arrivedAt: MonotonicTime,
        laterArrivals: [Arrivals.Run] = [],
        reply: Spoken.Reply,
        exchange: Spoken.Exchange?,
        batch: RequestBatch? = nil,
        connection: ClientConnection<Spoken>
    ) {
        self.number = number
        self.arrivedAt = arrivedAt
        self.laterArrivals = laterArrivals
        self.reply = reply
        self.exchange = exchange
        self.batch = batch
        origin = connection.origin
        self.connection = connection
    }

    /// It was passed on by a trusted proxy.
    func note(_ forwarded: ForwardedClient) {
        client = forwarded.account
        origin.address = forwarded.address
    }

    /// How many requests of the client it is.
    var requestCount: Int { batch?.count ?? 1 }

    /// Whether it may hold or wait for a lock or leadership.
    var mayKeepPlace: Bool { Spoken.mayKeepPlace(reply) }

    /// Whether it has a stream that has begun, or is about to.
    var isStream: Bool {
        switch stage {
        case .opening, .streaming: true
        default: false
        }
    }

    /// Whether its stream is to be asked for more.
    var isFlowing: Bool {
        if case .streaming(.flowing) = stage { true } else { false }
    }

    /// Whether there is more to be written for it without anything else happening.
    var isReadyToGoOn: Bool {
        switch stage {
        case .answered, .rendered, .opening, .streaming(.flowing), .over: true
        case .asking, .writing, .waiting, .streaming(.resting), .delivering: false
        }
    }
}
