internal import Platform
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
    func text(_ peers: PeerTransport.Counts, linkCount: Int, keptLeaseCount: Int) -> [UInt8] {
        var output: [UInt8] = []
        let samples: [(String, UInt64)] = [
            ("roost_connections_accepted_total", acceptedConnectionCount),
            ("roost_connections_shed_total", shedConnectionCount),
            ("roost_connections_timed_out_total", timedOutConnectionCount),
            ("roost_requests_total", requestCount),
            ("roost_client_received_bytes_total", receivedByteCount),
            ("roost_client_sent_bytes_total", sentByteCount),
            ("roost_turns_total", turnCount),
            ("roost_log_batches_total", logBatchCount),
            ("roost_peer_frames_received_total", peers.receivedFrameCount),
            ("roost_peer_received_bytes_total", peers.receivedByteCount),
            ("roost_peer_frames_sent_total", peers.sentFrameCount),
            ("roost_peer_sent_bytes_total", peers.sentByteCount),
        ]
        for (name, value) in samples { Self.append(name, kind: "counter", value, to: &output) }
        Self.append("roost_peer_links", kind: "gauge", UInt64(linkCount), to: &output)
        Self.append("roost_kept_leases", kind: "gauge", UInt64(keptLeaseCount), to: &output)
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

    private static func append(
        _ name: String,
        kind: String,
        _ value: UInt64,
        to output: inout [UInt8]
    ) {
        output.append(contentsOf: Array("# TYPE \(name) \(kind)\n\(name) \(value)\n".utf8))
    }
}
