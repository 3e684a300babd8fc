internal import API
internal import Keyspace
internal import Replica
internal import Wire

/// One request of a client, or a run of requests, from its arrival until its answer is on its way
/// and nothing is left to be cleaned up; it may outlive its connection.
final class InFlightRequest {
    enum Stage {
        /// The member was asked, under this ticket.
        case asking(Ticket)
        /// The member was asked to write every part of the run.
        case writing
        /// For something that the wake index knows, or for a report.
        case waiting
        /// Waits for those before it to be written.
        case answered(HTTPResponse)
        /// The same, a run's answers being rendered already; nothing if they are in the output.
        case rendered([UInt8])
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
    let overlap: PipelineClass
    /// How many answers it has.
    let requestCount: Int
    /// Of its bodies.
    let byteCount: Int
    /// Nil once the client is gone.
    var connection: ClientConnection?
    var writer: ResponseWriter
    var stage: Stage
    var exchange: NativeExchange?
    /// What it carries out, if that is a run.
    let run: RequestBatch?
    /// Where it waits; nil while it does not.
    var registration: WakeIndex.Registration?
    /// The keys under which it stands among the watchers.
    var watchedFilter: WatchFilter?
    /// What the member keeps alive for it.
    var keptLease: KeptLease?

    init(
        number: UInt64,
        overlap: PipelineClass,
        byteCount: Int,
        writer: ResponseWriter,
        connection: ClientConnection
    ) {
        self.number = number
        self.overlap = overlap
        self.byteCount = byteCount
        self.writer = writer
        self.connection = connection
        requestCount = 1
        run = nil
        stage = .waiting
    }

    init(
        number: UInt64,
        run: RequestBatch,
        overlap: PipelineClass,
        connection: ClientConnection
    ) {
        self.number = number
        self.run = run
        self.overlap = overlap
        self.connection = connection
        requestCount = run.count
        byteCount = run.byteCount
        writer = .continuing
        stage = .waiting
    }

    /// Whether it may hold or wait for a lock or leadership: what writes or reads keys does not.
    var mayKeepPlace: Bool { overlap == .alone }

    /// Takes it out of what its connection has under way.
    func endOverlap() {
        connection?.pipeline.end(requestCount: requestCount, byteCount: byteCount)
    }

    /// Whether it has a stream that has begun, or is about to.
    var isStream: Bool {
        switch stage {
        case .opening, .streaming: true
        default: false
        }
    }
}
