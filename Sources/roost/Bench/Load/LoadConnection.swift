internal import Bytes
internal import Platform

/// One connection of the load: requests out, their answers in, in the same order.
final class LoadConnection {
    /// A request under way.
    struct Flight {
        var operation = MeasuredOperation.write
        /// The index of the key, lock, lease or write.
        var key: Int32 = 0
        /// Whether it belongs to what is measured.
        var isCounted = false
        /// When it was to be sent.
        var intendedAt = MonotonicTime(rawValue: 0)
    }

    enum Phase {
        case connecting
        case open
    }

    /// The rest of an answer that did not come in one piece: a body too long to be kept, or of unknown length.
    enum Body {
        case none
        case skipping(status: Int, remaining: Int)
        case chunks(status: Int, ChunkReader)
    }

    let lane: Int
    let endpoint: Int
    /// Its name with the poller; no two connections have the same.
    let token: UInt64
    let socket: Socket
    var phase = Phase.connecting
    var interest = Readiness.writable
    var output: [UInt8] = []
    var sentCount = 0
    /// What was received and is not a whole answer yet.
    var residue: [UInt8] = []
    var body = Body.none
    /// The numbers of the events that a watcher got.
    var numbers = EventNumbers()
    /// The last write that a watcher need not be told of any more.
    var seenNumber = unsubscribed
    /// Instead of a number, of a watcher to which nothing has been promised yet.
    static let unsubscribed = -2
    private var flights: [Flight]
    private var firstFlight = 0
    private(set) var flightCount = 0

    /// - Parameter depth: the most requests under way.
    init(
        lane: Int,
        endpoint: Int,
        token: UInt64,
        depth: Int,
        connectingTo address: SocketAddress
    ) throws(SystemError) {
        socket = try Socket(connectingTo: address)
        self.lane = lane
        self.endpoint = endpoint
        self.token = token
        flights = [Flight](repeating: Flight(), count: depth)
    }

    /// Whether another request may be sent.
    var hasRoom: Bool { flightCount < flights.count }

    /// Notes a request that was appended to the output.
    func append(_ flight: Flight) {
        flights[(firstFlight + flightCount) % flights.count] = flight
        flightCount += 1
    }

    /// The request that is answered next, nil when none is under way.
    func popFlight() -> Flight? {
        guard flightCount > 0 else { return nil }
        defer {
            firstFlight = firstFlight + 1 == flights.count ? 0 : firstFlight + 1
            flightCount -= 1
        }
        return flights[firstFlight]
    }

    /// What sending came to.
    enum Sending {
        case done
        case partial
        case failed
    }

    /// Sends what the socket takes.
    func send() -> Sending {
        while sentCount < output.count {
            switch socket.send(output, from: sentCount) {
            case .bytes(let count): sentCount += count
            case .wouldBlock, .ended: return .partial
            case .failed: return .failed
            }
        }
        output.removeAll(keepingCapacity: true)
        sentCount = 0
        return .done
    }
}
