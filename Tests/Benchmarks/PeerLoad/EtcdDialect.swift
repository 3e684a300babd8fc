/// etcd's own protocol: gRPC over HTTP/2 in clear text, every request a stream.
///
/// Header blocks are literals, so that neither side needs the other's table; answers' headers are
/// not read. A call that succeeded has a message, one that failed has trailers alone.
struct EtcdDialect: Dialect {
    private enum Frame: UInt8 {
        case data = 0
        case headers = 1
        case reset = 3
        case settings = 4
        case ping = 6
        case goAway = 7
        case windowUpdate = 8
    }

    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    private static let endStream: UInt8 = 1
    private static let acknowledgement: UInt8 = 1
    private static let endHeaders: UInt8 = 4
    private static let frameHeadByteCount = 9
    /// The protocol's own bounds of a frame and of what may be on its way unless more is granted.
    private static let frameByteCountMax = 16_384
    private static let windowByteCount = 65_535
    private static let wideWindowByteCount: UInt32 = 1 << 30

    /// What the other side still takes on this connection.
    private var window = windowByteCount
    /// What arrived since the other side was last granted more.
    private var receivedByteCount = 0
    private var nextStream: UInt32 = 1
    /// Streams whose message has arrived and whose end has not.
    private var answered: [UInt32] = []
    private let isWatch: Bool
    private let headers: [UInt8]
    private var message: [UInt8]
    private let digitPlaces: [Int]

    init(_ job: Job) {
        isWatch = job.request == .watch
        headers = Self.headers(job)
        (message, digitPlaces) = Self.message(job)
    }

    var mayAsk: Bool { window >= message.count }

    private static func headers(_ job: Job) -> [UInt8] {
        let path =
            switch job.request {
            case .create where job.batch > 1: "/etcdserverpb.KV/Txn"
            case .create, .write: "/etcdserverpb.KV/Put"
            case .read, .staleRead: "/etcdserverpb.KV/Range"
            case .watch: "/etcdserverpb.Watch/Watch"
            }
        func literal(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }
        // `:method: POST` and `:scheme: http` stand in the static table; the others' names too.
        return [0x83, 0x86, 0x04] + literal(path) + [0x01] + literal("peers")
            + [0x0F, 0x10] + literal("application/grpc")
            + [0x00] + literal("te") + literal("trailers")
    }

    /// The message of a request with where its keys' digits are.
    private static func message(_ job: Job) -> ([UInt8], [Int]) {
        let put = field(1, bytes: job.key) + field(2, bytes: job.value)
        var body: [UInt8]
        var places: [Int] = []
        switch job.request {
        case .create where job.batch > 1:
            body = []
            for _ in 0..<job.batch {
                body += field(2, bytes: field(2, bytes: put))
                places.append(body.count - field(2, bytes: job.value).count - Job.digitCount)
            }
        case .create, .write:
            body = put
            places = [field(1, bytes: job.key).count - Job.digitCount]
        case .read, .staleRead:
            body = field(1, bytes: job.key)
            places = [body.count - Job.digitCount]
            // Field 7, a flag: serializable.
            if job.request == .staleRead { body += [7 << 3, 1] }
        case .watch:
            body = field(1, bytes: field(1, bytes: job.key))
            places = [body.count - Job.digitCount]
        }
        var message: [UInt8] = [0]
        message.append(bigEndian: UInt32(body.count))
        return (message + body, places.map { $0 + message.count })
    }

    /// A protocol buffer's field of bytes.
    private static func field(_ number: UInt8, bytes: [UInt8]) -> [UInt8] {
        var field = [number << 3 | 2]
        var count = bytes.count
        while count >= 0x80 {
            field.append(UInt8(truncatingIfNeeded: count) | 0x80)
            count >>= 7
        }
        return field + [UInt8(count)] + bytes
    }

    private static func append(
        _ frame: Frame,
        flags: UInt8 = 0,
        stream: UInt32 = 0,
        payload: ArraySlice<UInt8>,
        to output: inout [UInt8]
    ) {
        output.append(UInt8(truncatingIfNeeded: payload.count >> 16))
        output.append(bigEndian: UInt16(truncatingIfNeeded: payload.count))
        output += [frame.rawValue, flags]
        output.append(bigEndian: stream)
        output += payload
    }

