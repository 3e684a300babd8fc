internal import Bytes
internal import Wire

/// Where a request's time went, for `Server-Timing`.
struct Stopwatch {
    private let arrival: MonotonicTime
    private let begin: MonotonicTime
    /// When the log, or the round through the leader, had answered.
    private var replicated: MonotonicTime?

    init(arrival: MonotonicTime, begin: MonotonicTime) {
        self.arrival = arrival
        self.begin = begin
    }

    mutating func note(_ resumption: Resumption, now: MonotonicTime) {
        switch resumption {
        case .answered, .unproposed, .readable, .unreadable: replicated = replicated ?? now
        case .woken, .identified, .worked, .described, .received, .inputEnded,
            .disconnected:
            break
        }
    }

    /// Appends `queue`, `replicate` and `apply` in milliseconds: from the request's arrival to its
    /// begin, from there to the answer of log or leader, and the rest.
    func append(to response: inout HTTPResponse, now: MonotonicTime) {
        let replicated = replicated ?? begin
        var value: [UInt8] = []
        value.append("queue;dur=")
        value.append(milliseconds: begin.nanoseconds(since: arrival))
        value.append(", replicate;dur=")
        value.append(milliseconds: replicated.nanoseconds(since: begin))
        value.append(", apply;dur=")
        value.append(milliseconds: now.nanoseconds(since: replicated))
        response.headers.append("Server-Timing", value: value)
    }
}

extension [UInt8] {
    /// Appends nanoseconds as milliseconds with three decimals.
    fileprivate mutating func append(milliseconds nanoseconds: UInt64) {
        let microseconds = nanoseconds / 1000
        append(decimal: microseconds / 1000)
        append(UInt8(ascii: "."))
        for unit in [100, 10, 1] as [UInt64] {
            append(UInt8(ascii: "0") + UInt8(microseconds % 1000 / unit % 10))
        }
    }
}
