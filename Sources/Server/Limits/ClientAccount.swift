internal import API
internal import Bytes

/// What one client, or one user, takes of the member at present, over all of its connections.
final class ClientAccount {
    enum Owner: Hashable {
        case source(ClientSource)
        /// By name, as far as it was proven.
        case user([UInt8])
    }

    let owner: Owner
    var connectionCount = 0
    /// Requests that have begun and whose answers are not all in the output.
    private(set) var underWayCount = 0
    private var requests = RateLimiter()
    private var bytes = RateLimiter()
    /// The turn of the reactor that it had requests in last, and how many.
    private var turn: UInt64 = 0
    private var turnRequestCount = 0

    init(_ owner: Owner) { self.owner = owner }

    /// Why nothing more of this client's is begun now; nil where it may.
    func excess(over limits: ClientLimits, now: MonotonicTime) -> ClientExcess? {
        if !requests.admits(at: limits.requestsPerSecond, now: now) {
            return ClientExcess(
                .requests,
                of: share,
                most: limits.requestsPerSecond,
                retryAfterSeconds: requests.retryAfterSeconds(now: now)
            )
        }
        if !bytes.admits(at: limits.bytesPerSecond, now: now) {
            return ClientExcess(
                .bytes,
                of: share,
                most: limits.bytesPerSecond,
                retryAfterSeconds: bytes.retryAfterSeconds(now: now)
            )
        }
        guard limits.underWayCount > 0, underWayCount >= limits.underWayCount else { return nil }
        return ClientExcess(
            .underWay,
            of: share,
            most: limits.underWayCount,
            retryAfterSeconds: 1
        )
    }

    private var share: ClientExcess.Owner {
        if case .user = owner { .user } else { .address }
    }

    func received(_ byteCount: Int, limits: ClientLimits, now: MonotonicTime) {
        bytes.charge(UInt64(byteCount), at: limits.bytesPerSecond, now: now)
    }

    /// Requests begin that were admitted.
    func admitted(_ count: Int, limits: ClientLimits, turn: UInt64, now: MonotonicTime) {
        requests.charge(UInt64(count), at: limits.requestsPerSecond, now: now)
        if self.turn != turn {
            self.turn = turn
            turnRequestCount = 0
        }
        turnRequestCount += count
    }

    /// How many of its requests began in that turn.
    func requestCount(in turn: UInt64) -> Int { self.turn == turn ? turnRequestCount : 0 }

    func begun(_ count: Int) { underWayCount += count }

    func ended(_ count: Int) { underWayCount -= count }

    /// Whether there is nothing that has to be remembered of it.
    func isForgettable(now: MonotonicTime) -> Bool {
        connectionCount == 0 && underWayCount == 0 && requests.isIdle(now: now)
            && bytes.isIdle(now: now)
    }
}