    private static func append(windowUpdate size: UInt32, to output: inout [UInt8]) {
        var payload: [UInt8] = []
        payload.append(bigEndian: size)
        append(.windowUpdate, payload: payload[...], to: &output)
    }

    mutating func greet(_ output: inout [UInt8]) {
        output += Self.preface
        // Setting 4: the window of each stream.
        var settings: [UInt8] = [0, 4]
        settings.append(bigEndian: Self.wideWindowByteCount)
        Self.append(.settings, payload: settings[...], to: &output)
        Self.append(windowUpdate: Self.wideWindowByteCount, to: &output)
    }

    mutating func ask(_ key: Int, into output: inout [UInt8]) -> Int {
        let stream = nextStream
        nextStream += 2
        for (offset, place) in digitPlaces.enumerated() {
            Job.patch(&message, at: place, key: key + offset)
        }
        Self.append(
            .headers,
            flags: Self.endHeaders,
            stream: stream,
            payload: headers[...],
            to: &output
        )
        var rest = message[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.frameByteCountMax)
            rest = rest.dropFirst(part.count)
            let flags = rest.isEmpty && !isWatch ? Self.endStream : 0
            Self.append(.data, flags: flags, stream: stream, payload: part, to: &output)
        }
        window -= message.count
        return Int(stream)
    }

    mutating func take(
        _ input: ArraySlice<UInt8>,
        into output: inout [UInt8],
        arrivals: inout [Arrival]
    ) throws(Failure) -> Int {
        var rest = input
        while rest.count >= Self.frameHeadByteCount {
            let end = Self.frameHeadByteCount + Int(rest.bigEndian32(at: 0) >> 8)
            guard rest.count >= end else { break }
            let payload = rest.prefix(end).dropFirst(Self.frameHeadByteCount)
            if let frame = Frame(rawValue: rest[rest.startIndex + 3]) {
                let flags = rest[rest.startIndex + 4]
                let stream = rest.bigEndian32(at: 5)
                try take(
                    frame,
                    flags: flags,
                    stream: stream,
                    payload: payload,
                    into: &output,
                    arrivals: &arrivals
                )
            }
            rest = rest.dropFirst(end)
        }
        if receivedByteCount > Int(Self.wideWindowByteCount / 2) {
            Self.append(windowUpdate: UInt32(receivedByteCount), to: &output)
            receivedByteCount = 0
        }
        return input.count - rest.count
    }

    private mutating func take(
        _ frame: Frame,
        flags: UInt8,
        stream: UInt32,
        payload: ArraySlice<UInt8>,
        into output: inout [UInt8],
        arrivals: inout [Arrival]
    ) throws(Failure) {
        switch frame {
        case .data:
            receivedByteCount += payload.count
            if isWatch {
                let isFirst = answered.isEmpty
                if isFirst { answered.append(stream) }
                arrivals.append(isFirst ? .answer(Int(stream), isSuccess: true) : .event)
            } else if answered.last != stream {
                answered.append(stream)
            }
        case .headers:
            guard flags & Self.endStream != 0 else { return }
            let place = answered.firstIndex(of: stream)
            if let place { answered.remove(at: place) }
            arrivals.append(.answer(Int(stream), isSuccess: place != nil))
        case .reset: arrivals.append(.answer(Int(stream), isSuccess: false))
        case .settings where flags & Self.acknowledgement == 0:
            Self.append(.settings, flags: Self.acknowledgement, payload: [], to: &output)
        case .ping where flags & Self.acknowledgement == 0:
            Self.append(.ping, flags: Self.acknowledgement, payload: payload, to: &output)
        case .windowUpdate where stream == 0: window += Int(payload.bigEndian32(at: 0))
        case .goAway: throw Failure("etcd ends the connection")
        case .settings, .ping, .windowUpdate: return
        }
    }
}
