internal import Bytes
internal import Platform
internal import TLS

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
        /// TLS is being agreed on.
        case securing
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
    /// Nil where HTTP is spoken without TLS.
    private var session: TLSSession?
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

    /// Begins TLS under a context.
    func secure(_ context: TLSContext, host: String) throws(TLSFault) {
        session = try TLSSession(connecting: context, host: host)
        phase = .securing
    }

    /// Whether TLS is agreed on, where it is spoken.
    var isSecured: Bool { session?.stage != .handshaking }

    /// Receives into `buffer` from `offset` on.
    ///
    /// - Throws: why TLS can't go on.
    func receive(
        into buffer: inout [UInt8],
        at offset: Int
    ) throws(TLSFault) -> Socket.Transfer {
        guard let session else { return socket.receive(into: &buffer, at: offset) }
        // What is kept of an answer lies where plain bytes will: they come behind it.
        let kept = Array(buffer[..<offset])
        let transfer = socket.receive(into: &buffer, at: TLSSession.receptionOffset)
        guard case .bytes(let count) = transfer else {
            buffer.replaceSubrange(..<offset, with: kept)
            return transfer
        }
        let reception = try session.receive(in: &buffer, count: count)
        sendRecords()
        guard reception.byteCount > 0 else {
            buffer.replaceSubrange(..<offset, with: kept)
            return reception.stage == .ended ? .ended : .wouldBlock
        }
        guard offset > 0 else { return .bytes(reception.byteCount) }
        let plain = Array(buffer[..<reception.byteCount])
        buffer.replaceSubrange(..<offset, with: kept)
        buffer.replaceSubrange(offset..<offset + plain.count, with: plain)
        return .bytes(plain.count)
    }

    @discardableResult
    private func sendRecords() -> Socket.Transfer? {
        session?.sendOutput { output in
            let transfer = socket.send(output)
            if case .bytes(let count) = transfer { return (count, transfer) }
            return (0, transfer)
        }
    }

    private func transmit() -> Socket.Transfer {
        guard let session else { return socket.send(output, from: sentCount) }
        do throws(TLSFault) { try session.encrypt(output, from: sentCount) } catch {
            return .ended
        }
        let transfer = sendRecords() ?? .bytes(0)
        guard case .bytes = transfer else { return transfer }
        return session.waitingByteCount == 0 ? .bytes(session.takeSentByteCount()) : .wouldBlock
    }

    /// Sends what the socket takes.
    func send() -> Sending {
        while sentCount < output.count || (session?.waitingByteCount ?? 0) > 0 {
            switch transmit() {
            case .bytes(let count): sentCount += count
            case .wouldBlock: return .partial
            case .ended: return session == nil ? .partial : .failed
            case .failed: return .failed
            }
        }
        output.removeAll(keepingCapacity: true)
        sentCount = 0
        return .done
    }
}
