internal import Platform
internal import Replica
internal import Transport
internal import Wire

/// What the shell counts, as further samples of `/metrics`.
struct Counters {
    var acceptedConnectionCount: UInt64 = 0
    var shedConnectionCount: UInt64 = 0
    var timedOutConnectionCount: UInt64 = 0
    var requestCount: UInt64 = 0
    var receivedByteCount: UInt64 = 0
    var sentByteCount: UInt64 = 0
    var turnCount: UInt64 = 0
    var logBatchCount: UInt64 = 0
    /// By the first digit of their status, 2 to 5.
    private var responseCounts: [UInt64] = [0, 0, 0, 0]

    mutating func note(status: UInt16) {
        let place = Int(status / 100) - 2
        if responseCounts.indices.contains(place) { responseCounts[place] += 1 }
    }

    /// Lines of Prometheus' text format.
    func text(
        _ peers: PeerTransport.Counts,
        logWrites: MemberStatus.LogWrites,
        linkCount: Int,
        keptLeaseCount: Int
    ) -> [UInt8] {
        var output: [UInt8] = []
        let counters: [Sample] = [
            ("roost_connections_accepted_total", "Client connections.", acceptedConnectionCount),
            (
                "roost_connections_shed_total", "Those closed for want of room.",
                shedConnectionCount
            ),
            (
                "roost_connections_timed_out_total", "Those closed for being silent or slow.",
                timedOutConnectionCount
            ),
            ("roost_requests_total", "Requests of clients.", requestCount),
            ("roost_client_received_bytes_total", "Bytes from clients.", receivedByteCount),
            ("roost_client_sent_bytes_total", "Bytes to clients.", sentByteCount),
            ("roost_turns_total", "Turns of the deciding thread.", turnCount),
            ("roost_log_batches_total", "Writes of the log, one sync each.", logBatchCount),
            (
                "roost_log_write_microseconds_total", "What they took until they were durable.",
                logWrites.nanoseconds / 1000
            ),
            (
                "roost_log_slow_batches_total", "Those slower than the election timeout.",
                logWrites.slowCount
            ),
            (
                "roost_peer_frames_received_total", "Frames from other members.",
                peers.receivedFrameCount
            ),
            ("roost_peer_received_bytes_total", "Their bytes.", peers.receivedByteCount),
            ("roost_peer_frames_sent_total", "Frames to other members.", peers.sentFrameCount),
            ("roost_peer_sent_bytes_total", "Their bytes.", peers.sentByteCount),
        ]
        let gauges: [Sample] = [
            ("roost_peer_links", "Open links to other members.", UInt64(linkCount)),
            (
                "roost_kept_leases", "Leases that connections here keep alive.",
                UInt64(keptLeaseCount)
            ),
        ]
        for sample in counters { Self.append(sample, kind: "counter", to: &output) }
        for sample in gauges { Self.append(sample, kind: "gauge", to: &output) }
        output.append("# HELP roost_responses_total Answers, by the first digit of their status.\n")
        output.append("# TYPE roost_responses_total counter\n")
        for (place, count) in responseCounts.enumerated() {
            output.append(
                contentsOf: Array("roost_responses_total{class=\"\(place + 2)xx\"} ".utf8)
            )
            output.append(decimal: count)
            output.append("\n")
        }
        return output
    }

    private typealias Sample = (name: String, help: String, value: UInt64)

    private static func append(_ sample: Sample, kind: String, to output: inout [UInt8]) {
        let (name, help, value) = sample
        output.append(
            contentsOf: Array(
                "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n\(name) \(value)\n".utf8
            )
        )
    }
}
