import Glibc

/// A connection that speaks one dialect.
final class Connection<D: Dialect> {
    let descriptor: Int32
    var dialect: D
    /// Requests under way: their numbers, and when they were sent.
    private var flights: [(number: Int, sentAt: UInt64)] = []
    private var output: [UInt8] = []
    private var input: [UInt8] = []
    /// Whether the poller tells when the socket takes more.
    var isWaitingForRoom = true

    /// Begins to connect; whether it came about shows when it is used.
    init(to endpoint: Endpoint, job: Job) throws(Failure) {
        dialect = D(job)
        descriptor = socket(
            AF_INET,
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue),
            0
        )
        guard descriptor >= 0 else { throw Failure("no socket: \(errno)") }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = endpoint.port.bigEndian
        address.sin_addr.s_addr = endpoint.address
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        guard status == 0 || errno == EINPROGRESS else {
            throw Failure("\(endpoint.port): connect: \(errno)")
        }
        dialect.greet(&output)
    }

    deinit { close(descriptor) }

    var flightCount: Int { flights.count }
    private(set) var hasAsked = false

    /// Puts a request after those that wait to be sent.
    func ask(_ key: Int, now: UInt64) {
        hasAsked = true
        flights.append((dialect.ask(key, into: &output), now))
    }

    /// Takes a request off those under way.
    ///
    /// - Returns: when it was sent; nil when it is not one of them.
    func answered(_ number: Int) -> UInt64? {
        guard let place = flights.firstIndex(where: { $0.number == number }) else { return nil }
        return flights.remove(at: place).sentAt
    }

    /// Sends what the socket takes.
    ///
    /// - Returns: whether all of it went.
    func flush() throws(Failure) -> Bool {
        guard !output.isEmpty else { return true }
        let sent = output.withUnsafeBytes {
            send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard sent >= 0 || errno == EAGAIN || errno == ENOTCONN else {
            throw Failure("send: \(errno)")
        }
        if sent > 0 { output.removeFirst(sent) }
        return output.isEmpty
    }

    /// Appends what arrived, and takes whole messages off it.
    func receive(_ buffer: inout [UInt8], arrivals: inout [Arrival]) throws(Failure) {
        while true {
            let count = buffer.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress, $0.count, 0)
            }
            guard count > 0 else {
                guard count < 0, errno == EAGAIN else { throw Failure("the connection ended") }
                return
            }
            if input.isEmpty {
                let taken = try dialect.take(buffer[..<count], into: &output, arrivals: &arrivals)
                input += buffer[taken..<count]
            } else {
                input += buffer[..<count]
                let taken = try dialect.take(input[...], into: &output, arrivals: &arrivals)
                input.removeFirst(taken)
            }
            guard count == buffer.count else { return }
        }
    }
}

/// An IPv4 address and a port.
struct Endpoint {
    /// In the network's order.
    let address: UInt32
    let port: UInt16

    /// Reads `127.0.0.1:2379`.
    init(_ text: some StringProtocol) throws(Failure) {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let port = UInt16(parts[1]) else {
            throw Failure("'\(text)' is not ADDRESS:PORT")
        }
        address = inet_addr(String(parts[0]))
        self.port = port
    }
}

/// Waits for many connections at once: epoll, level-triggered.
struct Poller {
    private let descriptor = roost_epoll_create()
    private var events = [roost_event](repeating: roost_event(), count: Int(ROOST_EVENTS_A_WAIT))

    /// Waits for a connection from now on; `tag` comes back with it.
    func add<D>(_ connection: Connection<D>, tag: Int) throws(Failure) {
        let interest = UInt32(ROOST_READABLE | ROOST_WRITABLE)
        let status = roost_epoll_add(descriptor, connection.descriptor, interest, UInt64(tag))
        guard status == 0 else { throw Failure("epoll: \(-status)") }
    }

    /// Sends what a connection has to send; waits for room only while something is left.
    func flush<D>(_ connection: Connection<D>, tag: Int) throws(Failure) {
        let isWaiting = try !connection.flush()
        guard isWaiting != connection.isWaitingForRoom else { return }
        connection.isWaitingForRoom = isWaiting
        let interest = UInt32(isWaiting ? ROOST_READABLE | ROOST_WRITABLE : ROOST_READABLE)
        let status = roost_epoll_change(descriptor, connection.descriptor, interest, UInt64(tag))
        guard status == 0 else { throw Failure("epoll: \(-status)") }
    }

    /// The tags of the connections with news, at most so many milliseconds later.
    mutating func wait(milliseconds: Int32) -> [Int] {
        let count = roost_epoll_wait(descriptor, &events, milliseconds)
        return (0..<max(0, Int(count))).map { Int(events[$0].token) }
    }
}

/// Nanoseconds of a clock that only goes forward.
func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
