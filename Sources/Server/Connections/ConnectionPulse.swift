internal import Bytes

/// When a connection last showed life, and how long it may go on without.
struct ConnectionPulse {
    /// From the first byte of a request to its last: a client that dribbles holds nothing for long.
    static let requestMilliseconds: UInt64 = 30_000
    /// From the connection to the end of the TLS handshake.
    static let handshakeMilliseconds: UInt64 = 10_000
    /// With nothing asked and nothing owed.
    static let idleMilliseconds: UInt64 = 300_000
    /// With output that the client does not take.
    static let stallMilliseconds: UInt64 = 60_000
    /// Between our last byte and the client's end.
    static let lingerMilliseconds: UInt64 = 2_000
    /// A connection is looked at this often at least: what it waits for changes without an alarm.
    static let checkMilliseconds: UInt64 = 15_000

    private let openedAt: MonotonicTime
    private(set) var receivedAt: MonotonicTime
    private(set) var sentAt: MonotonicTime
    /// When the request began that is not complete yet.
    private var requestBeganAt: MonotonicTime?

    init(openedAt now: MonotonicTime) {
        openedAt = now
        receivedAt = now
        sentAt = now
    }

    mutating func received(_ now: MonotonicTime) { receivedAt = now }

    mutating func sent(_ now: MonotonicTime) { sentAt = now }

    /// Notes whether what was received so far ends within a request.
    mutating func note(isWithinRequest: Bool, now: MonotonicTime) {
        requestBeganAt = isWithinRequest ? requestBeganAt ?? now : nil
    }

    /// When a connection has to be given up that TLS was not agreed on.
    var handshakeDeadline: MonotonicTime {
        openedAt.advanced(byMilliseconds: Self.handshakeMilliseconds)
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
