internal import API
internal import Bytes
internal import Platform
internal import Wire

/// One client connection: bytes in, calls in their order, bytes out.
final class ClientConnection {
    enum Phase {
        case serving
        /// Nothing more is taken from the client; the output is still sent.
        case closing
        /// All is sent and we said so; the client's end is waited for, so that closing does not
        /// reset away what it has not read yet.
        case lingering(since: MonotonicTime)
        case closed
    }

    enum Input {
        case open
        /// The client sends no more; it may still read.
        case ended
    }

    enum Dialect {
        /// Nothing was received yet.
        case unknown
        case http
    }

    let number: UInt64
    let socket: Socket
    let door: ListenerKind
    var phase = Phase.serving
    var input = Input.open
    var dialect = Dialect.unknown
    var parser = RequestParser()
    /// Received and not parsed yet.
    var inbox: [UInt8] = []
    /// Parsed and not begun yet.
    var backlog = Backlog()
    /// Begun, in the order of arrival; the first is answered next.
    private(set) var calls: [InFlightRequest] = []
    /// Requests that have begun and whose answers are not in the output.
    private var begunCount = 0
    /// Who speaks.
    let principal = Principal.anonymous
    var patterns = KnownRequests()
    var pipeline = Pipeline()
    /// Of a request that has begun to arrive.
    var heldByteCount = 0
    /// Of its output, as the budget knows it.
    var owedByteCount = 0
    var output = OutputBuffer()
    /// Answers that have to arrive, and where each ends in the output.
    var deliveries: [(call: InFlightRequest, end: UInt64)] = []
    var pulse: ConnectionPulse
    /// What the poller is asked for.
    var interest = Readiness.readable
    var alarm: IndexedHeap<WakeIndex.Alarm>.Handle?
    /// Whether it stands in the list of those to be flushed.
    var flush = FlushMark.none

    enum FlushMark { case none, listed }

    init(number: UInt64, socket: consuming Socket, door: ListenerKind, now: MonotonicTime) {
        self.number = number
        self.socket = socket
        self.door = door
        pulse = ConnectionPulse(openedAt: now)
    }

    /// Whether another request may be parsed off what was received.
    var mayParse: Bool {
        guard case .serving = phase else { return false }
        return requestRoom > 0
            && backlog.byteCount < Pipeline.byteCountMax
            && output.waitingByteCount < OutputBuffer.byteCountMax
    }

    /// Whether nothing is asked that is not answered.
    var isAnswered: Bool { calls.isEmpty && backlog.count == 0 }

    /// Whether more is to be received.
    var mayReceive: Bool {
        switch phase {
        case .serving: input == .open && mayParse && inbox.count < Self.inboxByteCountMax
        case .closing, .closed: false
        case .lingering: true
        }
    }

    /// How many more requests may be taken in.
    var requestRoom: Int { Pipeline.depthMax - backlog.count - begunCount }

    /// Takes in a call behind all others.
    func enqueue(_ call: InFlightRequest) {
        calls.append(call)
        begunCount += call.requestCount
    }

    /// Lets go of the call that was answered last.
    func dequeue() {
        begunCount -= calls.removeFirst().requestCount
    }

    /// Lets go of every call.
    func takeCalls() -> [InFlightRequest] {
        defer {
            calls = []
            begunCount = 0
        }
        return calls
    }

    var isClosed: Bool { if case .closed = phase { true } else { false } }

    /// More than one head that the parser accepts.
    private static let inboxByteCountMax = 128 << 10
}

/// When a connection last showed life, and how long it may go on without.
struct ConnectionPulse {
    /// From the first byte of a request to its last: a client that dribbles holds nothing for long.
    static let requestMilliseconds: UInt64 = 30_000
    /// With nothing asked and nothing owed.
    static let idleMilliseconds: UInt64 = 300_000
    /// With output that the client does not take.
    static let stallMilliseconds: UInt64 = 60_000
    /// Between our last byte and the client's end.
    static let lingerMilliseconds: UInt64 = 2_000
    /// A connection is looked at this often at least: what it waits for changes without an alarm.
    static let checkMilliseconds: UInt64 = 15_000

    private(set) var receivedAt: MonotonicTime
    private(set) var sentAt: MonotonicTime
    /// When the request began that is not complete yet.
    private var requestBeganAt: MonotonicTime?

    init(openedAt now: MonotonicTime) {
        receivedAt = now
        sentAt = now
    }

    mutating func received(_ now: MonotonicTime) { receivedAt = now }

    mutating func sent(_ now: MonotonicTime) { sentAt = now }

    /// Notes whether what was received so far ends within a request.
    mutating func note(isWithinRequest: Bool, now: MonotonicTime) {
        requestBeganAt = isWithinRequest ? requestBeganAt ?? now : nil
    }

    /// When the connection has to be given up; nil while an answer is being worked out.
    func deadline(owes: Owed) -> MonotonicTime? {
        switch owes {
        case .output: sentAt.advanced(byMilliseconds: Self.stallMilliseconds)
        case .answers: nil
        case .nothing:
            requestBeganAt?.advanced(byMilliseconds: Self.requestMilliseconds)
                ?? max(receivedAt, sentAt).advanced(byMilliseconds: Self.idleMilliseconds)
        }
    }

    enum Owed: Hashable {
        /// Bytes that the client does not take.
        case output
        case answers
        case nothing
    }
}

extension ClientConnection {
    /// When it is to be given up; nil while an answer is being worked out.
    var deadline: MonotonicTime? {
        switch phase {
        case .lingering(let since):
            since.advanced(byMilliseconds: ConnectionPulse.lingerMilliseconds)
        case .serving, .closing, .closed:
            pulse.deadline(
                owes: !output.isEmpty ? .output : isAnswered ? .nothing : .answers
            )
        }
    }
}
