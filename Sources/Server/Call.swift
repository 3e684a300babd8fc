internal import API
internal import Keyspace
internal import Replica
internal import Wire

/// One request of a client from its arrival until its answer is on its way and nothing is left to
/// be cleaned up; it may outlive its connection.
final class Call {
    enum Stage {
        /// The member was asked, under this ticket.
        case asking(Ticket)
        /// For something that the wake index knows, or for a report.
        case waiting
        /// Waits for those before it to be written.
        case answered(HTTPResponse)
        /// The same, with a stream behind the head.
        case opening(HTTPResponse)
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
    let overlap: Overlap
    /// Of its body.
    let byteCount: Int
    /// Nil once the client is gone.
    var connection: Connection?
    var writer: ResponseWriter
    var stage: Stage
    var exchange: Exchange?
    /// Where it waits; nil while it does not.
    var registration: WakeIndex.Registration?
    /// The keys under which it stands among the watchers.
    var watchedFilter: WatchFilter?
    /// What the member keeps alive for it.
    var keptLease: KeptLease?

    init(
        number: UInt64,
        _ overlap: Overlap,
        byteCount: Int,
        _ writer: ResponseWriter,
        _ connection: Connection
    ) {
        self.number = number
        self.overlap = overlap
        self.byteCount = byteCount
        self.writer = writer
        self.connection = connection
        stage = .waiting
    }

    /// Whether it may hold or wait for a lock or leadership: what writes or reads keys does not.
    var mayKeepPlace: Bool { overlap == .alone }

    /// Whether it has a stream that has begun, or is about to.
    var isStream: Bool {
        switch stage {
        case .opening, .streaming: true
        default: false
        }
    }
}
